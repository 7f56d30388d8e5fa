internal import V2GPrimitives
internal import V2GX509

/// A CRL that is on disk, in the store and in the directory.
public struct IssuedCRL: Sendable {
    public let authority: String
    /// Grows with each CRL of the authority.
    public let number: Int64
    /// How many certificates it lists.
    public let count: Int
    /// RFC 3339.
    public let nextUpdate: String
}

extension CertificateAuthority {
    /// The names of all authorities that have a certificate, roots first; retired ones too, since they still owe CRLs.
    public func authorityNames() async throws(IssuanceError) -> [String] {
        try await catalog().entries.filter { !$0.certificates.isEmpty }.map(\.record.name)
    }

    /// Makes a full CRL (RFC 5280 5) with number and issuing distribution point, records and publishes it.
    public func issueCRL(of name: String, in directory: PKIDirectory) async throws -> IssuedCRL {
        let record = try await crlIssuer(directory).issue(try await crlAuthority(name), now: now)
        let parsed = try CertificateRevocationList(der: record.crl)
        return IssuedCRL(
            authority: name, number: record.number, count: parsed.entries.count,
            nextUpdate: Timestamp(seconds: record.nextUpdate).rfc3339)
    }

    /// Issues the CRLs that are missing, past half of their life or behind the revocations.
    ///
    /// An authority that cannot sign now, such as a root whose key is offline, does not hold up the others. An expired
    /// authority owes no more CRLs.
    ///
    /// - Returns: The authorities whose CRLs were issued.
    /// - Throws: ``RevocationError``, when all that can be issued are, for those whose key is not at hand: the keys of
    ///   roots are often offline.
    package func renewCRLs(using issuer: CRLIssuer) async throws(RevocationError) -> [String] {
        let entries: [AuthorityCatalog.Entry]
        do {
            entries = try await catalog().entries
        } catch {
            throw RevocationError(.storeUnavailable, "CRLs cannot be issued: \(error.message)", cause: error)
        }
        var issued: [String] = []
        var failures: [String] = []
        for entry in entries {
            guard let end = entry.certificates.map(\.certificate.body.notAfter).max(), now < end else { continue }
            let name = entry.record.name
            do {
                guard try await issuer.isDue(entry.record.id, name: name, end: end, now: now) else { continue }
                issued += try await issuer.renewDue([try await crlAuthority(name)], now: now)
            } catch {
                failures.append("\(name): \(error)")
            }
        }
        guard failures.isEmpty else {
            throw RevocationError(
                .signerUnavailable,
                "\(failures.count) CRLs were not issued (\(issued.count) were): \(failures.joined(separator: "; "))")
        }
        return issued
    }

    /// Keep one for repeated renewals: it remembers how far it has looked.
    package func crlIssuer(_ directory: PKIDirectory) throws(RevocationError) -> CRLIssuer {
        var crls = CRLSettings(folderURL: plan.crlURL)
        crls.life = settings.crlLifetimeSeconds
        return try CRLIssuer(store: store, directory: directory.revocationListsPath, settings: crls, actor: actor)
    }

    private func crlAuthority(_ name: String) async throws(IssuanceError) -> CRLAuthority {
        let issuer = try await issuer(name, evenRetired: true)
        return CRLAuthority(
            id: try await authorityID(name), name: name, certificate: issuer.certificate, key: issuer.key,
            end: try await catalog().entry(name)?.certificates.map(\.certificate.body.notAfter).max())
    }
}
