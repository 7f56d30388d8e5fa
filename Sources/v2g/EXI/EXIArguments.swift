public import ArgumentParser
internal import EXICodec
public import V2GFraming

extension EXISchemaSet: ExpressibleByArgument {}

/// The protocol that a connection agreed on, which alone tells what payload type 0x8001 holds.
enum AgreedProtocol: String, CaseIterable, ExpressibleByArgument {
    case sap, din, iso2

    var context: EXISetContext {
        switch self {
        case .sap: .negotiating
        case .din: .din
        case .iso2: .iso2
        }
    }
}

/// How decoder and encoder alike treat fragments of names with several types.
struct FragmentAmbiguity: ParsableArguments {
    @Flag(
        name: .customLong("typed-fragments"),
        help: "Fragments of eMAID (iso2) have the grammar of their type, as cbexigen makes them.")
    var isTyped = false

    var grammar: AmbiguousFragments { isTyped ? .typed : .elementFragment }
}

/// The size of documents, which decoder and encoder bound alike.
struct DocumentBound: ParsableArguments {
    /// More than a connection takes: random or extreme documents of the schema, as tests make them, pass 64 KiB.
    static let standard = 1 << 20

    @Option(
        name: .customLong("max-bytes"),
        help: "Largest EXI document in octets, without the V2GTP header: 1...16777216.")
    var maximum = standard

    func validate() throws {
        guard (1...16_777_216).contains(maximum) else {
            throw ValidationError("--max-bytes \(maximum) is not within 1...16777216. Connections take 65536 at most.")
        }
    }
}
