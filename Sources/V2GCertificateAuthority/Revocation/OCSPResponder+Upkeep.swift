internal import Synchronization
package import V2GKeys
package import V2GPrimitives
internal import V2GX509

/// What the responder needs somebody with a clock to call: the service, or a test with a clock of its own.
extension OCSPResponder {
    /// Learns what changed in the store and drops the answers it makes wrong. Call it every half second.
    ///
    /// - Throws: ``RevocationError`` with `storeUnavailable`; answers that need a signature stop when that lasts for
    ///   ``OCSPSettings/maximumStoreAge``.
    package func refresh(now: Timestamp) async throws(RevocationError) {
        switch try await source.refresh() {
        case .changed(let changed): statusChanged(changed)
        case .everything: dropAnswers { _ in true }
        }
        state.withLock { $0.refreshedAt = now }
    }

    /// Signs answers before somebody asks for them.
    ///
    /// - Returns: How many were signed. An authority whose answer cannot be signed is passed over from then on.
    @discardableResult
    package func presign(
        _ references: [SerialReference], hashes: [HashAlgorithm] = [.sha1, .sha256], now: Timestamp
    ) async -> Int {
        var count = 0
        let authorities = authorities
        var skipped: Set<Int> = []
        for reference in references {
            guard !Task.isCancelled else { return count }
            guard let index = authorities.firstIndex(where: { $0.name == reference.ca }), !skipped.contains(index),
                let issuer = authorities[index].certificates.first?.body
            else { continue }
            for hash in hashes {
                let certID = OCSPCertID(serialNumber: reference.serialNumber, issuer: issuer, hash: hash)
                let key = AnswerKey(
                    authority: index, hash: hash, hasParameters: true, serialNumber: reference.serialNumber)
                let order = SigningOrder(authority: index, certIDs: [certID], nonce: nil, key: key)
                guard case .signed = await fulfill(order, now: now) else {
                    skipped.insert(index)
                    break
                }
                count += 1
            }
        }
        return count
    }

    /// Renews the most asked answers past a quarter of their life, and any such answer that was asked for.
    ///
    /// - Returns: How many were renewed. An authority whose answer cannot be signed is passed over; its older answers
    ///   stay in use until half of their life is over.
    @discardableResult
    package func renewDue(now: Timestamp) async -> Int {
        let due = state.withLock { state -> [OCSPAnswer] in
            let hot = state.cache.due(at: now, amongMostAsked: settings.presignedCount)
            let known = Set(hot.compactMap(\.key))
            let wanted = state.wanted.subtracting(known).compactMap { state.cache[$0] }.filter { $0.renewAt <= now }
            state.wanted = []
            return hot + wanted
        }
        var count = 0
        var skipped: Set<Int> = []
        for answer in due {
            guard let key = answer.key, let certID = answer.certID, !skipped.contains(key.authority) else { continue }
            let order = SigningOrder(authority: key.authority, certIDs: [certID], nonce: nil, key: key)
            guard case .signed = await fulfill(order, now: now) else {
                skipped.insert(key.authority)
                continue
            }
            count += 1
        }
        // Caches in front hold the old ones, which are good for another quarter; they look again when this grows.
        if count > 0 { dropAnswers { _ in false } }
        return count
    }

    /// Asks for successors of signers that end within the life of an answer, are revoked, or are missing.
    ///
    /// One that cannot be had does not hold up the others.
    ///
    /// - Throws: ``RevocationError`` with `badSigner` at the end, which names each authority that failed and why.
    package func reloadSigners(now: Timestamp) async throws(RevocationError) {
        guard let reloadSigner else { return }
        var failures: [String] = []
        for (index, authority) in authorities.enumerated() {
            let current = state.withLock { $0.signers[index] }
            let mustGo = current.map { isRevoked($0, of: authority.name) } ?? true
            let end = current?.certificate.body.notAfter ?? .earliest
            guard mustGo || end < now.advanced(bySeconds: settings.life) else { continue }
            // An authority that is over, or all but, signs nothing more.
            guard authority.notAfter > now else { continue }
            let successor: OCSPSigner
            do throws(RevocationError) {
                successor = try await reloadSigner(authority.name)
            } catch {
                failures.append("\(authority.name): \(error.message)")
                continue
            }
            guard successor.certificate != current?.certificate, !isRevoked(successor, of: authority.name),
                successor.certificate.body.notBefore <= now, mustGo || successor.certificate.body.notAfter > end
            else {
                if mustGo { failures.append("\(authority.name): its OCSP signer is revoked and there is no other") }
                continue
            }
            state.withLock { $0.signers[index] = successor }
            dropAnswers { $0.authority == index }
        }
        guard failures.isEmpty else {
            throw RevocationError(
                .badSigner, "\(failures.count) OCSP signers were not replaced: \(failures.joined(separator: "; "))")
        }
    }

    /// What an operator wants to know.
    package func health(now: Timestamp) -> OCSPHealth {
        let (signers, refreshedAt, count, bytes) = state.withLock {
            ($0.signers, $0.refreshedAt, $0.cache.count, $0.cache.bytes)
        }
        let age = refreshedAt.map { now.seconds - $0.seconds }
        return OCSPHealth(
            storeAge: age, isStoreFresh: age.map { $0 <= settings.maximumStoreAge } ?? false,
            signers: zip(authorities, signers).filter { $0.0.notAfter > now }.map { authority, signer in
                guard let signer, !isRevoked(signer, of: authority.name) else {
                    return OCSPHealth.Signer(
                        authority: authority.name, notAfter: signer?.certificate.body.notAfter, isUsable: false,
                        isNearItsEnd: true)
                }
                let left = signer.certificate.body.notAfter.seconds - now.seconds
                return OCSPHealth.Signer(
                    authority: authority.name, notAfter: signer.certificate.body.notAfter,
                    isUsable: now >= signer.certificate.body.notBefore && left >= OCSPSettings.minimumLife,
                    isNearItsEnd: left < settings.life)
            },
            keptAnswers: count, keptBytes: bytes, lastSigningFailure: counters.lastFailure)
    }
}

/// The state of a responder, for people and monitors.
package struct OCSPHealth: Sendable {
    package struct Signer: Sendable {
        package let authority: String
        /// `nil` when the authority has no signer.
        package let notAfter: Timestamp?
        /// Whether there is one that is neither revoked nor out of its time.
        package let isUsable: Bool
        /// Whether it ends within the life of an answer, which shortens answers: issue its successor.
        package let isNearItsEnd: Bool
    }

    /// Seconds since the store was last read, `nil` before the first time.
    package let storeAge: Int64?
    package let isStoreFresh: Bool
    package let signers: [Signer]
    package let keptAnswers: Int
    package let keptBytes: Int
    /// Why the last try to sign failed, `nil` when it worked.
    package let lastSigningFailure: String?

    /// Whether every answer can be given.
    package var isHealthy: Bool { isStoreFresh && lastSigningFailure == nil && signers.allSatisfy(\.isUsable) }
}
