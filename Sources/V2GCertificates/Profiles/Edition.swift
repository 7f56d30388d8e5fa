public import V2GKeys

/// The edition of ISO 15118 whose certificate profiles apply. Raw values are the names on the command line.
public enum Edition: String, Sendable, Hashable, CaseIterable, Codable {
    /// ISO 15118-2:2014, Annex F.
    case iso2
    /// ISO 15118-20:2022, Annex B.
    case iso20

    /// The kind of key that is made when none is asked for.
    public var defaultKeyAlgorithm: KeyAlgorithm { self == .iso2 ? .p256 : .p521 }

    /// The kinds of key that V2G certificates may hold: secp256r1 in -2 (Annex F), secp521r1 or Ed448 in -20
    /// ([V2G20-2674], [V2G20-2319], [V2G20-2320]).
    public var keyAlgorithms: [KeyAlgorithm] { self == .iso2 ? [.p256] : [.p521, .ed448] }

    /// The longest certificate that fits a message's field, in bytes of DER.
    public var maximumCertificateLength: Int { self == .iso2 ? 800 : 1_600 }
}
