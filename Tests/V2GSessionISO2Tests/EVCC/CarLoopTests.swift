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

/// Receipts, renegotiation, pause and resumption.
@Suite struct CarLoopTests {
    @Test(arguments: [VehicleProfile.Energy.ac(ACVehicle()), .dc(DCVehicle())])
    func aReceiptRepeatsTheReadingExactlyAndIsSigned(_ energy: VehicleProfile.Energy) async throws {
        let pki = try await CarPKI.shared.value
        var bench = try CarBench(pki, energy) { $0.stopsAfterLoops = 5 }
        bench.station.receiptEvery = 2
        try bench.run()
        bench.expectSafeEnd(.completed)
        let receipts = bench.sent.compactMap { message -> (ISO2.MeteringReceiptReq, ISO2.V2GMessage)? in
            if case .meteringReceiptReq(let request) = message.body.bodyElement { (request, message) } else { nil }
        }
        #expect(receipts.map { $0.0.meterInfo.meterReading } == [1_020, 1_040])
        for (request, message) in receipts {
            #expect(request.sessionID.octets == bench.station.sessionID)
            #expect(request.saScheduleTupleID?.value == 1)
            _ = try MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2)).verify(
                message.header.signature, over: [.meteringReceiptReq(request)],
                by: pki.contract[0].key.publicKey)
        }
    }

    @Test func aReceiptComesBeforeTheStop() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.stopsAfterLoops = 1 }
        bench.station.receiptEvery = 1
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(
            bench.requests.suffix(5)
                == [.currentDemand, .meteringReceipt, .powerDelivery, .weldingDetection, .sessionStop])
    }

    @Test("[V2G2-691] a receipt without a contract is not made")
    func noReceiptWithoutAContract() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.authorization = [.external] }
        bench.station.receiptEvery = 1
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(!bench.requests.contains(.meteringReceipt))
        #expect(!bench.warnings.isEmpty)
    }

    @Test func aReceiptForAReadingThatWasNotSentIsRefused() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.receiptEvery = 1
        bench.station.bend = { message, _ in
            guard case .currentDemandRes(var response) = message.body.bodyElement else { return message }
            response.meterInfo = nil
            var message = message
            message.body.bodyElement = .currentDemandRes(response)
            return message
        }
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }

    @Test func renegotiationOfDirectCurrentTestsTheCableAnewWithOpenContactors() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.stopsAfterLoops = 4 }
        try bench.run(to: .currentDemand)
        try bench.give(.userRequest(.renegotiate))
        try bench.run { bench, element in
            bench.requests.filter { $0 == .cableCheck }.count == 2 && element.kind.pair == .cableCheck
        }
        #expect(!bench.isContactorClosed)
        try bench.run()
        bench.expectSafeEnd(.completed)
        let tail = bench.requests.drop { $0 != .currentDemand }
        #expect(
            tail == [
                .currentDemand, .powerDelivery, .chargeParameterDiscovery, .cableCheck, .preCharge, .powerDelivery,
                .currentDemand, .currentDemand, .currentDemand, .powerDelivery, .weldingDetection, .sessionStop,
            ])
        #expect(bench.requests.filter { $0 == .authorization }.count == 1)
    }

    @Test func renegotiationOfAlternatingCurrentGoesStraightToPowerDelivery() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, .ac(ACVehicle())) { $0.stopsAfterLoops = 3 }
        var isAsked = false
        bench.station.bend = { message, _ in
            guard case .chargingStatusRes(var response) = message.body.bodyElement, !isAsked else { return message }
            isAsked = true
            response.acEVSEStatus.evseNotification = .reNegotiation
            var message = message
            message.body.bodyElement = .chargingStatusRes(response)
            return message
        }
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(
            Array(bench.requests.drop { $0 != .chargingStatus }) == [
                .chargingStatus, .powerDelivery, .chargeParameterDiscovery, .powerDelivery, .chargingStatus,
                .chargingStatus, .powerDelivery, .sessionStop,
            ])
    }

    @Test func aCarThatDoesNotRenegotiateGoesOn() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, .ac(ACVehicle())) { $0.supportsRenegotiation = false }
        bench.station.notification[.chargingStatus] = .reNegotiation
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(bench.requests.filter { $0 == .chargeParameterDiscovery }.count == 1)
    }

    @Test func aStopDuringRenegotiationEndsAfterTheParameters() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, .ac(ACVehicle())) { $0.stopsAfterLoops = nil }
        try bench.run(to: .chargingStatus)
        try bench.give(.userRequest(.renegotiate))
        try bench.run(to: .powerDelivery)
        try bench.give(.userRequest(.stop))
        try bench.run()
        bench.expectSafeEnd(.stopped)
        #expect(bench.requests.suffix(3) == [.powerDelivery, .chargeParameterDiscovery, .sessionStop])
    }

    private func paused(_ energy: VehicleProfile.Energy = .dc(DCVehicle())) async throws -> CarBench {
        var bench = try CarBench(try await CarPKI.shared.value, energy) {
            $0.stopsAfterLoops = nil
            $0.pausesAfterLoops = 2
            $0.departure = 3_600
        }
        bench.station.tuples = [ScriptedStation.tuple(1, [(0, 11_000)]), ScriptedStation.tuple(2, [(0, 40_000)])]
        try bench.run()
        return bench
    }

    @Test func aPauseComesAfterTheStopOfEnergyAndKeepsWhatWasChosen() async throws {
        let bench = try await paused()
        bench.expectSafeEnd(.paused)
        guard case .sessionStopReq(let request) = bench.sent.last?.body.bodyElement else { return }
        #expect(request.chargingSession == .pause)
        let kept = try #require(bench.kept)
        #expect(kept.id.bytes == bench.station.sessionID)
        #expect(kept.selections.payment == .contract)
        #expect(kept.selections.mode == .dcExtended)
        #expect(kept.selections.selectedTuple == 2)
        #expect(!bench.commands.contains(.unlockPlug))
    }

    @Test func aPausedSessionIsTakenUpAgain() async throws {
        let kept = try #require(try await paused().kept)
        var bench = try CarBench(try await CarPKI.shared.value, resume: kept) { $0.departure = 3_600 }
        bench.station.setupCode = .okOldSessionJoined
        bench.station.tuples = [ScriptedStation.tuple(1, [(0, 80_000)]), ScriptedStation.tuple(2, [(0, 11_000)])]
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(bench.sent.first?.header.sessionID.octets == kept.id.bytes)
        // The schedule of before, though another one would charge more.
        for message in bench.sent {
            if case .powerDeliveryReq(let request) = message.body.bodyElement {
                #expect(request.saScheduleTupleID.value == 2)
            }
        }
        #expect(bench.forgotten == [kept.id])
    }

    @Test func aStationThatForgotThePausedSessionGetsANewOne() async throws {
        let kept = try #require(try await paused().kept)
        var bench = try CarBench(try await CarPKI.shared.value, resume: kept)
        bench.station.sessionID = [9, 9, 9, 9, 9, 9, 9, 9]
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(bench.forgotten == [kept.id])
        #expect(bench.sent.last?.header.sessionID.octets == bench.station.sessionID)
    }

    @Test func aSessionThatWasNotAskedForIsNotJoined() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.setupCode = .okOldSessionJoined
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }

    @Test func anotherSessionThanThePausedOneIsNotJoined() async throws {
        let kept = try #require(try await paused().kept)
        var bench = try CarBench(try await CarPKI.shared.value, resume: kept)
        bench.station.setupCode = .okOldSessionJoined
        bench.station.sessionID = [9, 9, 9, 9, 9, 9, 9, 9]
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }

    @Test func aNewSessionUnderThePausedIdentifierIsRefused() async throws {
        let kept = try #require(try await paused().kept)
        var bench = try CarBench(try await CarPKI.shared.value, resume: kept)
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }

    @Test func aJoinedSessionThatOffersOtherPaymentEndsTheSession() async throws {
        let kept = try #require(try await paused().kept)
        var bench = try CarBench(try await CarPKI.shared.value, resume: kept)
        bench.station.setupCode = .okOldSessionJoined
        bench.station.options = [.externalPayment]
        try bench.run()
        #expect(bench.end?.outcome == .refused)
        #expect(!bench.requests.contains(.authorization))
    }

    @Test func aPauseBeforeChargingIsAStop() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run(to: .authorization)
        try bench.give(.userRequest(.pause))
        try bench.run()
        bench.expectSafeEnd(.stopped)
        guard case .sessionStopReq(let request) = bench.sent.last?.body.bodyElement else { return }
        #expect(request.chargingSession == .terminate)
        #expect(bench.kept == nil)
    }

    @Test func aFullBatteryEndsTheSession() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.stopsAfterLoops = nil }
        try bench.run(to: .currentDemand)
        var readings = VehicleReadings()
        readings.stateOfCharge = 80
        try bench.give(.vehicle(readings))
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(bench.end?.reason == "The battery is charged.")
    }

    @Test func aLossAtAnyAnswerEndsSafely() async throws {
        let pki = try await CarPKI.shared.value
        for energy in [VehicleProfile.Energy.ac(ACVehicle()), .dc(DCVehicle())] {
            var whole = try CarBench(pki, energy)
            try whole.run()
            for index in whole.sent.indices {
                var bench = try CarBench(pki, energy)
                try bench.run { bench, _ in bench.sent.count == index + 1 }
                try bench.runSilently()
                bench.expectSafeEnd(.timedOut)
            }
        }
    }
}
