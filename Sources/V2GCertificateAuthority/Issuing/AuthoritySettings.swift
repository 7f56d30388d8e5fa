public import V2GCertificates

/// How an authority works, where there is a choice.
public struct AuthoritySettings: Sendable {
    /// What the profiles leave open.
    public var profiles = ProfileSettings()
    /// How subject key identifiers are derived. Contract delivery of -20 may want eight bytes; see the open questions.
    public var keyIdentifier = KeyIdentifierMethod.sha1
    /// How far before its making a certificate begins, in seconds: clocks in the field run late.
    public var backdatingSeconds: Int64 = 300
    /// Whether signatures of software keys are verified before they leave. Signatures of tokens always are.
    public var verifiesOwnSignatures = true
    /// How long a CRL is good for, in seconds.
    public var crlLifetimeSeconds: Int64 = 7 * 86_400

    public init() {}
}
