/// A schema set of EXI: the schemas whose names and grammars are numbered together.
///
/// The raw values are the names that the command line and stored vectors use.
public enum EXISchemaSet: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// Supported application protocol: the handshake in front of every protocol.
    case sap
    /// DIN 70121.
    case din
    /// ISO 15118-2.
    case iso2
    /// ISO 15118-20, common messages ("main stream").
    case iso20Common = "iso20-common"
    /// ISO 15118-20, AC messages.
    case iso20AC = "iso20-ac"
    /// ISO 15118-20, DC messages.
    case iso20DC = "iso20-dc"
    /// ISO 15118-20, automatic connection device messages.
    case iso20ACDP = "iso20-acdp"
    /// ISO 15118-20, wireless power transfer messages.
    case iso20WPT = "iso20-wpt"
    /// XML signature alone, for the `SignedInfo` that is signed.
    case xmldsig

    public var description: String { rawValue }

    /// Whether the set belongs to ISO 15118-20.
    public var isISO20: Bool {
        switch self {
        case .iso20Common, .iso20AC, .iso20DC, .iso20ACDP, .iso20WPT: true
        case .sap, .din, .iso2, .xmldsig: false
        }
    }
}

/// How far a connection is, as far as the meaning of a payload type depends on it.
public enum EXISetContext: Sendable, Hashable, CaseIterable {
    /// No protocol has been agreed on.
    case negotiating
    /// DIN 70121 was agreed on.
    case din
    /// ISO 15118-2 was agreed on.
    case iso2
    /// ISO 15118-20 was agreed on.
    case iso20
}
