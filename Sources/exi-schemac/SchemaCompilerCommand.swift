internal import ArgumentParser
internal import EXISchemaCompiler
internal import Foundation

@main
struct SchemaCompilerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exi-schemac",
        abstract: "Compiles the XML schemas of the message sets to EXI grammars.",
        subcommands: [PlanCommand.self, EmitCommand.self])
}

/// `exi-schemac plan`: what the first two steps of the compiler make of a set, as text.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Prints the grammar plan of a schema set.")

    @Option(help: "The folder of the schemas, as scripts/fetch-schemas makes it.")
    var schemas: String

    @Option(
        help: ArgumentHelp(
            "The schema set: \(SchemaSet.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "set"))
    var set: SchemaSet

    @Option(
        help: "Bounded repetitions up to this many are written out as states. A larger one is given as particles only.")
    var expand: Int = ContentAutomaton.expansionLimit

    func validate() throws {
        guard (0...100_000).contains(expand) else {
            throw ValidationError("--expand must be between 0 and 100000")
        }
    }

    func run() throws {
        let plan = try set.plan(schemas: URL(fileURLWithPath: schemas), expansionLimit: expand)
        print(PlanPrinter(plan).lines().joined(separator: "\n"))
    }
}

extension SchemaSet: ExpressibleByArgument {}
