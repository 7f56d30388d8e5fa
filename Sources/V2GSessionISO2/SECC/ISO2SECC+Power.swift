internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GSession

// PowerDelivery: start, stop, renegotiate.
extension ISO2SECC {
    mutating func deliverPower(_ request: ISO2.PowerDeliveryReq) -> [Action] {
        let isCharging: Bool
        if case .expectChargeLoop = state { isCharging = true } else { isCharging = false }
        switch (request.chargeProgress, isCharging) {
        case (.start, false): return startPower(request)
        case (.stop, _): return endPower()
        case (.renegotiate, true): return renegotiate()
        case (.start, true):
            return refuse(
                .powerDelivery, .failed,
                "PowerDeliveryReq(Start) came while charging [V2G2-812]. Renegotiate or stop first.")
        case (.renegotiate, false):
            return refuse(
                .powerDelivery, .failed, "PowerDeliveryReq(Renegotiate) came before any Start [V2G2-812].")
        }
    }

    private mutating func startPower(_ request: ISO2.PowerDeliveryReq) -> [Action] {
        guard case .announced(let announced, _) = schedules,
            announced.tuples.contains(where: { $0.saScheduleTupleID == request.saScheduleTupleID })
        else {
            return refuse(
                .powerDelivery, .failedTariffSelectionInvalid,
                "SAScheduleTupleID \(request.saScheduleTupleID) was not offered.")
        }
        if let profile = request.chargingProfile,
            let fault = announced.fault(of: profile, tuple: request.saScheduleTupleID)
        {
            return refuse(.powerDelivery, .failedChargingProfileInvalid, fault)
        }
        if let fault = readings.fault {
            return refuse(
                .powerDelivery, .failedPowerDeliveryNotApplied, "The equipment reports a fault: \(fault.rawValue).",
                as: .equipmentFault)
        }
        guard !readings.residualCurrent else {
            return refuse(
                .powerDelivery, .failedPowerDeliveryNotApplied, "A residual current was detected.", as: .equipmentFault)
        }
        selectedTuple = request.saScheduleTupleID
        if firstMeterReading == nil { firstMeterReading = readings.meter?.energy }
        guard offer.energy.isDC else {
            // The contactor's 3 s [V2G2-847] end before V2G_SECC_Msg_Performance_Time does.
            state = .awaitContactor
            return cancel(.sequence) + [start(.contactor, after: timing.contactor)] + closeContactor()
        }
        guard readings.controlPilot.isReadyToCharge else {
            return refuse(
                .powerDelivery, .failedPowerDeliveryNotApplied,
                "The pilot is in state \(readings.controlPilot.rawValue.uppercased()); C or D was due.")
        }
        guard isEnergized else {
            return refuse(
                .powerDelivery, .failedPowerDeliveryNotApplied,
                "The output is off, since the car left state C after the cable check.")
        }
        return answerStart([])
    }

    /// AC: the car goes to state C or D up to 250 ms after its request; the contactor follows. One that is closed already
    /// counts.
    mutating func closeContactor() -> [Action] {
        guard let grant else { return refuse(.powerDelivery, .failed, "Charging was not granted.") }
        guard readings.contactor != .welded else {
            return refuse(
                .powerDelivery, .failedContactorError, "The contactor is welded. Have it repaired.",
                as: .equipmentFault)
        }
        guard readings.controlPilot.isReadyToCharge else { return isEnergized ? stopPower() : [] }
        var actions: [Action] = []
        if !isEnergized {
            isEnergized = true
            actions = limitCurrent() + [.power(.closeContactor(grant))]
        }
        guard readings.contactor == .closed else { return actions }
        return answerStart(actions + limitCurrent())
    }

    private mutating func answerStart(_ first: [Action]) -> [Action] {
        let response = ISO2.PowerDeliveryRes(responseCode: .ok, evseStatus: status(.ready))
        return answer(
            .powerDeliveryRes(response), then: .expectChargeLoop(isDC: offer.energy.isDC, hasLooped: false),
            first: first, last: [.note(.phase("charge loop"))])
    }

    private mutating func endPower() -> [Action] {
        notification = .none
        let off = cancel(.ongoing) + stopPower()
        guard readings.contactor != .open else { return off + answerStop() }
        state = .awaitPowerOff
        return off + cancel(.sequence) + [start(.contactor, after: timing.contactor)]
    }

    mutating func answerStop() -> [Action] {
        let response = ISO2.PowerDeliveryRes(responseCode: .ok, evseStatus: status(.notReady))
        return answer(
            .powerDeliveryRes(response), then: .expectStop(isDC: offer.energy.isDC), last: [.note(.phase("stop"))])
    }

