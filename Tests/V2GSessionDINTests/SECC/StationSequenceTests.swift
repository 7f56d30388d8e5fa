import SchemaTypes
import Testing
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// Order and identity of requests.
@Suite struct StationSequenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let stage: StationRig.Stage
        let pair: DINPair
        var testDescription: String { "\(pair.requestName) at \(stage)" }

        static let all = StationRig.Stage.allCases.flatMap { stage in
            DINPair.allCases.map { Case(stage: stage, pair: $0) }
        }
    }

    @Test func anOrdinarySessionIsAnsweredThroughout() throws {
        var rig = try StationRig.at(.stop)
        rig.ask(.weldingDetection)
        rig.ask(.weldingDetection)
        #expect(rig.end == nil)
        rig.ask(.sessionStop)
        #expect(
            rig.responses.map(\.kind.pair) == [
                .sessionSetup, .serviceDiscovery, .servicePaymentSelection, .contractAuthentication,
                .chargeParameterDiscovery, .cableCheck, .preCharge, .powerDelivery, .currentDemand, .powerDelivery,
                .weldingDetection, .weldingDetection, .sessionStop,
            ])
        #expect(rig.responses.dropFirst().allSatisfy { $0.kind.code == .ok })
        #expect(rig.end == SessionEnd(.completed, "The car stopped the session."))
        #expect(rig.isPowerOff)
        #expect(rig.timers.isEmpty)
    }

    @Test("a request out of sequence is refused with its own response", arguments: Case.all)
    func sequence(_ row: Case) throws {
        var rig = try StationRig.at(row.stage)
        let response = rig.ask(row.pair)
        if row.stage.allowed.contains(row.pair) {
            #expect(response?.kind.code != .failedSequenceError)
        } else {
            rig.expectRefusal(row.pair, .failedSequenceError, .protocolError)
            #expect(rig.isPowerOff)
        }
    }

    /// Zero is no exception: it means "new session" in SessionSetupReq alone.
    @Test(
        "a request of another session is refused",
        arguments: StationRig.Stage.allCases.filter { $0 != .setup },
        [[0, 0, 0, 0, 0, 0, 0, 0], [0], [1, 2, 3, 4, 5, 6, 7, 8]] as [[UInt8]])
    func unknownSession(_ stage: StationRig.Stage, _ id: [UInt8]) throws {
        for pair in DINPair.allCases where pair != .sessionSetup {
            var rig = try StationRig.at(stage)
            let other = try #require(V2GSessionID(id))
            rig.ask(pair, as: other)
            rig.expectRefusal(pair, .failedUnknownSession, .protocolError)
        }
    }

    /// Field quirk 1: some cars send one zero byte, others eight. DIN has no pause, so every other one is new, too.
    @Test(arguments: [[0], [0, 0, 0, 0, 0, 0, 0, 0], [9, 9, 9, 9], [1, 2, 3, 4, 5, 6, 7, 8]] as [[UInt8]])
    func everySessionIsNew(_ id: [UInt8]) throws {
        var rig = try StationRig()
        let asked = try #require(V2GSessionID(id))
        rig.ask(.sessionSetup, as: asked)
        #expect(rig.lastCode == .okNewSessionEstablished)
        let session = try #require(rig.session)
        #expect(session.bytes.count == 8)
        #expect(!session.isZero)
        #expect(session.bytes != id)
        rig.ask(.serviceDiscovery)
        #expect(rig.lastCode == .ok)
    }

    @Test func aResponseInsteadOfARequestEndsTheSessionWithoutAnAnswer() throws {
        var rig = try StationRig.at(.services)
        #expect(rig.ask(.sessionStopRes(DIN.SessionStopRes(responseCode: .ok))) == nil)
        #expect(rig.end?.outcome == .protocolError)
        #expect(rig.isPowerOff)
    }

    /// Field quirk 9: a car stops in the charge loop without stopping the power.
    @Test func sessionStopInTheLoopIsRefusedAndPowerGoesOff() throws {
        var rig = try StationRig.at(.loop)
        rig.ask(.sessionStop)
        rig.expectRefusal(.sessionStop, .failedSequenceError, .protocolError)
        #expect(rig.isPowerOff)
    }

    /// Field quirk 6: a car need not detect welding, and may check its cable hundreds of times.
    @Test func noMessageHasALeastOrLargestNumber() throws {
        var rig = try StationRig.at(.cableCheck)
        rig.observe { $0.controlPilot = .c }
        for _ in 0..<383 {
            rig.ask(.cableCheck)
            rig.wait(.milliseconds(117))
            #expect(rig.end == nil)
        }
        #expect(rig.responses.count { $0.kind.pair == .cableCheck } == 383)
        rig.ask(.cableCheck)
        rig.observe { $0.isolation = .valid }
        rig.ask(.preCharge)
        rig.ask(.powerDelivery)
        rig.ask(.currentDemand)
        rig.ask(Request.powerDelivery(false))
        rig.ask(.sessionStop)
        #expect(rig.end?.outcome == .completed)
    }

    @Test func eventsBeforeTheBeginningAndAfterTheEndChangeNothing() throws {
        var rig = try StationRig.at(.stop)
        rig.ask(.sessionStop)
        let count = rig.actions.count
        rig.ask(.sessionStop)
        rig.give(.timerFired(.sequence))
        rig.give(.linkLost("late"))
        rig.give(.operatorRequest(.stop))
        #expect(rig.actions.count == count)
        let evseID = try #require(EVSEID("DE*ABC*E0001"))
        var core = DINSECC(
            offer: StationOffer(evseID: evseID, energy: .dc(DCOffer())), link: SessionLink(security: .plain))
        #expect(core.handle(.timerFired(.sequence), at: rig.moment).isEmpty)
        #expect(core.begin(at: rig.moment).count == 3)
        #expect(core.begin(at: rig.moment).isEmpty)
    }

    @Test(arguments: StationRig.Stage.allCases)
    func aLostConnectionEndsEverythingAtOnce(_ stage: StationRig.Stage) throws {
        var rig = try StationRig.at(stage)
        rig.give(.linkLost("reset"))
        #expect(rig.end?.outcome == .linkLost)
        #expect(rig.end?.linger == .zero)
        #expect(rig.isPowerOff)
        #expect(rig.timers.isEmpty)
    }

    @Test func tlsIsNoted() throws {
        #expect(
            try StationRig(security: .tls12).notes.contains { if case .warning = $0 { true } else { false } })
        #expect(
            !(try StationRig().notes.contains { if case .warning = $0 { true } else { false } }))
    }
}
