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

/// Schedules and tariffs, plausibility, receipts, renegotiation, pause.
@Suite struct CarScheduleTests {
    private func start(_ bench: CarBench) throws -> ISO2.PowerDeliveryReq {
        let requests = bench.sent.compactMap { message -> ISO2.PowerDeliveryReq? in
            if case .powerDeliveryReq(let request) = message.body.bodyElement { request } else { nil }
        }
        return try #require(requests.first)
    }

    @Test func theProfileStaysWithinTheScheduleAndTheCar() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.tuples = [ScriptedStation.tuple(3, [(0, 50_000), (3_600, 11_000), (7_200, 150_000)])]
        try bench.run()
        bench.expectSafeEnd(.completed)
        let request = try start(bench)
        #expect(request.saScheduleTupleID.value == 3)
        let entries = try #require(request.chargingProfile).profileEntry.elements
        #expect(entries.map(\.chargingProfileEntryStart) == [0, 3_600, 7_200])
        #expect(entries.map { $0.chargingProfileEntryMaxPower.watts?.value } == [50_000, 11_000, 80_000])
    }

    @Test func aScheduleOfManyStepsIsCoveredByTwentyFourEntries() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        let steps = (0..<96).map { (start: UInt32($0) * 900, watts: $0 == 90 ? 1_000 : 20_000.0) }
        bench.station.tuples = [ScriptedStation.tuple(1, steps)]
        try bench.run()
        let entries = try #require(try start(bench).chargingProfile).profileEntry.elements
        #expect(entries.count == 24)
        #expect(entries.last?.chargingProfileEntryMaxPower.watts == Watts(1_000))
        #expect(entries.dropLast().allSatisfy { $0.chargingProfileEntryMaxPower.watts == Watts(20_000) })
    }

    @Test func theScheduleThatChargesMostUntilDepartureIsChosen() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.departure = 3_600 }
        bench.station.tuples = [
            ScriptedStation.tuple(1, [(0, 1_000), (3_600, 80_000)]), ScriptedStation.tuple(2, [(0, 11_000)]),
        ]
        try bench.run()
        #expect(try start(bench).saScheduleTupleID.value == 2)
    }

    @Test func genuineTariffsDecideBetweenEqualSchedules() async throws {
        let pki = try await CarPKI.shared.value
        var bench = try CarBench(pki)
        let tariffs = [try ScriptedStation.tariff(1, level: 3), try ScriptedStation.tariff(2, level: 1)]
        bench.station.tuples = tariffs.enumerated().map {
            ScriptedStation.tuple(UInt8($0 + 1), [(0, 22_000)], tariff: $1)
        }
        bench.station.tariffSignature = try pki.signature(over: tariffs, by: pki.contract[1])
        try bench.run()
        #expect(try start(bench).saScheduleTupleID.value == 2)
        #expect(bench.securityEvents.isEmpty)
        #expect(bench.notes.contains { if case .signatureVerified = $0 { true } else { false } })
    }

    @Test(
        "[X_EVCC_-2_SalesTariff_001] tariffs signed by another sub-CA, or by none, are not used",
        arguments: [0, 2, nil])
    func tariffsThatAreNotGenuineDoNotCount(_ signer: Int?) async throws {
        let pki = try await CarPKI.shared.value
        var bench = try CarBench(pki)
        let tariffs = [try ScriptedStation.tariff(1, level: 3), try ScriptedStation.tariff(2, level: 1)]
        bench.station.tuples = tariffs.enumerated().map {
            ScriptedStation.tuple(UInt8($0 + 1), [(0, 22_000)], tariff: $1)
        }
        if let signer { bench.station.tariffSignature = try pki.signature(over: tariffs, by: pki.contract[signer]) }
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(try start(bench).saScheduleTupleID.value == 1)
        #expect(bench.securityEvents.count == 1)
    }

    @Test func aTariffThatWasChangedDoesNotCount() async throws {
        let pki = try await CarPKI.shared.value
        var bench = try CarBench(pki)
        let genuine = [try ScriptedStation.tariff(1, level: 3), try ScriptedStation.tariff(2, level: 3)]
        bench.station.tariffSignature = try pki.signature(over: genuine, by: pki.contract[1])
        bench.station.tuples = [
            ScriptedStation.tuple(1, [(0, 22_000)], tariff: genuine[0]),
            ScriptedStation.tuple(2, [(0, 22_000)], tariff: try ScriptedStation.tariff(2, level: 1)),
        ]
        try bench.run()
        #expect(try start(bench).saScheduleTupleID.value == 1)
        #expect(bench.securityEvents.count == 1)
    }

    @Test func tariffsAreNotUsedWithoutAContract() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.authorization = [.external] }
        bench.station.tuples = [
            ScriptedStation.tuple(1, [(0, 22_000)]),
            ScriptedStation.tuple(2, [(0, 22_000)], tariff: try ScriptedStation.tariff(2, level: 1)),
        ]
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(try start(bench).saScheduleTupleID.value == 1)
    }

    @Test func theLoopFollowsTheSchedule() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) {
            $0.stopsAfterLoops = 4
            $0.chargeLoopPace = .seconds(20)
        }
        bench.station.tuples = [ScriptedStation.tuple(1, [(0, 40_000), (30, 8_000)])]
        try bench.run()
        let currents = bench.sent.compactMap { message -> Double? in
            if case .currentDemandReq(let request) = message.body.bodyElement {
                request.evTargetCurrent.amperes?.value
            } else {
                nil
            }
        }
        #expect(currents == [100, 100, 20, 20])
    }

    @Test func schedulesThatCannotBeReadEndTheSession() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.tuples = [ScriptedStation.tuple(1, [(10, 22_000), (10, 11_000)])]
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }

    @Test func twoSchedulesOfOneIdentifierEndTheSession() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.tuples = [ScriptedStation.tuple(1, [(0, 22_000)]), ScriptedStation.tuple(1, [(0, 11_000)])]
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }

    @Test func anAnswerWithoutSchedulesEndsTheSession() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.bend = { message, pair in
            guard case .chargeParameterDiscoveryRes(var response) = message.body.bodyElement else { return message }
            response.saSchedules = nil
            var message = message
            message.body.bodyElement = .chargeParameterDiscoveryRes(response)
            return message
        }
        try bench.run()
        bench.expectSafeEnd(.protocolError)
        #expect(bench.end?.reason.contains("V2G2-905") == true)
    }
}

