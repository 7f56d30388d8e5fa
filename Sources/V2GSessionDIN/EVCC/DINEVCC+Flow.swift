internal import SchemaTypes
internal import V2GMessagesDIN
internal import V2GSession

// Sending, timers, events of the car, and the end.
extension DINEVCC {
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

    /// Sends a request and waits for its answer, no longer than V2G_EVCC_Msg_Timeout says.
    mutating func send(_ body: DIN.BodyElement, then next: State) {
        actions.append(.send(DIN.V2GMessage(session, body)))
        startTimer(.message, timing[body.kind.pair].evccTimeout)
        state = next
    }

    /// Takes a step now, or after a pause: a station that is polled without one is kept busy for nothing.
    mutating func take(_ step: Step, after pace: Duration) {
        guard pace > .zero, stopWish == nil || step == .weldingDetection else { return take(step) }
        startTimer(.pace, pace)
        state = .pacing(step)
    }

    mutating func take(_ step: Step) {
        switch step {
        case .contractAuthentication: requestContractAuthentication()
        case .chargeParameterDiscovery: requestChargeParameters()
        case .cableCheck: requestCableCheck()
        case .preCharge: requestPreCharge()
        case .chargeLoop: continueLoop()
        case .weldingDetection: requestWeldingDetection()
        }
    }

    /// Notes the answer's code, and ends the session unless it is one that this answer may have.
    mutating func accepts(
        _ name: String, _ code: DIN.ResponseCode, _ allowed: [DIN.ResponseCode] = [.ok]
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
            close(.timedOut, "The station did not answer \(state.request) in time (V2G_EVCC_Msg_Timeout).")
        case .pace:
            guard case .pacing(let step) = state else { return }
            take(step)
        case .communicationSetup:
            close(.timedOut, "No session was established within the communication set-up time of the car.")
        case .ongoing:
            close(.timedOut, "The station said Ongoing for \(charging.ongoingPhase) longer than the car waits.")
        case .cableCheck:
            close(.timedOut, "The cable check did not finish in time. Check the station's isolation monitoring.")
        case .preCharge: close(.timedOut, "Pre-charge did not reach the battery's voltage in time.")
        case .readyToCharge:
            close(
                .timedOut,
                "Car and station were not ready to charge within \(timing.readyToCharge) "
                    + "(V2G_EVCC_ReadyToCharge_Timeout). Identify the customer sooner, and check cable and station.")
        case .sequence, .performance, .contactor, .linger: break  // the station's
        }
    }

    /// Ongoing has its own limit, from the first one of a phase to Finished.
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
            wish(.equipmentFault, "The car reports a fault: \(fault).")
        }
    }

    mutating func obey(_ request: UserRequest) {
        switch request {
        case .stop: wish(.stopped, "The driver asked to stop.")
        case .pause:
            note(.warning("DIN SPEC 70121 has no pause; the session is ended."))
            wish(.stopped, "The driver asked to pause.")
        case .renegotiate: note(.warning("DIN SPEC 70121 has no renegotiation."))
        }
    }

    /// The first wish to stop counts. It need not wait for the pace.
    mutating func wish(_ outcome: SessionEnd.Outcome, _ reason: String) {
        if stopWish == nil { stopWish = StopWish(outcome: outcome, reason: reason) }
        guard case .pacing(let step) = state else { return }
        cancelTimer(.pace)
        take(step)
    }

    // MARK: The end

    /// Ends at once: contactors open, pilot in state B, connection closed.
    mutating func close(_ outcome: SessionEnd.Outcome, _ reason: String) {
        for timer in SessionTimer.allCases { cancelTimer(timer) }
        openContactor()
        command(.pilotNotReady)
        command(.unlockPlug)
        state = .ended
        actions.append(.end(SessionEnd(outcome, reason, linger: .zero)))
    }

    mutating func openContactor() {
        command(.openContactor)
        charging.isEnergized = false
    }
}

extension DIN.ResponseCode {
    /// What to do about it, for people.
    var remedy: String {
        switch self {
        case .ok, .okNewSessionEstablished, .okOldSessionJoined, .okCertificateExpiresSoon: ""
        case .failed, .failedPowerDeliveryNotApplied, .failedEVSEPresentVoltageToLow: "The station's log says why."
        case .failedSequenceError, .failedUnknownSession: "Start a new session."
        case .failedServiceIDInvalid, .failedServiceSelectionInvalid, .failedPaymentSelectionInvalid:
            "The station does not offer what was chosen."
        case .failedCertificateExpired, .failedSignatureError, .failedNoCertificateAvailable, .failedCertChainError,
            .failedChallengeInvalid, .failedContractCanceled, .failedMeteringSignatureNotValid:
            "The code is about contracts, which the car did not show; have the station checked."
        case .failedWrongChargeParameter, .failedWrongEnergyTransferType: "Car and station do not fit."
        case .failedTariffSelectionInvalid, .failedChargingProfileInvalid: "The schedule chosen was not accepted."
        }
    }
}
