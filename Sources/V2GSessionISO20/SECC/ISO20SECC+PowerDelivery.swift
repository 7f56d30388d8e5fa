internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GPrimitives
internal import V2GSession

extension ISO20SECC {
    mutating func powerDelivery(_ request: ISO20Common.PowerDeliveryReq) -> [Action] {
        switch request.chargeProgress {
        case .start: return start(request)
        case .stop: return stop(request)
        case .standby: return standby(request)
        case .scheduleRenegotiation: return renegotiateSchedule(request)
        }
    }

    private func message(_ request: ISO20Common.PowerDeliveryReq) -> Message { .common(.powerDeliveryReq(request)) }

    private func response(_ code: ISO20.ResponseCode) -> Message {
        .common(.powerDeliveryRes(.init(header: header, responseCode: code, evseStatus: status)))
    }

    private mutating func start(_ request: ISO20Common.PowerDeliveryReq) -> [Action] {
        guard let grant, let selection else { return [] }
        // The car still computes its profile: it asks again.
        if request.evProcessing == .ongoing { return answer(response(.ok), next: state) }
        guard !isEnergized || isRenegotiating else {
            return refuse(message(request), .failedSequenceError, "power is delivered already", outcome: .protocolError)
        }
        if request.bptChannelSelection != nil, !selection.isBidirectional {
            return refuse(message(request), .failed, "a channel is selected in a service that only charges")
        }
        let code: ISO20.ResponseCode
        switch judgeProfile(request, selection) {
        case .accepted(let accepted): code = accepted
        case .refused(let code, let reason): return refuse(message(request), code, reason)
        }
        if offer.energy.isDC, !isEnergized {
            guard isolation == .passed, isPreCharged else {
                return refuse(
                    message(request), .failedPowerDeliveryNotApplied,
                    "DC power starts after a passed cable check and pre-charge")
            }
        }
        if isRenegotiating || offer.energy.isDC || readings.contactor == .closed {
            var actions: [Action] = []
            if !isEnergized, !offer.energy.isDC { actions.append(.power(.closeContactor(grant))) }
            return actions + started(code)
        }
        state = .awaitContactor(request)
        return [
            .cancelTimer(.sequence), .startTimer(.contactor, after: timing.contactor), .power(.closeContactor(grant)),
        ]
    }

    private mutating func started(_ code: ISO20.ResponseCode) -> [Action] {
        isEnergized = true
        isRenegotiating = false
        loopCount = 0
        lastLoopAnswer = nil
        lastSetPoint = nil
        let reason = code == .ok ? nil : "the car does not confirm the power tolerance of the schedule"
        return [.note(.phase("charge loop"))] + answer(response(code), next: .expectChargeLoop, because: reason)
    }

    /// A contactor that reports its new position while PowerDelivery waits for it.
    mutating func contactorMoved() -> [Action] {
        guard case .awaitContactor(let request) = state else { return [] }
        switch (request.chargeProgress, readings.contactor) {
        case (.start, .closed):
            guard let selection, case .accepted(let code) = judgeProfile(request, selection) else { return [] }
            return [.cancelTimer(.contactor)] + started(code)
        case (.stop, .open): return [.cancelTimer(.contactor)] + stopped()
        case (.start, _), (.stop, _), (.standby, _), (.scheduleRenegotiation, _): return []
        }
    }

    mutating func contactorExpired() -> [Action] {
        guard case .awaitContactor(let request) = state else { return [] }
        let verb = request.chargeProgress == .start ? "close" : "open"
        return refuse(
            message(request), .failedContactorError,
            "the contactor did not \(verb) within 1.4 s; the pilot is in state \(readings.controlPilot.rawValue)",
            outcome: .equipmentFault)
    }

    private mutating func stop(_ request: ISO20Common.PowerDeliveryReq) -> [Action] {
        let wasClosed = isEnergized && readings.contactor != .open
        isEnergized = false
        isRenegotiating = false
        confirmation = nil
        // DC outputs are proven open by the welding detection; an AC contactor says so itself.
        if !offer.energy.isDC, wasClosed {
            state = .awaitContactor(request)
            return [
                .cancelTimer(.sequence), .startTimer(.contactor, after: timing.contactor), .power(.stop),
            ]
        }
        return [.power(.stop)] + stopped()
    }

    private mutating func stopped() -> [Action] {
        lastSetPoint = nil
        isolation = .idle
        isPreCharged = false
        return [.note(.phase("stop"))] + answer(response(.ok), next: .expectStop)
    }

