import SchemaTypes
import Testing
import V2GMessagesDIN
import V2GSession
import V2GSessionDIN

/// Every timer of the station.
@Suite struct StationTimerTests {
    @Test("the sequence timer closes without a message", arguments: StationRig.Stage.allCases)
    func sequence(_ stage: StationRig.Stage) throws {
        var timing = DINTiming()
        timing.stationSetup = .seconds(100)  // the other bound of the first request
        var rig = try StationRig.at(stage, timing: timing)
        let count = rig.responses.count
        rig.wait(.milliseconds(59_999))
        #expect(rig.end == nil)
        rig.wait(.milliseconds(1))
        #expect(rig.end?.outcome == .timedOut)
        #expect(rig.end?.linger == .zero)
        #expect(rig.responses.count == count)
        #expect(rig.isPowerOff)
        #expect(rig.timers.isEmpty)
    }

    @Test func everyResponseRestartsTheSequenceTimer() throws {
        var rig = try StationRig.at(.loop)
        for _ in 0..<5 {
            rig.wait(.seconds(50))
            rig.ask(.currentDemand)
        }
        #expect(rig.end == nil)
    }

    @Test func aConnectionWithoutASessionEndsAfterEighteenSeconds() throws {
        var rig = try StationRig()
        rig.wait(.milliseconds(17_999))
        #expect(rig.end == nil)
        rig.wait(.milliseconds(1))
        #expect(rig.end?.outcome == .timedOut)
        var other = try StationRig.at(.services)
        #expect(other.timers[.communicationSetup] == nil)
        other.wait(.seconds(30))
        #expect(other.end == nil)
    }

    /// A car gives up after 60 s of Ongoing; the station refuses before.
    @Test func theCustomerHasFiftyFiveSeconds() throws {
        var rig = try StationRig.at(.authentication) { $0.verdict = nil }
        for _ in 0..<54 {
            rig.ask(.contractAuthentication)
            rig.wait(.seconds(1))
        }
        rig.ask(.contractAuthentication)
        #expect(rig.end == nil)
        rig.wait(.seconds(1))
        #expect(rig.end == nil)
        rig.ask(.contractAuthentication)
        rig.expectRefusal(.contractAuthentication, .failed, .timedOut)
    }

    @Test func theScheduleMakerHasFiftyFiveSeconds() throws {
        var rig = try StationRig.at(.parameters) { $0.schedules = nil }
        while rig.uptime < .seconds(54) {
            rig.ask(.chargeParameterDiscovery)
            rig.wait(.milliseconds(1_300))
            #expect(rig.responses.last?.isFinished == false)
        }
        rig.wait(.seconds(3))
        rig.ask(.chargeParameterDiscovery)
        rig.expectRefusal(.chargeParameterDiscovery, .failed, .timedOut)
    }

    @Test func theIsolationTestHasFiftyFiveSeconds() throws {
        var rig = try StationRig.at(.cableCheck)
        rig.observe { $0.controlPilot = .c }
        while rig.end == nil, rig.uptime < .seconds(70) {
            rig.ask(.cableCheck)
            rig.wait(.milliseconds(500))
        }
        rig.expectRefusal(.cableCheck, .failed, .timedOut)
        #expect(rig.uptime <= .seconds(56))
        #expect(rig.isPowerOff)
    }

    /// A pending answer is refused when the bound of the whole phase ends first.
    @Test func theBoundOfAPhaseEndsAWaitingAnswer() throws {
        var timing = DINTiming()
        timing.stationOngoing = .milliseconds(500)
        var rig = try StationRig.at(.cableCheck, timing: timing)
        rig.ask(.cableCheck)
        rig.wait(.milliseconds(500))
        rig.expectRefusal(.cableCheck, .failed, .timedOut)
    }

    @Test func theSequenceTimerRestsWhileAnAnswerWaits() throws {
        var rig = try StationRig.at(.parameters) { $0.schedules = nil }
        rig.ask(.chargeParameterDiscovery)
        #expect(rig.timers[.sequence] == nil)
        #expect(rig.timers[.performance] == rig.uptime + .milliseconds(1_300))
        rig.give(.schedulesMade(.flat(.zero)))
        #expect(rig.timers[.performance] == nil)
        #expect(rig.timers[.sequence] == rig.uptime + .seconds(60))
    }

    @Test func aCarThatDoesNotStopWhenAskedIsStopped() throws {
        var rig = try StationRig.at(.loop)
        rig.give(.operatorRequest(.stop))
        for _ in 0..<59 {
            rig.wait(.seconds(1))
            rig.ask(.currentDemand)
        }
        #expect(rig.end == nil)
        rig.wait(.seconds(1))
        #expect(rig.power.suffix(2) == [.stop, .pilotOff])
        rig.ask(.currentDemand)
        rig.expectRefusal(.currentDemand, .failed, .stopped)
    }

    @Test func aSecondRequestWhileAnAnswerWaitsIsOutOfSequence() throws {
        var rig = try StationRig.at(.parameters) { $0.schedules = nil }
        rig.ask(.chargeParameterDiscovery)
        rig.ask(.chargeParameterDiscovery)
        rig.expectRefusal(.chargeParameterDiscovery, .failedSequenceError, .protocolError)
        var cable = try StationRig.at(.cableCheck)
        cable.ask(.cableCheck)
        cable.ask(.cableCheck)
        cable.expectRefusal(.cableCheck, .failedSequenceError, .protocolError)
        var power = try StationRig.at(.loop)
        power.ask(Request.powerDelivery(false))
        power.ask(.sessionStop)
        power.expectRefusal(.sessionStop, .failedSequenceError, .protocolError)
    }

    @Test(arguments: StationRig.Stage.allCases, SessionTimer.allCases)
    func aTimerThatDoesNotRunChangesNothing(_ stage: StationRig.Stage, _ timer: SessionTimer) throws {
        var rig = try StationRig.at(stage)
        guard rig.timers[timer] == nil else { return }
        let count = rig.actions.count
        rig.give(.timerFired(timer))
        #expect(rig.actions.count == count)
        #expect(rig.end == nil)
    }
}