    mutating func contactorTimedOut() -> [Action] {
        if case .awaitContactor = state, !readings.controlPilot.isReadyToCharge {
            return refuse(
                .powerDelivery, .failedPowerDeliveryNotApplied,
                "The pilot stayed in state \(readings.controlPilot.rawValue.uppercased()) after "
                    + "PowerDeliveryReq(Start); the car has to go to C or D [V2G2-847].")
        }
        guard state.awaiting == .powerDelivery else { return [] }
        return refuse(
            .powerDelivery, .failedContactorError,
            "The contactor did not follow within \(timing.contactor) [V2G2-847].", as: .equipmentFault)
    }

    /// New parameters and schedules; authorization holds. AC stays on meanwhile; DC goes to no current, and has its cable
    /// checked and pre-charged again.
    private mutating func renegotiate() -> [Action] {
        schedules = .none
        notification = .none
        var first = cancel(.ongoing)
        if offer.energy.isDC, isEnergized, let grant, let present = setPoint {
            setPoint = SetPoint(voltage: present.voltage, current: .zero)
            first.append(.power(.deliverDC(grant, present.voltage, .zero)))
        }
        isIsolationTestRunning = false
        let response = ISO2.PowerDeliveryRes(responseCode: .ok, evseStatus: status(.ready))
        return answer(
            .powerDeliveryRes(response), then: .expectParameters, first: first, last: [.note(.phase("parameters"))])
    }
}

// What the equipment and the operator say.
extension ISO2SECC {
    mutating func observed(_ new: EVSEReadings) -> [Action] {
        readings = new
        if let hazard { return stop(.equipmentFault, hazard) }
        switch state {
        case .awaitContactor: return closeContactor()
        case .awaitPowerOff:
            switch new.contactor {
            case .open: return answerStop()
            case .closed: return []
            case .welded:
                return refuse(
                    .powerDelivery, .failedContactorError, "The contactor is welded. Have it repaired.",
                    as: .equipmentFault)
            }
        case .awaitCableCheck: return continueCableCheck()
        case .awaitPilotRelease(let release):
            return new.controlPilot.isReadyToCharge ? [] : answer(release)
        case .expectChargeLoop, .expectReceipt:
            guard isEnergized, !new.controlPilot.isReadyToCharge else { return [] }
            return stopPower() + [.note(.warning("The car went to state B while charging: power is off."))]
        case .notBegun, .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectContract,
            .awaitProvisioning, .awaitContractVerdict, .expectSignedAuthorization, .expectExternalAuthorization,
            .expectParameters, .awaitSchedules, .expectCableCheck, .expectPreCharge, .expectPowerDelivery,
            .expectStop, .ended:
            guard isEnergized, !new.controlPilot.isReadyToCharge else { return [] }
            return stopPower() + [.note(.warning("The car left state C before charging: power is off."))]
        }
    }

    /// What must not be while the outlet has power.
    private var hazard: String? {
        guard isEnergized else { return nil }
        if let fault = readings.fault { return "The equipment reports a fault: \(fault.rawValue)." }
        if readings.residualCurrent { return "A residual current was detected." }
        switch readings.controlPilot {
        case .a, .e, .f: return "The pilot went to state \(readings.controlPilot.rawValue.uppercased()) under power."
        case .b, .c, .d: return nil
        }
    }

    mutating func asked(_ request: OperatorRequest) -> [Action] {
        let isCharging: Bool
        switch state {
        case .expectChargeLoop, .expectReceipt: isCharging = true
        case .expectStop, .awaitPilotRelease, .awaitPowerOff: return []  // the car is about to
        case .notBegun, .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectContract,
            .awaitProvisioning, .awaitContractVerdict, .expectSignedAuthorization, .expectExternalAuthorization,
            .expectParameters, .awaitSchedules, .expectCableCheck, .awaitCableCheck, .expectPreCharge,
            .expectPowerDelivery, .awaitContactor, .ended:
            isCharging = false
        }
        switch (request, isCharging) {
        case (.renegotiate, true):
            // A wish to stop stands above it.
            if notification == .none { notification = .reNegotiation }
            return []
        case (.renegotiate, false): return [.note(.warning("There is nothing to renegotiate while no power flows."))]
        case (.stop, true), (.pause, true):
            // The car decides whether it pauses; the station can only ask it to stop.
            notification = .stopCharging
            return startOnce(.ongoing, after: timing.notification)
        case (.stop, false), (.pause, false): return stop(.stopped, "The operator stopped the session.")
        }
    }
}