    private mutating func standby(_ request: ISO20Common.PowerDeliveryReq) -> [Action] {
        guard offer.supportsStandby else {
            return answer(
                response(.warningStandbyNotAllowed), next: state,
                because: "this station has no standby; go on, stop, or pause")
        }
        isEnergized = false
        isRenegotiating = false
        confirmation = nil
        lastSetPoint = nil
        isolation = .idle
        isPreCharged = false
        // DC comes back through cable check and pre-charge, AC through PowerDelivery(Start).
        return [.power(.stop)]
            + answer(response(.ok), next: offer.energy.isDC ? .expectCableCheck : .expectPowerDelivery)
    }

    private mutating func renegotiateSchedule(_ request: ISO20Common.PowerDeliveryReq) -> [Action] {
        guard isEnergized, case .expectChargeLoop = state else {
            return refuse(
                message(request), .failedScheduleRenegotiation,
                "schedules are renegotiated out of the charge loop, and power does not flow")
        }
        isRenegotiating = true
        confirmation = nil
        if case .renegotiation = notification { notification = .none }
        return answer(response(.ok), next: .expectScheduleExchange)
    }
}

// The profile that the car intends to follow.
extension ISO20SECC {
    enum ProfileVerdict {
        case accepted(ISO20.ResponseCode)
        case refused(ISO20.ResponseCode, String)
    }

    mutating func judgeProfile(
        _ request: ISO20Common.PowerDeliveryReq, _ selection: ISO20Selection
    ) -> ProfileVerdict {
        guard let profile = request.evPowerProfile else {
            guard selection.isDynamic else {
                return .refused(
                    .failedScheduleSelectionInvalid, "EVPowerProfile with the selected schedule tuple is missing")
            }
            return .accepted(.ok)
        }
        switch (profile.evPPTControlMode, selection.isDynamic) {
        case (.dynamicEVPPTControlMode, true): return .accepted(.ok)
        case (.dynamicEVPPTControlMode, false), (.scheduledEVPPTControlMode, true):
            return .refused(.failedEVPowerProfileInvalid, "EVPowerProfile is of the other control mode")
        case (.scheduledEVPPTControlMode(let chosen), false): return judge(profile, chosen)
        }
    }

    private mutating func judge(
        _ profile: ISO20Common.EVPowerProfile, _ chosen: ISO20Common.ScheduledEVPPTControlMode
    ) -> ProfileVerdict {
        guard let schedules, case .scheduled(let tuples) = schedules.offer,
            let tuple = tuples.first(where: { $0.scheduleTupleID == chosen.selectedScheduleTupleID })
        else {
            return .refused(
                .failedScheduleSelectionInvalid,
                "schedule tuple \(chosen.selectedScheduleTupleID) is none of those of ScheduleExchangeRes")
        }
        let plan = ISO20PowerPlan(profile.timeAnchor, Array(profile.evPowerProfileEntries.evPowerProfileEntry))
        let allowed = ISO20PowerPlan(tuple.chargingSchedule.powerSchedule)
        let discharge = tuple.dischargingSchedule.map { ISO20PowerPlan($0.powerSchedule).magnitude }
        // Negative steps give power back, as far as the discharging schedule goes where there is one.
        let given = plan.discharging
        if let time = plan.firstExcess(over: allowed) ?? discharge.flatMap({ given.firstExcess(over: $0) }) {
            return .refused(
                .failedEVPowerProfileViolation,
                "from \(Timestamp(seconds: Int64(clamping: time))) on, the profile is above schedule tuple "
                    + "\(chosen.selectedScheduleTupleID)")
        }
        selectedTuple = chosen.selectedScheduleTupleID.value
        scheduledPlan = allowed
        dischargingPlan = discharge
        guard tuple.chargingSchedule.powerSchedule.powerTolerance != nil else { return .accepted(.ok) }
        switch chosen.powerToleranceAcceptance {
        case .powerToleranceConfirmed?: return .accepted(.okPowerToleranceConfirmed)
        case .powerToleranceNotConfirmed?: return .accepted(.warningPowerToleranceNotConfirmed)
        case nil: return .accepted(.ok)
        }
    }

    /// The limits that hold now: narrowed by load management, and by the chosen schedule while it lasts.
    func currentLimits(_ announced: ISO20Limits) -> ISO20Limits {
        var limits = announced.narrowed(by: readings)
        let time = UInt64(clamping: now.wall.seconds)
        if let power = scheduledPlan?.power(at: time) {
            limits.maximumPower = min(limits.maximumPower, max(.zero, power))
            limits.minimumPower = min(limits.minimumPower, limits.maximumPower)
        }
        if let power = dischargingPlan?.power(at: time) {
            limits.maximumDischargePower = min(limits.maximumDischargePower, power)
        }
        return limits
    }
}
