internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GMessagesXMLDSig
internal import V2GPrimitives
internal import V2GSession

// Sending, timers, events of the car, and the end.
extension ISO2EVCC {
    // MARK: Actions

    mutating func note(_ note: SessionNote) { actions.append(.note(note)) }
    mutating func command(_ command: VehicleCommand) { actions.append(.vehicle(command)) }

    mutating func startTimer(_ timer: SessionTimer, _ duration: Duration) {
        deadlines[timer] = moment.uptime + duration
        actions.append(.startTimer(timer, after: duration))
    }

    mutating func cancelTimer(_ timer: SessionTimer) {
        guard deadlines.removeValue(forKey: timer) != nil else { return }
        actions.append(.cancelTimer(timer))
    }

    /// Sends a request and waits for its answer, no longer than its message timer says [V2G2-440].
    mutating func send(_ body: ISO2.BodyElement, then next: State, signature: XMLDSig.Signature? = nil) {
        actions.append(.send(ISO2.V2GMessage(session, body, signature: signature)))
        startTimer(.message, timing[body.kind.pair].evccTimeout)
        state = next
    }

    /// Takes a step now, or after a pause: a station that is polled without one is kept busy for nothing.
    mutating func take(_ step: Step, after pace: Duration) {
        guard pace > .zero, wishes.stop == nil || step == .weldingDetection else { return take(step) }
        startTimer(.pace, pace)
        state = .pacing(step)
    }

    mutating func take(_ step: Step) {
        switch step {
        case .certificateInstallation, .certificateUpdate: requestContract()
        case .authorization: repeatAuthorization()
        case .chargeParameterDiscovery: requestChargeParameters()
        case .cableCheck: requestCableCheck()
        case .preCharge: requestPreCharge()
        case .chargeLoop, .meteringReceipt: continueLoop()
        case .weldingDetection: requestWeldingDetection()
        }
    }

    /// Notes the answer's code, and ends the session unless it is one that this answer may have.
    mutating func accepts(
        _ name: String, _ code: ISO2.ResponseCode, _ allowed: [ISO2.ResponseCode] = [.ok]
    ) -> Bool {
        note(.response(message: name, code: code.schemaName))
        if allowed.contains(code) { return true }
        if code.isFailure {
            let reason = "The station refused with \(code.schemaName) in \(name). \(code.remedy)"
            note(.refusal(message: name, code: code.schemaName, reason: reason))
            close(.refused, reason)
        } else {
            close(.protocolError, "\(name) has the code \(code.schemaName), which does not belong to it.")
        }
        return false
    }

    // MARK: Timers

    mutating func timerFired(_ timer: SessionTimer) {
        // One that was canceled or started anew while its report was on the way.
        guard let due = deadlines[timer], moment.uptime + .milliseconds(1) >= due else { return }
        deadlines[timer] = nil
        switch timer {
        case .message:
            if state.expectsResponse {
                close(.timedOut, "The station did not answer \(state.request) in time [V2G2-440].")
            } else {
                close(.timedOut, "The car did not finish \(state.request) before the station stops to wait.")
            }
        case .pace:
            guard case .pacing(let step) = state else { return }
            take(step)
        case .communicationSetup:
            close(
                .timedOut, "No session was established within the communication set-up time of the car [V2G2-458].")
        case .ongoing:
            close(.timedOut, "The station said Ongoing for \(charging.ongoingPhase) longer than the car waits.")
        case .cableCheck:
            close(.timedOut, "The cable check did not finish in time. Check the station's isolation monitoring.")
        case .preCharge:
            close(.timedOut, "Pre-charge did not reach the battery's voltage in time.")
        case .sequence, .performance, .contactor, .linger, .readyToCharge: break  // not timers of this core
        }
    }

    /// Ongoing has its own limit, from the first one of a phase to Finished [V2G2-444].
    mutating func startOngoing(_ phase: String) {
        guard deadlines[.ongoing] == nil else { return }
        charging.ongoingPhase = phase
        startTimer(.ongoing, timing.vehicleOngoing)
    }

