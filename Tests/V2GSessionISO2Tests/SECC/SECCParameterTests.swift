import SchemaTypes
import Testing
import V2GCertificates
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport

@Suite struct SECCParameterTests {
    private func discovery(_ rig: SECCRig) throws -> ISO2.ChargeParameterDiscoveryRes {
        guard case .chargeParameterDiscoveryRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        return response
    }

    private func tuples(_ rig: SECCRig) throws -> [ISO2.SAScheduleTuple] {
        guard case .saScheduleList(let list) = try discovery(rig).saSchedules else { return [] }
        return list.saScheduleTuple.elements
    }

    private static func tariff(_ id: UInt8, entries: Int) throws -> ISO2.SalesTariff {
        ISO2.SalesTariff(
            id: try XMLID("id\(id)"), salesTariffID: try ISO2.SAID(id),
            salesTariffEntry: try BoundedList(
                (0..<entries).map { index in
                    ISO2.SalesTariffEntry(
                        timeInterval: .relativeTimeInterval(
                            ISO2.RelativeTimeInterval(start: Ranged(clamping: index * 3_600))),
                        consumptionCost: try BoundedList([]))
                }))
    }

    @Test(
        """
        [TC_SECC_AC_VTB_ChargeParameterDiscovery_001] [TC_SECC_AC_VTB_ChargeParameterDiscovery_006] \
        [TC_SECC_DC_VTB_ChargeParameterDiscovery_001] [TC_SECC_DC_VTB_ChargeParameterDiscovery_006] Finished comes with \
        a schedule
        """, arguments: [Kind.acEIM, .dcEIM], [nil, 0, 7_200] as [UInt32?])
    func finished(_ kind: Kind, departure: UInt32?) throws {
        var rig = try SECCRig.at(.authorization, kind)
        rig.send(rig.parameters(departure: departure))
        let response = try discovery(rig)
        #expect(response.responseCode == .ok)
        #expect(response.evseProcessing == .finished)
        #expect(try tuples(rig) == rig.schedules.tuples)
        #expect(rig.question?.departure == departure)
        #expect(rig.question?.maximumEntries == nil)
        #expect(rig.question?.maximumPower == (kind.isDC ? Watts(150_000) : Watts(22_080)))
        switch response.evseChargeParameter {
        case .acEVSEChargeParameter(let ac):
            #expect(!kind.isDC)
            #expect(ac.evseNominalVoltage.volts == Volts(230))
            #expect(ac.evseMaxCurrent.amperes == Amperes(32))
        case .dcEVSEChargeParameter(let dc):
            #expect(kind.isDC)
            #expect(dc.evseMaximumPowerLimit.watts == Watts(150_000))
            #expect(dc.evseMaximumVoltageLimit.volts == Volts(1_000))
        }
    }

    @Test(
        """
        [TC_SECC_AC_VTB_ChargeParameterDiscovery_012] [TC_SECC_AC_VTB_ChargeParameterDiscovery_016] \
        [TC_SECC_DC_VTB_ChargeParameterDiscovery_012] [TC_SECC_DC_VTB_ChargeParameterDiscovery_016] no more entries than \
        the car takes
        """, arguments: [Kind.acEIM, .dcEIM], [nil, 3_600] as [UInt32?])
    func maximumEntries(_ kind: Kind, departure: UInt32?) throws {
        let entries: [(UInt32, Double)] = [(0, 11_000), (3_600, 7_000), (7_200, 4_000), (10_800, 9_000)]
        for (asked, powers) in [
            (UInt16(2), [11_000, 4_000] as [Double]), (1, [4_000]), (192, [11_000, 7_000, 4_000, 9_000]),
            (0, [11_000, 7_000, 4_000, 9_000]),
        ] {
            var rig = try SECCRig.at(.authorization, kind)
            rig.schedules.tuples = [try SECCRig.tuple(1, entries)]
            rig.send(rig.parameters(departure: departure, entries: asked))
            let made = try #require(try tuples(rig).first).pMaxSchedule.pMaxScheduleEntry.elements
            #expect(made.map(\.pMax.watts?.value) == powers)
            // The whole day is still covered.
            let last = try #require(made.last?.timeInterval)
            #expect(last.start + (last.duration ?? 0) == 86_400)
        }
    }

