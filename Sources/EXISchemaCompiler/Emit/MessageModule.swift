/// A generated target: the Swift module, the enumeration that its types stand in, and the namespaces that it owns.
///
/// Each schema set has its own. The types of XMLDSig and of the common types of edition -20 are part of several sets and
/// are emitted once: a header or a signature is the same Swift type whatever set it came in. That is allowed only where
/// the grammars of the sets agree; ``SourceEmitter`` proves it for each type and refuses otherwise.
package enum MessageModule: String, CaseIterable, Sendable {
    case appProtocol, din, iso2, iso20, iso20Common, iso20AC, iso20DC, iso20ACDP, iso20WPT, xmlDSig

    static let xmlDSigNamespace = "http://www.w3.org/2000/09/xmldsig#"
    static let commonTypesNamespace = "urn:iso:std:iso:15118:-20:CommonTypes"

    /// The enumeration that the types are nested in.
    package var swiftNamespace: String {
        switch self {
        case .appProtocol: "SAP"
        case .din: "DIN"
        case .iso2: "ISO2"
        case .iso20: "ISO20"
        case .iso20Common: "ISO20Common"
        case .iso20AC: "ISO20AC"
        case .iso20DC: "ISO20DC"
        case .iso20ACDP: "ISO20ACDP"
        case .iso20WPT: "ISO20WPT"
        case .xmlDSig: "XMLDSig"
        }
    }

    /// The target.
    package var target: String { "V2GMessages\(self == .appProtocol ? "AppProtocol" : swiftNamespace)" }

    /// The schema set whose elements stand in the module; the common types of -20 are no set of their own.
    package var set: SchemaSet? {
        switch self {
        case .appProtocol: .appProtocol
        case .din: .din
        case .iso2: .iso2
        case .iso20: nil
        case .iso20Common: .iso20Common
        case .iso20AC: .iso20AC
        case .iso20DC: .iso20DC
        case .iso20ACDP: .iso20ACDP
        case .iso20WPT: .iso20WPT
        case .xmlDSig: .xmlDSig
        }
    }

    /// The modules whose types this one uses.
    package var imports: [MessageModule] {
        switch self {
        case .appProtocol, .xmlDSig: []
        case .din, .iso2, .iso20: [.xmlDSig]
        case .iso20Common, .iso20AC, .iso20DC, .iso20ACDP, .iso20WPT: [.iso20, .xmlDSig]
        }
    }

    /// What the module is about.
    package var summary: String {
        switch self {
        case .appProtocol: "The messages that choose a protocol (SupportedAppProtocol)."
        case .din: "The messages of DIN 70121."
        case .iso2: "The messages of ISO 15118-2:2013."
        case .iso20: "The types that the message sets of ISO 15118-20 share."
        case .iso20Common: "The messages of ISO 15118-20 that do not depend on the energy transfer."
        case .iso20AC: "The messages of ISO 15118-20 for AC."
        case .iso20DC: "The messages of ISO 15118-20 for DC."
        case .iso20ACDP: "The messages of ISO 15118-20 for automated connection devices."
        case .iso20WPT: "The messages of ISO 15118-20 for wireless power transfer."
        case .xmlDSig: "XML signatures, as V2G messages carry them."
        }
    }

    /// The module that owns `namespace` where it occurs in the set of `module`.
    static func owner(of namespace: String, in module: MessageModule) -> MessageModule {
        switch namespace {
        case xmlDSigNamespace: .xmlDSig
        case commonTypesNamespace: .iso20
        default: module
        }
    }
}
