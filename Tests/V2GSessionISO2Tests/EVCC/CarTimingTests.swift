import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport
import V2GX509

/// The times that a car waits, in figures, and what it does with late or early reports of its timers.
@Suite struct CarTimingTests {
    @Test(arguments: [
        (ISO2Pair.sessionSetup, Duration.seconds(2)), (.serviceDiscovery, .seconds(2)), (.serviceDetail, .seconds(5)),
        (.paymentServiceSelection, .seconds(2)), (.certificateInstallation, .seconds(5)),
        (.paymentDetails, .seconds(5)), (.authorization, .seconds(2)), (.chargeParameterDiscovery, .seconds(2)),
        (.cableCheck, .seconds(2)), (.preCharge, .seconds(2)), (.powerDelivery, .seconds(5)),
        (.currentDemand, .milliseconds(250)), (.weldingDetection, .seconds(2)), (.sessionStop, .seconds(2)),
    ])
    func eachRequestHasItsTimeout(_ pair: ISO2Pair, _ timeout: Duration) async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.contract = nil }
        try bench.run(to: pair)
        let due = try #require(bench.timers[.message])
        #expect(due - bench.uptime == timeout)
    }

    @Test func chargeParametersThatStayOngoingEndAfterAMinute() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.ongoing[.chargeParameterDiscovery] = .max
        try bench.run(to: .chargeParameterDiscovery)
        let begin = bench.uptime
        try bench.run()
        bench.expectSafeEnd(.timedOut)
        #expect((.seconds(60)...(.seconds(61))).contains(bench.uptime - begin))
        #expect(bench.end?.reason.contains("charge parameters") == true)
    }

    @Test func theMinuteOfOngoingBeginsAnewInTheNextPhase() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.ongoingPace = .seconds(1) }
        bench.station.ongoing = [.authorization: 45, .chargeParameterDiscovery: 45]
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(bench.uptime > .seconds(90))
    }

    @Test func anAnswerInTheLastMomentCounts() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run(to: .serviceDiscovery)
        bench.uptime += .milliseconds(1_999)
        try bench.answerOpen()
        #expect(bench.end == nil)
        #expect(bench.requests.last == .paymentServiceSelection)
    }

    @Test func anAnswerAfterTheEndChangesNothing() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run(to: .serviceDiscovery)
        let request = try #require(bench.open)
        try bench.runSilently()
        let answer = try bench.station.answer(request)
        let count = bench.actions.count
        try bench.give(.received(try #require(answer)))
        #expect(bench.actions.count == count)
    }

    @Test func departureIsCountedDown() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) {
            $0.departure = 7_200
            $0.ongoingPace = .seconds(10)
        }
        bench.station.ongoing[.authorization] = 3
        try bench.run(to: .chargeParameterDiscovery)
        guard case .chargeParameterDiscoveryReq(let request) = bench.open?.body.bodyElement,
            case .dcEVChargeParameter(let parameter) = request.evChargeParameter
        else {
            Issue.record("another request")
            return
        }
        #expect(parameter.departureTime == 7_170)
    }

    @Test func aStationIsPolledAtTheCarsPace() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.ongoingPace = .milliseconds(200) }
        bench.station.ongoing[.cableCheck] = 5
        try bench.run(to: .cableCheck)
        let begin = bench.uptime
        try bench.run(to: .preCharge)
        #expect(bench.uptime - begin == .milliseconds(5 * 210 + 10))
    }
}
