import Foundation

/// Prints the table of the EXI codec. A program of its own, since it counts allocations with a malloc of its own.
@main struct Bench {
    static let usage = """
        usage: EXIBench [--rounds N] [--only TEXT] [--exificient CLASSPATH --schemas DIR] [--no-callgrind]
               EXIBench --repeat MESSAGE encode|decode N
          --rounds        rounds of 60 ms at least, whose median counts (21)
          --only          messages whose name holds TEXT
          --exificient    where BenchDriver and EXICodec.jar are; --schemas the schemas that it reads
          --no-callgrind  without instruction counts, which need valgrind and some seconds
          --repeat        does one thing N times and prints nothing, for profilers
        """

    static func main() throws {
        var options = BenchOptions()
        var words = CommandLine.arguments.dropFirst()
        while let word = words.popFirst() {
            switch word {
            case "--rounds": options.rounds = number(words.popFirst(), 1...1_000)
            case "--only": options.only = words.popFirst() ?? ""
            case "--exificient": options.classPath = words.popFirst()
            case "--schemas": options.schemas = words.popFirst()
            case "--no-callgrind": options.countsInstructions = false
            case "--repeat":
                let name = words.popFirst() ?? ""
                guard let direction = words.popFirst().flatMap(EXICase.Direction.init) else { stop(usage) }
                let times = number(words.popFirst(), 0...1_000_000_000)
                guard let message = try EXICase.all().first(where: { $0.name.contains(name) }) else { stop(usage) }
                return try message.run(direction, times: times)
            default: stop(usage)
            }
        }
        try EXITable.show(options)
    }

    private static func number(_ text: String?, _ range: ClosedRange<Int>) -> Int {
        guard let text, let value = Int(text), range.contains(value) else { stop(usage) }
        return value
    }

    static func stop(_ reason: String) -> Never {
        FileHandle.standardError.write(Data((reason + "\n").utf8))
        exit(2)
    }
}

struct BenchOptions {
    var rounds = 21
    var only = ""
    var classPath: String?
    var schemas: String?
    var countsInstructions = true
}

struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
