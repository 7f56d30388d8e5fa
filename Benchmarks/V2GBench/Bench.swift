import Foundation
import V2GKeys

/// Prints benchmark tables. Every ratio is between programs that ran in turn in this one process, or back to back.
@main struct Bench {
    static let usage = """
        usage: V2GBench [issue] [verify] [store] [token] [--rounds N] [--count N] [--callers N] [--dir DIR]
          issue   certificates in process, one core, against the primitives and against OpenSSL's library
          verify  a station's chain, against the sum of its signature verifications
          store   durable issues by concurrent callers; --count in all (default 50000)
          token   signatures and issues through PKCS#11 (SoftHSM2)
          fill    issues --count station leaves in the P-256 PKI at --pki DIR, for other measurements
        Without a table: all but fill. --algorithm p256|p521|ed448 and --only NAME (a line of the table, such as ours)
        narrow `issue` and `verify` down, for profiling.
        """

    static func main() async throws {
        var tables: [String] = []
        var options = BenchOptions()
        var words = CommandLine.arguments.dropFirst()
        while let word = words.popFirst() {
            switch word {
            case "issue", "verify", "store", "token", "fill": tables.append(word)
            case "--pki": options.pki = words.popFirst()
            case "--only": options.only = words.popFirst()
            case "--algorithm": options.algorithms = words.popFirst().flatMap(KeyAlgorithm.init).map { [$0] } ?? []
            case "--rounds": options.rounds = number(words.popFirst(), 1...1_000)
            case "--count": options.count = number(words.popFirst(), 1_000...10_000_000)
            case "--callers": options.callers = number(words.popFirst(), 1...10_000)
            case "--dir": options.directory = words.popFirst()
            default: stop(usage)
            }
        }
        if tables.isEmpty { tables = ["issue", "verify", "store", "token"] }
        if options.only == nil { Yardstick.show() }
        for table in tables {
            switch table {
            case "issue": for algorithm in options.algorithms { try await IssueTable.show(algorithm, options) }
            case "verify": for algorithm in options.algorithms { try VerifyTable.show(algorithm, options) }
            case "fill": try await StoreTable.fill(options)
            case "store": try await StoreTable.show(options)
            default: try await TokenTable.show(options)
            }
        }
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
    var rounds = 7
    var count = 50_000
    var callers = 512
    /// Where stores are made; the default is the directory for temporary files.
    var directory: String?
    var algorithms: [KeyAlgorithm] = [.p256, .p521, .ed448]
    /// A PKI that `v2g pki init` made.
    var pki: String?
    /// The one contestant to run.
    var only: String?
}
