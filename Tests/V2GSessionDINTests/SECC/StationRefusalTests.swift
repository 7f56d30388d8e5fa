import SchemaTypes
import Testing
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// What the station refuses, by code.
@Suite struct StationRefusalTests {
    // MARK: Services and payment

    @Test func theOfferIsExternalPaymentAndDCAlone() throws {
        var rig = try StationRig.at(.services)
        guard case .serviceDiscoveryRes(let response) = rig.ask(.serviceDiscovery) else {
            Issue.record("no response")
            return
        }
        #expect(response.paymentOptions.paymentOption.elements == [.externalPayment])
        #expect(response.chargeService.energyTransferType == .dcExtended)
        #expect(response.chargeService.serviceTag.serviceID == 1)
        #expect(response.chargeService.serviceTag.serviceName == nil)
        #expect(response.chargeService.serviceTag.serviceScope == nil)
        #expect(response.serviceList == nil)
    }

    @Test func aStationOfACRefuses() throws {
        var rig = try StationRig.at(.services, energy: .ac(ACOffer()))
        rig.ask(.serviceDiscovery)
        rig.expectRefusal(.serviceDiscovery, .failed)
    }

    @Test func aStationThatTakesContractsOnlyRefuses() throws {
        var rig = try StationRig { $0.authorization = [.plugAndCharge] }
        rig.proceed(to: .services)
        rig.ask(.serviceDiscovery)
        rig.expectRefusal(.serviceDiscovery, .failed)
    }

    @Test func aContractIsNotOffered() throws {
        var rig = try StationRig.at(.selection)
        rig.ask(Request.selection(.contract))
        rig.expectRefusal(.servicePaymentSelection, .failedPaymentSelectionInvalid)
    }

    @Test(arguments: [[2], [1, 3], [0]] as [[UInt16]])
    func otherServicesAreNotOffered(_ services: [UInt16]) throws {
        var rig = try StationRig.at(.selection)
        rig.ask(Request.selection(services: services))
        rig.expectRefusal(.servicePaymentSelection, .failedServiceSelectionInvalid)
    }

    // MARK: Authorization

    @Test func withoutAVerdictTheCarWaits() throws {
        var rig = try StationRig.at(.authentication) { $0.verdict = nil }
        for _ in 0..<10 {
            #expect(rig.ask(.contractAuthentication) == Self.authentication(.ongoing))
            rig.wait(.milliseconds(500))
        }
        rig.give(.externalJudged(.accepted(ExternalApproval(token: "card"))))
        #expect(rig.ask(.contractAuthentication) == Self.authentication(.finished))
        #expect(rig.timers[.ongoing] == nil)
        #expect(rig.notes.contains(.authorized(method: .external, detail: "the operator's means")))
        rig.ask(.chargeParameterDiscovery)
        #expect(rig.lastCode == .ok)
    }

    private static func authentication(_ processing: DIN.EVSEProcessing) -> DIN.BodyElement {
        .contractAuthenticationRes(DIN.ContractAuthenticationRes(responseCode: .ok, evseProcessing: processing))
    }

    @Test func aRefusedCustomerIsRefused() throws {
        var rig = try StationRig.at(.authentication) { $0.verdict = .refused("unknown card") }
        rig.ask(.contractAuthentication)
        rig.expectRefusal(.contractAuthentication, .failed)
    }

    @Test func aVerdictThatNobodyAskedForDoesNotCount() throws {
        var rig = try StationRig.at(.selection) { $0.verdict = nil }
        rig.give(.externalJudged(.accepted(ExternalApproval(token: "card"))))
        rig.ask(.servicePaymentSelection)
        #expect(rig.ask(.contractAuthentication) == Self.authentication(.ongoing))
    }

    @Test func theOperatorIsAskedOnce() throws {
        var rig = try StationRig.at(.authentication) { $0.verdict = nil }
        for _ in 0..<5 { rig.ask(.contractAuthentication) }
        #expect(rig.actions.count { if case .judgeExternal = $0 { true } else { false } } == 1)
    }

    @Test func contractsAndProvisioningAreNotOfThisEdition() throws {
        var rig = try StationRig.at(.authentication) { $0.verdict = nil }
        let count = rig.actions.count
        rig.give(.contractJudged(.refused(ContractRefusal(.refused, "no"))))
        rig.give(.provisioned(.refused(.unavailable, "no")))
        #expect(rig.actions.count == count)
    }

    // MARK: Parameters

    @Test(arguments: [
        DIN.EVRequestedEnergyTransfer.acSinglePhaseCore, .acThreePhaseCore, .dcCore, .dcComboCore, .dcUnique,
    ])
    func anEnergyTransferThatWasNotOfferedIsRefused(_ transfer: DIN.EVRequestedEnergyTransfer) throws {
        var rig = try StationRig.at(.parameters)
        rig.ask(Request.parameters(transfer))
        rig.expectRefusal(.chargeParameterDiscovery, .failedWrongEnergyTransferType)
    }

    @Test(arguments: [
        Request.parametersOfAC(), Request.parameters(volts: Volts(100)), Request.parameters(volts: .zero),
        Request.parameters(amperes: .zero), Request.parameters(amperes: Amperes(-5)),
        Request.parameters { $0.evMaximumCurrentLimit = .init(Volts(10)) },
        Request.parameters { $0.evMaximumVoltageLimit = .init(Amperes(400)) },
        Request.parameters { $0.evMaximumPowerLimit = .init(Watts(-1)) },
        Request.parameters { $0.evMaximumPowerLimit = .init(Volts(1)) },
    ])
    func limitsThatDoNotFitAreRefused(_ request: DIN.BodyElement) throws {
        var rig = try StationRig.at(.parameters)
        rig.ask(request)
        rig.expectRefusal(.chargeParameterDiscovery, .failedWrongChargeParameter)
    }

