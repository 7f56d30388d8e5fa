internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
internal import V2GSession
internal import V2GSignatures

// Cable check, pre-charge, power delivery, the charge loop and its meter.
extension ISO20EVCC {
    /// Output and battery may differ by so much when the contactor closes (IEC 61851-23).
    static let preChargeTolerance = Volts(20)
    /// [V2G20] EVCC_Sequence_Performance_Time of the charge loop: the next request leaves within it.
    static let chargeLoopPerformance = Duration.milliseconds(250)

    mutating func cableCheck(_ response: ISO20DC.DCCableCheckRes) {
        guard response.evseProcessing == .finished else {
            // V2G_EVCC_CableCheck_Timeout bounds these repeats.
            return wait(profile.ongoingPace, before: .cableCheck)
        }
        cancelTimer(.cableCheck)
        proceed(to: .preCharge(isLast: false))
    }

    mutating func preCharge(_ response: ISO20DC.DCPreChargeRes, wasLast: Bool) {
        let voltage = response.evsePresentVoltage.volts
        if let objection = objection(toVoltage: voltage) { return finish(.protocolError, objection) }
        charging.hasTriedPreCharge = true
        if wasLast {
            cancelTimer(.preCharge)
            charging.isPreCharged = true
            let next = diverted(.powerDelivery(.start))
            if next == .powerDelivery(.start) { closeContactor() }
            return send(next)
        }
        let isReached = (voltage - preChargeTarget).magnitude < Self.preChargeTolerance
        guard isReached || tolerates("pre-charge at \(voltage.value) V") else {
            return wait(profile.ongoingPace, before: .preCharge(isLast: false))
        }
        proceed(to: .preCharge(isLast: true))
    }

    /// A simulated output is let pass, and each time it is told.
    private mutating func tolerates(_ detail: String) -> Bool {
        guard profile.quirks.contains(.simulatedOutput) else { return false }
        note(.quirkUsed(.simulatedOutput, detail: detail))
        note(.securityEvent("A simulated output was accepted: \(detail)."))
        return true
    }

    // MARK: Power delivery

    mutating func powerDelivery(_ response: ISO20Common.PowerDeliveryRes, _ delivery: Delivery) {
        switch delivery {
        case .start:
            charging.isDelivering = true
            charging.loopsSinceStart = 0
            if !profile.energy.isDC { closeContactor() }
            note(.phase("charge loop"))
            if let status = response.evseStatus { heed(status) }
            proceed(to: .chargeLoop)
        case .renegotiate:
            intent = nil
            if response.responseCode == .warningScheduleRenegotiationFailed {
                note(.warning("The station does not renegotiate; the old schedule stays."))
                return proceed(to: .chargeLoop)
            }
            note(.phase("renegotiation"))
            proceed(to: .scheduleExchange)
        case .stop(let kind):
            powerStopped(before: kind)
        }
    }

    // MARK: The loop

    mutating func chargeLoop(_ response: ISO20AC.ACChargeLoopRes) {
        let target: Watts?
        let present: Watts
        switch (response.clResControlMode, services.isDynamic, services.selected.isBidirectional) {
        case (.scheduledACCLResControlMode(let mode), false, false):
            target = mode.evseTargetActivePower.map {
                .sum($0, mode.evseTargetActivePowerL2, mode.evseTargetActivePowerL3)
            }
            present =
                mode.evsePresentActivePower.map {
                    .sum($0, mode.evsePresentActivePowerL2, mode.evsePresentActivePowerL3)
                } ?? .zero
        case (.bptScheduledACCLResControlMode(let mode), false, true):
            target = mode.evseTargetActivePower.map {
                .sum($0, mode.evseTargetActivePowerL2, mode.evseTargetActivePowerL3)
            }
            present =
                mode.evsePresentActivePower.map {
                    .sum($0, mode.evsePresentActivePowerL2, mode.evsePresentActivePowerL3)
                } ?? .zero
        case (.dynamicACCLResControlMode(let mode), true, false):
            target = .sum(mode.evseTargetActivePower, mode.evseTargetActivePowerL2, mode.evseTargetActivePowerL3)
            present = mode.evsePresentActivePower?.watts ?? .zero
        case (.bptDynamicACCLResControlMode(let mode), true, true):
            target = .sum(mode.evseTargetActivePower, mode.evseTargetActivePowerL2, mode.evseTargetActivePowerL3)
            present = mode.evsePresentActivePower?.watts ?? .zero
        case (.scheduledACCLResControlMode, _, _), (.bptScheduledACCLResControlMode, _, _),
            (.dynamicACCLResControlMode, _, _), (.bptDynamicACCLResControlMode, _, _):
            return breachOfVariant(.acChargeLoop)
        }
        if let limits = charging.limits, present > limits.maximumPower * 1.1 + Watts(500) {
            want(
                .terminate(
                    .protocolError,
                    "The station reports \(present.value) W, far above its own limit of "
                        + "\(limits.maximumPower.value) W."))
        }
        take(target)
        looped(response.evseStatus, response.meterInfo, response.receipt)
    }

