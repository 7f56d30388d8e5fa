import Foundation
import Testing
import V2GCertificates
import V2GPrimitives
import V2GTLS
import V2GTestSupport

/// OpenSSL's own client and server at the other end of a loopback connection.
@Suite(.enabled(if: OpenSSLTool.isInstalled)) struct ForeignTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    /// Runs `s_client` against our station.
    private func sClient(
        _ arguments: [String], _ judge: Judge = Judge(),
        change: (inout TLSServerConfiguration) throws -> Void = { _ in }
    ) async throws -> (end: End, output: String) {
        let listener = try Socket.listener()
        let tool = try OpenSSLTool(["s_client", "-connect", "127.0.0.1:\(listener.port)"] + arguments, in: folder)
        let socket = try await listener.socket.accept()
        let station = try server(judge, change: change)
        let wanted = Array("from the car\n".utf8)
        try tool.write("from the car\n")
        let end = try await pump(station, socket) { $0.plaintext.count >= wanted.count }
        if end.summary != nil {
            station.close()
            try await socket.write(station.takeOutput())
        }
        try? tool.endInput()
        return (end, try await tool.finish())
    }

    private func edition2(_ extra: [String] = []) throws -> [String] {
        let root = try folder.write(try Chains.iso2.get(), as: "iso2").root
        return ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256", "-CAfile", root, "-verify_return_error"] + extra
    }

    private func edition20(certificate: Bool = true, extra: [String] = []) throws -> [String] {
        let root = try folder.write(try Chains.iso20.get(), as: "iso20").root
        let car = try folder.write(try Chains.vehicle.get(), as: "vehicle")
        let shown = certificate ? ["-cert", car.leaf, "-key", car.key, "-cert_chain", car.chain] : []
        return ["-tls1_3", "-CAfile", root] + shown + extra
    }

    @Test func sClientOfEdition2IsServed() async throws {
        let seen = try await sClient(try edition2(["-status", "-no_check_time"]))
        #expect(seen.end.summary?.version == .tls12)
        #expect(seen.end.summary?.suite == "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256")
        #expect(String(decoding: seen.end.plaintext, as: UTF8.self) == "from the car\n")
        #expect(seen.output.contains("Verify return code: 0 (ok)"), "\(seen.output)")
        #expect(seen.output.contains("OCSP response: no response sent"))
        #expect(seen.output.contains("Secure Renegotiation IS supported"))
        #expect(seen.output.contains("Compression: NONE"))
        #expect(!seen.output.contains("TLS session ticket:"))
        #expect(seen.output.contains("No client certificate CA names sent"))
    }

    @Test func sClientOfEdition2SeesTheStaple() async throws {
        let chain = try Chains.iso2.get()
        let answer = try StatusFixture(at: ChainFixture().now).answer(chain[0].certificate, by: chain[1])
        let leaf = chain.sentDER[0]
        let seen = try await sClient(try edition2(["-status", "-no_check_time"])) {
            $0.staples = { $0 == leaf ? answer : nil }
        }
        #expect(seen.end.summary?.staplesSent == 1)
        #expect(seen.output.contains("OCSP Response Status: successful"), "\(seen.output)")
        #expect(seen.output.contains("Cert Status: good"))
    }

    @Test("[X_SECC_-2_TLS_005] s client with another suite is refused by name")
    func sClientWithAnotherSuiteIsRefusedByName() async throws {
        let seen = try await sClient(["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"])
        #expect(seen.end.failure?.code == .cipherSuiteMismatch)
        #expect(seen.end.failure?.message.contains("Cipher Suite Mismatch") == true)
        #expect(seen.end.failure?.alertSent == .handshakeFailure)
        #expect(seen.output.contains("handshake failure"))
    }

    @Test func sClientOfEdition20IsServed() async throws {
        let judge = Judge()
        let seen = try await sClient(try edition20(extra: ["-status", "-no_check_time"]), judge)
        #expect(seen.end.summary?.version == .tls13)
        #expect(seen.end.summary?.suite == "TLS_AES_256_GCM_SHA384")
        #expect(judge.peers.first?.chain == (try Chains.vehicle.get().sentDER))
        #expect(String(decoding: seen.end.plaintext, as: UTF8.self) == "from the car\n")
        #expect(seen.output.contains("Verify return code: 0 (ok)"), "\(seen.output)")
        #expect(seen.output.contains("Acceptable client certificate CA names"))
        #expect(!seen.output.contains("Post-Handshake New Session Ticket"))
        #expect(seen.output.contains("Early data was not sent"))
    }

    @Test func sClientWithoutCertificateHearsThatItIsRequired() async throws {
        let seen = try await sClient(try edition20(certificate: false))
        #expect(seen.end.summary == nil)
        #expect(seen.end.failure?.code == .noPeerCertificate)
        #expect(seen.end.failure?.alertSent == .certificateRequired)
        #expect(seen.output.contains("certificate required"), "\(seen.output)")
    }

    @Test func sClientHearsWhyItsChainIsRefused() async throws {
        let judge = Judge(.refused(alert: .unknownCA, reason: "vehicle: no anchor"))
        let seen = try await sClient(try edition20(), judge)
        #expect(seen.end.failure?.message.contains("vehicle: no anchor") == true)
        #expect(seen.output.contains("unknown ca"), "\(seen.output)")
    }

    @Test(arguments: [
        (["-groups", "P-256:X25519"], TLSFailure.Code.groupMismatch),
        (["-sigalgs", "ECDSA+SHA256"], .signatureAlgorithmMismatch),
        (["-ciphersuites", "TLS_AES_128_GCM_SHA256"], .cipherSuiteMismatch),
    ])
    func sClientOutsideTheProfileOfEdition20IsRefusedByName(_ extra: [String], _ code: TLSFailure.Code) async throws {
        let seen = try await sClient(try edition20(extra: extra))
        #expect(seen.end.summary == nil)
        #expect(seen.end.failure?.code == code)
        #expect(seen.end.failure?.alertSent == .handshakeFailure)
        #expect(seen.output.contains("handshake failure"), "\(seen.output)")
    }

    @Test func sClientWithX448AndChaCha20IsServed() async throws {
        let seen = try await sClient(
            try edition20(extra: ["-groups", "X448", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"]))
        #expect(seen.end.summary?.group == "x448")
        #expect(seen.end.summary?.suite == "TLS_CHACHA20_POLY1305_SHA256")
    }

    @Test func sClientThatGuessesTheWrongGroupIsAskedAgain() async throws {
        let seen = try await sClient(try edition20(extra: ["-groups", "X25519:X448"]))
        #expect(seen.end.summary?.group == "x448")
    }

    @Test("[X_SECC_-2_TLS_004] s client of old versions is refused")
    func sClientOfOldVersionsIsRefused() async throws {
        let seen = try await sClient(["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        #expect(seen.end.failure?.code == .versionMismatch)
        let modern = try await sClient(try edition20()) { $0.allowsTLS13 = false }
        #expect(modern.end.failure?.code == .versionMismatch)
        #expect(modern.end.failure?.alertSent == .protocolVersion)
    }

    @Test func loweringToTLS12NeedsItsSetting() async throws {
        let both = ["-groups", "P-256", "-cipher", "ECDHE-ECDSA-AES128-SHA256"]
        let refused = try await sClient(both)
        #expect(refused.end.failure?.code == .groupMismatch)
        let served = try await sClient(both) { $0.allowsTLS12ForMismatchedTLS13 = true }
        #expect(served.end.summary?.version == .tls12)
        #expect(served.end.summary?.loweredFromTLS13 == true)
    }

    @Test func renegotiationAskedByTheCarIsRefused() async throws {
        let listener = try Socket.listener()
        let tool = try OpenSSLTool(
            ["s_client", "-connect", "127.0.0.1:\(listener.port)"] + (try edition2(["-no_check_time"])), in: folder)
        let socket = try await listener.socket.accept()
        let station = try server()
        var end = try await pump(station, socket) { $0.summary != nil }
        #expect(end.summary != nil)
        try tool.write("R\n")
        end = try await pump(station, socket) { _ in tool.output.contains("no renegotiation") }
        #expect(try await tool.says("no renegotiation"), "\(tool.output)")
    }

    @Test(arguments: [TLSSummary.Version.tls12, .tls13])
    func sessionsAreNotResumed(_ version: TLSSummary.Version) async throws {
        let file = folder.file("session")
        let arguments = version == .tls12 ? try edition2(["-no_check_time"]) : try edition20()
        let first = try await sClient(arguments + ["-sess_out", file])
        #expect(first.end.summary != nil)
        // Neither a session id nor a ticket: there is nothing that the car could keep.
        #expect(!FileManager.default.fileExists(atPath: file))
        if version == .tls12 { #expect(first.output.contains("Session-ID: \n"), "\(first.output)") }
        #expect(first.output.contains("New, TLSv1"))
    }

    // ---- Our car

    /// Runs `s_server`, and our car against it.
    private func sServer(
        _ version: TLSSummary.Version, _ arguments: [String], _ judge: Judge = Judge(),
        change: (inout TLSClientConfiguration) throws -> Void = { _ in }
    ) async throws -> (end: End, output: String) {
        // The port is free a moment before.
        let port = try Socket.listener().port
        let tool = try OpenSSLTool(
            ["s_server", "-accept", "127.0.0.1:\(port)", "-naccept", "1"] + arguments, in: folder)
        let socket = try await Socket.connect(to: port)
        let car = try client(version, judge, change: change)
        var end = try await pump(car, socket) { $0.summary != nil }
        if end.summary != nil {
            let summary = end.summary
            try car.send(Array("from the car\n".utf8))
            end = try await pump(car, socket) { _ in tool.output.contains("from the car") }
            end.summary = summary
            car.close()
            try await socket.write(car.takeOutput())
        }
        return (end, tool.output)
    }

    private func station(_ chain: [Issued], _ name: String, _ extra: [String]) throws -> [String] {
        let files = try folder.write(chain, as: name)
        return ["-cert", files.leaf, "-key", files.key, "-cert_chain", files.chain] + extra
    }

    @Test func carOfEdition2TalksToSServer() async throws {
        let judge = Judge()
        let chain = try Chains.iso2.get()
        let answer = try StatusFixture(at: ChainFixture().now).answer(chain[0].certificate, by: chain[1])
        let file = try folder.write(answer, to: "answer.der")
        let seen = try await sServer(
            .tls12, try station(chain, "iso2", ["-tls1_2", "-status_file", file]), judge)
        #expect(seen.end.summary?.version == .tls12)
        #expect(seen.output.contains("from the car"), "\(seen.output)")
        #expect(judge.peers.first?.chain == chain.sentDER)
        #expect(judge.peers.first?.staples.first == answer)
        let without = Judge()
        _ = try await sServer(.tls12, try station(chain, "iso2", ["-tls1_2"]), without)
        #expect(without.peers.first?.staples.first == .some(nil))
    }

    @Test func carOfEdition20TalksToSServer() async throws {
        let judge = Judge()
        let chain = try Chains.iso20.get()
        let answer = try StatusFixture(at: ChainFixture(.iso20).now).answer(chain[0].certificate, by: chain[1])
        let file = try folder.write(answer, to: "answer.der")
        let vehicle = try folder.write(try Chains.vehicle.get(), as: "vehicle")
        let seen = try await sServer(
            .tls13,
            try station(
                chain, "iso20",
                [
                    "-tls1_3", "-groups", "P-521", "-status_file", file, "-Verify", "5", "-verify_return_error",
                    "-CAfile", vehicle.root, "-no_check_time",
                ]), judge)
        #expect(seen.end.summary?.version == .tls13)
        #expect(seen.end.summary?.matchedAuthority == true)
        #expect(seen.output.contains("from the car"), "\(seen.output)")
        #expect(judge.peers.first?.staples.first == answer)
    }

    @Test func carWithoutCertificateLearnsWhySServerEnds() async throws {
        let vehicle = try folder.write(try Chains.vehicle.get(), as: "vehicle")
        let seen = try await sServer(
            .tls13,
            try station(
                try Chains.iso20.get(), "iso20",
                ["-tls1_3", "-groups", "P-521", "-Verify", "5", "-verify_return_error", "-CAfile", vehicle.root])
        ) { $0.vehicleChains = [] }
        #expect(seen.end.failure?.code == .peerAlert)
        #expect(seen.end.failure?.alertReceived == .certificateRequired)
    }

    @Test func carRefusesSServersOutsideTheProfile() async throws {
        let plain = try await sServer(
            .tls13, try station(try Chains.iso20.get(), "iso20", ["-tls1_3", "-groups", "P-256"]))
        #expect(plain.end.summary == nil)
        #expect(plain.end.failure?.alertReceived == .handshakeFailure)
        let suite = try await sServer(
            .tls12, try station(try Chains.iso2.get(), "iso2", ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"]))
        #expect(suite.end.failure?.alertReceived == .handshakeFailure)
        #expect(suite.end.failure?.message.contains("Cipher Suite Mismatch") == true)
        let old = try await sServer(.tls13, try station(try Chains.iso2.get(), "iso2", ["-tls1_2"]))
        #expect(old.end.summary == nil)
        #expect(old.end.failure != nil)
    }
}
