internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GSession

extension ISO20SECC {
    /// Keeps the newest report, turns the outlet off where it has to be, and answers who waits for the contactor.
    mutating func equipment(_ newest: EVSEReadings) -> [Action] {
        readings = newest
        var actions: [Action] = []
        if isolation == .testing {
            switch newest.isolation {
            case .valid, .warning:
                isolation = .passed
                actions.append(.cancelTimer(.ongoing))
            case .fault:
                isolation = .failed
                actions += [.cancelTimer(.ongoing), .power(.stop)]
            case .notTested, .testing: break
            }
        }
        if failure == nil, let problem = problem(in: newest) {
            failure = InternalFailure(code: .failed, reason: problem, outcome: .equipmentFault)
            isEnergized = false
            actions += [.power(.stop), .note(.warning("The outlet is off: \(problem)"))]
            if case .awaitContactor(let request) = state {
                return actions
                    + refuse(
                        .common(.powerDeliveryReq(request)), .failedPowerDeliveryNotApplied, problem,
                        outcome: .equipmentFault)
            }
            return actions
        }
        if isEnergized, newest.controlPilot == .b, offer.energy.isDC || loopCount > 0, !isRenegotiating {
            // The car is not ready any more: off now; PowerDelivery(Stop) is still welcome.
            isEnergized = false
            actions.append(.power(.stop))
        }
        return actions + contactorMoved()
    }

    /// Why no energy may flow; `nil` when it may.
    private func problem(in readings: EVSEReadings) -> String? {
        if let fault = readings.fault { return "the equipment reports \(fault.rawValue); see its log" }
        if readings.residualCurrent { return "a residual current was detected; have the installation checked" }
        guard grant != nil else { return nil }
        switch readings.controlPilot {
        case .a: return isEnergized ? "the plug was pulled while energy flowed" : nil
        case .e, .f: return "the control pilot is in state \(readings.controlPilot.rawValue)"
        case .b, .c, .d: return nil
        }
    }

    mutating func operatorRequest(_ request: OperatorRequest) -> [Action] {
        switch request {
        case .stop:
            if isInLoop {
                notification = .termination(since: now.uptime)
            } else if case .expectStop = state {
                return []
            } else if failure == nil {
                failure = InternalFailure(
                    code: .failed, reason: "the operator ended the session", outcome: .stopped)
            }
        case .pause:
            guard isInLoop, offer.supportsPause else {
                return [.note(.warning("A pause was asked for outside of the charge loop, and was not passed on."))]
            }
            if case .none = notification { notification = .pause(since: now.uptime) }
        case .renegotiate:
            guard isInLoop else {
                return [
                    .note(.warning("A renegotiation was asked for outside of the charge loop, and was not passed on."))
                ]
            }
            if case .none = notification { notification = .renegotiation(since: now.uptime) }
        }
        return []
    }

    private var isInLoop: Bool { isEnergized || isRenegotiating }
}

// Timers that run while someone is waited for.
extension ISO20SECC {
    /// The response is due: Ongoing where the edition has it.
    mutating func performanceExpired() -> [Action] {
        switch state {
        case .awaitInstallation: return installationOngoing()
        case .awaitAuthorization: return authorizationOngoing()
        case .awaitSchedules(let request): return schedulesOngoing(request)
        case .awaitContactor: return contactorExpired()
        case .expectSessionSetup, .expectAuthorizationSetup, .expectAuthorization, .expectInstallationRepeat,
            .expectAuthorizationRepeat, .expectServiceDiscovery, .expectServiceDetail, .expectServiceSelection,
            .expectChargeParameters, .expectScheduleExchange, .expectCableCheck, .expectPreCharge,
            .expectPowerDelivery, .expectChargeLoop, .expectStop, .ended:
            return []
        }
    }

    /// 55 s of Ongoing (180 s for a customer at the station) are over: whatever was asked is decided now.
    mutating func ongoingExpired() -> [Action] {
        if case .asked = provisioning { return installationOverdue() }
        if attempt != nil { return authorizationOverdue() }
        if case .asked = scheduleProgress { return schedulesOverdue() }
        if isolation == .testing { isolation = .failed }
        return []
    }

    private mutating func installationOverdue() -> [Action] {
        guard case .awaitInstallation = state else {
            provisioning = .overdue
            return []
        }
        return provisioned(.refused(.unavailable, "the backend did not answer within 55 s"))
    }
}