    // MARK: The car and its driver

    mutating func observe(_ newest: VehicleReadings) {
        readings = newest
        if case .idle = state { return }
        switch newest.controlPilot {
        case .b, .c, .d: break
        case .a: return close(.equipmentFault, "The plug was pulled (pilot in state A).")
        case .e: return close(.equipmentFault, "The station's pilot is in state E: it has lost power or is shorted.")
        case .f: return close(.equipmentFault, "The station's pilot is in state F: it is not available.")
        }
        if charging.isEnergized, !newest.isPlugLocked {
            return close(.equipmentFault, "The plug is not locked while energy flows.")
        }
        if let fault = newest.fault {
            charging.hasVehicleFault = true
            wish(stop: .equipmentFault, "The car reports a fault: \(fault).")
        }
    }

    mutating func obey(_ request: UserRequest) {
        switch request {
        case .stop: wish(stop: .stopped, "The driver asked to stop.")
        case .pause:
            wish(stop: .paused, "The driver asked to pause.")
        case .renegotiate:
            wishes.isRenegotiation = true
            hurry()
        }
    }

    /// The first wish to stop counts, but a pause gives way to a real stop.
    mutating func wish(stop outcome: SessionEnd.Outcome, _ reason: String) {
        if wishes.stop == nil || wishes.stop?.outcome == .paused {
            wishes.stop = Wishes.Stop(outcome: outcome, reason: reason)
        }
        hurry()
    }

    /// A wish need not wait for the pace.
    private mutating func hurry() {
        guard case .pacing(let step) = state else { return }
        cancelTimer(.pace)
        take(step)
    }

    // MARK: The end

    /// Ends at once: contactors open, pilot in state B, connection closed.
    mutating func close(_ outcome: SessionEnd.Outcome, _ reason: String) {
        for timer in SessionTimer.allCases { cancelTimer(timer) }
        if case .ac = profile.energy, charging.isEnergized { command(.take(.zero)) }
        command(.openContactor)
        command(.pilotNotReady)
        if outcome != .paused {
            command(.unlockPlug)
            if let resume, hasJoined { actions.append(.forgetPaused(resume.id)) }
        }
        charging.isEnergized = false
        state = .ended
        actions.append(.end(SessionEnd(outcome, reason, linger: .zero)))
    }

    /// What the car itself is configured with does not fit into a message.
    mutating func closeForProfile(_ field: String, _ error: SchemaViolation) {
        close(.equipmentFault, "The car's \(field) does not fit its message: \(error.message). Correct the profile.")
    }
}

extension ISO2.ResponseCode {
    /// What to do about it, for people.
    var remedy: String {
        switch self {
        case .ok, .okNewSessionEstablished, .okOldSessionJoined, .okCertificateExpiresSoon: ""
        case .failed, .failedPowerDeliveryNotApplied, .failedContactorError:
            "The station's log says why."
        case .failedSequenceError, .failedUnknownSession: "Start a new session."
        case .failedServiceIDInvalid, .failedServiceSelectionInvalid, .failedPaymentSelectionInvalid,
            .failedNoChargeServiceSelected:
            "The station does not offer what was chosen."
        case .failedCertificateExpired, .failedCertificateRevoked, .failedContractCanceled:
            "Renew the contract with the mobility operator."
        case .failedSignatureError, .failedChallengeInvalid, .failedMeteringSignatureNotValid:
            "Check that the car's key belongs to its certificate."
        case .failedNoCertificateAvailable:
            "No contract is available for this car; ask the mobility operator."
        case .failedCertChainError, .failedCertificateNotAllowedAtThisEVSE:
            "The station does not trust the contract's root; choose another contract or pay by other means."
        case .failedWrongChargeParameter, .failedWrongEnergyTransferMode: "Car and station do not fit."
        case .failedTariffSelectionInvalid, .failedChargingProfileInvalid: "The schedule chosen was not accepted."
        }
    }
}
