import Testing
import V2GTLS
import V2GTestSupport

/// OCSP answers travel with the chain. What they say is for the judge; here any octets will do.
@Suite struct StapleTests {
    private let answer = (0..<900).map { UInt8(truncatingIfNeeded: $0) }

    @Test(arguments: [TLSSummary.Version.tls12, .tls13])
    func answerReachesTheJudge(_ version: TLSSummary.Version) async throws {
        let judge = Judge()
        let leaf = version == .tls12 ? try Chains.iso2.get().sentDER[0] : try Chains.iso20.get().sentDER[0]
        let pair = Pair(
            client: try client(version, judge),
            server: try server { [answer] in $0.staples = { $0 == leaf ? answer : nil } })
        await pair.pump()
        let peer = try #require(judge.peers.first)
        #expect(peer.staples.count == peer.chain.count)
        #expect(peer.staples.first == answer)
        #expect(peer.staples.dropFirst().allSatisfy { $0 == nil })
        #expect(pair.serverEnd.summary?.staplesSent == 1)
        #expect(pair.clientEnd.summary != nil)
        #expect(judge.peers.count == 1)
    }

    @Test(arguments: [TLSSummary.Version.tls12, .tls13])
    func missingAnswerIsVisibleAsNil(_ version: TLSSummary.Version) async throws {
        let judge = Judge()
        let pair = Pair(client: try client(version, judge), server: try server())
        await pair.pump()
        #expect(judge.peers.first?.staples.allSatisfy { $0 == nil } == true)
        #expect(pair.serverEnd.summary?.staplesSent == 0)
    }

    @Test(arguments: [TLSSummary.Version.tls12, .tls13])
    func answerIsNotSentUnasked(_ version: TLSSummary.Version) async throws {
        let judge = Judge()
        let pair = Pair(
            client: try client(version, judge) { $0.asksForStaple = false },
            server: try server { [answer] in $0.staples = { _ in answer } })
        await pair.pump()
        #expect(judge.peers.first?.staples.allSatisfy { $0 == nil } == true)
        #expect(pair.serverEnd.summary?.staplesSent == 0)
        #expect(pair.clientEnd.summary != nil)
    }

    /// In TLS 1.2 the judge is asked before the car answers the station's flight: a refused station learns nothing.
    @Test func refusedStationOfEdition2GetsAnAlertAndNothingElse() async throws {
        let judge = Judge(.refused(alert: .unknownCA, reason: "no"))
        let car = try client(.tls12, judge)
        let station = try server { [answer] in $0.staples = { _ in answer } }
        _ = car.step()
        station.receive(car.takeOutput())
        _ = station.step()
        car.receive(station.takeOutput())
        guard case .failed(let failure) = car.step() else {
            Issue.record("the car goes on")
            return
        }
        #expect(failure.code == .certificateVerifyFailed)
        #expect(car.takeOutput() == [21, 3, 3, 0, 2, 2, 48])
        #expect(judge.peers.first?.staples.first == answer)
    }
}
