package import V2GCertificates

/// Where a measured issue ends.
package enum IssueStage: Sendable {
    case body, lint, signature
}

extension CertificateAuthority {
    /// All of an issue but the store: for benchmarks. The result is on no record and must never be handed out.
    ///
    /// - Returns: The certificate's DER, or the body's when the stage is an earlier one.
    @discardableResult
    package func measureSigning(
        _ request: ProvenRequest, role: Role, upTo stage: IssueStage = .signature
    ) async throws(IssuanceError) -> [UInt8] {
        let issuer = try await issuer(for: role, named: nil)
        guard let commonName = request.commonName else {
            throw IssuanceError(.nameRefused, "the request has no single common name. Put the name into the request.")
        }
        let subject = BodyMaker.Subject(role: role, commonName: commonName, key: request.publicKey)
        let prepared = try prepare(subject, issuer: issuer)
        switch stage {
        case .body: return prepared.body
        case .lint: return try lint(prepared, issuer: issuer).der
        case .signature: return try await sign(prepared, issuer: issuer)
        }
    }
}
