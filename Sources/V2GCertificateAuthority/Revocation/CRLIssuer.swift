internal import Synchronization
internal import V2GFiles
package import V2GKeys
package import V2GPrimitives
package import V2GX509

/// How CRLs are issued.
package struct CRLSettings: Sendable {
    /// From thisUpdate to nextUpdate in seconds, 120 or more. A new CRL comes when half of it is over, so that peers have
    /// the other half to fetch it.
    package var life: Int64 = 7 * 86_400
    /// Where the published files are reached, such as `http://pki.example:8080/crl`: the issuing distribution point is
    /// `FOLDER/NAME.crl`.
    package var folderURL: String

    package init(folderURL: String) { self.folderURL = folderURL }
}

/// An authority whose CRLs are issued.
package struct CRLAuthority: Sendable {
    package let id: AuthorityID
    /// Its name, which the file gets too.
    package let name: String
    package let certificate: Certificate
    package let key: any SigningKey
    /// When the last of its certificates ends: after that it owes no CRL.
    package let end: Timestamp

    /// - Parameter end: `nil` takes that of `certificate`.
    package init(id: AuthorityID, name: String, certificate: Certificate, key: any SigningKey, end: Timestamp? = nil) {
        self.id = id
        self.name = name
        self.certificate = certificate
        self.key = key
        self.end = end ?? certificate.body.notAfter
    }
}