    @Test(
        """
        [TC_SECC_AC_VTB_ChargeParameterDiscovery_008] [TC_SECC_DC_VTB_ChargeParameterDiscovery_008] \
        [TC_SECC_AC_VTB_ChargeParameterDiscovery_013] [TC_SECC_DC_VTB_ChargeParameterDiscovery_013] tariffs go with \
        their signature, whole or not at all
        """, arguments: [Kind.acPnC, .dcPnC])
    func tariffs(_ kind: Kind) throws {
        for (entries, isKept) in [(nil, true), (UInt16(12), true), (2, false)] as [(UInt16?, Bool)] {
            var rig = try SECCRig.at(.authorization, kind)
            rig.schedules.tuples[0].salesTariff = try Self.tariff(1, entries: 4)
            let element = try rig.authorizationReq()
            rig.schedules.signature = try rig.party.sign(.authorizationReq(element), by: rig.chain[1].key)
            rig.send(rig.parameters(entries: entries))
            #expect(try tuples(rig).first?.salesTariff == (isKept ? rig.schedules.tuples[0].salesTariff : nil))
            #expect(rig.message?.header.signature == (isKept ? rig.schedules.signature : nil))
        }
    }

    @Test(
        "[TC_SECC_AC_VTB_ChargeParameterDiscovery_014] [TC_SECC_DC_VTB_ChargeParameterDiscovery_014] Ongoing is bounded",
        arguments: [Kind.acEIM, .dcEIM])
    func ongoing(_ kind: Kind) throws {
        var rig = try SECCRig.at(.authorization, kind, prepare: { $0.makesSchedules = false })
        #expect(rig.send(rig.parameters()) == nil)  // it may be there in a moment
        #expect(rig.actions.starts(.performance) == .milliseconds(1_300))
        rig.fire(.performance)
        #expect(try discovery(rig).evseProcessing == .ongoing)
        #expect(try discovery(rig).saSchedules == nil)
        #expect(rig.actions.starts(.ongoing) == .seconds(55))

        var late = rig
        late.fire(.ongoing)
        late.send(late.parameters())
        #expect(late.code == .failed)
        #expect(late.end?.outcome == .timedOut)

        rig.question = nil
        rig.send(rig.parameters())
        #expect(rig.question == nil)  // asked once
        rig.feed(.schedulesMade(rig.schedules))
        #expect(try discovery(rig).evseProcessing == .finished)
        #expect(rig.actions.cancels(.ongoing))
    }

    @Test func schedulesThatCameBetweenTwoRequestsAreKept() throws {
        var rig = try SECCRig.at(.authorization, .acEIM, prepare: { $0.makesSchedules = false })
        rig.send(rig.parameters())
        rig.fire(.performance)
        #expect(rig.feed(.schedulesMade(rig.schedules)).isEmpty)
        rig.send(rig.parameters())
        #expect(try discovery(rig).evseProcessing == .finished)
    }

    @Test func noScheduleAtAllIsFailed() throws {
        var rig = try SECCRig.at(.authorization, .acEIM)
        rig.schedules.tuples = []
        rig.send(rig.parameters())
        #expect(rig.code == .failed)
    }

    @Test(
        "[TC_SECC_AC_VTB_ChargeParameterDiscovery_004] [TC_SECC_DC_VTB_ChargeParameterDiscovery_003] modes not offered",
        arguments: [(Kind.acEIM, ISO2.EnergyTransferMode.dcCore), (.dcEIM, .acSinglePhaseCore), (.dcEIM, .dcUnique)])
    func wrongMode(_ row: (Kind, ISO2.EnergyTransferMode)) throws {
        var rig = try SECCRig.at(.authorization, row.0)
        rig.send(rig.parameters(row.1))
        #expect(rig.code == .failedWrongEnergyTransferMode)
        #expect(rig.end?.outcome == .refused)
    }

    @Test(
        "[TC_SECC_AC_VTB_ChargeParameterDiscovery_005] [TC_SECC_DC_VTB_ChargeParameterDiscovery_004] impossible limits",
        arguments: [Kind.acEIM, .dcEIM])
    func wrongParameter(_ kind: Kind) throws {
        var rig = try SECCRig.at(.authorization, kind)
        rig.send(rig.parameters(current: Amperes(-100)))
        #expect(rig.code == .failedWrongChargeParameter)
        #expect(rig.end?.outcome == .refused)

        var other = try SECCRig.at(.authorization, kind)
        other.send(other.parameters(kind.isDC ? .dcExtended : .acThreePhaseCore, dc: !kind.isDC))
        #expect(other.code == .failedWrongChargeParameter)
    }

    @Test func aNarrowerLimitOfTheMomentIsAnnounced() throws {
        var rig = try SECCRig.at(.authorization, .acEIM)
        rig.report { $0.currentLimit = Amperes(10) }
        rig.send(rig.parameters())
        guard case .acEVSEChargeParameter(let ac) = try discovery(rig).evseChargeParameter else { return }
        #expect(ac.evseMaxCurrent.amperes == Amperes(10))
    }
}
