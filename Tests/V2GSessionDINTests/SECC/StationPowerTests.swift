import SchemaTypes
import Testing
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// Cable check, pre-charge, the charge loop, faults and the operator.
@Suite struct StationPowerTests {
    // MARK: Cable check and pre-charge

    @Test func theIsolationTestStartsInStateCAndUnderTheGrantOfTheSession() throws {
        var rig = try StationRig.at(.cableCheck)
        #expect(rig.ask(.cableCheck) == nil)
        #expect(rig.power.isEmpty)
        rig.observe { $0.controlPilot = .c }
        let grant = try #require(rig.power.first?.grant)
        #expect(rig.power == [.startIsolationTest(grant)])
        #expect(grant.session == rig.session)
        #expect(grant.method == .external(token: "card"))
    }

    @Test func theCableCheckIsOngoingUntilTheIsolationIsKnown() throws {
        var rig = try StationRig.at(.cableCheck)
        rig.observe { $0.controlPilot = .c }
        rig.observe { $0.isolation = .valid }  // of an older test
        rig.ask(.cableCheck)
        rig.wait(.milliseconds(100))
        #expect(rig.responses.last?.isFinished == false)
        rig.ask(.cableCheck)
        rig.observe { $0.isolation = .testing }
        rig.wait(.milliseconds(100))
        #expect(rig.responses.last?.isFinished == false)
        rig.ask(.cableCheck)
        rig.observe { $0.isolation = .warning }
        #expect(rig.responses.last?.isFinished == true)
        #expect(rig.timers[.ongoing] == nil)
        #expect(rig.power.count == 1)
    }

    @Test func anIsolationFaultIsRefused() throws {
        var rig = try StationRig.at(.cableCheck)
        rig.observe { $0.controlPilot = .c }
        rig.ask(.cableCheck)
        rig.observe { $0.isolation = .fault }
        rig.expectRefusal(.cableCheck, .failed, .equipmentFault)
    }

    @Test func aCarThatStaysInStateBIsRefusedInTime() throws {
        var rig = try StationRig.at(.cableCheck)
        rig.ask(.cableCheck)
        rig.wait(.milliseconds(1_299))
        #expect(rig.end == nil)
        rig.wait(.milliseconds(1))
        rig.expectRefusal(.cableCheck, .failed)
    }

    @Test func aFaultBeforeTheCableCheckIsRefused() throws {
        var rig = try StationRig.at(.cableCheck)
        rig.observe { $0.fault = .powerModule }
        rig.ask(.cableCheck)
        rig.expectRefusal(.cableCheck, .failed, .equipmentFault)
        #expect(rig.power.allSatisfy { $0.grant == nil })
    }

    @Test func aCarThatLeavesStateCAfterTheCableCheckLosesPower() throws {
        var rig = try StationRig.at(.preCharge)
        rig.observe { $0.controlPilot = .b }
        #expect(rig.power.last == .stop)
        rig.ask(.preCharge)
        rig.expectRefusal(.preCharge, .failed)
        var later = try StationRig.at(.powerDelivery)
        later.observe { $0.controlPilot = .b }
        later.ask(.powerDelivery)
        later.expectRefusal(.powerDelivery, .failedPowerDeliveryNotApplied)
        var back = try StationRig.at(.powerDelivery)
        back.observe { $0.controlPilot = .b }
        back.observe { $0.controlPilot = .c }
        back.ask(.powerDelivery)
        back.expectRefusal(.powerDelivery, .failedPowerDeliveryNotApplied)
    }

    @Test func preChargeIsLimitedToTwoAmperesAndToTheLargestVoltage() throws {
        var rig = try StationRig.at(.preCharge)
        rig.ask(Request.preCharge(Volts(1_200), Amperes(50)))
        let grant = try #require(rig.power.last?.grant)
        #expect(rig.power.last == .preCharge(grant, Volts(1_000), Amperes(2)))
        let count = rig.power.count
        rig.ask(Request.preCharge(Volts(1_200), Amperes(50)))
        #expect(rig.power.count == count)
        rig.ask(Request.preCharge(Volts(-5), Amperes(-5)))
        #expect(rig.power.last == .preCharge(grant, .zero, .zero))
    }

    @Test func aFaultBeforePowerIsSaidAtOnceAndAnswered() throws {
        for stage in [StationRig.Stage.preCharge, .powerDelivery] {
            var rig = try StationRig.at(stage)
            rig.observe { $0.fault = .overTemperature }
            #expect(rig.power.suffix(2) == [.stop, .pilotOff])
            rig.ask(.preCharge)
            #expect(rig.lastCode == .failed || stage == .powerDelivery)
            #expect(rig.end?.outcome == .equipmentFault)
        }
    }

    // MARK: Charge loop

