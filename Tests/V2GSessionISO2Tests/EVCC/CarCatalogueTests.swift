import EXICodec
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

@Suite struct CarCatalogueTests {
    /// A car and a station whose session comes to the pair.
    private func bench(_ pair: ISO2Pair, _ pki: CarPKI) throws -> CarBench {
        switch pair {
        case .serviceDetail, .certificateInstallation:
            return try CarBench(pki) { $0.contract = nil }
        case .certificateUpdate:
            var bench = try CarBench(pki) { $0.updatesContracts = true }
            bench.clock = pki.contract[0].certificate.body.notAfter.advanced(bySeconds: -10 * 86_400)
            return bench
        case .chargingStatus, .powerDelivery: return try CarBench(pki, .ac(ACVehicle()))
        case .meteringReceipt:
            var bench = try CarBench(pki, .ac(ACVehicle()))
            bench.station.receiptEvery = 1
            return bench
        case .sessionSetup, .serviceDiscovery, .paymentServiceSelection, .paymentDetails, .authorization,
            .chargeParameterDiscovery, .cableCheck, .preCharge, .currentDemand, .weldingDetection, .sessionStop:
            return try CarBench(pki)
        }
    }

    @Test("a station's behavior at each request", arguments: CarRow.all)
    func row(_ row: CarRow) async throws {
        var bench = try bench(row.pair, try await CarPKI.shared.value)
        if row.stimulus == .stopWish { bench.station.notification[row.pair] = .stopCharging }
        try bench.run(to: row.pair)
        let request = try #require(bench.open)
        #expect(request.body.bodyElement?.kind.pair == row.pair)
        let isEnergized = [.powerDelivery, .chargingStatus, .currentDemand, .meteringReceipt].contains(row.pair)
        switch row.stimulus {
        case .request: try expectGood(request, row.pair, bench)
        case .silence:
            let begin = bench.uptime
            try bench.runSilently()
            bench.expectSafeEnd(.timedOut)
            #expect(bench.uptime - begin == ISO2Timing.standard[row.pair].evccTimeout)
        case .wrongType:
            let other: ISO2.BodyElement =
                row.pair == .sessionStop
                ? .paymentServiceSelectionRes(ISO2.PaymentServiceSelectionRes(responseCode: .ok))
                : .sessionStopRes(ISO2.SessionStopRes(responseCode: .ok))
            try bench.answer(other)
            bench.expectSafeEnd(.protocolError)
        case .wrongSession:
            bench.station.sessionID = [1, 2, 3, 4, 5, 6, 7, 9]
            try bench.run()
            bench.expectSafeEnd(.protocolError)
        case .code(let code):
            bench.station.bend = { message, pair in pair == row.pair ? message.with(code) : message }
            try bench.run()
            bench.expectSafeEnd(.refused)
            #expect(bench.notes.contains(.response(message: row.pair.responseName, code: code.schemaName)))
        case .pilotF:
            var readings = VehicleReadings()
            readings.controlPilot = .f
            try bench.give(.vehicle(readings))
            bench.expectSafeEnd(.equipmentFault)
        case .stopWish:
            try bench.run()
            bench.expectSafeEnd(row.pair == .weldingDetection ? .completed : .stopped)
            #expect(bench.requests.last == .sessionStop)
            let stops = bench.sent.filter { message in
                if case .powerDeliveryReq(let request) = message.body.bodyElement {
                    request.chargeProgress == .stop
                } else {
                    false
                }
            }
            #expect(stops.count == (isEnergized || row.pair == .weldingDetection ? 1 : 0))
        }
    }

