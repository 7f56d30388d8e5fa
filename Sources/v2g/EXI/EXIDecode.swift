import ArgumentParser
internal import EXICodec
internal import V2GFraming

/// `v2g exi decode`: EXI to JSON or XML.
struct EXIDecode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Decode a message from EXI to JSON or XML.",
        discussion: """
            The octets are given as hexadecimal digits in either case, with or without 0x in front; blanks, tabs or \
            colons may part octets. '-' reads standard input, one document a line, and prints exactly one line for \
            each as soon as it is read; for a document that cannot be decoded this line is \
            {"error":"...","bit":N}. Bits count from the first octet given, so a V2GTP header is bits 0 to 63.

            Zero octets behind the end of a document, which some cars send, are accepted and remarked on standard \
            error. Anything else that is not in the schema is refused.

            Exit status: 0 all decoded, 1 a document is refused (standard error tells the bit and what the grammar \
            expected there), 2 wrong usage, 3 the result cannot be written.

            Examples:
              v2g exi decode --set sap --pretty 80400040
              v2g exi decode --v2gtp --protocol iso2 01fe800100000004809a0011...
              v2g exi decode --set iso2 --fragment --xml - < fragments.txt
            """)

    @Option(help: "Schema set; docs/exi.md tells what each holds.")
    var set: EXISchemaSet?

    @Flag(help: "The octets are whole V2GTP messages, whose payload types tell the sets.")
    var v2gtp = false

    @Option(
        name: .customLong("protocol"),
        help: "With --v2gtp, what payload type 0x8001 holds, which the number does not tell.")
    var agreed: AgreedProtocol?

    @Flag(help: "Decode by the fragment grammar: any element of the set, as signatures cover them.")
    var fragment = false

    @Flag(help: "Print XML on one line instead of JSON.")
    var xml = false

    @Flag(help: "Print JSON on several lines. Not with '-'.")
    var pretty = false

    @Flag(
        name: .customLong("literals-only"),
        help: "Refuse references to earlier strings, which V2G encoders must not write but some do.")
    var literalsOnly = false

    @OptionGroup
    var ambiguity: FragmentAmbiguity

    @OptionGroup
    var bound: DocumentBound

    @Argument(help: "The octets in hexadecimal, or '-' for lines from standard input.")
    var hex: String

    func validate() throws {
        guard (set != nil) != v2gtp else {
            throw ValidationError(
                set == nil
                    ? "Say what the octets are: --set SET, or --v2gtp for a whole V2GTP message."
                    : "--set and --v2gtp exclude each other: the payload type tells the set.")
        }
        guard agreed == nil || v2gtp else { throw ValidationError("--protocol goes with --v2gtp only; use --set.") }
        guard !(fragment && v2gtp) else {
            throw ValidationError("--fragment does not go with --v2gtp: messages hold documents. Use --set.")
        }
        guard !pretty || (!xml && hex != "-") else {
            throw ValidationError("--pretty is for the JSON of a single document, not for --xml or '-'.")
        }
    }

    func run() throws {
        let decoder = FrameDecoder(
            source: set.map { .payload($0, fragment ? .fragment : .document) } ?? .message(agreed),
            form: xml ? .xml : pretty ? .prettyJSON : .json,
            options: EXIOptions(acceptsStringTableHits: !literalsOnly, ambiguousFragments: ambiguity.grammar),
            maximum: bound.maximum)
        guard hex == "-" else {
            let result: String
            let remark: String?
            do throws(DocumentFailure) {
                (result, remark) = try decoder.decode(hex: hex.utf8)
            } catch {
                throw error.ending
            }
            try CLI.printResult(result)
            if let remark { CLI.note("v2g: " + remark) }
            return
        }
        var reader = LineReader(standardInputUpTo: decoder.maximumLine)
        let mode = LineMode(print: CLI.printResult, note: { CLI.note("v2g: " + $0) })
        let (lines, failures) = try mode.run(&reader) { line throws(DocumentFailure) in try decoder.decode(hex: line) }
        guard failures == 0 else {
            throw CLIFailure(.refused, "\(failures) of \(lines) lines could not be decoded; their lines tell why")
        }
    }
}