/// Issues full CRLs (RFC 5280 5) with number and critical issuing distribution point.
///
/// Order: number reserved, revocations read, signed, kept in the store, published as a file. A crash leaves a gap in the
/// numbers, never two CRLs of one number; a file that is older than the store is put right by ``renewDue(_:now:)``.
///
/// Any number of processes may issue for one directory at once: who comes second with an older number takes the newer CRL
/// when that covers its revocations, and files are written under a lock, always the store's newest.
package final class CRLIssuer: Sendable {
    private struct Progress {
        /// Position in the audit log up to which nothing new was revoked.
        var lookedAt: Int64
        var publishedNumber: Int64?
    }

    /// How many revocations, or changes, are read from the store at once.
    private static let pageSize = 10_000
    /// How often a CRL is made anew because others published newer numbers meanwhile.
    private static let attempts = 8
    /// Shortest time between two CRLs that list the same, in seconds: near the authority's end lives get short.
    private static let shortestInterval: Int64 = 3_600
    /// How long to wait for another process that publishes.
    private static let lockPatience = Duration.seconds(10)

    private let store: any CertificateStore
    private let directory: String
    private let settings: CRLSettings
    private let actor: String
    private let progress = Mutex<[AuthorityID: Progress]>([:])

    /// - Parameters:
    ///   - directory: Where the files go as `NAME.crl`; it exists.
    ///   - actor: Who issues, for the audit log.
    /// - Throws: ``RevocationError`` with `badSettings`.
    package init(
        store: any CertificateStore, directory: String, settings: CRLSettings, actor: String
    ) throws(RevocationError) {
        guard settings.life >= 120, settings.folderURL.hasPrefix("http://"), !settings.folderURL.hasSuffix("/") else {
            throw RevocationError(
                .badSettings,
                """
                CRLs need a life of at least 120 s (here \(settings.life)) and a folder URL that starts with http:// and \
                has no slash at the end (here '\(settings.folderURL)'). Correct the settings.
                """)
        }
        self.store = store
        self.directory = directory
        self.settings = settings
        self.actor = actor
    }

    /// Issues a CRL now.
    ///
    /// - Returns: What was kept in the store and published.
    /// - Throws: ``RevocationError`` with `badSigner`, `signerUnavailable`, `storeUnavailable` or `publishingFailed`; after
    ///   the last one the CRL is in the store and ``renewDue(_:now:)`` publishes it.
    @discardableResult
    package func issue(_ authority: CRLAuthority, now: Timestamp) async throws(RevocationError) -> CRLRecord {
        guard authority.key.publicKey == authority.certificate.publicKey,
            let algorithm = authority.key.publicKey.algorithm.signatureAlgorithm
        else {
            throw RevocationError(
                .badSigner,
                "The key of '\(authority.name)' does not belong to its certificate. Name the authority's own key.")
        }
        guard now < authority.end else {
            throw RevocationError(
                .badSigner,
                """
                The certificate of '\(authority.name)' ended at \(authority.end.rfc3339): it owes no CRL any more, and \
                nobody would accept one.
                """)
        }
        for attempt in 1... {
            do throws(RevocationError) {
                try await makeAndStore(authority, algorithm, now: now)
                break
            } catch {
                guard (error.cause as? StoreError)?.code == .versionConflict, attempt < Self.attempts else {
                    throw error
                }
            }
        }
        return try await publishNewest(authority.id, name: authority.name)
    }

    /// - Throws: ``RevocationError``; its cause is a `versionConflict` when others published a newer number that does not
    ///   cover what this one would have.
    private func makeAndStore(
        _ authority: CRLAuthority, _ algorithm: SignatureAlgorithm, now: Timestamp
    ) async throws(RevocationError) {
        let origin = ChangeOrigin(actor: actor, time: now.seconds)
        do throws(StoreError) {
            // Read first: what is revoked meanwhile may be in this CRL and then is in the next one again.
            let covered = try await store.lastSequence()
            let number = try await store.reserveCRLNumber(issuer: authority.id, origin: origin)
            let nextUpdate = min(now.advanced(bySeconds: settings.life), authority.end)
            var template = CRLTemplate(
                issuer: authority.certificate.subject, signatureAlgorithm: algorithm, thisUpdate: now,
                nextUpdate: nextUpdate, number: Int(clamping: number),
                authorityKeyIdentifier: Self.keyIdentifier(authority.certificate),
                distributionPoint: IssuingDistributionPoint(
                    fullName: [.uri("\(settings.folderURL)/\(authority.name).crl")]))
            var next: IntentID?
            repeat {
                let page = try await store.revoked(issuer: authority.id, after: next, limit: Self.pageSize)
                for entry in page.entries {
                    guard let revocation = entry.revocation else { continue }
                    template.append(
                        serialNumber: SerialNumber(magnitude: entry.serial),
                        revokedAt: Timestamp(seconds: revocation.revokedAt), reason: revocation.reason)
                }
                next = page.next
            } while next != nil
            let body = template.encodedBody()
            let signature = try await Self.sign(body, authority)
            let record = CRLRecord(
                authority: authority.id, number: number,
                crl: CRLTemplate.assemble(body: body, algorithm: algorithm, signature: signature),
                thisUpdate: now.seconds, nextUpdate: nextUpdate.seconds, coveredSequence: covered)
            do throws(StoreError) {
                try await store.publish(record, origin: origin)
            } catch {
                guard error.code == .versionConflict, let newest = try await store.latestCRL(issuer: authority.id),
                    newest.number > number, newest.coveredSequence >= covered
                else { throw error }
                // Another process was faster, and its CRL lists what this one would have.
            }
        } catch {
            if let key = error.cause as? KeyError {
                throw RevocationError(
                    .signerUnavailable, "The CRL of '\(authority.name)' was not signed: \(key.message)", cause: key)
            }
            throw RevocationError(
                .storeUnavailable, "The CRL of '\(authority.name)' was not issued: \(error)", cause: error)
        }
    }

    /// Issues the CRLs that are missing, past half of their life, or behind the revocations, and puts files right.
    ///
    /// - Returns: The names of the authorities whose CRLs were issued.
    @discardableResult
    package func renewDue(_ authorities: [CRLAuthority], now: Timestamp) async throws(RevocationError) -> [String] {
        var issued: [String] = []
        for authority in authorities {
            guard try await isDue(authority.id, name: authority.name, end: authority.end, now: now) else { continue }
            try await issue(authority, now: now)
            issued.append(authority.name)
        }
        return issued
    }

    /// Whether a CRL is missing, past half of its life or behind the revocations. If not, makes sure that the file is that
    /// of the store. Needs no key.
    ///
    /// - Parameter end: When the authority's last certificate ends; nothing is due from then on.
    package func isDue(
        _ id: AuthorityID, name: String, end: Timestamp, now: Timestamp
    ) async throws(RevocationError) -> Bool {
        guard now < end else { return false }
        guard let latest = try await current(id, now: now) else { return true }
        if progress.withLock({ $0[id]?.publishedNumber }) != latest.number {
            try await publishNewest(id, name: name)
        }
        return false
    }

    /// The newest CRL if it need not be replaced yet.
    private func current(_ id: AuthorityID, now: Timestamp) async throws(RevocationError) -> CRLRecord? {
        do throws(StoreError) {
            guard let latest = try await store.latestCRL(issuer: id), try await !hasNewRevocations(id, since: latest),
                now.seconds < latest.thisUpdate
                    + max((latest.nextUpdate - latest.thisUpdate) / 2, min(Self.shortestInterval, settings.life / 2))
            else { return nil }
            return latest
        } catch {
            throw RevocationError(
                .storeUnavailable, "The CRL of authority \(id) cannot be read from the store: \(error)", cause: error)
        }
    }

    private func hasNewRevocations(_ id: AuthorityID, since latest: CRLRecord) async throws(StoreError) -> Bool {
        var position = max(progress.withLock { $0[id]?.lookedAt } ?? 0, latest.coveredSequence)
        while true {
            let changes = try await store.statusChanges(since: position, limit: Self.pageSize)
            let own = changes.statuses.filter { $0.issuer == id }
            if own.contains(where: { $0.revocation != nil }) { return true }
            // A lifted hold leaves a certificate that looks like any other; the audit log tells them apart.
            if !own.isEmpty {
                let unrevoked = Set(own.map(\.intent))
                let entries = try await store.auditEntries(after: position, limit: Self.pageSize)
                let isLifted = entries.contains {
                    $0.action == AuditAction.holdLifted.rawValue && $0.intent.map(unrevoked.contains) == true
                }
                if isLifted { return true }
            }
            position = changes.through
            progress.withLock { $0[id, default: Progress(lookedAt: 0)].lookedAt = position }
            if !changes.hasMore { return false }
        }
    }

    /// Writes the store's newest CRL as the file, whoever made it. Under the lock, so that no process that read an older
    /// one writes after a process that read a newer one.
    @discardableResult
    private func publishNewest(_ id: AuthorityID, name: String) async throws(RevocationError) -> CRLRecord {
        let path = "\(directory)/\(name).crl"
        let record: CRLRecord
        do {
            let lock = try await publishingLock()
            defer { withExtendedLifetime(lock) {} }
            guard let newest = try await store.latestCRL(issuer: id) else {
                throw StoreError(.notFound, "the store has no CRL of '\(name)'; run 'v2g pki audit'")
            }
            try DurableFile.write(newest.crl, to: path, mode: 0o444)
            record = newest
        } catch {
            if let error = error as? StoreError {
                throw RevocationError(
                    .storeUnavailable, "The CRL of '\(name)' cannot be read from the store: \(error)", cause: error)
            }
            throw RevocationError(
                .publishingFailed,
                """
                '\(path)' was not published: \(error). Check the space and the permissions of '\(directory)'; the next try \
                puts it right.
                """, cause: error)
        }
        progress.withLock { progress in
            progress[id, default: Progress(lookedAt: record.coveredSequence)].publishedNumber = record.number
        }
        return record
    }

    private func publishingLock() async throws -> FileLock {
        let path = "\(directory)/.publishing"
        let deadline = ContinuousClock.now + Self.lockPatience
        while true {
            if let lock = try FileLock.tryLock(path, .exclusive) { return lock }
            guard ContinuousClock.now < deadline else {
                throw RevocationError(
                    .publishingFailed, "'\(path)' has been locked for \(Self.lockPatience); another process hangs there"
                )
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Carries a key's error through the store's, so that one `do` can hold both.
    private static func sign(_ body: [UInt8], _ authority: CRLAuthority) async throws(StoreError) -> [UInt8] {
        do throws(KeyError) {
            return try await authority.key.sign(body)
        } catch {
            throw StoreError(.unavailable, error.message, cause: error)
        }
    }

    private static func keyIdentifier(_ certificate: Certificate) -> [UInt8] {
        // A certificate without the extension, or with a malformed one, has the usual derivation (RFC 5280 4.2.1.2).
        let stated = (try? certificate.body.subjectKeyIdentifier()) ?? nil
        return stated ?? certificate.body.subjectPublicKeyInfo.keyIdentifier
    }
}
