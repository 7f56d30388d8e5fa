/// Departures from the profile that are seen in the field. Each is a named switch: with it, what would be an error on
/// verification becomes a warning that carries the switch's name. Nothing is ever issued under a tolerance.
public struct FieldTolerance: OptionSet, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A root that carries an extended key usage. On by default: a root is trusted because an operator installed it,
    /// and real V2G roots have one.
    public static let rootExtendedKeyUsage = FieldTolerance(rawValue: 1 << 0)
    /// A contract whose eMAID has a wrong check digit. On by default: a car is not turned away for it.
    public static let emaidCheckDigit = FieldTolerance(rawValue: 1 << 1)
    /// A -20 SECC leaf that says `DC=CSO` where `DC=CPO` is set, or the reverse. On by default: sources disagree.
    public static let seccDomainComponentEither = FieldTolerance(rawValue: 1 << 2)
    /// A contract leaf without any domain component. Off by default ([V2G2-925]).
    public static let contractWithoutDomainComponent = FieldTolerance(rawValue: 1 << 3)
    /// A -20 SECC or vehicle leaf without an extended key usage. Off by default.
    public static let missingExtendedKeyUsage = FieldTolerance(rawValue: 1 << 4)
    /// P-256 keys and SHA-256 signatures in a -20 chain, as some stacks have. Off by default; out of profile.
    public static let p256InEdition20 = FieldTolerance(rawValue: 1 << 5)

    /// A CPS, MO, OEM or vehicle sub-CA, or an MO or OEM root, that says `DC=V2G`. Off by default: the sub-CAs of charge
    /// point operators say so too, and would be able to issue contracts and provisioning certificates.
    public static let subCADomainComponentV2G = FieldTolerance(rawValue: 1 << 6)

    /// What verification tolerates unless told otherwise.
    public static let standard: FieldTolerance = [.rootExtendedKeyUsage, .emaidCheckDigit, .seccDomainComponentEither]

    /// Every switch by its name, as configuration and logs write it.
    public static let named: [(name: String, tolerance: FieldTolerance)] = [
        ("root-extended-key-usage", .rootExtendedKeyUsage),
        ("emaid-check-digit", .emaidCheckDigit),
        ("secc-domain-component-either", .seccDomainComponentEither),
        ("contract-without-domain-component", .contractWithoutDomainComponent),
        ("missing-extended-key-usage", .missingExtendedKeyUsage),
        ("p256-in-edition-20", .p256InEdition20),
        ("sub-ca-domain-component-v2g", .subCADomainComponentV2G),
    ]

    /// The switch of a name, `nil` when there is none.
    public init?(name: String) {
        guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
        self = found.tolerance
    }

    /// The names of the switches that are on, separated by commas; `none` when all are off.
    public var description: String {
        let names = Self.named.filter { contains($0.tolerance) }.map(\.name)
        return names.isEmpty ? "none" : names.joined(separator: ",")
    }
}
