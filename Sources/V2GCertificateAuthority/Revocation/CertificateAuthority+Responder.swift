internal import V2GCertificates
internal import V2GKeys
internal import V2GPrimitives
internal import V2GX509

extension CertificateAuthority {
    /// An OCSP responder for every authority that has, or had, a signer.
    ///
    /// - Parameter site: Where renewed signers are published.
    package func makeResponder(
        at site: Site, settings: OCSPSettings = OCSPSettings()
    ) async throws(IssuanceError) -> OCSPResponder {
        try await makeFollowedResponder(at: site, settings: settings).responder
    }

    /// The same with what keeps it up with authorities that come later.
    package func makeFollowedResponder(
        at site: Site, settings: OCSPSettings = OCSPSettings()
    ) async throws(IssuanceError) -> (responder: OCSPResponder, follower: AuthorityFollower) {
        // Before anything is read: what comes meanwhile is seen as a change then.
        let seen = try await stored("read the authorities") { () throws(StoreError) in
            try await AuthorityFollower.Picture(of: store)
        }
        forgetCatalog()
        let source: StoreStatusSource
        do {
            source = try await StoreStatusSource.load(from: store, issuers: seen.issuers)
        } catch {
            throw IssuanceError(.storeFailed, error.message, cause: error)
        }
        var authorities: [OCSPAuthority] = []
        for entry in try await catalog().entries {
            if let served = try await served(entry) { authorities.append(served) }
        }
        do {
            let responder = try OCSPResponder(
                authorities: authorities, source: source, settings: settings,
                reloadSigner: { [self] (name) throws(RevocationError) in try await reloadSigner(of: name, at: site) })
            return (responder, AuthorityFollower(self, responder: responder, source: source, seen: seen))
        } catch {
            throw IssuanceError(
                .signerUnavailable, "the OCSP responder cannot be set up: \(error.message)", cause: error)
        }
    }

    /// All authorities to answer for, read afresh. One whose signer cannot be opened comes without.
    func servedAuthorities() async throws(IssuanceError) -> (authorities: [OCSPAuthority], failures: [String]) {
        forgetCatalog()
        var authorities: [OCSPAuthority] = []
        var failures: [String] = []
        for entry in try await catalog().entries {
            do throws(IssuanceError) {
                if let served = try await served(entry) { authorities.append(served) }
            } catch {
                failures.append("\(entry.record.name): \(error.message)")
                authorities.append(
                    OCSPAuthority(
                        name: entry.record.name, certificates: entry.certificates.map(\.certificate), signer: nil))
            }
        }
        return (authorities, failures)
    }

    /// `nil` for an authority that never had a signer.
    private func served(_ entry: AuthorityCatalog.Entry) async throws(IssuanceError) -> OCSPAuthority? {
        let known = try await signerRecords(of: entry)
        guard !known.isEmpty, !entry.certificates.isEmpty else { return nil }
        return OCSPAuthority(
            name: entry.record.name, certificates: entry.certificates.map(\.certificate),
            signer: try await signer(of: entry, among: known))
    }

    private func signerRecords(of entry: AuthorityCatalog.Entry) async throws(IssuanceError) -> [OCSPSignerRecord] {
        try await stored("read the OCSP signers") { () throws(StoreError) in
            try await store.ocspSigners(of: entry.record.id)
        }
    }

    /// The newest active OCSP signer of an authority that is neither revoked nor on hold.
    private func signer(
        of entry: AuthorityCatalog.Entry, among known: [OCSPSignerRecord]
    ) async throws(IssuanceError) -> OCSPSigner? {
        for record in known.reversed() where record.state == .active {
            let certificate = try parsed(record.certificate)
            let status = try await stored("read the OCSP signer's status") { () throws(StoreError) in
                try await store.status(issuer: entry.record.id, serial: certificate.body.serialNumber.magnitude)
            }
            if status?.revocation != nil { continue }
            let key = try await openKey(record.keyReference, of: "ocsp_" + entry.record.name)
            do {
                return try OCSPSigner(
                    certificate: certificate, key: key, authority: entry.certificates.map(\.certificate),
                    verifier: verifier)
            } catch {
                throw IssuanceError(
                    .signerUnavailable, "the OCSP signer of '\(entry.record.name)' cannot be used: \(error)",
                    cause: error)
            }
        }
        return nil
    }

    private func reloadSigner(of name: String, at site: Site) async throws(RevocationError) -> OCSPSigner {
        do {
            if let leaf = try await infrastructureLeaves().first(where: { $0.role == .ocsp && $0.issuer == name }) {
                try await ensure(leaf, at: site)
            }
            if let entry = try await catalog().entry(name),
                let signer = try await signer(of: entry, among: try await signerRecords(of: entry))
            {
                return signer
            }
        } catch {
            throw RevocationError(.badSigner, "the OCSP signer of '\(name)' was not renewed: \(error)", cause: error)
        }
        throw RevocationError(.badSigner, "authority '\(name)' has no OCSP signer. Run 'v2g pki init' again.")
    }

    /// What to sign before anybody asks: the certificates of the authorities, which every peer asks for, then the
    /// newest others that are still valid.
    ///
    /// - Parameter limit: Most references that are given.
    package func likelyAsked(_ limit: Int) async throws(RevocationError) -> [SerialReference] {
        do {
            let catalog = try await catalog()
            var found: [SerialReference] = []
            var known: Set<SerialReference> = []
            func add(_ issuer: AuthorityID, _ serial: [UInt8]) {
                guard found.count < limit, let name = catalog.entry(issuer)?.record.name else { return }
                let reference = SerialReference(ca: name, serialNumber: SerialNumber(magnitude: serial))
                if known.insert(reference).inserted { found.append(reference) }
            }
            for (_, issuer, serial) in catalog.serials {
                let status = try await stored("read a status") { () throws(StoreError) in
                    try await store.status(issuer: issuer, serial: serial)
                }
                if status?.state == .issued { add(issuer, serial) }
            }
            let page = 5_000
            let counts = try await stored("count the certificates") { () throws(StoreError) in try await store.counts()
            }
            // Intents ascend from 1 and are never deleted, so the newest are read from behind.
            var end = counts.reduce(Int64(0)) { $0 &+ $1.planned &+ $1.issued &+ $1.cancelled }
            while end > 0, found.count < limit {
                let start = max(0, end - Int64(page))
                let statuses = try await stored("read the newest certificates") { () throws(StoreError) in
                    try await store.statuses(after: IntentID(start), limit: Int(end - start))
                }
                for status in statuses.reversed()
                where status.state == .issued && status.revocation == nil && status.notAfter > now.seconds {
                    add(status.issuer, status.serial)
                }
                end = start
            }
            return found
        } catch {
            throw RevocationError(.storeUnavailable, "no answers are signed in advance: \(error.message)", cause: error)
        }
    }
}
