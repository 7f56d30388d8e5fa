import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GKeys
import V2GCertificates
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport
import V2GX509

/// Whole sessions, and the order of things in them.
@Suite struct CarSessionTests {
    private let head: [ISO2Pair] = [.sessionSetup, .serviceDiscovery, .paymentServiceSelection]

    @Test func aDirectCurrentSessionWithAContractRunsInTheStandardsOrder() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run()
        bench.expectSafeEnd(.completed)
        let loop = [ISO2Pair](repeating: .currentDemand, count: 3)
        #expect(
            bench.requests
                == head + [.paymentDetails, .authorization, .chargeParameterDiscovery, .cableCheck, .preCharge]
                + [.powerDelivery] + loop + [.powerDelivery, .weldingDetection, .sessionStop])
        #expect(
            bench.commands == [
                .lockPlug, .pilotReady, .closeContactor, .openContactor, .pilotNotReady, .openContactor,
                .pilotNotReady, .unlockPlug,
            ])
        #expect(bench.notes.contains(.energy(WattHours(20))))
    }

    @Test func anAlternatingCurrentSessionWithExternalPaymentRunsInTheStandardsOrder() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, .ac(ACVehicle())) { $0.authorization = [.external] }
        try bench.run()
        bench.expectSafeEnd(.completed)
        let loop = [ISO2Pair](repeating: .chargingStatus, count: 3)
        #expect(
            bench.requests
                == head + [.authorization, .chargeParameterDiscovery, .powerDelivery] + loop
                + [.powerDelivery, .sessionStop])
        guard case .authorizationReq(let request) = bench.sent[3].body.bodyElement else {
            Issue.record("another request")
            return
        }
        #expect(request == ISO2.AuthorizationReq(id: nil, genChallenge: nil))
        #expect(bench.sent.allSatisfy { $0.header.signature == nil })
        // 22 kW of the schedule on three phases of 230 V.
        let taken = bench.commands.compactMap { if case .take(let current) = $0 { current.value } else { nil } }
        #expect(abs((taken.first ?? 0) - 22_000 / 690) < 0.01)
        #expect(taken.last == 0)
    }

    @Test func stateCComesWithPowerDeliveryAndNotBefore() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, .ac(ACVehicle()))
        try bench.run(to: .powerDelivery)
        #expect(bench.isPilotReady)
        let order = bench.actions.compactMap { action -> String? in
            switch action {
            case .send(let message): message.body.bodyElement?.name
            case .vehicle(.pilotReady): "C"
            default: nil
            }
        }
        #expect(order.suffix(2) == ["PowerDeliveryReq", "C"])
    }

    @Test func theFirstAuthorizationIsSignedAndItsRepetitionsAreEmpty() async throws {
        let pki = try await CarPKI.shared.value
        var bench = try CarBench(pki)
        bench.station.ongoing[.authorization] = 3
        try bench.run()
        bench.expectSafeEnd(.completed)
        let requests = bench.sent.compactMap { message -> (ISO2.AuthorizationReq, ISO2.V2GMessage)? in
            if case .authorizationReq(let request) = message.body.bodyElement { (request, message) } else { nil }
        }
        #expect(requests.count == 4)
        let (first, message) = try #require(requests.first)
        #expect(first.genChallenge?.octets == bench.station.challenge)
        let verifier = MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2))
        _ = try verifier.verify(
            message.header.signature, over: [.authorizationReq(first)], by: pki.contract[0].key.publicKey)
        #expect(
            requests.dropFirst().allSatisfy {
                $0.0.id == nil && $0.0.genChallenge == nil && $0.1.header.signature == nil
            })
    }

    @Test func waitingForTheCustomerIsNotLimited() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.authorization = [.external] }
        bench.station.ongoing[.authorization] = 2_000
        bench.station.ongoingKind = .ongoingWaitingForCustomerInteraction
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(bench.uptime > .seconds(110))
    }

    @Test func aDriverWhoStopsIsObeyedBeforeEnergyFlows() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.ongoing[.authorization] = 10
        try bench.run(to: .authorization)
        try bench.give(.userRequest(.stop))
        try bench.run()
        bench.expectSafeEnd(.stopped)
        #expect(bench.requests.last == .sessionStop)
        #expect(!bench.requests.contains(.powerDelivery))
    }

    @Test func aDriverWhoStopsInTheLoopIsObeyedWithoutWaitingForThePace() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, .ac(ACVehicle())) {
            $0.stopsAfterLoops = nil
            $0.chargeLoopPace = .seconds(30)
        }
        try bench.run(to: .chargingStatus)
        try bench.answerOpen()
        let before = bench.uptime
        try bench.give(.userRequest(.stop))
        #expect(bench.requests.last == .powerDelivery)
        #expect(bench.uptime == before)
    }

    @Test func theFirstMessageAfterAStartIsOneOfTheLoop() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run(to: .powerDelivery)
        try bench.give(.userRequest(.stop))
        try bench.run()
        bench.expectSafeEnd(.stopped)
        #expect(
            bench.requests.suffix(5)
                == [.powerDelivery, .currentDemand, .powerDelivery, .weldingDetection, .sessionStop])
    }

    @Test(arguments: [ControlPilot.a, .e, .f])
    func aPilotThatSaysNoEndsAtOnce(_ pilot: ControlPilot) async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run(to: .currentDemand)
        #expect(bench.isContactorClosed)
        var readings = VehicleReadings()
        readings.controlPilot = pilot
        let count = bench.sent.count
        try bench.give(.vehicle(readings))
        bench.expectSafeEnd(.equipmentFault)
        #expect(bench.sent.count == count)
    }

    @Test func anUnlockedPlugUnderPowerEndsAtOnce() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run(to: .currentDemand)
        var readings = VehicleReadings()
        readings.isPlugLocked = false
        try bench.give(.vehicle(readings))
        bench.expectSafeEnd(.equipmentFault)
    }

    @Test func aFaultOfTheCarStopsInOrderAndIsTold() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run(to: .currentDemand)
        var readings = VehicleReadings()
        readings.fault = "battery too hot"
        try bench.give(.vehicle(readings))
        try bench.run()
        bench.expectSafeEnd(.equipmentFault)
        guard case .weldingDetectionReq(let request) = bench.sent[bench.sent.count - 2].body.bodyElement else {
            Issue.record("another request")
            return
        }
        #expect(request.dcEVStatus.evErrorCode == .failedEVRESSMalfunction)
    }

    @Test func aLostLinkEndsSafely() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run(to: .currentDemand)
        try bench.give(.linkLost("reset by peer"))
        bench.expectSafeEnd(.linkLost)
        #expect(bench.core.handle(.timerFired(.message), at: bench.moment).isEmpty)
        #expect(bench.core.handle(.start, at: bench.moment).isEmpty)
    }

    @Test func anAnswerWithoutARequestEndsTheSession() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.signs = false
        try bench.run(to: .paymentDetails)
        try bench.answerOpen()
        try bench.answer(.sessionStopRes(ISO2.SessionStopRes(responseCode: .ok)))
        bench.expectSafeEnd(.protocolError)
    }

    @Test func aLateTimerOfAnEarlierRequestIsNotTheNextOnes() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run(to: .serviceDiscovery)
        #expect(bench.core.handle(.timerFired(.message), at: bench.moment).isEmpty)
        try bench.run()
        bench.expectSafeEnd(.completed)
    }

    @Test func aKeyThatNeverSignsDoesNotHoldTheStation() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.signs = false
        try bench.run()
        bench.expectSafeEnd(.timedOut)
        #expect(bench.uptime < .seconds(60))
    }

    @Test func aKeyThatFailsEndsTheSession() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.signs = false
        try bench.run(to: .paymentDetails)
        try bench.answerOpen()
        try bench.give(.signed(.failure(SigningFailure("the token is gone"))))
        bench.expectSafeEnd(.equipmentFault)
        #expect(bench.end?.reason.contains("the token is gone") == true)
    }

    @Test func setUpIsLimitedToTwentySeconds() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.give(.start)
        #expect(bench.timers[.communicationSetup] == .seconds(20))
        try bench.run(to: .serviceDiscovery)
        #expect(bench.timers[.communicationSetup] == nil)
    }

    @Test(arguments: [[UInt8](repeating: 0, count: 8), [0]])
    func aZeroSessionIsRefused(_ id: [UInt8]) async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.sessionID = id
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }

    @Test func anOKThatDoesNotBelongToSessionSetupIsRefused() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.setupCode = .ok
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }
}
