import Foundation
import Testing
import V2GCertificateAuthority
import V2GPrimitives

/// Opt-in: `V2G_BENCH_STORE=1000000 swift test -c release --filter StoreBenchmarks`. `V2G_BENCH_DIR` names a directory
/// on the disk to measure.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["V2G_BENCH_STORE"] != nil), .serialized)
struct StoreBenchmarks {
    private static let environment = ProcessInfo.processInfo.environment
    private static let total = Int(environment["V2G_BENCH_STORE"] ?? "") ?? 100_000
    private static let callers = Int(environment["V2G_BENCH_CALLERS"] ?? "") ?? 64

    private func openStore() throws -> (SQLiteStore, TemporaryStore) {
        let files = try TemporaryStore(in: Self.environment["V2G_BENCH_DIR"])
        return (try files.open(), files)
    }

    /// Plan and complete, each durable, by concurrent callers; the rate at every tenth of the way.
    @Test func concurrentIssuesStayFlat() async throws {
        let (store, files) = try openStore()
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let step = max(Self.total / 10, 1)
        var rates: [Int] = []
        for done in stride(from: 0, to: Self.total, by: step) {
            let elapsed = try await ContinuousClock().measure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<Self.callers {
                        group.addTask {
                            for number in stride(from: done + caller, to: done + step, by: Self.callers) {
                                try await store.issue(ca.id, subject: "DE*ABC*E\(10_000_000 + number)", padding: 500)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            rates.append(Int(Double(step) / (elapsed / .seconds(1))))
            print("store: \(done + step) issued, \(rates[rates.count - 1])/s")
        }
        let size = try FileManager.default.attributesOfItem(atPath: files.path)[.size] as? NSNumber
        print(
            "store: \(Self.callers) callers, first \(rates[0])/s, last \(rates[rates.count - 1])/s, "
                + "\((size?.intValue ?? 0) / Self.total) bytes each")
        var report: AuditReport?
        let verifying = try await ContinuousClock().measure { report = try await store.verifyAudit(against: nil) }
        print("store: audit of \(report?.verifiedEntries ?? 0) entries in \(verifying)")
        #expect(report?.fault == nil)
        let loading = try await ContinuousClock().measure { _ = try await StatusDirectory.load(from: store) }
        print("store: status index loaded in \(loading)")
        try await store.close()
        let opening = try ContinuousClock().measure { _ = try files.open() }
        print("store: opened in \(opening)")
    }

    @Test func bulkIssuesInPages() async throws {
        let (store, files) = try openStore()
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let pages = (0..<max(Self.total / 1_000 / 10, 1)).map { page in
            (0..<1_000).map { Sample.plan(ca.id, subject: "DE*ABC*E\(10_000_000 + page * 1_000 + $0)", padding: 500) }
        }
        let elapsed = try await ContinuousClock().measure {
            for page in pages {
                let intents = try await store.plan(page.map(\.plan), origin: Sample.origin)
                try await store.complete(
                    zip(intents, page).map { IssuanceResult(intent: $0, certificate: $1.certificate) },
                    origin: Sample.origin)
            }
        }
        print("store: bulk of 1,000: \(Int(Double(pages.count * 1_000) / (elapsed / .seconds(1))))/s")
        withExtendedLifetime(files) {}
    }
}
