import CryptoOpenSSL
import Foundation
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GKeysPKCS11
import V2GX509

/// PKCS#11 with SoftHSM2: what the pool of sessions costs, and a whole issue against the sum of its parts.
enum TokenTable {
    static func show(_ options: BenchOptions) async throws {
        guard let module = modulePaths.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            Output.line("\nPKCS#11: SoftHSM2 is not installed, left out")
            return
        }
        let home = NSTemporaryDirectory() + "/v2g-bench-hsm-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: home) }
        let reference = try makeToken(module, home)
        let provider = PKCS11KeyProvider(verifier: ProductSignatureVerifier())
        for algorithm in [KeyAlgorithm.p256, .p521, .ed448] {
            var uri = reference
            uri.object = "raw \(algorithm.rawValue)"
            _ = try await provider.generate(.pkcs11(uri), algorithm: algorithm)
            let key = try await provider.pkcs11SigningKey(.pkcs11(uri))
            let times = algorithm == .p256 ? 8_000 : 2_000
            var bare: [Double] = []
            var pooled: [Double] = []
            for _ in 0..<options.rounds {
                bare.append(Double(times) / (try await key.measureBareLoop(count: times) / .seconds(1)))
                pooled.append(
                    Double(times)
                        / (try await key.measurePooled(count: times, tasks: 16, verifying: false) / .seconds(1)))
            }
            Output.line(
                "\nPKCS#11 (SoftHSM2), \(algorithm.displayName): raw signatures, \(options.rounds) rounds, medians of wall time"
            )
            Row.rate("C_Sign in a bare loop, one thread", bare.median)
            Row.rate("the pool, 16 callers", pooled.median)
            Row.ratio("the pool's share of the bare loop", pooled.median / bare.median, atLeast: 0.9)
        }
        try await showIssue(reference, options)
    }

    /// The parts: proof of possession and the check of the token's signature in software, `C_Sign` on the token. All
    /// are arithmetic of this machine, so two cores could at best halve their sum.
    private static func showIssue(_ token: PKCS11URI, _ options: BenchOptions) async throws {
        let site = try await BenchSite(.p256, in: options.directory, placement: .token(token))
        let authority = site.authority(AuthoritySettings())
        let verifier = site.verifier
        let provider = PKCS11KeyProvider(verifier: verifier)
        var uri = token
        uri.object = "raw p256"
        let key = try await provider.pkcs11SigningKey(.pkcs11(uri))
        let count = 4_000
        let requests = try await RequestMaker.many(.p256, numbers: 0..<count)
        let message = try site.certificate("secc").body.der
        let limit = try FastP256(message: message)
        var sign: [Double] = []
        var verify: [Double] = []
        var whole: [Double] = []
        var used: [Double] = []
        for _ in 0..<options.rounds {
            sign.append((try await key.measureBareLoop(count: count) / .seconds(1)) / Double(count))
            var start = WallClock.seconds
            try limit.verify(times: count)
            verify.append((WallClock.seconds - start) / Double(count))
            start = WallClock.seconds
            let before = Processor.seconds
            try await withThrowingTaskGroup(of: Void.self) { group in
                let callers = 16
                for caller in 0..<callers {
                    group.addTask {
                        for index in stride(from: caller, to: count, by: callers) {
                            let request = try ProvenRequest(der: requests[index], verifier: verifier)
                            _ = try await authority.measureSigning(request, role: .secc)
                        }
                    }
                }
                try await group.waitForAll()
            }
            whole.append((WallClock.seconds - start) / Double(count))
            used.append((Processor.seconds - before) / Double(count))
        }
        let parts = (sign.median + 2 * verify.median) / 2
        Output.line("\nPKCS#11 (SoftHSM2), P-256: whole issue in process, 16 callers on two cores, wall time")
        Row.time("C_Sign, bare loop", sign.median)
        Row.time("one verification", verify.median)
        Row.time("sum of the parts on two cores", parts, IssueTable.rate(parts))
        Row.time("ours", whole.median, IssueTable.rate(whole.median))
        Row.time("  of it: processor time on both cores", used.median)
        Row.show("  processors in use", String(format: "%.2f", used.median / whole.median))
        Row.ratio("share of the parts' sum", parts / whole.median, atLeast: 0.6)
        try await site.store.close()
    }

    private static let modulePaths = [
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/libsofthsm2.so",
    ]

    /// A token of our own; SoftHSM reads its configuration once a process, so this happens before it is loaded.
    private static func makeToken(_ module: String, _ home: String) throws -> PKCS11URI {
        try FileManager.default.createDirectory(
            atPath: home + "/tokens", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let configuration = home + "/softhsm2.conf"
        try "directories.tokendir = \(home)/tokens\nobjectstore.backend = file\nlog.level = ERROR\n".write(
            toFile: configuration, atomically: false, encoding: .utf8)
        unsafe setenv("SOFTHSM2_CONF", configuration, 1)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/softhsm2-util")
        process.arguments = ["--init-token", "--free", "--label", "bench", "--so-pin", "87654321", "--pin", "4711"]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchFailure("softhsm2-util could not make a token") }
        let pin = home + "/pin"
        try "4711\n".write(toFile: pin, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: pin)
        var uri = PKCS11URI(token: "bench", modulePath: module)
        uri.pinSourcePath = pin
        return uri
    }
}
