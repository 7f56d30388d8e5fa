import SchemaTypes
import Testing
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// Parameters, charge loop, stop wishes and faults of the car.
@Suite struct CarChargingTests {
    // MARK: Parameters

    @Test("limits that no station has end the session", arguments: 0..<6)
    func badLimits(_ number: Int) {
        var rig = rigWithOffer { offer in
            switch number {
            case 0: offer.evseMaximumVoltageLimit = .init(Amperes(500))
            case 1: offer.evseMaximumCurrentLimit = .init(Amperes(-1))
            case 2: offer.evseMinimumVoltageLimit = .init(Volts(600))
            case 3: offer.evseMinimumCurrentLimit = .init(Amperes(200))
            case 4: offer.evseMaximumPowerLimit = .init(Watts(-1))
            default: offer.evseMaximumPowerLimit = .init(Volts(1))
            }
        }
        rig.run()
        rig.expectEnd(.protocolError)
    }

    private func rigWithOffer(_ change: @escaping (inout DIN.DCEVSEChargeParameter) -> Void) -> CarRig {
        var rig = CarRig()
        rig.station.bend = { message in
            guard case .chargeParameterDiscoveryRes(var response) = message.body.bodyElement,
                case .dcEVSEChargeParameter(var offer) = response.evseChargeParameter
            else { return message }
            change(&offer)
            response.evseChargeParameter = .dcEVSEChargeParameter(offer)
            return message.replacing(.chargeParameterDiscoveryRes(response))
        }
        return rig
    }

    @Test func aStationNeedNotSayItsPower() {
        var rig = rigWithOffer { $0.evseMaximumPowerLimit = nil }
        rig.run()
        rig.expectEnd(.completed)
        #expect(rig.demand(0)?.evTargetCurrent.amperes == Amperes(100))
    }

    @Test func aVoltageThatTheStationDoesNotHaveEndsInOrder() {
        var rig = rigWithOffer { $0.evseMaximumVoltageLimit = .init(Volts(300)) }
        rig.run()
        rig.expectEnd(.refused)
        #expect(rig.requests.last == .sessionStop)
    }

    @Test func parametersOfACEndTheSession() {
        var rig = CarRig()
        rig.station.bend = { message in
            guard case .chargeParameterDiscoveryRes(var response) = message.body.bodyElement else { return message }
            response.evseChargeParameter = .acEVSEChargeParameter(
                DIN.ACEVSEChargeParameter(
                    acEVSEStatus: DIN.ACEVSEStatus(
                        powerSwitchClosed: false, rcd: false, notificationMaxDelay: 0, evseNotification: .none),
                    evseMaxVoltage: .init(Volts(400)), evseMaxCurrent: .init(Amperes(32)),
                    evseMinCurrent: .init(Amperes(6))))
            return message.replacing(.chargeParameterDiscoveryRes(response))
        }
        rig.run()
        rig.expectEnd(.protocolError)
    }

    private func rigWithSchedules(_ tuples: [DIN.SAScheduleTuple]) -> CarRig {
        var rig = CarRig()
        rig.station.bend = { message in
            guard case .chargeParameterDiscoveryRes(var response) = message.body.bodyElement else { return message }
            response.saSchedules = ScriptedStation.schedules(DINEdition.Schedules(tuples: tuples))
            return message.replacing(.chargeParameterDiscoveryRes(response))
        }
        return rig
    }

    private func tuple(_ id: Int16, _ steps: [(start: UInt32, power: Int16)], duration: UInt32? = 86_400)
        -> DIN.SAScheduleTuple
    {
        let entries = steps.enumerated().map { index, step in
            DIN.PMaxScheduleEntry(
                timeInterval: .relativeTimeInterval(
                    DIN.RelativeTimeInterval(
                        start: step.start, duration: index == steps.count - 1 ? duration : nil)),
                pMax: step.power)
        }
        return DIN.SAScheduleTuple(
            saScheduleTupleID: id,
            pMaxSchedule: DIN.PMaxSchedule(pMaxScheduleID: id, pMaxScheduleEntry: BoundedList(unchecked: entries)))
    }

    @Test func schedulesThatCannotBeFollowedEndTheSession() {
        var rig = rigWithSchedules([tuple(1, [(60, 100), (0, 200)]), tuple(2, [(0, -5)])])
        rig.run()
        rig.expectEnd(.protocolError)
    }

