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

    package init(id: AuthorityID, name: String, certificate: Certificate, key: any SigningKey) {
        self.id = id
        self.name = name
        self.certificate = certificate
        self.key = key
    }
}

/// Issues full CRLs (RFC 5280 5) with number and critical issuing distribution point.
///
/// Order: number reserved, revocations read, signed, kept in the store, published as a file. A crash leaves a gap in the
/// numbers, never two CRLs of one number; a file that is older than the store is put right by ``renewDue(_:now:)``.
package final class CRLIssuer: Sendable {
    private struct Progress {
        /// Position in the audit log up to which nothing new was revoked.
        var lookedAt: Int64
        var publishedNumber: Int64?
    }

    /// How many revocations, or changes, are read from the store at once.
    private static let pageSize = 10_000

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
        let origin = ChangeOrigin(actor: actor, time: now.seconds)
        let record: CRLRecord
        do throws(StoreError) {
            // Read first: what is revoked meanwhile may be in this CRL and then is in the next one again.
            let covered = try await store.lastSequence()
            let number = try await store.reserveCRLNumber(issuer: authority.id, origin: origin)
            let nextUpdate = min(now.advanced(bySeconds: settings.life), authority.certificate.body.notAfter)
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
            record = CRLRecord(
                authority: authority.id, number: number,
                crl: CRLTemplate.assemble(body: body, algorithm: algorithm, signature: signature),
                thisUpdate: now.seconds, nextUpdate: nextUpdate.seconds, coveredSequence: covered)
            try await store.publish(record, origin: origin)
        } catch {
            if let key = error.cause as? KeyError {
                throw RevocationError(
                    .signerUnavailable, "The CRL of '\(authority.name)' was not signed: \(key.message)", cause: key)
            }
            throw RevocationError(
                .storeUnavailable, "The CRL of '\(authority.name)' was not issued: \(error)", cause: error)
        }
        try publish(record, name: authority.name)
        return record
    }

    /// Issues the CRLs that are missing, past half of their life, or behind the revocations, and puts files right.
    ///
    /// - Returns: The names of the authorities whose CRLs were issued.
    @discardableResult
    package func renewDue(_ authorities: [CRLAuthority], now: Timestamp) async throws(RevocationError) -> [String] {
        var issued: [String] = []
        for authority in authorities {
            guard try await isDue(authority.id, name: authority.name, now: now) else { continue }
            try await issue(authority, now: now)
            issued.append(authority.name)
        }
        return issued
    }

    /// Whether a CRL is missing, past half of its life or behind the revocations. If not, makes sure that the file is that
    /// of the store. Needs no key.
    package func isDue(_ id: AuthorityID, name: String, now: Timestamp) async throws(RevocationError) -> Bool {
        guard let latest = try await current(id, now: now) else { return true }
        if progress.withLock({ $0[id]?.publishedNumber }) != latest.number { try publish(latest, name: name) }
        return false
    }

    /// The newest CRL if it need not be replaced yet.
    private func current(_ id: AuthorityID, now: Timestamp) async throws(RevocationError) -> CRLRecord? {
        do throws(StoreError) {
            guard let latest = try await store.latestCRL(issuer: id), try await !hasNewRevocations(id, since: latest),
                now.seconds < latest.thisUpdate + (latest.nextUpdate - latest.thisUpdate) / 2
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
            if changes.statuses.contains(where: { $0.issuer == id && $0.revocation != nil }) { return true }
            position = changes.through
            progress.withLock { $0[id, default: Progress(lookedAt: 0)].lookedAt = position }
            if !changes.hasMore { return false }
        }
    }

    private func publish(_ record: CRLRecord, name: String) throws(RevocationError) {
        let path = "\(directory)/\(name).crl"
        do {
            try DurableFile.write(record.crl, to: path, mode: 0o444)
        } catch {
            throw RevocationError(
                .publishingFailed,
                """
                '\(path)' was not published: \(error). Check the space and the permissions of '\(directory)'; the next try \
                puts it right.
                """, cause: error)
        }
        progress.withLock { progress in
            progress[record.authority, default: Progress(lookedAt: record.coveredSequence)].publishedNumber = record.number
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