@Suite struct CarPlausibilityTests {
    @Test("field-quirks 12: a station that reports more than it announced is left in order")
    func implausibleCurrentStopsSafely() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.stopsAfterLoops = 50 }
        bench.station.presentCurrent = Amperes(1_510)
        try bench.run()
        bench.expectSafeEnd(.protocolError)
        #expect(bench.end?.reason.contains("1510") == true)
        #expect(bench.requests.filter { $0 == .currentDemand }.count == 1)
        #expect(bench.requests.suffix(3) == [.powerDelivery, .weldingDetection, .sessionStop])
    }

    @Test(arguments: [Volts(600), Volts(-50)])
    func implausibleVoltageStopsSafely(_ voltage: Volts) async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.presentVoltage = voltage
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }

    @Test func implausiblePreChargeVoltageNeverClosesTheContactor() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.preChargeVoltage = Volts(900)
        try bench.run()
        bench.expectSafeEnd(.protocolError)
        #expect(!bench.commands.contains(.closeContactor))
    }

    @Test func aStationThatCannotDeliverTheVoltageIsLeft() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.maximumVoltage = Volts(350)
        try bench.run()
        bench.expectSafeEnd(.refused)
        #expect(!bench.requests.contains(.cableCheck))
    }

    @Test(arguments: [true, false])
    func aSimulatedOutputIsAcceptedByNameOnly(_ isTolerated: Bool) async throws {
        var bench = try CarBench(try await CarPKI.shared.value) {
            if isTolerated { $0.quirks = [.simulatedOutput] }
        }
        bench.station.maximumVoltage = Volts(40)
        bench.station.minimumVoltage = Volts(40)
        bench.station.preChargeVoltage = Volts(1)
        bench.station.presentVoltage = Volts(1)
        try bench.run()
        bench.expectSafeEnd(isTolerated ? .completed : .refused)
        #expect(bench.securityEvents.isEmpty != isTolerated)
        #expect(bench.commands.contains(.closeContactor) == isTolerated)
    }

    @Test func limitsInWrongUnitsEndTheSession() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.bend = { message, _ in
            guard case .chargeParameterDiscoveryRes(var response) = message.body.bodyElement,
                case .dcEVSEChargeParameter(var parameter) = response.evseChargeParameter
            else { return message }
            parameter.evseMaximumCurrentLimit.unit = .v
            response.evseChargeParameter = .dcEVSEChargeParameter(parameter)
            var message = message
            message.body.bodyElement = .chargeParameterDiscoveryRes(response)
            return message
        }
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }

    @Test(arguments: [ISO2.IsolationLevel.invalid, .fault])
    func anIsolationFaultNeverClosesTheContactor(_ isolation: ISO2.IsolationLevel) async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.isolation = isolation
        try bench.run()
        bench.expectSafeEnd(.equipmentFault)
        #expect(!bench.commands.contains(.closeContactor))
    }

    @Test(arguments: [
        (ISO2.DCEVSEStatusCode.evSEShutdown, SessionEnd.Outcome.stopped), (.evSEEmergencyShutdown, .equipmentFault),
        (.evSEMalfunction, .equipmentFault), (.evSEUtilityInterruptEvent, .stopped),
    ])
    func aStationThatShutsDownIsLeft(_ code: ISO2.DCEVSEStatusCode, _ outcome: SessionEnd.Outcome) async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.dcStatusCode[.currentDemand] = code
        try bench.run()
        bench.expectSafeEnd(outcome)
    }

    @Test func aResidualCurrentStops() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, .ac(ACVehicle()))
        bench.station.rcd = true
        try bench.run()
        bench.expectSafeEnd(.equipmentFault)
        #expect(!bench.commands.contains(.closeContactor))
    }

    @Test func aScheduleThatWasNotChosenStops() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.loopTuple = 9
        try bench.run()
        bench.expectSafeEnd(.protocolError)
    }

    @Test func aLowerLimitOfTheMomentIsObeyed() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, .ac(ACVehicle()))
        bench.station.loopCurrentLimit = Amperes(10)
        try bench.run()
        #expect(bench.commands.contains(.take(Amperes(10))))
    }

    @Test func belowItsLeastCurrentTheChargerTakesNothing() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, .ac(ACVehicle()))
        bench.station.loopCurrentLimit = Amperes(5)
        try bench.run()
        #expect(!bench.commands.contains(.take(Amperes(5))))
        #expect(bench.commands.contains(.take(.zero)))
    }

    @Test func aVoltageThatStaysAtTheOutletIsToldAndEnds() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.weldingVoltage = Volts(390)
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(bench.warnings.contains { $0.contains("welded") })
    }

    @Test func aMeterThatGoesBackIsASecurityEvent() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        var count: UInt64 = 0
        bench.station.bend = { message, _ in
            guard case .currentDemandRes(var response) = message.body.bodyElement else { return message }
            count += 1
            response.meterInfo?.meterReading = 1_000 - count
            var message = message
            message.body.bodyElement = .currentDemandRes(response)
            return message
        }
        try bench.run()
        #expect(!bench.securityEvents.isEmpty)
    }
}
