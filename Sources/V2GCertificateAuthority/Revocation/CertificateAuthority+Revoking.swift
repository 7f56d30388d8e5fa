internal import V2GCertificates
public import V2GPrimitives
public import V2GX509

/// What came of a revocation.
public struct RevocationReceipt: Sendable {
    /// What the request changed.
    public enum Change: Sendable, Hashable {
        case revoked, holdMadeFinal, holdLifted
        /// Nothing changed.
        case alreadyRevoked
    }

    public let change: Change
    /// Lower-case hexadecimal.
    public let serial: String
    /// The issuing authority.
    public let authority: String
    public let role: String
    public let subject: String
    /// Why and since when, `nil` after a hold was lifted.
    public let reason: RevocationReason?
    public let revokedAt: Timestamp?
}

extension CertificateAuthority {
    /// Revokes, holds or releases a certificate by its serial. The change is on disk when this returns.
    ///
    /// - Parameters:
    ///   - serial: Big-endian magnitude.
    ///   - authority: The issuer, needed only if several issuers have used the serial.
    public func revoke(
        serial: [UInt8], authority: String? = nil, reason: RevocationReason
    ) async throws(IssuanceError) -> RevocationReceipt {
        let hex = SerialNumber(magnitude: serial).hex
        var found = try await stored("look for the certificate") { () throws(StoreError) in
            try await store.issuances(serial: serial)
        }
        let catalog = try await catalog()
        if let authority { found = found.filter { catalog.entry($0.issuer)?.record.name == authority } }
        guard let target = found.first else {
            throw IssuanceError(
                .unknownCertificate,
                "no certificate with serial \(hex) was issued here. 'v2g pki list' shows the serials.")
        }
        guard found.count == 1 else {
            let names = found.compactMap { catalog.entry($0.issuer)?.record.name }.joined(separator: ", ")
            throw IssuanceError(
                .unknownCertificate, "serial \(hex) was used by several authorities (\(names)). Name one with --ca.")
        }
        let outcome = try await stored("revoke \(hex)") { () throws(StoreError) in
            try await store.revoke(issuer: target.issuer, serial: target.serial, reason: reason, origin: origin())
        }
        if Role(rawValue: target.role)?.isCA != false { forgetCatalog() }
        let (change, revocation): (RevocationReceipt.Change, Revocation?) =
            switch outcome {
            case .revoked(let revocation): (.revoked, revocation)
            case .holdMadeFinal(let revocation): (.holdMadeFinal, revocation)
            case .holdLifted: (.holdLifted, nil)
            case .alreadyRevoked(let revocation): (.alreadyRevoked, revocation)
            }
        return RevocationReceipt(
            change: change, serial: hex, authority: catalog.entry(target.issuer)?.record.name ?? "\(target.issuer)",
            role: target.role, subject: target.subject, reason: revocation?.reason,
            revokedAt: revocation.map { Timestamp(seconds: $0.revokedAt) })
    }
}
