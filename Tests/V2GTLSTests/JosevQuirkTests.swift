import Testing
import V2GTLS
import V2GTestSupport

/// The named quirk: P-256 in TLS 1.3, refused without it.
@Suite struct JosevQuirkTests {
    private func car(quirk: Bool) throws -> TLSConnection {
        try client(.tls13) {
            $0.quirkJosev = quirk
            $0.vehicleChains = [try Chains.provisioning.get().credential()]
            $0.asksForStaple = false
        }
    }

    private func station(quirk: Bool, _ judge: Judge = Judge()) throws -> TLSConnection {
        try server(judge) {
            $0.quirkJosev = quirk
            $0.iso20Chains = quirk ? [try Chains.iso2.get().credential()] : $0.iso20Chains
        }
    }

    @Test func p256ServesInTLS13WithTheQuirk() async throws {
        let judge = Judge()
        let pair = Pair(client: try car(quirk: true), server: try station(quirk: true, judge))
        await pair.pump()
        #expect(pair.serverEnd.summary?.version == .tls13)
        #expect(judge.peers.first?.chain == (try Chains.provisioning.get().sentDER))
    }

    @Test("[X_SECC_-20_TLS_005] p 256 is refused without the quirk")
    func p256IsRefusedWithoutTheQuirk() async throws {
        let pair = Pair(client: try car(quirk: true), server: try station(quirk: false))
        await pair.pump()
        // The vehicle's P-256 certificate has no signature scheme that the station asked for.
        #expect(pair.serverEnd.summary == nil)
        #expect(pair.serverEnd.failure != nil)
        let other = Pair(client: try car(quirk: false), server: try station(quirk: true))
        await other.pump()
        #expect(other.serverEnd.summary == nil)
        #expect(other.serverEnd.failure?.code == .signatureAlgorithmMismatch)
        #expect(throws: TLSError.self) { try server { $0.iso20Chains = [try Chains.iso2.get().credential()] } }
    }

    @Test func chainsOfEdition2ServeAfterThoseOf20WithTheQuirk() async throws {
        let pair = Pair(client: try car(quirk: true), server: try server { $0.quirkJosev = true })
        await pair.pump()
        #expect(pair.serverEnd.summary?.version == .tls13)
        #expect(pair.serverEnd.summary?.chainIndex == 0)
    }
}
