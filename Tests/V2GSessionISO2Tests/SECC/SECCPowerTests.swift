import SchemaTypes
import Testing
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2

@Suite struct SECCPowerTests {
    private func power(_ actions: [ISO2SECC.Action]) -> [String] {
        actions.commands.map { command in
            switch command {
            case .closeContactor: "close"
            case .limitAC(_, let current): "limit \(current.value)"
            case .startIsolationTest: "isolation"
            case .preCharge(_, let volts, let amperes): "precharge \(volts.value) \(amperes.value)"
            case .deliverDC(_, let volts, let amperes): "deliver \(volts.value) \(amperes.value)"
            case .deliverAC: "deliverAC"
            case .stop: "stop"
            case .pilotOff: "off"
            case .pilotOn: "on"
            }
        }
    }

    @Test(
        "[TC_SECC_AC_VTB_PowerDelivery_001] [TC_SECC_AC_VTB_PowerDelivery_002] the contactor closes in state C or D",
        arguments: [ControlPilot.c, .d])
    func start(_ pilot: ControlPilot) throws {
        let rig = try SECCRig.at(.started, .acEIM, prepare: { $0.readings.controlPilot = pilot })
        #expect(rig.code == .ok)
        #expect(power(rig.actions).contains("close"))
        #expect(rig.actions.starts(.contactor) == .seconds(3))
    }

    @Test func theContactorWaitsForAPilotThatIsLate() throws {
        var rig = try SECCRig.at(.parameters, .acEIM)
        rig.report { $0.controlPilot = .b }
        #expect(rig.send(rig.powerDelivery(.start)) == nil)
        #expect(rig.actions.commands.isEmpty)
        rig.report { $0.controlPilot = .c }
        #expect(power(rig.actions).contains("close"))
        #expect(rig.code == .ok)
    }

    @Test func aPilotThatStaysInBIsNoReasonToClose() throws {
        var rig = try SECCRig.at(.parameters, .acEIM)
        rig.report { $0.controlPilot = .b }
        rig.send(rig.powerDelivery(.start))
        rig.fire(.contactor)
        #expect(rig.code == .failedPowerDeliveryNotApplied)
        #expect(!rig.actions.energizes)
    }

    @Test func aContactorThatDoesNotCloseIsFailedInTime() throws {
        var rig = try SECCRig.at(.parameters, .acEIM, prepare: { $0.movesContactor = false })
        #expect(rig.send(rig.powerDelivery(.start)) == nil)
        rig.fire(.contactor)
        #expect(rig.code == .failedContactorError)
        #expect(rig.end?.outcome == .equipmentFault)
        #expect(rig.actions.commands.first == .stop)
    }

    @Test func aContactorThatIsClosedAlreadyCounts() throws {
        var rig = try SECCRig.at(.parameters, .acEIM, prepare: { $0.movesContactor = false })
        rig.report { $0.contactor = .closed }
        rig.send(rig.powerDelivery(.start))
        #expect(rig.code == .ok)
    }

    @Test func aWeldedContactorIsFailed() throws {
        var rig = try SECCRig.at(.parameters, .acEIM, prepare: { $0.movesContactor = false })
        rig.report { $0.contactor = .welded }
        rig.send(rig.powerDelivery(.start))
        #expect(rig.code == .failedContactorError)

        var stopping = try SECCRig.at(.looped, .acEIM)
        stopping.movesContactor = false
        #expect(stopping.send(stopping.powerDelivery(.stop)) == nil)
        stopping.report { $0.contactor = .welded }
        #expect(stopping.code == .failedContactorError)
    }

    @Test func aContactorThatDoesNotOpenIsFailedInTime() throws {
        var rig = try SECCRig.at(.looped, .acEIM)
        rig.movesContactor = false
        rig.send(rig.powerDelivery(.stop))
        rig.fire(.contactor)
        #expect(rig.code == .failedContactorError)
    }

    @Test("[TC_SECC_AC_VTB_PowerDelivery_011] [TC_SECC_DC_VTB_PowerDelivery_008] an unknown tuple is refused")
    func unknownTuple() throws {
        for kind in [Kind.acEIM, .dcEIM] {
            var rig = try SECCRig.at(.preCharge, kind)
            rig.send(rig.powerDelivery(.start, tuple: 9))
            #expect(rig.code == .failedTariffSelectionInvalid)
            #expect(!rig.actions.energizes)
        }
    }

