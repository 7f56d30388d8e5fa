internal import ArgumentParser
internal import EXISchemaCompiler

@main
struct SchemaCompilerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exi-schemac", abstract: "Compiles XML schemas to EXI grammars.")
}
