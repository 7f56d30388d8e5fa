import ArgumentParser

/// `v2g exi`: messages between EXI and text.
struct EXICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exi",
        abstract: "Decode V2G messages from EXI to JSON or XML, and encode them from JSON.",
        discussion: """
            EXI is compact because it leaves out what the schema says, so the schema set must be known: it is given \
            with --set, or found from the payload type of a whole V2GTP message with --v2gtp. docs/exi.md has the \
            sets, the form of the JSON and all rules.
            """,
        subcommands: [EXIDecode.self, EXIEncode.self])
}
