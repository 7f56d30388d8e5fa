import SchemaTypes
import Testing
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2

@Suite struct SECCStopTests {
    @Test(
        """
        [TC_SECC_AC_VTB_SessionStop_001] [TC_SECC_DC_VTB_SessionStop_001] [TC_SECC_DC_VTB_SessionStop_002] \
        [TC_SECC_DC_VTB_WeldingDetection_001] a session ends well
        """, arguments: Kind.allCases, [Stage.stopped, .welding])
    func terminate(_ kind: Kind, _ stage: Stage) throws {
        var rig = try SECCRig.at(stage, kind)
        let now = rig.party.now
        rig.report { $0.meter = MeterReading(meterID: "METER1", energy: WattHours(4_000), time: now) }
        rig.send(rig.sessionStop())
        #expect(rig.code == .ok)
        #expect(rig.end?.outcome == .completed)
        #expect(rig.end?.linger == .seconds(5))
        #expect(rig.actions.commands == [.stop, .pilotOff])
        #expect(rig.actions.notes.contains(.energy(WattHours(3_000))))
        #expect(rig.feed(.linkLost("closed by the car")).isEmpty)
    }

    @Test("[TC_SECC_AC_VTB_SessionStop_011] [TC_SECC_DC_VTB_SessionStop_010] session after session ends well")
    func overAndOver() throws {
        for round in 0..<25 {
            var rig = try SECCRig.at(.welding, Kind.allCases[round % 4])
            rig.send(rig.sessionStop())
            #expect(rig.end?.outcome == .completed)
        }
    }

    @Test(arguments: [Stage.sessionSetup, .serviceDiscovery, .selection, .authorization, .parameters, .preCharge])
    func aCarMayStopBeforeItCharges(_ stage: Stage) throws {
        for kind in Kind.allCases {
            var rig = try SECCRig.at(stage, kind)
            rig.send(rig.sessionStop())
            #expect(rig.code == .ok)
            #expect(rig.actions.commands == [.stop, .pilotOff])
        }
    }

    @Test("SessionStopReq under power is refused and power goes off", arguments: [Kind.acEIM, .dcEIM])
    func stopUnderPower(_ kind: Kind) throws {
        var rig = try SECCRig.at(.started, kind)
        rig.send(rig.sessionStop())
        #expect(rig.code == .failedSequenceError)
        #expect(rig.actions.commands.first == .stop)
    }

    @Test("[TC_SECC_DC_VTB_WeldingDetection_005] [TC_SECC_DC_VTB_SessionStop_006] a DC car goes to state B first")
    func pilotRelease() throws {
        for isWelding in [true, false] {
            var rig = try SECCRig.at(.looped, .dcEIM)
            rig.send(rig.powerDelivery(.stop))
            #expect(rig.send(isWelding ? rig.weldingDetection : rig.sessionStop()) == nil)
            var late = rig
            late.report { $0.controlPilot = .b }
            #expect(late.code == .ok)
            rig.fire(.performance)
            #expect(rig.code == .failed)
            #expect(rig.end?.outcome == .refused)
        }
    }

    private func kept(_ rig: SECCRig) -> PausedSession<ISO2Edition>? {
        for case .keepPaused(let paused) in rig.actions { return paused }
        return nil
    }

    private func paused(_ kind: Kind) throws -> PausedSession<ISO2Edition> {
        var rig = try SECCRig.at(.welding, kind)
        rig.send(rig.sessionStop(.pause))
        #expect(rig.code == .ok)
        #expect(rig.end?.outcome == .paused)
        let paused = try #require(kept(rig))
        #expect(paused.id == rig.session)
        #expect(paused.selections.payment == (kind.isPnC ? .contract : .externalPayment))
        #expect(paused.selections.mode == (kind.isDC ? .dcExtended : .acThreePhaseCore))
        #expect(paused.selections.selectedTuple == 1)
        // Durable before the response leaves.
        let keep = try #require(rig.actions.firstIndex { if case .keepPaused = $0 { true } else { false } })
        let send = try #require(rig.actions.firstIndex { if case .send = $0 { true } else { false } })
        #expect(keep < send)
        return paused
    }

