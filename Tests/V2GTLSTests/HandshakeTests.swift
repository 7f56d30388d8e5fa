import Synchronization
import Testing
import V2GKeys
import V2GTLS
import V2GTestSupport

/// Our client with our server, in memory.
@Suite struct HandshakeTests {
    @Test("[X_SECC_-2_TLS_001] edition 2 shows its chain and asks nobody")
    func edition2ShowsItsChainAndAsksNobody() async throws {
        let judge = Judge()
        let vehicles = Judge()
        let pair = Pair(client: try client(.tls12, judge), server: try server(vehicles))
        await pair.pump()
        let summary = try #require(pair.clientEnd.summary)
        #expect(summary.version == .tls12)
        #expect(summary.suite == "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256")
        #expect(summary.group == "secp256r1" || summary.group == "prime256v1" || summary.group == "P-256")
        #expect(judge.peers.first?.chain == (try Chains.iso2.get().sentDER))
        #expect(judge.peers.count == 1)
        #expect(vehicles.peers.isEmpty)
        #expect(pair.serverEnd.summary?.peer == nil)
        #expect(pair.serverEnd.summary?.version == .tls12)
    }

    @Test("[X_SECC_-20_TLS_004] edition 20 is mutual") func edition20IsMutual() async throws {
        let judge = Judge()
        let vehicles = Judge()
        let pair = Pair(client: try client(.tls13, judge), server: try server(vehicles))
        await pair.pump()
        let summary = try #require(pair.serverEnd.summary)
        #expect(summary.version == .tls13)
        #expect(summary.suite == "TLS_AES_256_GCM_SHA384")
        #expect(summary.group == "secp521r1")
        #expect(summary.matchedAuthority)
        #expect(vehicles.peers.first?.chain == (try Chains.vehicle.get().sentDER))
        #expect(judge.peers.first?.chain == (try Chains.iso20.get().sentDER))
        #expect(pair.clientEnd.summary?.matchedAuthority == true)
    }

    @Test("[X_SECC_-20_TLS_004] ed 448 chains and keys serve edition 20")
    func ed448ChainsAndKeysServeEdition20() async throws {
        let pair = Pair(
            client: try client(.tls13) {
                $0.roots = [try Chains.iso20Ed448.get().rootDER]
                $0.vehicleChains = [try Chains.vehicleEd448.get().credential()]
            }, server: try server { $0.iso20Chains = [try Chains.iso20Ed448.get().credential()] })
        await pair.pump()
        #expect(pair.serverEnd.summary?.version == .tls13)
        #expect(pair.clientEnd.failure == nil)
        #expect(pair.serverEnd.failure == nil)
    }

    @Test func dualCarGetsTLS13AndOldStationGets12() async throws {
        let both = Pair(client: try .client(try TLSClientContext(try clientConfiguration())), server: try server())
        await both.pump()
        #expect(both.clientEnd.summary?.version == .tls13)
        let old = Pair(
            client: try .client(try TLSClientContext(try clientConfiguration())),
            server: try server { $0.allowsTLS13 = false })
        await old.pump()
        #expect(old.clientEnd.summary?.version == .tls12)
        #expect(old.serverEnd.summary?.loweredFromTLS13 == false)
    }

    @Test func dataFlowsBothWaysAndEndsWithCloseNotify() async throws {
        for version in [TLSSummary.Version.tls12, .tls13] {
            let pair = Pair(client: try client(version), server: try server())
            await pair.pump()
            let long = (0..<40_000).map { UInt8(truncatingIfNeeded: $0) }
            try pair.client.send(long)
            try pair.server.send([1, 2, 3])
            await pair.pump()
            #expect(pair.serverEnd.plaintext == long)
            #expect(pair.clientEnd.plaintext == [1, 2, 3])
            pair.client.close()
            await pair.pump()
            #expect(pair.serverEnd.isClosed)
            #expect(!pair.clientEnd.isClosed)
        }
    }

    @Test func nothingIsSentBeforeTheHandshake() throws {
        let connection = try client(.tls12)
        #expect(throws: TLSError.self) { try connection.send([1]) }
    }

    @Test(arguments: [TLSSummary.Version.tls12, .tls13])
    func slowDripOfOctetsStillWorks(_ version: TLSSummary.Version) async throws {
        let pair = Pair(client: try client(version), server: try server())
        pair.octetsAtOnce = 1
        await pair.pump()
        #expect(pair.clientEnd.failure == nil)
        #expect(pair.serverEnd.failure == nil)
        #expect(pair.serverEnd.summary?.version == version)
    }

    @Test("[X_SECC_-20_TLS_002] car without certificate is refused in TLS13 and not in 12")
    func carWithoutCertificateIsRefusedInTLS13AndNotIn12() async throws {
        let pair = Pair(client: try client(.tls13) { $0.vehicleChains = [] }, server: try server())
        await pair.pump()
        #expect(pair.serverEnd.failure?.code == .noPeerCertificate)
        #expect(pair.serverEnd.failure?.alertSent == .certificateRequired)
        #expect(pair.clientEnd.failure?.code == .peerAlert)
        #expect(pair.clientEnd.failure?.alertReceived == .certificateRequired)
        let old = Pair(client: try client(.tls12) { $0.vehicleChains = [] }, server: try server())
        await old.pump()
        #expect(old.serverEnd.summary != nil)
    }

