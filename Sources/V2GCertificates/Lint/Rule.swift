/// One thing that a profile asks of a certificate, with a stable identifier, a reason and a remedy.
///
/// Identifiers start with the standard's own requirement number where it is known from open sources (`V2G2-925`), with
/// the RFC where the rule is one of X.509, and with `V2G.` where the profile tables are meant as a whole.
public struct Rule: Sendable, Identifiable, CustomStringConvertible {
    /// Stable for ever; scripts may match on it.
    public let id: String
    /// The weight on issue, `nil` when the rule is not asked then.
    public let issuing: Severity?
    /// The weight on verification, `nil` when the rule is not asked then.
    public let verifying: Severity?
    /// The weight on verification of backend TLS and OCSP certificates, which follow the Web's customs.
    let backendVerifying: Severity?
    /// The weight on verification of roots and root links, which are installed and never sent.
    let rootVerifying: Severity?
    /// What is wrong and why it matters, in one sentence.
    public let reason: String
    /// What to do about it.
    public let remedy: String
    /// Where it is asked for.
    public let reference: String
    private let scope: Scope

    typealias Scope = @Sendable (CertificateProfile) -> Bool

    init(
        _ id: String, issuing: Severity? = .error, verifying: Severity? = .error, backend: Severity? = nil,
        root: Severity? = nil, reason: String, remedy: String, reference: String, scope: @escaping Scope = { _ in true }
    ) {
        self.id = id
        self.issuing = issuing
        self.verifying = verifying
        backendVerifying = backend ?? verifying
        rootVerifying = root
        self.reason = reason
        self.remedy = remedy
        self.reference = reference
        self.scope = scope
    }

    public var description: String { id }

    /// Whether the rule is asked of certificates with this profile.
    public func applies(to profile: CertificateProfile) -> Bool { scope(profile) }

    /// The weight under a profile, `nil` when the rule is not asked there.
    public func severity(_ purpose: LintPurpose, _ profile: CertificateProfile) -> Severity? {
        guard scope(profile) else { return nil }
        switch purpose {
        case .issuing: return issuing
        case .verifying:
            if let rootVerifying, profile.role.isRoot || profile.role.isRootLink { return rootVerifying }
            return profile.role.isBackend || profile.role == .ocsp ? backendVerifying : verifying
        }
    }

    /// Every rule of lint, in the order of the documentation.
    public static let all: [Rule] =
        structureRules + keyRules + subjectRules + basicConstraintsRules + keyUsageRules + extendedKeyUsageRules
        + extensionRules + issuerRules

    /// The rule of an identifier, `nil` when there is none.
    public static func named(_ id: String) -> Rule? { (all + verification).first { $0.id == id } }

    /// The rules that only a verifier asks: they are about paths, times and status, and not about one certificate.
    public static let verification: [Rule] = chainRules + statusRules
}

extension Rule: Hashable {
    public static func == (left: Rule, right: Rule) -> Bool { left.id == right.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
