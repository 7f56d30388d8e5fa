package import Foundation

/// The nine schema sets, by their names on the command line.
package enum SchemaSet: String, CaseIterable, Sendable {
    case appProtocol = "sap"
    case din = "din"
    case iso2 = "iso2"
    case iso20Common = "iso20-common"
    case iso20AC = "iso20-ac"
    case iso20DC = "iso20-dc"
    case iso20ACDP = "iso20-acdp"
    case iso20WPT = "iso20-wpt"
    case xmlDSig = "xmldsig"

    /// Where the main file stands below the folder of the schemas.
    package var mainFile: String {
        switch self {
        case .appProtocol: "V2G_CI_AppProtocol.xsd"
        case .din: "din_spec/V2G_CI_MsgDef.xsd"
        case .iso2: "iso15118_2/V2G_CI_MsgDef.xsd"
        case .iso20Common: "iso15118_20/V2G_CI_CommonMessages.xsd"
        case .iso20AC: "iso15118_20/V2G_CI_AC.xsd"
        case .iso20DC: "iso15118_20/V2G_CI_DC.xsd"
        case .iso20ACDP: "iso15118_20/V2G_CI_ACDP.xsd"
        case .iso20WPT: "iso15118_20/V2G_CI_WPT.xsd"
        case .xmlDSig: "xmldsig-core-schema.xsd"
        }
    }

    /// Reads the schemas of the set and plans its grammars.
    ///
    /// - Parameters:
    ///   - folder: The folder of the schemas; the XMLDSig schema stands in it once for all sets.
    ///   - expansionLimit: Bounded repetitions above it are left to the particle tree.
    package func plan(
        schemas folder: URL, expansionLimit: Int = ContentAutomaton.expansionLimit
    ) throws(SchemaError) -> GrammarPlan {
        let reader = SchemaReader(searchPath: [folder])
        let model = try reader.read(folder.appendingPathComponent(mainFile))
        return try GrammarPlanner(model, set: rawValue, expansionLimit: expansionLimit).plan()
    }
}