    @Test func setPointsAreClampedAndFlagged() throws {
        var rig = try StationRig.at(.loop)
        let within = try current(&rig, Request.currentDemand())
        #expect(!within.evseVoltageLimitAchieved && !within.evseCurrentLimitAchieved && !within.evsePowerLimitAchieved)
        let beyond = try current(&rig, Request.currentDemand(.init(Volts(1_200)), .init(Amperes(500))))
        #expect(beyond.evseVoltageLimitAchieved && beyond.evseCurrentLimitAchieved && beyond.evsePowerLimitAchieved)
        let grant = try #require(rig.power.last?.grant)
        #expect(rig.power.last == .deliverDC(grant, Volts(1_000), Amperes(150)))
        let negative = try current(&rig, Request.currentDemand(.init(Volts(-1)), .init(Amperes(-500))))
        #expect(negative.responseCode == .ok)
        #expect(rig.power.last == .deliverDC(grant, .zero, .zero))
    }

    @Test func limitsOfTheMomentHold() throws {
        var rig = try StationRig.at(.loop)
        rig.observe {
            $0.currentLimit = Amperes(60)
            $0.powerLimit = Watts(10_000)
        }
        let response = try current(&rig, Request.currentDemand())
        #expect(response.evseCurrentLimitAchieved)
        #expect(response.evsePowerLimitAchieved)
        #expect(response.evseMaximumCurrentLimit?.amperes == Amperes(60))
        #expect(response.evseMaximumPowerLimit?.watts == Watts(10_000))
        let grant = try #require(rig.power.last?.grant)
        #expect(rig.power.last == .deliverDC(grant, Volts(400), Amperes(25)))
    }

    @Test func theScheduleLimitsUnlessItsFieldIsFull() throws {
        var rig = try StationRig.at(.loop) { $0.schedules = .flat(Watts(8_000)) }
        let limited = try current(&rig, Request.currentDemand())
        #expect(limited.evseMaximumPowerLimit?.watts == Watts(8_000))
        let grant = try #require(rig.power.last?.grant)
        #expect(rig.power.last == .deliverDC(grant, Volts(400), Amperes(20)))
        var full = try StationRig.at(.loop) { $0.schedules = .flat(Watts(150_000)) }
        #expect(try current(&full, Request.currentDemand()).evseMaximumPowerLimit?.watts == Watts(150_000))
    }

    @Test func anUnchangedSetPointIsNotRepeated() throws {
        var rig = try StationRig.at(.loop)
        let count = rig.power.count
        rig.ask(.currentDemand)
        rig.ask(.currentDemand)
        #expect(rig.power.count == count)
    }

    @Test func theEnergyIsNoted() throws {
        var rig = try StationRig.at(.powerDelivery) { rig in
            rig.readings.meter = MeterReading(
                meterID: "M", energy: WattHours(1_000), time: Timestamp(seconds: 1_780_000_000))
        }
        rig.ask(.powerDelivery)
        rig.ask(.currentDemand)
        rig.observe {
            $0.meter = MeterReading(meterID: "M", energy: WattHours(1_250), time: Timestamp(seconds: 1_780_000_100))
        }
        rig.give(.linkLost("gone"))
        #expect(rig.notes.contains(.energy(WattHours(250))))
    }

    private func current(_ rig: inout StationRig, _ request: DIN.BodyElement) throws -> DIN.CurrentDemandRes {
        guard case .currentDemandRes(let response) = rig.ask(request) else {
            throw UnexpectedResponse()
        }
        return response
    }

    private struct UnexpectedResponse: Error {}

    // MARK: Faults and pilot

    @Test(arguments: [ControlPilot.a, .e, .f])
    func aPilotThatFailsUnderPowerEndsTheSession(_ pilot: ControlPilot) throws {
        var rig = try StationRig.at(.loop)
        rig.observe { $0.controlPilot = pilot }
        #expect(rig.power.suffix(2) == [.stop, .pilotOff])
        rig.ask(.currentDemand)
        rig.expectRefusal(.currentDemand, .failed, .equipmentFault)
    }

