internal import V2GMessagesDIN
internal import V2GSession

// PowerDelivery, welding detection, and what equipment and operator say.
extension DINSECC {
    /// ReadyToChargeState starts and its absence stops: DIN has no renegotiation.
    mutating func deliverPower(_ request: DIN.PowerDeliveryReq) -> [Action] {
        guard request.readyToChargeState else { return endPower() }
        if case .expectCurrentDemand = state {
            return refuse(
                .powerDelivery, .failed,
                "PowerDeliveryReq with ReadyToChargeState came while charging. Stop the power first.")
        }
        return startPower(request)
    }

    private mutating func startPower(_ request: DIN.PowerDeliveryReq) -> [Action] {
        guard case .announced(let announced, _) = schedules, let first = announced.tuples.first else {
            return refuse(.powerDelivery, .failed, "There is no schedule to charge along.")
        }
        // Without a charging profile the first schedule holds.
        let chosen = request.chargingProfile?.saScheduleTupleID ?? first.saScheduleTupleID
        guard announced.schedule(chosen) != nil else {
            return refuse(
                .powerDelivery, .failedTariffSelectionInvalid, "SAScheduleTupleID \(chosen) was not offered.")
        }
        if let profile = request.chargingProfile, let fault = announced.fault(of: profile) {
            return refuse(.powerDelivery, .failedChargingProfileInvalid, fault)
        }
        if let fault = readings.fault {
            return refuse(
                .powerDelivery, .failedPowerDeliveryNotApplied, "The equipment reports a fault: \(fault.rawValue).",
                as: .equipmentFault)
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
        selectedTuple = chosen
        firstMeterReading = readings.meter?.energy
        return answer(
            .powerDeliveryRes(
                DIN.PowerDeliveryRes(responseCode: .ok, evseStatus: .dcEVSEStatus(status(.ready)))),
            then: .expectCurrentDemand(hasLooped: false), last: [.note(.phase("charge loop"))])
    }

    private mutating func endPower() -> [Action] {
        isAskedToStop = false
        let off = cancel(.ongoing) + stopPower()
        guard readings.contactor != .open else { return off + answerStop() }
        state = .awaitPowerOff
        return off + cancel(.sequence) + [start(.contactor, after: timing.contactor)]
    }

    mutating func answerStop() -> [Action] {
        answer(
            .powerDeliveryRes(
                DIN.PowerDeliveryRes(responseCode: .ok, evseStatus: .dcEVSEStatus(status(.notReady)))),
            then: .expectStop, last: [.note(.phase("stop"))])
    }

    /// DIN has no code for contactors.
    mutating func relaysTimedOut() -> [Action] {
        guard case .awaitPowerOff = state else { return [] }
        return refuse(
            .powerDelivery, .failed, "The output relays did not open within \(timing.contactor).", as: .equipmentFault)
    }

    mutating func detectWelding() -> [Action] {
        answer(
            .weldingDetectionRes(
                DIN.WeldingDetectionRes(
                    responseCode: .ok, dcEVSEStatus: status(.notReady),
                    evsePresentVoltage: DIN.PhysicalValue(readings.voltage))),
            then: .expectStop)
    }

    mutating func observed(_ new: EVSEReadings) -> [Action] {
        readings = new
        if let hazard { return stop(.equipmentFault, hazard) }
        switch state {
        case .awaitCableCheck: return continueCableCheck()
        case .awaitPowerOff:
            switch new.contactor {
            case .open: return answerStop()
            case .closed: return []
            case .welded:
                return refuse(
                    .powerDelivery, .failed, "The output relays are welded. Have them repaired.", as: .equipmentFault)
            }
        case .expectCurrentDemand:
            guard isEnergized, !new.controlPilot.isReadyToCharge else { return [] }
            return stopPower() + [.note(.warning("The car went to state B while charging: power is off."))]
        case .notBegun, .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectAuthentication,
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
        switch readings.controlPilot {
        case .a, .e, .f: return "The pilot went to state \(readings.controlPilot.rawValue.uppercased()) under power."
        case .b, .c, .d: return nil
        }
    }

    mutating func asked(_ request: OperatorRequest) -> [Action] {
        let isCharging: Bool
        switch state {
        case .expectCurrentDemand: isCharging = true
        case .expectStop, .awaitPowerOff: return []  // the car is about to
        case .notBegun, .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectAuthentication,
            .expectParameters, .awaitSchedules, .expectCableCheck, .awaitCableCheck, .expectPreCharge,
            .expectPowerDelivery, .ended:
            isCharging = false
        }
        switch (request, isCharging) {
        case (.renegotiate, _):
            return [.note(.warning("DIN SPEC 70121 has no renegotiation; the limits of the moment hold."))]
        case (.stop, true), (.pause, true):
            isAskedToStop = true
            return startOnce(.ongoing, after: timing.notification)
        case (.stop, false), (.pause, false): return stop(.stopped, "The operator stopped the session.")
        }
    }
}