    @Test(arguments: [
        TLSAlert.unknownCA, .certificateExpired, .certificateRevoked, .badCertificate, .unsupportedCertificate,
    ])
    func stationsRefusalReachesTheCarAsItsAlert(_ alert: TLSAlert) async throws {
        let pair = Pair(
            client: try client(.tls13), server: try server(Judge(.refused(alert: alert, reason: "vehicle: rule X"))))
        await pair.pump()
        #expect(pair.serverEnd.failure?.code == .certificateVerifyFailed)
        #expect(pair.serverEnd.failure?.message.contains("SSL_R_CERTIFICATE_VERIFY_FAILED") == true)
        #expect(pair.serverEnd.failure?.message.contains("vehicle: rule X") == true)
        #expect(pair.serverEnd.failure?.alertSent == alert)
        #expect(pair.clientEnd.failure?.alertReceived == alert)
        #expect(pair.serverEnd.summary == nil)
    }

    @Test(
        arguments: [TLSSummary.Version.tls12, .tls13],
        [
            TLSAlert.unknownCA, .certificateExpired, .certificateRevoked, .badCertificate,
            .badCertificateStatusResponse,
        ])
    func carsRefusalReachesTheStationAsItsAlert(_ version: TLSSummary.Version, _ alert: TLSAlert) async throws {
        for asks in [true, false] where asks || alert != .badCertificateStatusResponse {
            let judge = Judge(.refused(alert: alert, reason: "station: rule Y"))
            let pair = Pair(client: try client(version, judge) { $0.asksForStaple = asks }, server: try server())
            await pair.pump()
            #expect(pair.clientEnd.failure?.code == .certificateVerifyFailed)
            #expect(pair.clientEnd.failure?.message.contains("station: rule Y") == true)
            #expect(pair.clientEnd.failure?.alertSent == alert)
            #expect(pair.serverEnd.failure?.alertReceived == alert)
            #expect(pair.serverEnd.summary == nil)
            #expect(pair.clientEnd.summary == nil)
            #expect(judge.peers.count == 1)
        }
    }

    @Test func keyLogIsEmptyWithoutItsSwitch() async throws {
        let lines = Mutex<[String]>([])
        let pair = Pair(
            client: try client(.tls13) { $0.keyLog = { line in lines.withLock { $0.append(line) } } },
            server: try server())
        await pair.pump()
        #expect(lines.withLock { $0 }.contains { $0.hasPrefix("CLIENT_TRAFFIC_SECRET_0 ") })
    }

    @Test func reloadLeavesLiveConnectionsAlone() async throws {
        var context: TLSServerContext? = try TLSServerContext(try serverConfiguration())
        let pair = Pair(client: try client(.tls12), server: try .server(try #require(context)))
        await pair.pump()
        var configuration = try serverConfiguration()
        configuration.iso2Chains = [try Chains.iso2Other.get().credential()]
        context = try TLSServerContext(configuration)
        let judge = Judge()
        let next = Pair(client: try client(.tls12, judge), server: try .server(try #require(context)))
        await next.pump()
        #expect(judge.peers.first?.chain == (try Chains.iso2Other.get().sentDER))
        try pair.client.send([7])
        await pair.pump()
        #expect(pair.serverEnd.plaintext == [7])
    }

    @Test func keyOfAnotherLeafIsNotTaken() throws {
        let other = try #require(try Chains.iso2Other.get().first)
        let credential = try Chains.iso2.get().credential(key: .software(other.key))
        #expect(throws: TLSError.self) { try server { $0.iso2Chains = [credential] } }
        let distant = try Chains.iso2.get().credential(key: .external(DistantKey(key: other.key)))
        #expect(throws: TLSError.self) { try server { $0.iso2Chains = [distant] } }
        #expect(throws: TLSError.self) {
            try server {
                $0.iso2Chains = []
                $0.iso20Chains = []
            }
        }
        #expect(throws: TLSError.self) { try server { $0.iso20Chains = [try Chains.iso2.get().credential()] } }
    }

    @Test(arguments: [512, 1024, 2048, 4096])
    func maximumFragmentLengthIsHonored(_ length: Int) async throws {
        let pair = Pair(client: try client(.tls12) { $0.maximumFragmentLength = length }, server: try server())
        await pair.pump()
        #expect(pair.clientEnd.summary != nil)
        try pair.server.send([UInt8](repeating: 5, count: 10_000))
        let records = try records(in: pair.server.takeOutput())
        // CBC adds its IV, MAC and padding.
        #expect(records.allSatisfy { $0 <= length + 16 + 32 + 16 })
        #expect(records.count >= 10_000 / length)
        #expect(throws: TLSError.self) { try client(.tls12) { $0.maximumFragmentLength = length + 1 } }
    }

    /// The lengths of TLS records.
    private func records(in bytes: [UInt8]) throws -> [Int] {
        var lengths: [Int] = []
        var position = 0
        while position + 5 <= bytes.count {
            let length = Int(bytes[position + 3]) << 8 | Int(bytes[position + 4])
            lengths.append(length)
            position += 5 + length
        }
        try #require(position == bytes.count)
        return lengths
    }
}