    /// Tells the on-board charger its limit where that changed. Below zero it feeds back, in bidirectional services.
    private mutating func take(_ target: Watts?) {
        guard case .ac(let car) = profile.energy, let limits = charging.limits else { return }
        let isBidirectional = services.selected.isBidirectional
        var upper = min(car.maximumPower, limits.maximumPower)
        if let schedule = charging.schedule { upper = min(upper, schedule.power(at: now.wall)) }
        let lower = isBidirectional ? -min(car.maximumPower, limits.maximumDischargePower) : .zero
        let power = max(lower, min(upper, target ?? upper))
        guard power != charging.power else { return }
        charging.power = power
        actions.append(.vehicle(.takePower(power)))
    }

    mutating func chargeLoop(_ response: ISO20DC.DCChargeLoopRes) {
        switch (response.clResControlMode, services.isDynamic, services.selected.isBidirectional) {
        case (.scheduledDCCLResControlMode(let mode), false, false):
            narrow(mode.evseMaximumChargePower, mode.evseMaximumChargeCurrent)
        case (.bptScheduledDCCLResControlMode(let mode), false, true):
            narrow(mode.evseMaximumChargePower, mode.evseMaximumChargeCurrent)
        case (.dynamicDCCLResControlMode(let mode), true, false):
            narrow(mode.evseMaximumChargePower, mode.evseMaximumChargeCurrent)
        case (.bptDynamicDCCLResControlMode(let mode), true, true):
            narrow(mode.evseMaximumChargePower, mode.evseMaximumChargeCurrent)
        case (.scheduledDCCLResControlMode, _, _), (.bptScheduledDCCLResControlMode, _, _),
            (.dynamicDCCLResControlMode, _, _), (.bptDynamicDCCLResControlMode, _, _):
            return breachOfVariant(.dcChargeLoop)
        }
        if let objection = objection(toVoltage: response.evsePresentVoltage.volts)
            ?? objection(toCurrent: response.evsePresentCurrent.amperes)
        {
            want(.terminate(.protocolError, objection))
        }
        looped(response.evseStatus, response.meterInfo, response.receipt)
    }

    /// [V2G20-2654], [V2G20-2655] Limits of the loop may fall below those that were announced, and never rise above.
    private mutating func narrow(_ power: ISO20.RationalNumber?, _ current: ISO20.RationalNumber?) {
        guard let limits = charging.limits else { return }
        let (power, current) = (power?.watts ?? limits.maximumPower, current?.amperes ?? limits.maximumCurrent)
        if power > limits.maximumPower || current > limits.maximumCurrent, !charging.hasWarnedOfLimits {
            charging.hasWarnedOfLimits = true
            note(.warning("The station's limits rose above those that it announced; the announced ones hold."))
        }
        charging.powerLimit = max(.zero, min(power, limits.maximumPower))
        charging.currentLimit = max(.zero, min(current, limits.maximumCurrent))
    }

    private func objection(toVoltage voltage: Volts) -> String? {
        guard case .dc(let car) = profile.energy, voltage > car.maximumVoltage * 1.1 else { return nil }
        return "The station reports \(voltage.value) V; the car takes \(car.maximumVoltage.value) V at most."
    }

    private func objection(toCurrent current: Amperes) -> String? {
        guard case .dc(let car) = profile.energy, let limits = charging.limits else { return nil }
        let limit =
            current < .zero
            ? min(car.maximumDischargeCurrent, limits.maximumDischargeCurrent)
            : min(car.maximumCurrent, limits.maximumCurrent)
        guard current.magnitude > limit * 1.1 + Amperes(5) else { return nil }
        return "The station reports \(current.value) A; \(limit.value) A were agreed on. Its values may have a wrong "
            + "exponent."
    }