    @Test(arguments: EquipmentFault.allCases)
    func aFaultUnderPowerEndsTheSession(_ fault: EquipmentFault) throws {
        var rig = try StationRig.at(.loop)
        rig.observe { $0.fault = fault }
        #expect(rig.power.suffix(2) == [.stop, .pilotOff])
        guard case .currentDemandRes(let response) = rig.ask(.currentDemand) else {
            Issue.record("no response")
            return
        }
        #expect(response.responseCode == .failed)
        #expect(
            response.dcEVSEStatus.evseStatusCode
                == (fault == .emergencyStop ? .evSEEmergencyShutdown : .evSEMalfunction))
        rig.expectRefusal(.currentDemand, .failed, .equipmentFault)
    }

    @Test func stateBInTheLoopTakesThePowerAndAsksTheCarToStop() throws {
        var rig = try StationRig.at(.loop)
        rig.observe { $0.controlPilot = .b }
        #expect(rig.power.last == .stop)
        #expect(rig.end == nil)
        let response = try current(&rig, Request.currentDemand())
        #expect(response.dcEVSEStatus.evseNotification == .stopCharging)
        #expect(rig.isPowerOff)
        rig.observe { $0.controlPilot = .c }
        rig.ask(.currentDemand)
        #expect(rig.isPowerOff)
        rig.ask(Request.powerDelivery(false))
        rig.observe { $0.contactor = .open }
        rig.ask(.sessionStop)
        #expect(rig.end?.outcome == .completed)
    }

    // MARK: Stop

    @Test func theStopWaitsForTheRelays() throws {
        var rig = try StationRig.at(.loop)
        #expect(rig.ask(Request.powerDelivery(false)) == nil)
        #expect(rig.power.last == .stop)
        rig.observe { _ in }
        #expect(rig.responses.last?.kind.pair == .currentDemand)
        rig.observe { $0.contactor = .open }
        #expect(rig.responses.last?.kind.pair == .powerDelivery)
        #expect(rig.lastCode == .ok)
        #expect(rig.timers[.contactor] == nil)
    }

    @Test func weldedRelaysAreRefused() throws {
        var rig = try StationRig.at(.loop)
        rig.ask(Request.powerDelivery(false))
        rig.observe { $0.contactor = .welded }
        rig.expectRefusal(.powerDelivery, .failed, .equipmentFault)
    }

    @Test func relaysThatStayClosedAreRefusedWithinTheTimeOfTheAnswer() throws {
        var rig = try StationRig.at(.loop)
        rig.ask(Request.powerDelivery(false))
        rig.wait(.milliseconds(1_199))
        #expect(rig.end == nil)
        rig.wait(.milliseconds(1))
        rig.expectRefusal(.powerDelivery, .failed, .equipmentFault)
    }

    @Test func aStopBeforeTheStartIsAnswered() throws {
        var rig = try StationRig.at(.powerDelivery)
        rig.ask(Request.powerDelivery(false))
        rig.observe { $0.contactor = .open }
        #expect(rig.lastCode == .ok)
        rig.ask(.sessionStop)
        #expect(rig.end?.outcome == .completed)
        #expect(rig.isPowerOff)
    }

    @Test(arguments: StationRig.Stage.allCases.filter { $0.allowed.contains(.sessionStop) })
    func sessionStopTurnsThePowerOff(_ stage: StationRig.Stage) throws {
        var rig = try StationRig.at(stage)
        rig.ask(.sessionStop)
        #expect(rig.lastCode == .ok)
        #expect(rig.end?.outcome == .completed)
        #expect(rig.end?.linger == .seconds(5))
        #expect(rig.isPowerOff)
        #expect(rig.power.last == .pilotOff)
    }

    // MARK: The operator

    @Test(arguments: [OperatorRequest.stop, .pause])
    func theOperatorAsksTheCarToStop(_ request: OperatorRequest) throws {
        var rig = try StationRig.at(.loop)
        rig.give(.operatorRequest(request))
        rig.give(.operatorRequest(request))
        let response = try current(&rig, Request.currentDemand())
        #expect(response.dcEVSEStatus.evseNotification == .stopCharging)
        #expect(response.dcEVSEStatus.evseStatusCode == .evSEShutdown)
        rig.ask(Request.powerDelivery(false))
        rig.observe { $0.contactor = .open }
        #expect(rig.timers[.ongoing] == nil)
        rig.give(.operatorRequest(request))
        rig.ask(.sessionStop)
        #expect(rig.end?.outcome == .completed)
    }

    @Test(
        arguments: [OperatorRequest.stop, .pause], StationRig.Stage.allCases.filter { $0.allowed != [.currentDemand] })
    func withoutPowerTheOperatorStopsAtOnce(_ request: OperatorRequest, _ stage: StationRig.Stage) throws {
        guard stage != .loop, stage != .stop else { return }
        var rig = try StationRig.at(stage)
        rig.give(.operatorRequest(request))
        #expect(rig.power.suffix(2) == [.stop, .pilotOff])
        let pair = try #require(stage.allowed.first)
        rig.ask(pair)
        rig.expectRefusal(pair, .failed, .stopped)
        var silent = try StationRig.at(stage)
        silent.give(.operatorRequest(request))
        silent.wait(.seconds(5))
        #expect(silent.end?.outcome == .stopped)
        #expect(silent.timers.isEmpty)
    }

    @Test func anOperatorWhoStopsWhileAnAnswerWaitsGetsItRefused() throws {
        var schedules = try StationRig.at(.parameters) { $0.schedules = nil }
        schedules.ask(.chargeParameterDiscovery)
        schedules.give(.operatorRequest(.stop))
        schedules.expectRefusal(.chargeParameterDiscovery, .failed, .stopped)
        var cable = try StationRig.at(.cableCheck)
        cable.ask(.cableCheck)
        cable.give(.operatorRequest(.stop))
        cable.expectRefusal(.cableCheck, .failed, .stopped)
    }

    @Test(arguments: StationRig.Stage.allCases.filter { $0 != .stop })
    func renegotiationIsNotOfThisEdition(_ stage: StationRig.Stage) throws {
        var rig = try StationRig.at(stage)
        rig.give(.operatorRequest(.renegotiate))
        #expect(rig.end == nil)
        guard case .note(.warning) = rig.actions.last else {
            Issue.record("no warning")
            return
        }
    }
}
