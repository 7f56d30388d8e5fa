public import V2GKeys
public import V2GX509

/// What the standard asks of certificates of one role in one edition, as data: ISO 15118-2 Annex F and ISO 15118-20
/// Annex B for the charging cable, RFC 5280 and OCPP 2.0.1 for the backend. Issuing, lint and verification all read
/// the same value.
public final class CertificateProfile: Sendable {
    public let role: Role
    public let edition: Edition
    /// The roles whose keys may sign, ``Role/issuers``.
    public let issuers: [Role]
    /// The kinds of key the certificate may hold. The signature follows the issuer's key, so a certificate for one of
    /// them may be signed with another.
    public let keyAlgorithms: [KeyAlgorithm]
    public let signatureAlgorithms: [SignatureAlgorithm]
    public let domainComponent: DomainComponentRule
    public let keyUsage: KeyUsageRule
    public let pathLength: PathLengthRule
    public let extendedKeyUsage: ExtendedKeyUsageRule
    public let commonName: CommonNameRule
    /// Whether the subject names a country (C) on issue.
    public let namesCountry: Bool
    /// Longest DER in bytes, `nil` without a limit.
    public let maximumLength: Int?
    /// Validity on issue when nothing else is asked for, in days.
    public let defaultValidityDays: Int
    /// Longest validity in days, `nil` where the standard leaves it to the operator.
    public let maximumValidityDays: Int?
    /// Whether an OCSP responder is named.
    public let ocspLocation: Expectation
    /// Whether host names stand in the subject alternative name.
    public let hostNames: Expectation

    init(
        role: Role, edition: Edition, keyAlgorithms: [KeyAlgorithm], domainComponent: DomainComponentRule,
        keyUsage: KeyUsageRule, pathLength: PathLengthRule, extendedKeyUsage: ExtendedKeyUsageRule,
        commonName: CommonNameRule, namesCountry: Bool, maximumLength: Int?, defaultValidityDays: Int,
        maximumValidityDays: Int?, ocspLocation: Expectation, hostNames: Expectation
    ) {
        self.role = role
        self.edition = edition
        issuers = role.issuers
        self.keyAlgorithms = keyAlgorithms
        signatureAlgorithms = keyAlgorithms.compactMap(\.signatureAlgorithm)
        self.domainComponent = domainComponent
        self.keyUsage = keyUsage
        self.pathLength = pathLength
        self.extendedKeyUsage = extendedKeyUsage
        self.commonName = commonName
        self.namesCountry = namesCountry
        self.maximumLength = maximumLength
        self.defaultValidityDays = defaultValidityDays
        self.maximumValidityDays = maximumValidityDays
        self.ocspLocation = ocspLocation
        self.hostNames = hostNames
    }

    /// The profile of a role in an edition; `nil` when the edition does not know the role (vehicle certificates are
    /// new in -20).
    public static func profile(_ role: Role, _ edition: Edition) -> CertificateProfile? {
        index[Key(role: role, edition: edition)]
    }

    /// All profiles of both editions.
    public static var all: [CertificateProfile] { table }

    private struct Key: Hashable {
        let role: Role
        let edition: Edition
    }

    private static let index = Dictionary(
        table.map { (Key(role: $0.role, edition: $0.edition), $0) }, uniquingKeysWith: { first, _ in first })

    private static let table: [CertificateProfile] = Edition.allCases.flatMap { edition in
        Role.allCases.compactMap { make($0, edition) }
    }

    /// The key usage to write for a key: what the role asks for, without what the key cannot do (an Ed448 key agrees on
    /// nothing, RFC 9295 3).
    public func issuedKeyUsage(for algorithm: KeyAlgorithm) -> KeyUsage {
        algorithm.canAgree ? keyUsage.issued : keyUsage.issued.subtracting(.keyAgreement)
    }

    /// The path length to write, `nil` for none.
    public var issuedPathLength: Int? {
        switch pathLength {
        case .leaf, .unlimited: nil
        case .exactly(let length), .atMost(let length): length
        }
    }

    /// The longest validity in days under the given settings, `nil` without a limit.
    public func maximumValidityDays(_ settings: ProfileSettings) -> Int? {
        role == .secc ? settings.seccMaximumValidityDays : maximumValidityDays
    }

    /// The domain component to write under the given settings, `nil` for none.
    public func issuedDomainComponent(_ settings: ProfileSettings) -> String? {
        role == .secc && edition == .iso20
            ? settings.seccDomainComponentEdition20.rawValue : domainComponent.issued
    }

    /// Whether this is a CA of a branch that no charge point operator may speak for.
    var isOwnBranch: Bool {
        switch role {
        case .cpsSub1, .cpsSub2, .moRoot, .moRootLink, .moSub1, .moSub2, .oemRoot, .oemRootLink, .oemSub1, .oemSub2,
            .vehicleSub1, .vehicleSub2:
            true
        default: false
        }
    }

    /// The extensions that may be issued.
    var permittedExtensions: ExtensionKinds {
        var kinds = ExtensionKinds.common
        if hostNames != .absent { kinds.insert(.subjectAlternativeName) }
        if role == .ocsp { kinds.insert(.ocspNoCheck) }
        return kinds
    }
}