    @Test func theFirstScheduleInOrderIsFollowed() {
        var rig = rigWithSchedules([tuple(1, [(0, -5)]), tuple(2, [(0, 8_000)])])
        rig.run(to: .powerDelivery)
        guard case .powerDeliveryReq(let request) = rig.open?.body.bodyElement else { return }
        #expect(request.chargingProfile?.saScheduleTupleID == 2)
        rig.run()
        rig.expectEnd(.completed)
        #expect(rig.demand(0)?.evTargetCurrent.amperes == Amperes(20))
    }

    @Test func theScheduleIsFollowedOverTimeAndEnds() {
        var rig = rigWithSchedules([tuple(1, [(0, 8_000), (3_600, 4_000)], duration: 3_600)])
        rig.run(to: .currentDemand)
        #expect(rig.demand(0)?.evTargetCurrent.amperes == Amperes(20))
        rig.wait(.seconds(3_600))
        answer(&rig)
        #expect(rig.demand(1)?.evTargetCurrent.amperes == Amperes(10))
        rig.wait(.seconds(3_600))
        answer(&rig)
        #expect(rig.demand(2)?.evTargetCurrent.amperes == .zero)
    }

    /// The open request is answered, without its timer.
    private func answer(_ rig: inout CarRig) {
        guard let request = rig.open, let answer = rig.station.answer(request) else {
            Issue.record("nothing is open")
            return
        }
        rig.give(.received(answer))
    }

    // MARK: Cable check and pre-charge

    @Test func theCarIsInStateCBeforeTheCableCheckAndClosesAfterPreCharge() {
        var rig = CarRig()
        rig.run(to: .chargeParameterDiscovery)
        #expect(!rig.commands.contains(.pilotReady))
        rig.run(to: .cableCheck)
        #expect(rig.commands.contains(.pilotReady))
        rig.run(to: .preCharge)
        #expect(!rig.commands.contains(.closeContactor))
        rig.run(to: .powerDelivery)
        #expect(rig.isContactorClosed)
    }

    @Test(arguments: [DIN.IsolationLevel.invalid, .fault])
    func anIsolationFaultStops(_ isolation: DIN.IsolationLevel) {
        var rig = CarRig()
        rig.station.isolation = isolation
        rig.run()
        rig.expectEnd(.equipmentFault)
        #expect(!rig.commands.contains(.closeContactor))
        #expect(rig.requests.last == .sessionStop)
    }

    @Test(arguments: [DIN.IsolationLevel.warning, nil])
    func anIsolationThatIsNotKnownIsNoted(_ isolation: DIN.IsolationLevel?) {
        var rig = CarRig()
        rig.station.isolation = isolation
        rig.run()
        rig.expectEnd(.completed)
        #expect(!rig.warnings.isEmpty)
    }

    @Test func theContactorWaitsForTheVoltage() {
        var rig = CarRig()
        rig.station.present = Volts(379)
        rig.run { rig, _ in rig.requests.count { $0 == .preCharge } == 5 }
        #expect(!rig.isContactorClosed)
        rig.station.present = Volts(381)
        rig.run(to: .powerDelivery)
        #expect(rig.isContactorClosed)
    }

    @Test(arguments: [true, false])
    func aSimulatedOutputIsAcceptedByNameOnly(_ isTolerated: Bool) {
        var rig = CarRig { if isTolerated { $0.quirks = [.simulatedOutput] } }
        rig.station.present = Volts(1)
        rig.run()
        #expect(rig.commands.contains(.closeContactor) == isTolerated)
        rig.expectEnd(isTolerated ? .completed : .timedOut)
    }

    @Test func aVoltageThatCannotBeStops() {
        var rig = CarRig()
        rig.station.present = Volts(900)
        rig.run()
        rig.expectEnd(.protocolError)
        #expect(!rig.commands.contains(.closeContactor))
    }

    // MARK: Loop

    @Test func theTargetIsTheLeastOfAllLimits() {
        var rig = CarRig()
        rig.run()
        // 30 kW at 400 V.
        #expect(rig.demand(0)?.evTargetCurrent.amperes == Amperes(75))
        #expect(rig.demand(0)?.evTargetVoltage.volts == Volts(400))
    }

