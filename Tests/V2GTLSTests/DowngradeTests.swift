import Testing
import V2GTLS
import V2GTestSupport

/// Somebody on the wire makes the ends agree on less than they could.
@Suite struct DowngradeTests {
    /// Takes TLS 1.3 out of the car's offer.
    private func cutOffer(_ bytes: [UInt8]) throws -> [UInt8] {
        let offer: [UInt8] = [0, 43, 0, 5, 4, 3, 4, 3, 3]
        let position = try #require(bytes.indices.first { bytes[$0...].starts(with: offer) })
        var changed = bytes
        changed[position + 6] = 3
        return changed
    }

    @Test func cutOfferIsNoticedByTheCarAtOnce() async throws {
        let pair = Pair(client: try .client(try TLSClientContext(try clientConfiguration())), server: try server())
        var isFirst = true
        pair.tamper = { isFromClient, bytes in
            guard isFromClient, isFirst, let changed = try? cutOffer(bytes) else { return bytes }
            isFirst = false
            return changed
        }
        await pair.pump()
        #expect(!isFirst)
        #expect(pair.clientEnd.summary == nil)
        #expect(pair.serverEnd.summary == nil)
        // The mark in the server's random, before any key is agreed.
        #expect(pair.clientEnd.failure?.alertSent == .illegalParameter)
    }

    @Test func stationWithP256InTLS13IsRefusedByADualCar() async throws {
        let judge = Judge()
        let pair = Pair(
            client: try .client(try TLSClientContext(try clientConfiguration(judge))),
            server: try server {
                $0.quirkJosev = true
                $0.iso20Chains = []
            })
        await pair.pump()
        #expect(pair.clientEnd.failure?.code == .certificateVerifyFailed)
        #expect(pair.clientEnd.failure?.alertSent == .unsupportedCertificate)
        #expect(judge.peers.isEmpty)
        #expect(pair.clientEnd.summary == nil)
    }
}