    @Test("[TC_SECC_AC_VTB_PowerDelivery_010] [TC_SECC_DC_VTB_PowerDelivery_007] a profile above PMax is refused")
    func profile() throws {
        for kind in [Kind.acEIM, .dcEIM] {
            var rig = try SECCRig.at(
                .preCharge, kind,
                prepare: {
                    $0.schedules.tuples = [(try? SECCRig.tuple(1, [(0, 11_000), (3_600, 4_000)]))].compactMap { $0 }
                })
            var good = rig
            good.send(good.powerDelivery(.start, profile: try good.profile([(0, 11_000), (3_600, 4_000)])))
            #expect(good.code == .ok)
            rig.send(rig.powerDelivery(.start, profile: try rig.profile([(0, 11_000), (3_600, 11_000)])))
            #expect(rig.code == .failedChargingProfileInvalid)
            #expect(rig.end?.outcome == .refused)
        }
    }

    @Test func aFaultyStationDoesNotStart() throws {
        for kind in [Kind.acEIM, .dcEIM] {
            var rig = try SECCRig.at(.parameters, kind)
            rig.report { $0.fault = .powerModule }
            rig.send(kind.isDC ? rig.cableCheck : rig.powerDelivery(.start))
            #expect(rig.code == (kind.isDC ? .failed : .failedPowerDeliveryNotApplied))
            #expect(rig.end?.outcome == .equipmentFault)
        }
    }

    @Test func aResidualCurrentForbidsToStart() throws {
        var rig = try SECCRig.at(.parameters, .acEIM)
        rig.report { $0.residualCurrent = true }
        rig.send(rig.powerDelivery(.start))
        #expect(rig.code == .failedPowerDeliveryNotApplied)
        #expect(!rig.actions.energizes)
    }

    @Test("[TC_SECC_AC_VTB_PowerDelivery_014] [TC_SECC_DC_VTB_PowerDelivery_013] nothing to renegotiate before Start")
    func renegotiateFirst() throws {
        for kind in [Kind.acEIM, .dcEIM] {
            var rig = try SECCRig.at(.preCharge, kind)
            rig.send(rig.powerDelivery(.renegotiate))
            #expect(rig.code == .failed)
            #expect(rig.end?.outcome == .refused)
        }
    }

    @Test("a second Start within the charge loop is refused [V2G2-812]", arguments: [Kind.acEIM, .dcEIM])
    func startTwice(_ kind: Kind) throws {
        var rig = try SECCRig.at(.looped, kind)
        rig.send(rig.powerDelivery(.start))
        #expect(rig.code == .failed)
        #expect(rig.actions.commands.first == .stop)
    }

    @Test(
        """
        [TC_SECC_AC_VTB_PowerDelivery_003] [TC_SECC_AC_VTB_PowerDelivery_004] \
        [TC_SECC_AC_VTB_ChargeParameterDiscovery_002] AC renegotiates without opening the contactor
        """)
    func renegotiateAC() throws {
        var rig = try SECCRig.at(.looped, .acEIM)
        rig.send(rig.powerDelivery(.renegotiate))
        #expect(rig.code == .ok)
        #expect(rig.actions.commands.isEmpty)
        rig.question = nil
        rig.send(rig.parameters())
        #expect(rig.question != nil)
        rig.send(rig.powerDelivery(.start))
        #expect(rig.code == .ok)
        rig.send(rig.loop())
        #expect(rig.code == .ok)
    }

    @Test(
        """
        [TC_SECC_DC_VTB_PowerDelivery_011] [TC_SECC_DC_VTB_PowerDelivery_012] \
        [TC_SECC_DC_VTB_ChargeParameterDiscovery_005] DC renegotiates with cable check and pre-charge anew
        """)
    func renegotiateDC() throws {
        var rig = try SECCRig.at(.looped, .dcEIM)
        rig.send(rig.powerDelivery(.renegotiate))
        #expect(rig.code == .ok)
        #expect(power(rig.actions) == ["deliver 400.0 0.0"])
        rig.send(rig.parameters())
        var early = rig
        early.send(early.powerDelivery(.start))
        #expect(early.code == .failedSequenceError)
        rig.send(rig.cableCheck)
        #expect(power(rig.actions) == ["isolation"])
        #expect(rig.code == .ok)
        try rig.advance(from: .cableCheck, to: .looped)
    }

    @Test("[TC_SECC_AC_VTB_PowerDelivery_005] [TC_SECC_DC_VTB_PowerDelivery_002] Stop takes the power away first")
    func stop() throws {
        for kind in [Kind.acEIM, .dcEIM] {
            var rig = try SECCRig.at(.looped, kind)
            rig.send(rig.powerDelivery(.stop))
            #expect(rig.code == .ok)
            #expect(rig.actions.commands == [.stop])
        }
    }