    /// Right session, schema-valid, fields in range.
    private func expectGood(_ request: ISO2.V2GMessage, _ pair: ISO2Pair, _ bench: CarBench) throws {
        let expected = pair == .sessionSetup ? [UInt8](repeating: 0, count: 8) : bench.station.sessionID
        #expect(request.header.sessionID.octets == expected)
        let octets = try ISO2.Element.v2gMessage(request).encodedDocument()
        let decoded = try ISO2.Element(decodingDocument: octets.span)
        #expect(decoded == .v2gMessage(request))
        switch request.body.bodyElement {
        case .sessionSetupReq(let request): #expect(request.evccID.octets == [2, 0, 0, 0, 0, 1])
        case .paymentServiceSelectionReq(let request):
            #expect(bench.station.options.contains(request.selectedPaymentOption))
            #expect(request.selectedServiceList.selectedService.elements.first?.serviceID == 1)
        case .chargeParameterDiscoveryReq(let request):
            #expect(bench.station.modes.contains(request.requestedEnergyTransferMode))
        case .powerDeliveryReq(let request):
            #expect(request.chargeProgress == .start)
            let profile = try #require(request.chargingProfile)
            #expect(
                profile.profileEntry.elements.allSatisfy {
                    ($0.chargingProfileEntryMaxPower.watts ?? .zero) <= Watts(22_000)
                })
        default: break
        }
    }

    @Test("[TC_EVCC_CMN_VTB_Authorization_009] authorization stays Ongoing: the car gives up after 60 s")
    func authorizationDoesNotWaitForEver() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.ongoing[.authorization] = .max
        try bench.run(to: .authorization)
        let begin = bench.uptime
        try bench.run()
        bench.expectSafeEnd(.timedOut)
        #expect((.seconds(60)...(.seconds(61))).contains(bench.uptime - begin))
    }

    @Test("[TC_EVCC_DC_VTB_CableCheck_006] the cable check stays Ongoing: the car gives up after 40 s")
    func cableCheckDoesNotWaitForEver() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.ongoing[.cableCheck] = .max
        try bench.run(to: .cableCheck)
        let begin = bench.uptime
        try bench.run()
        bench.expectSafeEnd(.timedOut)
        #expect(bench.uptime - begin == .seconds(40))
    }

    @Test("[TC_EVCC_DC_VTB_PreCharge_006] the voltage is not reached: the car gives up after 7 s")
    func preChargeDoesNotWaitForEver() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.preChargeVoltage = Volts(379)
        try bench.run(to: .preCharge)
        let begin = bench.uptime
        try bench.run()
        bench.expectSafeEnd(.timedOut)
        #expect(bench.uptime - begin == .seconds(7))
        #expect(!bench.commands.contains(.closeContactor))
    }
}

extension ISO2.V2GMessage {
    /// The same answer with another code.
    func with(_ code: ISO2.ResponseCode) -> ISO2.V2GMessage {
        var message = self
        message.body.bodyElement = body.bodyElement.map { $0.with(code) }
        return message
    }
}

extension ISO2.BodyElement {
    fileprivate func with(_ code: ISO2.ResponseCode) -> ISO2.BodyElement {
        func bent<T>(_ value: T, _ path: WritableKeyPath<T, ISO2.ResponseCode>) -> T {
            var value = value
            value[keyPath: path] = code
            return value
        }
        return switch self {
        case .sessionSetupRes(let value): .sessionSetupRes(bent(value, \.responseCode))
        case .serviceDiscoveryRes(let value): .serviceDiscoveryRes(bent(value, \.responseCode))
        case .serviceDetailRes(let value): .serviceDetailRes(bent(value, \.responseCode))
        case .paymentServiceSelectionRes(let value): .paymentServiceSelectionRes(bent(value, \.responseCode))
        case .certificateInstallationRes(let value): .certificateInstallationRes(bent(value, \.responseCode))
        case .certificateUpdateRes(let value): .certificateUpdateRes(bent(value, \.responseCode))
        case .paymentDetailsRes(let value): .paymentDetailsRes(bent(value, \.responseCode))
        case .authorizationRes(let value): .authorizationRes(bent(value, \.responseCode))
        case .chargeParameterDiscoveryRes(let value): .chargeParameterDiscoveryRes(bent(value, \.responseCode))
        case .powerDeliveryRes(let value): .powerDeliveryRes(bent(value, \.responseCode))
        case .chargingStatusRes(let value): .chargingStatusRes(bent(value, \.responseCode))
        case .meteringReceiptRes(let value): .meteringReceiptRes(bent(value, \.responseCode))
        case .cableCheckRes(let value): .cableCheckRes(bent(value, \.responseCode))
        case .preChargeRes(let value): .preChargeRes(bent(value, \.responseCode))
        case .currentDemandRes(let value): .currentDemandRes(bent(value, \.responseCode))
        case .weldingDetectionRes(let value): .weldingDetectionRes(bent(value, \.responseCode))
        case .sessionStopRes(let value): .sessionStopRes(bent(value, \.responseCode))
        default: self
        }
    }
}
