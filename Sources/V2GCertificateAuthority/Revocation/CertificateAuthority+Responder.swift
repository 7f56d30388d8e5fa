internal import V2GCertificates
internal import V2GKeys
internal import V2GX509

extension CertificateAuthority {
    /// An OCSP responder for every authority that has a signer.
    ///
    /// - Parameter site: Where renewed signers are published.
    package func makeResponder(
        at site: Site, settings: OCSPSettings = OCSPSettings()
    ) async throws(IssuanceError) -> OCSPResponder {
        let records = try await stored("read the authorities") { () throws(StoreError) in try await store.authorities() }
        let source: StoreStatusSource
        do {
            source = try await StoreStatusSource.load(
                from: store,
                issuers: Dictionary(records.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first }))
        } catch {
            throw IssuanceError(.storeFailed, error.message, cause: error)
        }
        var authorities: [OCSPAuthority] = []
        for entry in try await catalog().entries {
            guard let signer = try await signer(of: entry) else { continue }
            authorities.append(
                OCSPAuthority(
                    name: entry.record.name, certificates: entry.certificates.map(\.certificate), signer: signer))
        }
        do {
            return try OCSPResponder(
                authorities: authorities, source: source, settings: settings,
                reloadSigner: { [self] (name) throws(RevocationError) in try await reloadSigner(of: name, at: site) })
        } catch {
            throw IssuanceError(.signerUnavailable, "the OCSP responder cannot be set up: \(error.message)", cause: error)
        }
    }

    /// The newest active OCSP signer of an authority.
    private func signer(of entry: AuthorityCatalog.Entry) async throws(IssuanceError) -> OCSPSigner? {
        let known = try await stored("read the OCSP signers") { () throws(StoreError) in
            try await store.ocspSigners(of: entry.record.id)
        }
        guard let record = known.last(where: { $0.state == .active }) else { return nil }
        let key = try await openKey(record.keyReference, of: "ocsp_" + entry.record.name)
        do {
            return try OCSPSigner(
                certificate: try parsed(record.certificate), key: key, authority: entry.certificates.map(\.certificate),
                verifier: verifier)
        } catch {
            throw IssuanceError(
                .signerUnavailable, "the OCSP signer of '\(entry.record.name)' cannot be used: \(error)", cause: error)
        }
    }

    private func reloadSigner(of name: String, at site: Site) async throws(RevocationError) -> OCSPSigner {
        do {
            if let leaf = try await infrastructureLeaves().first(where: { $0.role == .ocsp && $0.issuer == name }) {
                try await ensure(leaf, at: site)
            }
            if let entry = try await catalog().entry(name), let signer = try await signer(of: entry) { return signer }
        } catch {
            throw RevocationError(.badSigner, "the OCSP signer of '\(name)' was not renewed: \(error)", cause: error)
        }
        throw RevocationError(.badSigner, "authority '\(name)' has no OCSP signer. Run 'v2g pki init' again.")
    }
}