    @Test(
        "the station does not judge the error codes of a car",
        arguments: [
            ("TC_SECC_DC_VTB_PowerDelivery_014", ISO2.DCEVErrorCode.failedRESSTemperatureInhibit),
            ("TC_SECC_DC_VTB_PowerDelivery_015", .failedEVShiftPosition),
            ("TC_SECC_DC_VTB_PowerDelivery_016", .failedChargerConnectorLockFault),
            ("TC_SECC_DC_VTB_PowerDelivery_017", .failedEVRESSMalfunction),
            ("TC_SECC_DC_VTB_PowerDelivery_018", .failedChargingCurrentdifferential),
            ("TC_SECC_DC_VTB_PowerDelivery_019", .failedChargingVoltageOutOfRange),
            ("TC_SECC_DC_VTB_PowerDelivery_020", .failedChargingSystemIncompatibility),
            ("TC_SECC_DC_VTB_PowerDelivery_021", .noData),
        ])
    func errorCodes(_ row: (String, ISO2.DCEVErrorCode)) throws {
        var rig = try SECCRig.at(.preCharge, .dcEIM)
        rig.send(rig.powerDelivery(.start, error: row.1))
        #expect(rig.code == .ok)
    }

    @Test("[TC_SECC_DC_VTB_PowerDelivery_001] DC starts after pre-charge")
    func startDC() throws {
        let rig = try SECCRig.at(.started, .dcEIM)
        guard case .powerDeliveryRes(let response) = rig.response,
            case .dcEVSEStatus(let status) = response.evseStatus
        else { throw SECCRig.NoAnswer() }
        #expect(status.evseStatusCode == .evSEReady)
        #expect(status.evseIsolationStatus == .valid)
    }

    @Test(
        "[TC_SECC_DC_VTB_CableCheck_001] [TC_SECC_DC_VTB_CableCheck_002] isolation is tested in state C or D",
        arguments: [ControlPilot.c, .d])
    func cableCheck(_ pilot: ControlPilot) throws {
        var rig = try SECCRig.at(.parameters, .dcEIM, prepare: { $0.readings.controlPilot = pilot })
        guard case .cableCheckRes(let response) = rig.send(rig.cableCheck) else { throw SECCRig.NoAnswer() }
        #expect(response.evseProcessing == .finished)
        #expect(response.dcEVSEStatus.evseIsolationStatus == .valid)
        #expect(power(rig.actions) == ["isolation"])
    }

    @Test("[TC_SECC_DC_VTB_CableCheck_006] [TC_SECC_DC_VTB_CableCheck_007] Ongoing until the isolation is known")
    func cableCheckOngoing() throws {
        for pilot in [ControlPilot.c, .d] {
            var rig = try SECCRig.at(
                .parameters, .dcEIM,
                prepare: {
                    $0.testsIsolation = false
                    $0.readings.controlPilot = pilot
                    $0.readings.isolation = .valid  // of an older test
                })
            for attempt in 0..<3 {
                #expect(rig.send(rig.cableCheck) == nil)
                #expect(rig.actions.starts(.ongoing) == (attempt == 0 ? .seconds(55) : nil))
                #expect(power(rig.actions) == (attempt == 0 ? ["isolation"] : []))
                rig.fire(.performance)
                guard case .cableCheckRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
                #expect(response.evseProcessing == .ongoing)
                #expect(response.dcEVSEStatus.evseStatusCode == .evSEIsolationMonitoringActive)
            }
            rig.send(rig.cableCheck)
            rig.report { $0.isolation = .warning }
            guard case .cableCheckRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
            #expect(response.evseProcessing == .finished)
            #expect(response.dcEVSEStatus.evseIsolationStatus == .warning)
            #expect(rig.actions.cancels(.ongoing))
        }
    }

    @Test("[TC_SECC_DC_VTB_CableCheck_008] no cable check outside of states C and D")
    func cableCheckInB() throws {
        var rig = try SECCRig.at(.parameters, .dcEIM)
        rig.report { $0.controlPilot = .b }
        #expect(rig.send(rig.cableCheck) == nil)
        #expect(rig.actions.commands.isEmpty)
        var late = rig
        late.report { $0.controlPilot = .c }
        #expect(late.code == .ok)  // sampled late
        rig.fire(.performance)
        #expect(rig.code == .failed)
        #expect(!rig.actions.energizes)
    }

    @Test func anIsolationFaultEndsTheSession() throws {
        var rig = try SECCRig.at(.parameters, .dcEIM, prepare: { $0.testsIsolation = false })
        rig.send(rig.cableCheck)
        rig.report { $0.isolation = .fault }
        guard case .cableCheckRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        #expect(response.responseCode == .failed)
        #expect(response.dcEVSEStatus.evseIsolationStatus == .fault)
        #expect(rig.end?.outcome == .equipmentFault)
    }

    @Test func aCableCheckWithoutEndIsFailed() throws {
        var rig = try SECCRig.at(.parameters, .dcEIM, prepare: { $0.testsIsolation = false })
        rig.send(rig.cableCheck)
        rig.fire(.ongoing)
        #expect(rig.code == .failed)
        #expect(rig.end?.outcome == .timedOut)
    }

