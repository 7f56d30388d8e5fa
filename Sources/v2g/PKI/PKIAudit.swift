import ArgumentParser
import V2GCertificateAuthority
import V2GPrimitives
internal import Foundation

struct PKIAudit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Verify the store, the audit log from its first entry, and that records and log agree.",
        discussion: """
            Keep the head that this prints somewhere else, and give it back with --head: it shows whether the end of \
            the log was cut off or rewritten. Exit 1 when something is wrong.
            """)

    @OptionGroup var location: PKILocation

    @Option(help: ArgumentHelp("A head that an earlier audit printed: SEQUENCE:HASH.", valueName: "HEAD"))
    var head: String?

    @Flag(help: "Also print the entries, one a line.")
    var entries = false

    @Flag(help: "Print as JSON.")
    var json = false

    private struct Result: Encodable {
        let intact: Bool
        let entries: Int64
        let head: String?
        let fault: String?
    }

    private struct Entry: Encodable {
        let sequence: Int64
        let time, actor, action, hash: String
        let details: [String: String]
    }

    func run() async throws {
        let expected = try head.map(Self.parse)
        let access = try await PKIAccess.open(location, issues: false)
        if entries { try await printEntries(access.store) }
        try await checkIntegrity(access.store)
        let report = try await access.store.verifyAudit(against: expected)
        let newHead = report.head.map { "\($0.sequence):\(Hex.encode($0.hash))" }
        if json {
            try CLI.printJSON(
                Result(
                    intact: report.isIntact, entries: report.verifiedEntries, head: newHead,
                    fault: report.fault?.message))
        } else if report.isIntact {
            CLI.print("intact: \(report.verifiedEntries) entries")
            if let newHead { CLI.print("head: \(newHead)") }
        }
        try await access.store.close()
        if let fault = report.fault {
            throw CLIFailure(
                .refused,
                "the audit log is broken: \(fault.message) (\(report.verifiedEntries) entries before it are right)")
        }
    }

    /// Every page, index and reference of the store. A damaged store is a finding of the audit, not a failing disk.
    private func checkIntegrity(_ store: SQLiteStore) async throws {
        do {
            try await store.checkIntegrity()
        } catch  where error.code == .corrupted {
            if json { try CLI.printJSON(Result(intact: false, entries: 0, head: nil, fault: error.message)) }
            throw CLIFailure(.refused, error.message)
        }
    }

    private func printEntries(_ store: SQLiteStore) async throws {
        var last: Int64 = 0
        while true {
            let page = try await store.auditEntries(after: last, limit: 1_000)
            for entry in page {
                if json {
                    try CLI.printJSONLine(
                        Entry(
                            sequence: entry.sequence, time: Timestamp(seconds: entry.time).rfc3339, actor: entry.actor,
                            action: entry.action, hash: Hex.encode(entry.hash),
                            details: Dictionary(
                                entry.fields.map { ($0.name, "\($0.value)") }, uniquingKeysWith: { first, _ in first }))
                    )
                } else {
                    let details = entry.fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
                    CLI.print(
                        "\(entry.sequence) \(Timestamp(seconds: entry.time).rfc3339) \(entry.actor) \(entry.action) \(details)"
                    )
                }
            }
            guard let end = page.last else { return }
            last = end.sequence
        }
    }

    private static func parse(_ text: String) throws(CLIFailure) -> AuditHead {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let sequence = Int64(parts[0]), sequence > 0, let hash = Hex.decode(String(parts[1])),
            hash.count == 32
        else { throw CLIFailure(.usage, "--head '\(text)' is not SEQUENCE:HASH as 'v2g pki audit' prints it") }
        return AuditHead(sequence: sequence, hash: hash, time: 0)
    }
}