    @Test func aScheduleIsSentWithEveryAnswerAndCountsWithFinished() throws {
        var rig = try StationRig.at(.parameters) { $0.schedules = nil }
        #expect(rig.ask(.chargeParameterDiscovery) == nil)
        rig.wait(.milliseconds(1_300))
        guard case .chargeParameterDiscoveryRes(let ongoing) = rig.responses.last else {
            Issue.record("no response")
            return
        }
        #expect(ongoing.responseCode == .ok)
        #expect(ongoing.evseProcessing == .ongoing)
        #expect(rig.ask(.chargeParameterDiscovery) == nil)
        rig.give(.schedulesMade(.flat(Watts(20_000))))
        guard case .chargeParameterDiscoveryRes(let finished) = rig.responses.last else {
            Issue.record("no response")
            return
        }
        #expect(finished.evseProcessing == .finished)
        #expect(
            finished.saSchedules
                == .saScheduleList(
                    DIN.SAScheduleList(
                        saScheduleTuple: BoundedList(unchecked: DINEdition.Schedules.flat(Watts(20_000)).tuples))))
        #expect(rig.actions.count { if case .makeSchedules = $0 { true } else { false } } == 1)
    }

    @Test func schedulesThatComeBetweenRequestsAreKept() throws {
        var rig = try StationRig.at(.parameters) { $0.schedules = nil }
        rig.ask(.chargeParameterDiscovery)
        rig.wait(.milliseconds(1_300))
        rig.give(.schedulesMade(.flat(Watts(20_000))))
        rig.ask(.chargeParameterDiscovery)
        #expect(rig.responses.last?.isFinished == true)
        rig.give(.schedulesMade(.flat(Watts(1))))  // a late second one changes nothing
        #expect(rig.end == nil)
    }

    @Test func noSchedulesAreARefusal() throws {
        var rig = try StationRig.at(.parameters) { $0.schedules = DINEdition.Schedules(tuples: []) }
        rig.ask(.chargeParameterDiscovery)
        rig.expectRefusal(.chargeParameterDiscovery, .failed)
    }

    @Test func schedulesAreCutToWhatCarsHold() throws {
        let entries = (0..<40).map { second in
            DIN.PMaxScheduleEntry(
                timeInterval: .relativeTimeInterval(
                    DIN.RelativeTimeInterval(start: UInt32(second) * 60, duration: second == 39 ? 600 : nil)),
                pMax: Int16(20_000 - second))
        }
        let schedule = DIN.PMaxSchedule(pMaxScheduleID: 1, pMaxScheduleEntry: BoundedList(unchecked: entries))
        let made = DINEdition.Schedules(
            tuples: (1...6).map { DIN.SAScheduleTuple(saScheduleTupleID: $0, pMaxSchedule: schedule) })
        let sent = made.sendable
        #expect(sent.tuples.count == 3)
        let kept = sent.tuples[0].pMaxSchedule.pMaxScheduleEntry.elements
        #expect(kept.count == 12)
        #expect(kept.last?.pMax == 19_961)
        let covered: Int64 = 28 * 60 + 600
        #expect(kept.last?.timeInterval.duration == covered)
    }

    // MARK: Power delivery

    @Test func aScheduleThatWasNotOfferedIsRefused() throws {
        var rig = try StationRig.at(.powerDelivery)
        rig.ask(Request.powerDelivery(true, tuple: 7))
        rig.expectRefusal(.powerDelivery, .failedTariffSelectionInvalid)
    }

    @Test func aProfileBeyondTheScheduleIsRefused() throws {
        var rig = try StationRig.at(.powerDelivery) { $0.schedules = .flat(Watts(20_000)) }
        rig.ask(Request.powerDelivery(true, tuple: 1, power: 20_001))
        rig.expectRefusal(.powerDelivery, .failedChargingProfileInvalid)
    }

    @Test(arguments: [nil, 1] as [DIN.SAID?])
    func aProfileWithinTheScheduleIsTaken(_ tuple: DIN.SAID?) throws {
        var rig = try StationRig.at(.powerDelivery) { $0.schedules = .flat(Watts(20_000)) }
        rig.ask(Request.powerDelivery(true, tuple: tuple, power: 20_000))
        #expect(rig.lastCode == .ok)
    }

    @Test func readyToChargeInTheLoopIsRefused() throws {
        var rig = try StationRig.at(.loop)
        rig.ask(Request.powerDelivery(true))
        rig.expectRefusal(.powerDelivery, .failed)
        #expect(rig.isPowerOff)
    }

    @Test func setPointsOfWrongUnitsAreRefused() throws {
        var loop = try StationRig.at(.loop)
        loop.ask(Request.currentDemand(.init(Amperes(400)), .init(Amperes(10))))
        loop.expectRefusal(.currentDemand, .failed)
        var preCharge = try StationRig.at(.preCharge)
        preCharge.ask(
            .preChargeReq(
                DIN.PreChargeReq(
                    dcEVStatus: Request.status, evTargetVoltage: .init(Watts(1)), evTargetCurrent: .init(Amperes(1)))))
        preCharge.expectRefusal(.preCharge, .failed)
    }
}

extension DIN.BodyElement {
    /// What EVSEProcessing says, where there is one.
    var isFinished: Bool? {
        switch self {
        case .contractAuthenticationRes(let response): response.evseProcessing == .finished
        case .chargeParameterDiscoveryRes(let response): response.evseProcessing == .finished
        case .cableCheckRes(let response): response.evseProcessing == .finished
        default: nil
        }
    }
}
