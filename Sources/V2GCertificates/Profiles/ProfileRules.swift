public import V2GDER
public import V2GX509

/// What a profile says of the subject's domain components.
public struct DomainComponentRule: Sendable, Hashable {
    /// The value that is written on issue, `nil` for none.
    public let issued: String?
    /// The values that verification takes; empty when the profile does not judge them.
    public let accepted: [String]
    /// The values that are refused where no value is asked for: they claim a place in another hierarchy. In upper case,
    /// compared without regard to case.
    public let refused: [String]
    /// Whether its absence is only worth a warning on verification, where the standard leaves it to the operator.
    public let isOptionalOnVerification: Bool

    init(issued: String?, accepted: [String], refused: [String] = [], isOptionalOnVerification: Bool) {
        self.issued = issued
        self.accepted = accepted
        self.refused = refused
        self.isOptionalOnVerification = isOptionalOnVerification
    }

    /// The profile does not care.
    static let free = DomainComponentRule(issued: nil, accepted: [], isOptionalOnVerification: true)

    /// Any value but those of the charging hierarchies: a CA that names one of them belongs there, whatever it is
    /// installed for.
    static let outsideHierarchies = DomainComponentRule(
        issued: nil, accepted: [], refused: ["V2G", "MO", "OEM", "CPO", "CSO", "CPS"], isOptionalOnVerification: true)

    static func required(_ issued: String, or others: String...) -> DomainComponentRule {
        DomainComponentRule(issued: issued, accepted: [issued] + others, isOptionalOnVerification: false)
    }

    static func usual(_ issued: String, or others: String...) -> DomainComponentRule {
        DomainComponentRule(issued: issued, accepted: [issued] + others, isOptionalOnVerification: true)
    }
}

/// What a profile says of the key usage extension.
public struct KeyUsageRule: Sendable, Hashable {
    /// Without these the certificate is refused.
    public let required: KeyUsage
    /// What is written on issue; see ``CertificateProfile/issuedKeyUsage(for:)`` for the part that a key can do.
    public let issued: KeyUsage
    /// What may stand there besides.
    public let allowed: KeyUsage
    /// With one of these the certificate is refused.
    public let forbidden: KeyUsage
}

/// What a profile says of the path length in basic constraints.
public enum PathLengthRule: Sendable, Hashable {
    /// Not a CA: there is none.
    case leaf
    /// A root without a limit.
    case unlimited
    /// Exactly this many sub-CAs may follow.
    case exactly(Int)
    /// Written on issue; verification also takes a smaller limit, and none.
    case atMost(Int)
}

/// What a profile says of the extended key usage extension.
public struct ExtendedKeyUsageRule: Sendable, Hashable {
    /// Whether the extension must be there.
    public let isMandatory: Bool
    /// The purposes that must be among those listed, when the extension is there.
    public let required: [ObjectIdentifier]
    /// The purposes that are written on issue.
    public let issued: [ObjectIdentifier]
    /// What may stand there besides.
    public let allowed: [ObjectIdentifier]
    /// With one of these the certificate is refused: it would speak for another role.
    public let forbidden: [ObjectIdentifier]
    /// Whether a certificate of this role is a root or a root link, where no purpose belongs at all.
    public let isForRoots: Bool

    init(
        isMandatory: Bool = false, required: [ObjectIdentifier] = [], issued: [ObjectIdentifier] = [],
        allowed: [ObjectIdentifier] = [], forbidden: [ObjectIdentifier] = [], isForRoots: Bool = false
    ) {
        self.isMandatory = isMandatory
        self.required = required
        self.issued = issued
        self.allowed = allowed
        self.forbidden = forbidden
        self.isForRoots = isForRoots
    }
}

/// What the subject's common name must be. Always 1...64 characters.
public enum CommonNameRule: String, Sendable, Hashable {
    /// Any text.
    case free
    /// An EVSEID or a SECCID.
    case station
    /// An eMAID with a right check digit or none.
    case emaid
    case pcid
    case evccID
}

/// How much a profile wants something to be there.
public enum Expectation: String, Sendable, Hashable {
    case required, optional, absent
}