    @Test func limitsOfTheMomentAreObeyed() {
        var rig = CarRig()
        rig.station.bend = { message in
            guard case .currentDemandRes(var response) = message.body.bodyElement else { return message }
            response.evseMaximumCurrentLimit = .init(Amperes(20))
            response.evseMaximumPowerLimit = .init(Watts(6_000))
            return message.replacing(.currentDemandRes(response))
        }
        rig.run()
        rig.expectEnd(.completed)
        #expect(rig.demand(1)?.evTargetCurrent.amperes == Amperes(15))
    }

    /// A station was seen to report 1510 A through a wrong multiplier.
    @Test func aCurrentThatCannotBeStopsInOrder() {
        var rig = CarRig()
        rig.station.bend = { message in
            guard case .currentDemandRes(var response) = message.body.bodyElement else { return message }
            response.evsePresentCurrent = .init(Amperes(1_510))
            return message.replacing(.currentDemandRes(response))
        }
        rig.run()
        rig.expectEnd(.protocolError)
        #expect(rig.requests.suffix(4) == [.currentDemand, .powerDelivery, .weldingDetection, .sessionStop])
    }

    @Test func wrongUnitsEndTheSession() {
        for number in 0..<4 {
            var rig = CarRig()
            rig.station.bend = { message in
                switch (number, message.body.bodyElement) {
                case (0, .currentDemandRes(var response)):
                    response.evsePresentCurrent = .init(Volts(1))
                    return message.replacing(.currentDemandRes(response))
                case (1, .currentDemandRes(var response)):
                    response.evsePresentVoltage = .init(Amperes(1))
                    return message.replacing(.currentDemandRes(response))
                case (2, .preChargeRes(var response)):
                    response.evsePresentVoltage = .init(Amperes(1))
                    return message.replacing(.preChargeRes(response))
                case (3, .weldingDetectionRes(var response)):
                    response.evsePresentVoltage = .init(Amperes(1))
                    return message.replacing(.weldingDetectionRes(response))
                default: return message
                }
            }
            rig.run()
            rig.expectEnd(.protocolError)
        }
    }

    @Test func aFullBatteryStops() {
        for change: (inout VehicleReadings) -> Void in [{ $0.isFull = true }, { $0.stateOfCharge = 80 }] {
            var rig = CarRig { $0.stopsAfterLoops = nil }
            rig.run(to: .currentDemand)
            rig.observe(change)
            rig.run()
            rig.expectEnd(.completed)
            #expect(rig.requests.count { $0 == .currentDemand } == 1)
        }
    }

    @Test func theLoopIsPaced() {
        var rig = CarRig { $0.chargeLoopPace = .milliseconds(200) }
        rig.run(to: .currentDemand)
        let start = rig.uptime
        rig.run()
        #expect(rig.uptime - start >= .milliseconds(400))
    }

    // MARK: Stop

    @Test(arguments: CarRig.order)
    func theDriverStopsWhereTheSequenceAllows(_ pair: DINPair) {
        for request in [UserRequest.stop, .pause] {
            var rig = CarRig()
            rig.run(to: pair)
            rig.give(.userRequest(request))
            rig.run()
            // Once the end is on its way, it has its reason.
            rig.expectEnd([.weldingDetection, .sessionStop].contains(pair) ? .completed : .stopped)
            #expect(rig.requests.last == .sessionStop)
            if pair == .powerDelivery {
                #expect(rig.requests.suffix(4) == [.currentDemand, .powerDelivery, .weldingDetection, .sessionStop])
                #expect(rig.demand(0)?.evTargetCurrent.amperes == .zero)
            }
        }
    }

    @Test func aWishNeedNotWaitForThePace() {
        var rig = CarRig { $0.ongoingPace = .seconds(30) }
        rig.station.ongoing = [.contractAuthentication: 5]
        rig.run(to: .contractAuthentication)
        guard let request = rig.open, let answer = rig.station.answer(request) else { return }
        rig.give(.received(answer))
        #expect(rig.timers[.pace] != nil)
        rig.give(.userRequest(.stop))
        #expect(rig.timers[.pace] == nil)
        #expect(rig.requests.last == .sessionStop)
    }

    @Test func renegotiationIsNotOfThisEdition() {
        var rig = CarRig()
        rig.run(to: .currentDemand)
        rig.give(.userRequest(.renegotiate))
        rig.station.notification = .reNegotiation
        rig.run()
        rig.expectEnd(.completed)
        #expect(!rig.warnings.isEmpty)
        #expect(rig.requests.count { $0 == .chargeParameterDiscovery } == 1)
    }

