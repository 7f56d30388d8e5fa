import SchemaTypes
import Testing
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// The car's whole session, and what it makes of wrong answers.
@Suite struct CarSessionTests {
    @Test func anOrdinarySessionRunsInTheOrderOfTheSpecification() throws {
        var rig = CarRig()
        rig.run()
        rig.expectEnd(.completed)
        #expect(
            rig.requests == [
                .sessionSetup, .serviceDiscovery, .servicePaymentSelection, .contractAuthentication,
                .chargeParameterDiscovery, .cableCheck, .preCharge, .powerDelivery, .currentDemand, .currentDemand,
                .currentDemand, .powerDelivery, .weldingDetection, .sessionStop,
            ])
        #expect(
            rig.commands == [
                .lockPlug, .pilotReady, .closeContactor, .openContactor, .pilotNotReady, .openContactor, .pilotNotReady,
                .unlockPlug,
            ])
        #expect(rig.sent.first?.header.sessionID.isZero == true)
        #expect(rig.sent.dropFirst().allSatisfy { $0.header.sessionID.octets == ScriptedStation.sessionID })
    }

    @Test func theCarShowsNeitherContractNorChallenge() throws {
        var rig = CarRig()
        rig.run(to: .contractAuthentication)
        #expect(rig.open?.body.bodyElement == .contractAuthenticationReq(DIN.ContractAuthenticationReq()))
        #expect(rig.open?.header.signature == nil)
    }

    @Test func theProfileOfThePowerStaysWithinTheSchedule() throws {
        var rig = CarRig()
        rig.run(to: .powerDelivery)
        guard case .powerDeliveryReq(let request) = rig.open?.body.bodyElement else {
            Issue.record("no request")
            return
        }
        #expect(request.readyToChargeState)
        #expect(request.chargingProfile?.saScheduleTupleID == 1)
        #expect(request.chargingProfile?.profileEntry.elements.map(\.chargingProfileEntryMaxPower) == [30_000])
        let offered = DINEdition.Schedules.flat(Watts(150_000))
        #expect(request.chargingProfile.flatMap { offered.fault(of: $0) } == nil)
    }

    // MARK: What the car cannot do

    @Test func aCarOfACDoesNotBegin() {
        var rig = CarRig { $0.energy = .ac(ACVehicle()) }
        rig.run()
        rig.expectEnd(.refused)
        #expect(rig.sent.isEmpty)
    }

    @Test func aCarWithContractsOnlyDoesNotBegin() {
        var rig = CarRig { $0.authorization = [.plugAndCharge] }
        rig.run()
        rig.expectEnd(.refused)
        #expect(rig.sent.isEmpty)
    }

    @Test(arguments: [[], [UInt8](repeating: 1, count: 9)] as [[UInt8]])
    func aMACAddressThatDoesNotFitEndsTheSession(_ address: [UInt8]) {
        var rig = CarRig { $0.macAddress = address }
        rig.run()
        rig.expectEnd(.equipmentFault)
        #expect(rig.sent.isEmpty)
    }

    // MARK: Answers

    @Test("a FAILED code ends the session", arguments: CarRig.order)
    func failures(_ pair: DINPair) {
        for code in DIN.ResponseCode.allCases where code.isFailure {
            var rig = CarRig()
            rig.station.bend = { $0.body.bodyElement?.kind.pair == pair ? $0.with(code) : $0 }
            rig.run()
            rig.expectEnd(.refused)
            #expect(rig.requests.last == pair)
            #expect(rig.end?.reason.contains(code.schemaName) == true)
        }
    }

    @Test("an OK code that does not belong to the answer ends the session", arguments: CarRig.order)
    func foreignCodes(_ pair: DINPair) {
        let own: DIN.ResponseCode = pair == .sessionSetup ? .okNewSessionEstablished : .ok
        for code in DIN.ResponseCode.allCases where !code.isFailure && code != own {
            var rig = CarRig()
            rig.station.bend = { $0.body.bodyElement?.kind.pair == pair ? $0.with(code) : $0 }
            rig.run()
            rig.expectEnd(.protocolError)
        }
    }

    @Test("an answer of another session ends the session", arguments: CarRig.order.dropFirst())
    func foreignSession(_ pair: DINPair) {
        var rig = CarRig()
        rig.station.bend = { message in
            guard message.body.bodyElement?.kind.pair == pair, let element = message.body.bodyElement else {
                return message
            }
            return DIN.V2GMessage(.zero, element)
        }
        rig.run()
        rig.expectEnd(.protocolError)
    }

    @Test("an answer to something else ends the session", arguments: CarRig.order, CarRig.order)
    func foreignAnswer(_ pair: DINPair, _ other: DINPair) {
        guard pair != other else { return }
        var station = ScriptedStation()
        guard let foreign = station.answer(DIN.V2GMessage(.zero, Request.ordinary(other))) else {
            Issue.record("no answer")
            return
        }
        var rig = CarRig()
        rig.station.bend = { $0.body.bodyElement?.kind.pair == pair ? foreign : $0 }
        rig.run()
        rig.expectEnd(.protocolError)
    }

    @Test(arguments: [[0, 0, 0, 0, 0, 0, 0, 0], [0]] as [[UInt8]])
    func aSessionWithoutAnIdentifierIsRefused(_ id: [UInt8]) throws {
        let zero = try #require(V2GSessionID(id))
        var rig = CarRig()
        rig.station.bend = { $0.body.bodyElement.map { DIN.V2GMessage(zero, $0) } }
        rig.run()
        rig.expectEnd(.protocolError)
    }

    @Test func anEmptyBodyOrAnUnaskedMessageEndsTheSession() {
        var empty = CarRig()
        empty.station.bend = { $0.replacing(nil) }
        empty.run()
        empty.expectEnd(.protocolError)
        var unasked = CarRig { $0.ongoingPace = .seconds(1) }
        unasked.station.ongoing = [.contractAuthentication: 1]
        unasked.run(to: .contractAuthentication)
        guard let request = unasked.open, let answer = unasked.station.answer(request) else { return }
        unasked.give(.received(answer))
        unasked.give(.received(answer))
        unasked.expectEnd(.protocolError)
    }

    @Test func aNotificationInTheHeaderIsNoted() {
        var rig = CarRig()
        rig.station.bend = { message in
            var message = message
            message.header.notification = DIN.Notification(faultCode: .unknownError)
            return message
        }
        rig.run()
        rig.expectEnd(.completed)
        #expect(rig.warnings.contains { $0.contains("UnknownError") })
    }

    // MARK: The offer

    @Test(arguments: DIN.EVSESupportedEnergyTransfer.allCases)
    func theCarTakesTheTwoKindsOfDC(_ transfer: DIN.EVSESupportedEnergyTransfer) {
        var rig = CarRig()
        rig.station.bend = { message in
            guard case .serviceDiscoveryRes(var response) = message.body.bodyElement else { return message }
            response.chargeService.energyTransferType = transfer
            return message.replacing(.serviceDiscoveryRes(response))
        }
        rig.run()
        let fits = transfer == .dcCore || transfer == .dcExtended
        rig.expectEnd(fits ? .completed : .refused)
        #expect(rig.requests.last == .sessionStop)
        if fits {
            let asked = rig.sent.compactMap { message -> DIN.EVRequestedEnergyTransfer? in
                guard case .chargeParameterDiscoveryReq(let request) = message.body.bodyElement else { return nil }
                return request.evRequestedEnergyTransferType
            }
            #expect(asked.map(\.schemaName) == [transfer.schemaName])
        }
    }

    @Test func aStationOfContractsOnlyIsLeftInOrder() {
        var rig = CarRig()
        rig.station.bend = { message in
            guard case .serviceDiscoveryRes(var response) = message.body.bodyElement else { return message }
            response.paymentOptions = DIN.PaymentOptions(paymentOption: BoundedList(unchecked: [.contract]))
            return message.replacing(.serviceDiscoveryRes(response))
        }
        rig.run()
        rig.expectEnd(.refused)
        #expect(rig.requests.last == .sessionStop)
    }

    @Test func anotherServiceThanChargingEndsTheSession() {
        var rig = CarRig()
        rig.station.bend = { message in
            guard case .serviceDiscoveryRes(var response) = message.body.bodyElement else { return message }
            response.chargeService.serviceTag.serviceCategory = .internet
            return message.replacing(.serviceDiscoveryRes(response))
        }
        rig.run()
        rig.expectEnd(.protocolError)
    }
}
