internal import ArgumentParser
internal import EXISchemaCompiler
internal import Foundation

/// `exi-schemac emit`: writes the generated sources, or checks that those on disk are what the schemas give.
struct EmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emit",
        abstract: "Writes the Swift sources of all message sets.",
        discussion: """
            Each target of Sources/V2GMessages* has a folder Generated that this command owns: files that the schemas no \
            longer give are removed. With --check nothing is written; exit 1 and a list of differing files tell that the \
            committed sources are not what the schemas and this compiler make.
            """)

    @Option(help: "The folder of the schemas, as scripts/fetch-schemas makes it.")
    var schemas: String

    @Option(help: "The folder of the package's sources.")
    var output = "Sources"

    @Flag(help: "Only compare.")
    var check = false

    func run() throws {
        var plans: [SchemaSet: GrammarPlan] = [:]
        for set in SchemaSet.allCases {
            plans[set] = try set.plan(schemas: URL(fileURLWithPath: schemas))
        }
        let files = try SourceEmitter.files(of: plans)
        let root = URL(fileURLWithPath: output)
        var wanted: [String: Data] = [:]
        for file in files {
            wanted["\(file.module.target)/Generated/\(file.name).swift"] = Data(file.text.utf8)
        }
        var present: Set<String> = []
        for module in MessageModule.allCases {
            let folder = "\(module.target)/Generated"
            let path = root.appendingPathComponent(folder).path
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                present.insert("\(folder)/\(name)")  // no folder yet means no files yet
            }
        }
        let changed = wanted.keys.filter { path in
            FileManager.default.contents(atPath: root.appendingPathComponent(path).path) != wanted[path]
        }.sorted()
        let stale = present.subtracting(wanted.keys).sorted()
        if check {
            for path in changed { print("differs: \(path)") }
            for path in stale { print("not from the schemas: \(path)") }
            if !changed.isEmpty || !stale.isEmpty { throw ExitCode(1) }
            print("\(wanted.count) files are what the schemas give")
            return
        }
        for path in changed {
            let url = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try wanted[path]?.write(to: url, options: .atomic)
        }
        for path in stale { try FileManager.default.removeItem(at: root.appendingPathComponent(path)) }
        print("\(changed.count) of \(wanted.count) files written, \(stale.count) removed")
    }
}
