/// Whether and how the status of certificates is asked for. Unknown means no, unless a policy written here says
/// otherwise; a certificate that is known to be revoked is refused under every policy but ``Mode/ignored``.
public struct RevocationPolicy: Sendable, Hashable {
    /// What missing or unusable evidence leads to.
    public enum Mode: String, Sendable, Hashable, CaseIterable, Codable {
        /// Status is not looked at.
        case ignored
        /// Soft fail: missing and unusable evidence are warnings. A signed answer `unknown` still refuses.
        case softFail = "soft-fail"
        /// What is presented must be good; nothing need be presented.
        case ifPresented = "if-presented"
        /// Hard fail: good evidence must be there.
        case required
    }

    /// For the leaf. Default ``Mode/required``.
    public var leaf: Mode = .required
    /// For the sub-CAs, and link certificates. Default ``Mode/ifPresented``.
    public var subCAs: Mode = .ifPresented
    /// Whether a CRL satisfies ``Mode/required``; a revocation in a CRL counts in any case. Default yes.
    public var isSatisfiedByCRL = true
    /// Whether chains under a private environment's root need no evidence, since nobody answers there ([V2G2-872]).
    /// Default yes.
    public var exemptsPrivateEnvironment = true
    /// Most seconds since `thisUpdate` of an OCSP answer or CRL, `nil` to go by `nextUpdate` alone. Default `nil`.
    public var maximumAgeSeconds: Int64?
    /// How long an answer without `nextUpdate` holds after `thisUpdate`, in seconds; `nil` refuses such answers.
    /// Default `nil`.
    public var ageWithoutNextUpdateSeconds: Int64?
    /// Difference of clocks that is forgiven, in seconds. Default 0.
    public var clockSkewSeconds: Int64 = 0
    /// Whether a responder certificate issued by the chain's anchor, and not by the issuing CA, may sign. Default no:
    /// RFC 6960 4.2.2.2 asks for the issuing CA.
    public var acceptsResponderOfAnchor = false
    /// Whether a responder certificate needs neither id-pkix-ocsp-nocheck nor a CRL. Default no.
    public var acceptsUncheckedResponder = false
    /// Whether a CRL that names a distribution point counts for a certificate that names none. Default no: a CA that
    /// splits its CRLs would be read wrongly.
    public var acceptsAnyPointForUnpointed = false

    public init() {}

    /// Status is not looked at.
    public static let none: RevocationPolicy = {
        var policy = RevocationPolicy()
        policy.leaf = .ignored
        policy.subCAs = .ignored
        return policy
    }()

    /// What is presented must be good.
    public static let ifPresented: RevocationPolicy = {
        var policy = RevocationPolicy()
        policy.leaf = .ifPresented
        return policy
    }()

    /// Missing evidence is a warning.
    public static let softFail: RevocationPolicy = {
        var policy = RevocationPolicy()
        policy.leaf = .softFail
        policy.subCAs = .softFail
        return policy
    }()

    /// Leaf and sub-CAs need good evidence.
    public static let hardFail: RevocationPolicy = {
        var policy = RevocationPolicy()
        policy.subCAs = .required
        return policy
    }()
}