    /// What both kinds of the loop have in common.
    private mutating func looped(
        _ status: ISO20.EVSEStatus?, _ meter: ISO20.MeterInfo?, _ receipt: ISO20.Receipt?
    ) {
        charging.loops += 1
        charging.loopsSinceStart += 1
        if let meter { keep(meter) }
        if let reason = reasonToStop() { want(.terminate(.completed, reason)) }
        if let loops = profile.pausesAfterLoops, charging.loops >= loops { want(.pause("The car pauses.")) }
        if let status {
            heed(status)
            if status.evseNotification == .meteringConfirmation, let meter { return confirm(meter, receipt) }
        }
        let pace = min(profile.chargeLoopPace, Self.chargeLoopPerformance)
        wait(intent == nil ? pace : .zero, before: .chargeLoop)
    }

    private func reasonToStop() -> String? {
        if let loops = profile.stopsAfterLoops, charging.loops >= loops { return "Charged for \(loops) messages." }
        if readings.isFull { return "The battery is full." }
        if readings.stateOfCharge >= profile.targetStateOfCharge {
            return "The battery has reached \(profile.targetStateOfCharge) percent."
        }
        return nil
    }

    /// What the station asks for beside its response.
    private mutating func heed(_ status: ISO20.EVSEStatus) {
        switch status.evseNotification {
        case .pause: want(.pause("The station asked for a pause."))
        case .terminate: want(.terminate(.stopped, "The station asked to stop."))
        case .scheduleRenegotiation:
            guard profile.supportsRenegotiation else {
                return note(.warning("The station asked for another schedule, which this car does not negotiate."))
            }
            want(.renegotiateSchedule)
        case .serviceRenegotiation:
            guard services.supportsRenegotiation else {
                return note(.warning("The station asked for other services, though it said that it does not do so."))
            }
            want(.renegotiateServices)
        case .meteringConfirmation:
            if identification.selected != .plugAndCharge, !isJoined {
                note(.warning("The station asked for a signed meter reading, which needs a contract."))
            }
        case .exitStandby: note(.warning("The station asked to leave standby; the car is not in it."))
        }
    }

    // MARK: Metering

    private mutating func keep(_ meter: ISO20.MeterInfo) {
        if let last = charging.lastMeter, last.meterID == meter.meterID,
            meter.chargedEnergyReadingWh < last.chargedEnergyReadingWh
        {
            note(.securityEvent("the station's meter went back"))
            want(.terminate(.protocolError, "The station's meter went back. Its readings are not to be trusted."))
        }
        charging.lastMeter = meter
        if charging.firstMeter == nil { charging.firstMeter = meter }
    }

    /// Signs a reading as it came ([V2G20-1083]: it came with the notification).
    private mutating func confirm(_ meter: ISO20.MeterInfo, _ receipt: ISO20.Receipt?) {
        guard intent == nil, let key = identification.key, identification.selected == .plugAndCharge || isJoined,
            // A constant that is an identifier.
            let id = try? XMLID("id1")
        else { return wait(intent == nil ? profile.chargeLoopPace : .zero, before: .chargeLoop) }
        let data = ISO20Common.SignedMeteringData(
            id: id, sessionID: .init(session), meterInfo: meter, receipt: receipt,
            smdtControlMode: charging.schedule.map {
                .scheduledSMDTControlMode(.init(selectedScheduleTupleID: $0.id))
            } ?? .dynamicSMDTControlMode(.init()))
        charging.metering = data
        sign(.meteringConfirmation, with: .contract, key: key) { () throws(SignatureRefusal) in
            try .signedMeteringData(data)
        }
    }

    func meteringRequest() -> ISO20Edition.Message? {
        guard let data = charging.metering, let signature = charging.meteringSignature else { return nil }
        return .common(.meteringConfirmationReq(.init(header: header(signature), signedMeteringData: data)))
    }

    mutating func meteringConfirmed() {
        charging.metering = nil
        charging.meteringSignature = nil
        proceed(to: .chargeLoop)
    }
}