    @Test(
        """
        [TC_SECC_AC_VTB_SessionSetup_001] [TC_SECC_AC_VTB_SessionSetup_004] [TC_SECC_DC_VTB_SessionSetup_001] \
        [TC_SECC_DC_VTB_SessionSetup_004] [TC_SECC_AC_VTB_ServiceDiscovery_001] [TC_SECC_AC_VTB_ServiceDiscovery_002] \
        [TC_SECC_DC_VTB_ServiceDiscovery_001] [TC_SECC_DC_VTB_ServiceDiscovery_002] \
        [TC_SECC_AC_VTB_ChargeParameterDiscovery_007] [TC_SECC_DC_VTB_ChargeParameterDiscovery_007] \
        [TC_SECC_AC_VTB_ChargeParameterDiscovery_029] [TC_SECC_DC_VTB_ChargeParameterDiscovery_029] \
        a paused session is joined, with what was chosen before
        """, arguments: Kind.allCases)
    func resume(_ kind: Kind) throws {
        let old = try paused(kind)
        var rig = try SECCRig(kind, paused: { $0 == old.id ? old : nil })
        rig.identifies = false  // the grant of before the pause holds
        rig.session = old.id
        rig.send(.sessionSetupReq(ISO2.SessionSetupReq(evccID: try ISO2.EvccID([1, 2, 3, 4, 5, 6]))))
        #expect(rig.code == .okOldSessionJoined)
        #expect(rig.message.flatMap { V2GSessionID($0.header) } == old.id)

        rig.send(.serviceDiscoveryReq(ISO2.ServiceDiscoveryReq()))
        guard case .serviceDiscoveryRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        #expect(response.paymentOptionList.paymentOption.elements == [old.selections.payment])
        #expect(
            response.chargeService.supportedEnergyTransferMode.energyTransferMode.elements == [old.selections.mode])
        try rig.advance(from: .serviceDiscovery, to: .parameters)
        #expect(rig.question?.resumed == old.selections.schedules)
        try rig.advance(from: .parameters, to: .welding)
        rig.send(rig.sessionStop())
        #expect(rig.end?.outcome == .completed)
        #expect(rig.actions.contains { if case .forgetPaused(old.id) = $0 { true } else { false } })
    }

    @Test(
        """
        [TC_SECC_AC_VTB_SessionSetup_002] [TC_SECC_AC_VTB_SessionSetup_003] [TC_SECC_AC_VTB_SessionSetup_005] \
        [TC_SECC_AC_VTB_SessionSetup_006] [TC_SECC_DC_VTB_SessionSetup_002] [TC_SECC_DC_VTB_SessionSetup_003] \
        [TC_SECC_DC_VTB_SessionSetup_005] [TC_SECC_DC_VTB_SessionSetup_006] another id after a pause is a new session
        """, arguments: Kind.allCases)
    func newAfterPause(_ kind: Kind) throws {
        let old = try paused(kind)
        for other in [V2GSessionID.zero, try #require(V2GSessionID([5, 5, 5, 5, 5, 5, 5, 5]))] {
            var rig = try SECCRig(kind, paused: { $0 == old.id ? old : nil })
            rig.session = other
            rig.send(.sessionSetupReq(ISO2.SessionSetupReq(evccID: try ISO2.EvccID([1, 2, 3, 4, 5, 6]))))
            #expect(rig.code == .okNewSessionEstablished)
            #expect(rig.message.flatMap { V2GSessionID($0.header) } != old.id)
        }
    }

    @Test func aContractSessionIsNotJoinedWithoutTLS() throws {
        let old = try paused(.acPnC)
        var rig = try SECCRig(.acPnC, security: .plain, paused: { _ in old })
        rig.session = old.id
        rig.send(.sessionSetupReq(ISO2.SessionSetupReq(evccID: try ISO2.EvccID([1, 2, 3, 4, 5, 6]))))
        #expect(rig.code == .okNewSessionEstablished)
    }

    @Test func aResumedContractIsProvedAnew() throws {
        let old = try paused(.acPnC)
        var rig = try SECCRig(.acPnC, paused: { _ in old })
        rig.session = old.id
        try rig.advance(to: .selection)
        #expect(rig.session == old.id)
        rig.send(.authorizationReq(ISO2.AuthorizationReq()))
        #expect(rig.code == .failedSequenceError)
    }

    @Test("a pause may follow the end of power only")
    func earlyPause() throws {
        for stage in [Stage.authorization, .parameters] {
            var rig = try SECCRig.at(stage, .acEIM)
            rig.send(rig.sessionStop(.pause))
            #expect(rig.code == .failed)
            #expect(kept(rig) == nil)
        }
        var unwilling = try SECCRig.at(.stopped, .acEIM, offer: { $0.supportsPause = false })
        unwilling.send(unwilling.sessionStop(.pause))
        #expect(unwilling.code == .failed)
        #expect(kept(unwilling) == nil)
    }

    @Test("a lost connection opens the contactor, at every message", arguments: Stage.allCases, Kind.allCases)
    func linkLost(_ stage: Stage, _ kind: Kind) throws {
        var rig = try SECCRig.at(stage, kind)
        rig.feed(.linkLost("reset"))
        #expect(rig.actions.commands == [.stop, .pilotOff])
        #expect(rig.actions.end?.outcome == .linkLost)
        #expect(!rig.actions.sends)
        #expect(rig.send(rig.loop()) == nil)
    }
}
