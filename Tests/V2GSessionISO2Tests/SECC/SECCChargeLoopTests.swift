import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GKeys
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport

@Suite struct SECCChargeLoopTests {
    private func receipts(_ offer: inout StationOffer) { offer.receiptEvery = 1 }

    @Test(
        """
        [TC_SECC_AC_VTB_ChargingStatus_001] [TC_SECC_AC_VTB_ChargingStatus_006] [TC_SECC_AC_VTB_ChargingStatus_008] \
        [TC_SECC_DC_VTB_CurrentDemand_001] [TC_SECC_DC_VTB_CurrentDemand_006] [TC_SECC_DC_VTB_CurrentDemand_008] \
        the meter is shown, no receipt is asked for
        """, arguments: Kind.allCases)
    func status(_ kind: Kind) throws {
        var rig = try SECCRig.at(.started, kind)
        for _ in 0..<5 {
            rig.send(rig.loop())
            #expect(rig.code == .ok)
            #expect(rig.receiptRequired == false)
            #expect(rig.shownMeter?.meterReading == 1_000)
            #expect(rig.shownMeter?.meterID.string == "METER1")
            #expect(rig.shownMeter?.sigMeterReading?.octets == [1, 2, 3])
        }
    }

    @Test(
        """
        [TC_SECC_AC_VTB_ChargingStatus_002] [TC_SECC_AC_VTB_ChargingStatus_007] [TC_SECC_AC_VTB_ChargingStatus_009] \
        [TC_SECC_DC_VTB_CurrentDemand_002] [TC_SECC_DC_VTB_CurrentDemand_007] [TC_SECC_DC_VTB_CurrentDemand_009] \
        [TC_SECC_AC_VTB_MeteringReceipt_001] [TC_SECC_DC_VTB_MeteringReceipt_001] a receipt once in so many loops
        """, arguments: [Kind.acPnC, .dcPnC])
    func receiptEvery(_ kind: Kind) throws {
        var rig = try SECCRig.at(.started, kind, offer: { $0.receiptEvery = 3 })
        for loop in 1...6 {
            rig.send(rig.loop())
            #expect(rig.receiptRequired == (loop % 3 == 0))
            guard loop % 3 == 0 else { continue }
            let request = try rig.receipt()
            try rig.send(request)
            #expect(rig.code == .ok)
            let kept = rig.actions.compactMap { if case .keepReceipt(let receipt) = $0 { receipt } else { nil } }
            #expect(kept.map(\.request) == [request])
            // Durable before the response leaves.
            let keep = rig.actions.firstIndex { if case .keepReceipt = $0 { true } else { false } }
            let send = rig.actions.firstIndex { if case .send = $0 { true } else { false } }
            #expect(try #require(keep) < #require(send))
        }
        rig.send(rig.powerDelivery(.stop))
        #expect(rig.code == .ok)
    }

    @Test("receipts are never asked for with external identification [V2G2-691]", arguments: [Kind.acEIM, .dcEIM])
    func noReceipt(_ kind: Kind) throws {
        let rig = try SECCRig.at(.looped, kind, offer: receipts)
        #expect(rig.receiptRequired == false)
    }

    @Test func noReceiptWithoutAMeter() throws {
        let rig = try SECCRig.at(.looped, .acPnC, prepare: { $0.readings.meter = nil }, offer: receipts)
        #expect(rig.shownMeter == nil)
        #expect(rig.receiptRequired == false)
    }

    @Test(
        """
        [TC_SECC_AC_VTB_MeteringReceipt_006] [TC_SECC_DC_VTB_MeteringReceipt_006] [TC_SECC_AC_VTB_MeteringReceipt_007] \
        [TC_SECC_DC_VTB_MeteringReceipt_007] [X_SECC_-2_MeteringReceipt_002] forged receipts are refused
        """, arguments: [Kind.acPnC, .dcPnC])
    func forged(_ kind: Kind) throws {
        let good = try SECCRig.at(.looped, kind, offer: receipts)
        let request = try good.receipt()
        var other = request
        other.meterInfo.meterReading = 1_001

        var rig = good
        try rig.send(request, by: SoftwareKey.generate(.p256))
        try expectRefusal(rig)
        rig = good
        try rig.send(request, signed: other)
        try expectRefusal(rig)
        rig = good
        try rig.send(other)  // signed rightly, but not what was shown
        try expectRefusal(rig)
        rig = good
        rig.send(.meteringReceiptReq(request))
        try expectRefusal(rig)
    }

    private func expectRefusal(_ rig: SECCRig) throws {
        #expect(rig.code == .failedMeteringSignatureNotValid)
        #expect(rig.end?.outcome == .refused)
        #expect(rig.actions.commands.first == .stop)
        #expect(!rig.actions.contains { if case .keepReceipt = $0 { true } else { false } })
    }

