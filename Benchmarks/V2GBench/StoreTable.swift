import CryptoOpenSSL
import Foundation
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GKeysFile

/// Durable issues: each caller waits until its certificate is on disk. The product's own settings, so that each
/// signature is verified before it leaves.
enum StoreTable {
    static func show(_ options: BenchOptions) async throws {
        let site = try await BenchSite(.p256, in: options.directory)
        let authority = site.authority(AuthoritySettings())
        let step = max(options.count / 10, 100)
        Output.line(
            "\ndurable issue, P-256: \(options.count) certificates, each with a new key, \(options.callers) callers, wall time"
        )
        var rates: [Double] = []
        for done in stride(from: 0, to: options.count, by: step) {
            // Made outside the measured time.
            let requests = try await RequestMaker.many(.p256, numbers: done..<done + step)
            let start = WallClock.seconds
            let used = Processor.seconds
            try await issue(requests, authority, site.verifier, callers: options.callers)
            let elapsed = WallClock.seconds - start
            rates.append(Double(step) / elapsed)
            Row.rate("\(done + step) issued", Double(step) / elapsed)
            if done == 0 {
                Row.show("  processors in use", String(format: "%.2f", (Processor.seconds - used) / elapsed))
            }
        }
        Row.rate("median", rates.median, atLeast: 3_000)
        let early = Array(rates.prefix(3)).median
        let late = Array(rates.suffix(3)).median
        Row.ratio("last three tenths to first three", late / early, atLeast: 0.9)
        let size = try FileManager.default.attributesOfItem(atPath: site.store.path)[.size] as? NSNumber
        Row.show("bytes on disk for each", "\((size?.intValue ?? 0) / options.count)")
        let counts = try await site.store.counts()
        Row.show(
            "issued, by the store's own count",
            "\(counts.filter { $0.role == Role.secc.rawValue }.reduce(0) { $0 + $1.issued })")
        try await site.store.close()
    }

    /// Fills a PKI made by the command line with leaves.
    static func fill(_ options: BenchOptions) async throws {
        guard let directory = options.pki else { Bench.stop("fill needs --pki DIR") }
        let store = try SQLiteStore(path: PKIDirectory(directory).storePath, creation: .never)
        guard let planned = try await store.setting("hierarchy.plan") else {
            throw BenchFailure("no plan in \(directory)")
        }
        let plan = try JSONDecoder().decode(HierarchyPlan.self, from: Data(planned.value))
        let verifier = ProductSignatureVerifier()
        let authority = CertificateAuthority(
            plan: plan, store: store, keys: FileKeyProvider(), verifier: verifier, actor: "benchmark")
        let step = 10_000
        for done in stride(from: 0, to: options.count, by: step) {
            let requests = try await RequestMaker.many(.p256, numbers: done..<min(done + step, options.count))
            try await issue(requests, authority, verifier, callers: options.callers)
        }
        try await store.close()
        Output.line("\(options.count) leaves issued in \(directory)")
    }

    static func issue(
        _ requests: [[UInt8]], _ authority: CertificateAuthority, _ verifier: ProductSignatureVerifier, callers: Int
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for index in stride(from: caller, to: requests.count, by: callers) {
                        let request = try ProvenRequest(der: requests[index], verifier: verifier)
                        _ = try await authority.issue(request, role: .secc)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
