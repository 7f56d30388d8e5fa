internal import V2GCertificates
internal import V2GKeys
internal import V2GX509

/// An authority that can sign now: its certificate, its key, and the certificates that a leaf's holder sends along.
struct Issuer: Sendable {
    let name: String
    let role: Role
    let certificate: Certificate
    let key: any SigningKey
    /// The kind of signature it makes.
    let signatureAlgorithm: SignatureAlgorithm
    /// What issued certificates carry as authority key identifier.
    let keyIdentifier: [UInt8]
    /// What lint compares an issued body with.
    let lintIssuer: LintIssuer
    /// The certificate itself and those above it, without the root; empty for a root.
    let chain: [Certificate]

    init(
        name: String, role: Role, certificate: Certificate, key: any SigningKey, chain: [Certificate]
    ) throws(IssuanceError) {
        guard key.publicKey == certificate.publicKey else {
            throw IssuanceError(
                .signerUnavailable,
                "the key of authority '\(name)' does not belong to its certificate. Restore the key from its backup.")
        }
        guard let algorithm = key.publicKey.algorithm.signatureAlgorithm else {
            throw IssuanceError(.signerUnavailable, "the key of authority '\(name)' cannot sign.")
        }
        // Lint let no authority without this identifier be made; a foreign one falls back to the usual derivation.
        let stated = (try? certificate.body.subjectKeyIdentifier()) ?? nil
        self.name = name
        self.role = role
        self.certificate = certificate
        self.key = key
        self.chain = chain
        lintIssuer = LintIssuer(certificate, role: role)
        signatureAlgorithm = algorithm
        keyIdentifier = stated ?? certificate.body.subjectPublicKeyInfo.keyIdentifier
    }
}
