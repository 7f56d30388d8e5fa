public import V2GKeys
public import V2GX509

/// What lint needs of the CA above. Make it once for each CA and keep it: its parts are read once.
public final class LintIssuer: Sendable {
    public let body: CertificateBody
    /// The CA's role, when it is known; a verifier may find it out only afterwards.
    public let role: Role?
    /// The CA's subject key identifier, `nil` when it has none.
    public let keyIdentifier: [UInt8]?

    public init(_ body: CertificateBody, role: Role? = nil) {
        self.body = body
        self.role = role
        // A malformed identifier is the issuer's own finding; here it names nothing.
        keyIdentifier = (try? body.subjectKeyIdentifier()) ?? nil
    }

    public convenience init(_ certificate: Certificate, role: Role? = nil) {
        self.init(certificate.body, role: role)
    }

    /// The signature that the CA's key makes, `nil` for a key that V2G does not know.
    public var signatureAlgorithm: SignatureAlgorithm? { body.subjectPublicKeyInfo.key?.algorithm.signatureAlgorithm }
}
