import V2GMessagesAppProtocol
import V2GMessagesDIN
import V2GMessagesISO2
import V2GMessagesISO20AC
import V2GMessagesISO20ACDP
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GMessagesISO20WPT
import V2GMessagesXMLDSig

/// What `Fuzz/` fuzzes: the nine schema sets by their command line names, and framing.
enum FuzzTarget: String, CaseIterable {
    case sap, din, iso2, xmldsig, framing
    case iso20Common = "iso20-common"
    case iso20AC = "iso20-ac"
    case iso20DC = "iso20-dc"
    case iso20ACDP = "iso20-acdp"
    case iso20WPT = "iso20-wpt"

    static var messageSets: [FuzzTarget] { allCases.filter { $0 != .framing } }

    /// Checks the claims for one input, as the fuzzer does, and text for every input.
    func check(_ input: [UInt8]) throws(OracleFailure) {
        switch self {
        case .sap: try Self.check(input, MessageOracle<SAP.Element>(alwaysText: true))
        case .din: try Self.check(input, MessageOracle<DIN.Element>(alwaysText: true))
        case .iso2: try Self.check(input, MessageOracle<ISO2.Element>(alwaysText: true))
        case .xmldsig: try Self.check(input, MessageOracle<XMLDSig.Element>(alwaysText: true))
        case .framing: try FramingOracle.check(input.span)
        case .iso20Common: try Self.check(input, MessageOracle<ISO20Common.Element>(alwaysText: true))
        case .iso20AC: try Self.check(input, MessageOracle<ISO20AC.Element>(alwaysText: true))
        case .iso20DC: try Self.check(input, MessageOracle<ISO20DC.Element>(alwaysText: true))
        case .iso20ACDP: try Self.check(input, MessageOracle<ISO20ACDP.Element>(alwaysText: true))
        case .iso20WPT: try Self.check(input, MessageOracle<ISO20WPT.Element>(alwaysText: true))
        }
    }

    private static func check<Element>(
        _ input: [UInt8], _ oracle: consuming MessageOracle<Element>
    ) throws(OracleFailure) {
        try oracle.check(input.span)
    }
}