    @Test func theStationAsksToStop() {
        var rig = CarRig { $0.stopsAfterLoops = nil }
        rig.run(to: .currentDemand)
        rig.station.notification = .stopCharging
        rig.run()
        rig.expectEnd(.stopped)
        #expect(rig.requests.suffix(4) == [.currentDemand, .powerDelivery, .weldingDetection, .sessionStop])
    }

    @Test(arguments: [
        (DIN.DCEVSEStatusCode.evSEShutdown, SessionEnd.Outcome.stopped), (.evSEUtilityInterruptEvent, .stopped),
        (.evSEEmergencyShutdown, .equipmentFault), (.evSEMalfunction, .equipmentFault),
    ])
    func theStationsStatusStops(_ code: DIN.DCEVSEStatusCode, _ outcome: SessionEnd.Outcome) {
        var rig = CarRig { $0.stopsAfterLoops = nil }
        rig.run(to: .currentDemand)
        rig.station.statusCode = code
        rig.run { $1.kind.pair == .powerDelivery }
        // A fault opens the contactor before anything else.
        #expect(rig.isContactorClosed == (outcome == .stopped))
        rig.run()
        rig.expectEnd(outcome)
    }

    @Test func aVoltageThatStaysIsWatchedAndReported() {
        var falling = CarRig()
        falling.station.residual = (Volts(200), 3)
        falling.run()
        falling.expectEnd(.completed)
        #expect(falling.requests.count { $0 == .weldingDetection } == 4)
        var welded = CarRig()
        welded.station.residual = (Volts(200), 100)
        welded.run()
        welded.expectEnd(.completed)
        #expect(welded.requests.count { $0 == .weldingDetection } == 20)
        #expect(welded.warnings.contains { $0.contains("welded") })
    }

    // MARK: The car's own faults

    @Test(arguments: [ControlPilot.a, .e, .f], CarRig.order)
    func aPilotThatFailsClosesAtOnce(_ pilot: ControlPilot, _ pair: DINPair) {
        var rig = CarRig()
        rig.run(to: pair)
        let count = rig.sent.count
        rig.observe { $0.controlPilot = pilot }
        rig.expectEnd(.equipmentFault)
        #expect(rig.sent.count == count)
    }

    @Test func anUnlockedPlugUnderPowerClosesAtOnce() {
        var before = CarRig()
        before.run(to: .preCharge)
        before.observe { $0.isPlugLocked = false }
        #expect(before.end == nil)
        var rig = CarRig()
        rig.run(to: .currentDemand)
        rig.observe { $0.isPlugLocked = false }
        rig.expectEnd(.equipmentFault)
    }

    @Test func aFaultOfTheCarStopsInOrderAndIsSaid() {
        var rig = CarRig()
        rig.run(to: .currentDemand)
        rig.observe { $0.fault = "battery too hot" }
        rig.run(to: .powerDelivery)
        guard case .powerDeliveryReq(let request) = rig.open?.body.bodyElement,
            case .dcEVPowerDeliveryParameter(let parameter) = request.evPowerDeliveryParameter
        else {
            Issue.record("no request")
            return
        }
        #expect(!request.readyToChargeState)
        #expect(parameter.dcEVStatus.evErrorCode == .failedEVRESSMalfunction)
        #expect(!parameter.dcEVStatus.evReady)
        rig.run()
        rig.expectEnd(.equipmentFault)
    }

    @Test(arguments: CarRig.order)
    func aLostConnectionOpensTheContactor(_ pair: DINPair) {
        var rig = CarRig()
        rig.run(to: pair)
        rig.give(.linkLost("reset"))
        rig.expectEnd(.linkLost)
        let count = rig.actions.count
        rig.give(.linkLost("again"))
        rig.give(.timerFired(.message))
        #expect(rig.actions.count == count)
    }

    @Test func contractsAreNotOfThisEdition() {
        var rig = CarRig()
        rig.run(to: .contractAuthentication)
        let count = rig.actions.count
        rig.give(.signed(.success([])))
        rig.give(.installed(.failure(InstallationFailure("no"))))
        rig.give(.start)
        #expect(rig.actions.count == count)
    }
}
