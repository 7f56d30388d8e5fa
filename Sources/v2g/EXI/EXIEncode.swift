import ArgumentParser
internal import EXICodec
internal import V2GFraming

/// `v2g exi encode`: JSON to EXI.
struct EXIEncode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Encode a message from JSON to EXI.",
        discussion: """
            Takes the JSON that 'v2g exi decode' prints and prints the octets as lower-case hexadecimal digits. '-' \
            reads standard input, one document a line, and prints exactly one line for each as soon as it is read; for \
            a document that is refused this line is {"error":"...","bit":null}: text has no bits, and the error starts \
            with the path of the field.

            Fields may stand in any order. Unknown and repeated fields are refused, as is every value that the schema \
            does not allow.

            Exit status: 0 all encoded, 1 a document is refused, 2 wrong usage or a file that cannot be read, 3 the \
            result cannot be written.

            Examples:
              v2g exi encode --set iso2 request.json
              v2g exi encode --set iso20-common --v2gtp request.json
              v2g exi decode --set din - < in.txt | v2g exi encode --set din - | diff - in.txt
            """)

    @Option(help: "Schema set; docs/exi.md tells what each holds.")
    var set: EXISchemaSet

    @Flag(help: "Encode by the fragment grammar: any element of the set, as signatures cover them.")
    var fragment = false

    @Flag(help: "Print the whole V2GTP message, with the payload type of the set.")
    var v2gtp = false

    @Flag(
        name: .customLong("empty-characters"),
        help: "Write empty text as characters of length zero, which decoders made by cbexigen need.")
    var emptyCharacters = false

    @Flag(
        name: .customLong("learning-wildcards"),
        help: "Write elements that no schema declares by grammars that learn, as EXI without its profile does.")
    var learningWildcards = false

    @OptionGroup
    var ambiguity: FragmentAmbiguity

    @OptionGroup
    var bound: DocumentBound

    @Argument(help: "File with the JSON of one document, or '-' for lines from standard input.")
    var file: String

    func validate() throws {
        guard !v2gtp || set.payloadType != nil else {
            throw ValidationError("--v2gtp does not go with --set \(set.rawValue): no message is of that set alone.")
        }
        guard !(fragment && v2gtp) else {
            throw ValidationError("--fragment does not go with --v2gtp: messages hold documents.")
        }
    }

    func run() throws {
        let encoder = FrameEncoder(
            set: set, grammar: fragment ? .fragment : .document, payloadType: v2gtp ? set.payloadType : nil,
            form: EXIForm(
                wildcards: learningWildcards ? .learning : .anyType, emptyContent: emptyCharacters ? .characters : .end,
                ambiguousFragments: ambiguity.grammar),
            maximum: bound.maximum)
        guard file == "-" else {
            let json = try CLIFile.read(file)
            let result: String
            do throws(DocumentFailure) {
                result = try encoder.encode(json: json)
            } catch {
                throw error.ending
            }
            try CLI.printResult(result)
            return
        }
        var reader = LineReader(standardInputUpTo: encoder.maximumJSON)
        let mode = LineMode(print: CLI.printResult, note: { CLI.note("v2g: " + $0) }, startOfLine: nil)
        let (lines, failures) = try mode.run(&reader) { line throws(DocumentFailure) in
            (try encoder.encode(json: line), nil)
        }
        guard failures == 0 else {
            throw CLIFailure(.refused, "\(failures) of \(lines) lines could not be encoded; their lines tell why")
        }
    }
}