    @Test("[TC_SECC_DC_VTB_PreCharge_001] pre-charge goes to the car's voltage with at most 2 A")
    func preCharge() throws {
        var rig = try SECCRig.at(.cableCheck, .dcEIM)
        rig.send(rig.preCharge(380, 20))
        #expect(power(rig.actions) == ["precharge 380.0 2.0"])
        guard case .preChargeRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        #expect(response.evsePresentVoltage.volts == Volts(400))
        rig.send(rig.preCharge(380, 20))
        #expect(power(rig.actions).isEmpty)  // nothing new
        rig.send(rig.preCharge(2_000, 1))
        #expect(power(rig.actions) == ["precharge 1000.0 1.0"])
    }

    @Test(
        """
        [TC_SECC_AC_VTB_Abnormal_001] [TC_SECC_AC_VTB_Abnormal_002] [TC_SECC_DC_VTB_Abnormal_001] \
        [TC_SECC_DC_VTB_Abnormal_002] a fault under power stops at once and ends the session
        """, arguments: [Kind.acEIM, .dcEIM])
    func hazards(_ kind: Kind) throws {
        let faults: [(inout EVSEReadings) -> Void] = [
            { $0.controlPilot = .e }, { $0.controlPilot = .a }, { $0.controlPilot = .f },
            { $0.fault = .emergencyStop }, { $0.residualCurrent = true },
        ]
        for fault in faults {
            var rig = try SECCRig.at(.looped, kind)
            rig.report(fault)
            #expect(rig.actions.commands == [.stop, .pilotOff])
            #expect(rig.actions.starts(.linger) == .seconds(5))
            var silent = rig
            #expect(silent.fire(.linger).end?.outcome == .equipmentFault)
            rig.send(rig.loop())
            #expect(rig.code == .failed)
            #expect(rig.end?.outcome == .equipmentFault)
            if case .currentDemandRes(let response) = rig.response, rig.readings.fault == .emergencyStop {
                #expect(response.dcEVSEStatus.evseStatusCode == .evSEEmergencyShutdown)
            }
        }
    }

    @Test("state B under power takes the power away and asks the car to stop", arguments: [Kind.acEIM, .dcEIM])
    func stateB(_ kind: Kind) throws {
        var rig = try SECCRig.at(.looped, kind)
        rig.report { $0.controlPilot = .b }
        #expect(rig.actions.commands == [.stop])
        #expect(rig.actions.end == nil)
        rig.send(rig.loop())
        #expect(!rig.actions.energizes)
        #expect(notification(rig) == .stopCharging)
        rig.report { $0.controlPilot = .c }
        rig.send(rig.loop())
        #expect(!rig.actions.energizes)  // not without PowerDeliveryReq(Start)
        rig.send(rig.powerDelivery(.stop))
        #expect(rig.code == .ok)
    }

    private func notification(_ rig: SECCRig) -> ISO2.EVSENotification? {
        switch rig.response {
        case .chargingStatusRes(let response): response.acEVSEStatus.evseNotification
        case .currentDemandRes(let response): response.dcEVSEStatus.evseNotification
        default: nil
        }
    }

    @Test("the operator asks the car to stop or to renegotiate", arguments: [Kind.acEIM, .dcEIM])
    func operatorRequests(_ kind: Kind) throws {
        var rig = try SECCRig.at(.looped, kind)
        #expect(notification(rig) == ISO2.EVSENotification.none)
        rig.feed(.operatorRequest(.renegotiate))
        rig.send(rig.loop())
        #expect(notification(rig) == .reNegotiation)
        rig.feed(.operatorRequest(.stop))
        #expect(rig.actions.starts(.ongoing) == .seconds(60))
        rig.send(rig.loop())
        #expect(notification(rig) == .stopCharging)
        rig.feed(.operatorRequest(.renegotiate))
        rig.send(rig.loop())
        #expect(notification(rig) == .stopCharging)
        var deaf = rig
        #expect(deaf.fire(.ongoing).commands == [.stop, .pilotOff])
        deaf.send(deaf.loop())
        #expect(deaf.code == .failed)
        #expect(deaf.end?.outcome == .stopped)
        rig.send(rig.powerDelivery(.stop))
        #expect(rig.code == .ok)
        #expect(rig.actions.cancels(.ongoing))
    }

    @Test func anOperatorsStopBeforeChargingAnswersTheNextRequestWithFailed() throws {
        for stage in [Stage.sessionSetup, .authorization, .parameters] {
            var rig = try SECCRig.at(stage, .acEIM)
            rig.feed(.operatorRequest(.stop))
            rig.send(rig.parameters())
            #expect(rig.code == .failed)  // before any other check
            #expect(rig.end?.outcome == .stopped)
        }
    }
}