    @Test(
        """
        [TC_SECC_AC_VTB_MeteringReceipt_004] [TC_SECC_DC_VTB_MeteringReceipt_004] [X_SECC_-2_MeteringReceipt_001] \
        a receipt of another session or schedule is refused
        """, arguments: [Kind.acPnC, .dcPnC])
    func otherSession(_ kind: Kind) throws {
        let good = try SECCRig.at(.looped, kind, offer: receipts)
        var request = try good.receipt()
        request.sessionID = try #require(V2GSessionID([8, 7, 6, 5, 4, 3, 2, 1])).iso2
        var rig = good
        try rig.send(request)
        try expectRefusal(rig)
        request = try good.receipt()
        request.saScheduleTupleID = ISO2.SAID(clamping: 7)
        rig = good
        try rig.send(request)
        try expectRefusal(rig)
    }

    @Test("[X_SECC_-2_MeteringReceipt_003] a receipt that is due cannot be skipped", arguments: [Kind.acPnC, .dcPnC])
    func skipped(_ kind: Kind) throws {
        for stop in [false, true] {
            var rig = try SECCRig.at(.looped, kind, offer: receipts)
            rig.send(stop ? rig.powerDelivery(.stop) : rig.loop())
            #expect(rig.code == .failedSequenceError)
        }
    }

    @Test func aTolerantStationGoesOnAfterABadReceiptAndKeepsNone() throws {
        var rig = try SECCRig.at(
            .looped, .acPnC,
            offer: {
                $0.receiptEvery = 1
                $0.requiresValidReceipts = false
            })
        try rig.send(try rig.receipt(), by: SoftwareKey.generate(.p256))
        #expect(rig.code == .ok)
        #expect(!rig.actions.contains { if case .keepReceipt = $0 { true } else { false } })
        #expect(rig.actions.notes.contains { if case .securityEvent = $0 { true } else { false } })
        rig.send(rig.loop())
        #expect(rig.code == .ok)
    }

    @Test func anOldSignatureInALaterHeaderIsNoMatter() throws {
        var rig = try SECCRig.at(.looped, .acPnC, offer: { $0.receiptEvery = 2 })
        let left = try rig.party.sign(.authorizationReq(try rig.authorizationReq()), by: rig.chain[0].key)
        rig.send(rig.loop(), signature: left)
        #expect(rig.code == .ok)
    }

    @Test func setPointsBeyondTheLimitsAreClampedAndTold() throws {
        var rig = try SECCRig.at(
            .started, .dcEIM,
            prepare: { rig in
                rig.schedules.tuples = [(try? SECCRig.tuple(1, [(0, 150_000)]))].compactMap { $0 }
            })
        for (volts, amperes, expected, flags) in [
            (400.0, 100.0, (400.0, 100.0), [false, false, false]), (1_200, 50, (1_000, 50), [true, false, false]),
            (400, 500, (400, 300), [false, true, false]), (800, 250, (800, 187.5), [false, false, true]),
            (400, -50, (400, 0), [false, false, false]),
        ] {
            rig.send(rig.currentDemand(volts, amperes))
            guard case .currentDemandRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
            #expect(response.responseCode == .ok)
            guard case .deliverDC(_, let given, let current) = rig.actions.commands.first else {
                Issue.record("no set point for \(volts) V")
                continue
            }
            #expect(given == Volts(expected.0))
            #expect(current == Amperes(expected.1))
            #expect(
                [
                    response.evseVoltageLimitAchieved, response.evseCurrentLimitAchieved,
                    response.evsePowerLimitAchieved,
                ] == flags)
        }
        rig.send(rig.currentDemand(400, -50))
        #expect(rig.actions.commands.isEmpty)  // nothing new
    }

    @Test func aNarrowerLimitReachesCarAndEquipment() throws {
        var rig = try SECCRig.at(.looped, .acEIM)
        rig.report { $0.currentLimit = Amperes(8) }
        rig.send(rig.loop())
        guard case .chargingStatusRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        #expect(response.evseMaxCurrent?.amperes == Amperes(8))
        guard case .limitAC(_, let current) = rig.actions.commands.first else { throw SECCRig.NoAnswer() }
        #expect(current == Amperes(8))
    }

    @Test func theScheduleLimitsTheCurrentAsTimeGoesOn() throws {
        var rig = try SECCRig.at(
            .looped, .acEIM,
            prepare: { rig in
                rig.schedules.tuples = [(try? SECCRig.tuple(1, [(0, 11_040), (3_600, 6_900)]))].compactMap { $0 }
            })
        rig.uptime = .seconds(3_601)
        rig.send(rig.loop())
        guard case .limitAC(_, let current) = rig.actions.commands.first else { throw SECCRig.NoAnswer() }
        #expect(current == Amperes(10))
    }
}
