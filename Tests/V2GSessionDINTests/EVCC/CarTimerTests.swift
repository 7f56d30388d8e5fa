import Testing
import V2GMessagesDIN
import V2GSession
import V2GSessionDIN

/// Every timer of the car.
@Suite struct CarTimerTests {
    @Test("silence ends the session in the time of the message", arguments: CarRig.order)
    func silence(_ pair: DINPair) {
        var rig = CarRig()
        rig.station.bend = { $0.body.bodyElement?.kind.pair == pair ? nil : $0 }
        rig.run(to: pair)
        let asked = rig.uptime
        rig.run()
        rig.expectEnd(.timedOut)
        #expect(rig.uptime - asked == (pair == .currentDemand ? .milliseconds(250) : .seconds(2)))
        #expect(rig.requests.last == pair)
    }

    @Test func theSessionIsSetUpInTwentySeconds() {
        var timing = DINTiming()
        timing.message = MessageTiming(evccTimeout: .seconds(100), seccPerformance: .seconds(1))
        var rig = CarRig(timing: timing)
        rig.station.bend = { _ in nil }
        rig.run()
        rig.expectEnd(.timedOut)
        #expect(rig.uptime == .seconds(20))
    }

    @Test(arguments: [DINPair.contractAuthentication, .chargeParameterDiscovery])
    func ongoingIsWaitedForSixtySeconds(_ pair: DINPair) {
        var rig = CarRig()
        rig.station.ongoing = [pair: 100_000]
        rig.run(to: pair)
        let asked = rig.uptime
        rig.run()
        rig.expectEnd(.timedOut)
        let waited = rig.uptime - asked
        #expect(waited >= .seconds(60) && waited < .milliseconds(60_100))
    }

    @Test func ongoingBeginsAnewWithEachPhase() {
        var rig = CarRig()
        // 40 s of each phase: 60 s are not reached in either.
        rig.station.ongoing = [.contractAuthentication: 660, .chargeParameterDiscovery: 660]
        rig.run(to: .cableCheck)
        #expect(rig.end == nil)
        #expect(rig.uptime > .seconds(70))
        #expect(rig.timers[.ongoing] == nil)
    }

    @Test func theCableCheckHasFortySeconds() {
        var rig = CarRig()
        rig.station.ongoing = [.cableCheck: 100_000]
        rig.run(to: .cableCheck)
        let asked = rig.uptime
        rig.run()
        rig.expectEnd(.timedOut)
        #expect(rig.uptime - asked == .seconds(40))
    }

    @Test func preChargeHasSevenSeconds() {
        var rig = CarRig()
        rig.station.ongoing = [.preCharge: 100_000]
        rig.run(to: .preCharge)
        let asked = rig.uptime
        rig.run()
        rig.expectEnd(.timedOut)
        #expect(rig.uptime - asked == .seconds(7))
        #expect(!rig.commands.contains(.closeContactor))
    }

    @Test func carAndStationAreReadyIn150Seconds() {
        var timing = DINTiming()
        timing.vehicleOngoing = .seconds(1_000)
        var rig = CarRig(timing: timing)
        rig.station.ongoing = [.contractAuthentication: 100_000]
        rig.run()
        rig.expectEnd(.timedOut)
        #expect(rig.uptime == .seconds(150))
    }

    @Test func readyToChargeEndsWithThePowerDelivery() {
        var rig = CarRig { $0.stopsAfterLoops = nil }
        rig.run(to: .preCharge)
        #expect(rig.timers[.readyToCharge] == .seconds(150))
        rig.run(to: .powerDelivery)
        #expect(rig.timers[.readyToCharge] == nil)
        rig.run { rig, _ in rig.uptime > .seconds(160) }
        #expect(rig.end == nil)
    }

    /// The driver's report of a timer may cross a restart of the same.
    @Test func aLateReportOfARestartedTimerChangesNothing() {
        var rig = CarRig()
        rig.run(to: .serviceDiscovery)
        let count = rig.actions.count
        for timer in SessionTimer.allCases { rig.give(.timerFired(timer)) }
        #expect(rig.actions.count == count)
        #expect(rig.end == nil)
    }
}
