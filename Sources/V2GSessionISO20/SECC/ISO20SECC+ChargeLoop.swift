internal import V2GMessagesISO20
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20DC
internal import V2GSession

/// What the station wants of the running session, since when.
enum StationWish: Sendable {
    case none
    case termination(since: Duration)
    case pause(since: Duration)
    case renegotiation(since: Duration)
}

extension ISO20SECC {
    mutating func chargeLoop(_ request: ISO20DC.DCChargeLoopReq) -> [Action] {
        let message = Message.dc(.dcChargeLoopReq(request))
        guard let grant, let limits, let selection else { return [] }
        let kind: (isDynamic: Bool, isBidirectional: Bool)
        var wanted: (voltage: Volts, current: Amperes)
        var carPower: Watts?
        switch request.clReqControlMode {
        case .scheduledDCCLReqControlMode(let car):
            kind = (false, false)
            wanted = (car.evTargetVoltage.volts, car.evTargetCurrent.amperes)
        case .bptScheduledDCCLReqControlMode(let car):
            kind = (false, true)
            wanted = (car.evTargetVoltage.volts, car.evTargetCurrent.amperes)
        case .dynamicDCCLReqControlMode(let car):
            kind = (true, false)
            wanted = (car.evMaximumVoltage.volts, car.evMaximumChargeCurrent.amperes)
            carPower = car.evMaximumChargePower.watts
        case .bptDynamicDCCLReqControlMode(let car):
            kind = (true, true)
            wanted = (car.evMaximumVoltage.volts, car.evMaximumChargeCurrent.amperes)
            carPower = car.evMaximumChargePower.watts
        }
        if let refusal = obstacle(message, kind, selection) { return refusal }
        let current = currentLimits(limits)
        var ceiling = current
        if let carPower { ceiling.maximumPower = min(current.maximumPower, max(.zero, carPower)) }
        // In the dynamic mode the station leads: it goes for the present voltage of the car where it knows it.
        let present = request.evPresentVoltage.volts
        let setPoint = ISO20SetPoint(
            voltage: wanted.voltage, current: wanted.current, powerVoltage: kind.isDynamic ? present : wanted.voltage,
            within: ceiling)
        var actions = notedPace() + command(.deliverDC(grant, setPoint.voltage, setPoint.current))
        let (meterInfo, meterNotes) = meterInfo(requested: request.meterInfoRequested)
        actions += meterNotes
        let response = ISO20DC.DCChargeLoopRes(
            header: header, responseCode: .ok, evseStatus: loopStatus(with: meterInfo), meterInfo: meterInfo,
            evsePresentCurrent: .init(readings.current), evsePresentVoltage: .init(readings.voltage),
            evsePowerLimitAchieved: setPoint.isPowerLimited, evseCurrentLimitAchieved: setPoint.isCurrentLimited,
            evseVoltageLimitAchieved: setPoint.isVoltageLimited,
            clResControlMode: current.loopDC(for: request.clReqControlMode))
        loopCount += 1
        return actions + answer(.dc(.dcChargeLoopRes(response)), next: .expectChargeLoop)
    }

    mutating func chargeLoop(_ request: ISO20AC.ACChargeLoopReq) -> [Action] {
        let message = Message.ac(.acChargeLoopReq(request))
        guard let limits, let selection else { return [] }
        let ceiling = currentLimits(limits)
        let isNarrowed = ceiling.maximumPower < limits.maximumPower
        let present = ISO20.RationalNumber(readings.power)
        let kind: (isDynamic: Bool, isBidirectional: Bool)
        var target = ceiling.maximumPower
        let mode: ISO20AC.CLResControlMode
        switch request.clReqControlMode {
        case .scheduledACCLReqControlMode:
            kind = (false, false)
            mode = .scheduledACCLResControlMode(
                .init(evseTargetActivePower: isNarrowed ? .init(target) : nil, evsePresentActivePower: present))
        case .bptScheduledACCLReqControlMode:
            kind = (false, true)
            mode = .bptScheduledACCLResControlMode(
                .init(evseTargetActivePower: isNarrowed ? .init(target) : nil, evsePresentActivePower: present))
        case .dynamicACCLReqControlMode(let car):
            kind = (true, false)
            target = Self.target(
                target, Self.sum(car.evMaximumChargePower, car.evMaximumChargePowerL2, car.evMaximumChargePowerL3),
                Self.sum(car.evMinimumChargePower, car.evMinimumChargePowerL2, car.evMinimumChargePowerL3))
            mode = .dynamicACCLResControlMode(
                .init(evseTargetActivePower: .init(target), evsePresentActivePower: present))
        case .bptDynamicACCLReqControlMode(let car):
            kind = (true, true)
            target = Self.target(
                target, Self.sum(car.evMaximumChargePower, car.evMaximumChargePowerL2, car.evMaximumChargePowerL3),
                Self.sum(car.evMinimumChargePower, car.evMinimumChargePowerL2, car.evMinimumChargePowerL3))
            mode = .bptDynamicACCLResControlMode(
                .init(evseTargetActivePower: .init(target), evsePresentActivePower: present))
        }
        if let refusal = obstacle(message, kind, selection) { return refusal }
        var actions = notedPace() + commandAC(target, ceiling, isBidirectional: kind.isBidirectional)
        let (meterInfo, meterNotes) = meterInfo(requested: request.meterInfoRequested)
        actions += meterNotes
        let response = ISO20AC.ACChargeLoopRes(
            header: header, responseCode: .ok, evseStatus: loopStatus(with: meterInfo), meterInfo: meterInfo,
            clResControlMode: mode)
        loopCount += 1
        return actions + answer(.ac(.acChargeLoopRes(response)), next: .expectChargeLoop)
    }

    /// Why the loop cannot go on; `nil` when it can.
    private mutating func obstacle(
        _ message: Message, _ kind: (isDynamic: Bool, isBidirectional: Bool), _ selection: ISO20Selection
    ) -> [Action]? {
        guard kind.isDynamic == selection.isDynamic, kind.isBidirectional == selection.isBidirectional else {
            return refuse(
                message, .failed,
                "the charge loop's control mode is not the one of the selected service (V2G20-1600)")
        }
        guard isEnergized else {
            return refuse(
                message, .failed, "the pilot left the state of charging, and the outlet is off",
                outcome: .equipmentFault)
        }
        if case .termination(let since) = notification, now.uptime - since > timing.terminationGrace {
            return refuse(
                message, .failed, "the station asked for an end \(timing.terminationGrace) ago, and the car went on",
                outcome: .stopped)
        }
        return nil
    }

    /// The quirk `slow-charge-loop` leaves a word when a car needs it.
    private mutating func notedPace() -> [Action] {
        defer { lastLoopAnswer = now.uptime }
        guard !hasNotedSlowLoop, offer.quirks.contains(.slowChargeLoop), let lastLoopAnswer,
            now.uptime - lastLoopAnswer > timing.chargeLoop.seccSequence
        else { return [] }
        hasNotedSlowLoop = true
        return [
            .note(.quirkUsed(.slowChargeLoop, detail: "the car took \(now.uptime - lastLoopAnswer) to the next loop"))
        ]
    }

    /// What the car may take, but nothing below what it can.
    private static func target(_ ceiling: Watts, _ maximum: Watts, _ minimum: Watts) -> Watts {
        let target = min(ceiling, max(.zero, maximum))
        return target < minimum ? .zero : target
    }

    private mutating func command(_ command: PowerCommand) -> [Action] {
        guard command != lastSetPoint else { return [] }
        lastSetPoint = command
        return [.power(command)]
    }

    private mutating func commandAC(_ power: Watts, _ limits: ISO20Limits, isBidirectional: Bool) -> [Action] {
        guard let grant, case .ac(let ac) = offer.energy else { return [] }
        if isBidirectional { return command(.deliverAC(grant, power)) }
        let volts = ac.nominalVoltage.value * Double(max(1, ac.phases))
        let current = volts > 0 ? Amperes(power.value / volts) : .zero
        return command(.limitAC(grant, min(current, limits.maximumCurrent)))
    }
}

// What the station has to say beside the answer.
extension ISO20SECC {
    /// Absent when there is nothing to say.
    var status: ISO20.EVSEStatus? {
        func delay(_ since: Duration) -> UInt16 {
            UInt16(clamping: max(0, (timing.pauseNotification - (now.uptime - since)).components.seconds))
        }
        switch notification {
        case .none: return nil
        case .termination: return .init(notificationMaxDelay: 0, evseNotification: .terminate)
        case .pause(let since): return .init(notificationMaxDelay: delay(since), evseNotification: .pause)
        case .renegotiation(let since):
            return .init(notificationMaxDelay: delay(since), evseNotification: .scheduleRenegotiation)
        }
    }

    /// In the charge loop: as above, or the demand of a metering confirmation, which needs MeterInfo beside it
    /// ([V2G20-1083]).
    mutating func loopStatus(with meterInfo: ISO20.MeterInfo?) -> ISO20.EVSEStatus? {
        if let status { return status }
        guard let meterInfo, contract != nil, let every = offer.receiptEvery, every > 0, loopCount > 0,
            loopCount % every == 0
        else { return nil }
        confirmation = PendingConfirmation(meterInfo: meterInfo)
        return .init(notificationMaxDelay: 0, evseNotification: .meteringConfirmation)
    }
}

/// A DC set point within limits, and which of them it met ([V2G20-2188]).
struct ISO20SetPoint: Sendable, Hashable {
    private(set) var voltage: Volts
    private(set) var current: Amperes
    private(set) var isVoltageLimited = false
    private(set) var isCurrentLimited = false
    private(set) var isPowerLimited = false

    /// - Parameter powerVoltage: What the power is reckoned with: the target, or the car's present voltage where the
    ///   target is only its maximum.
    init(voltage wanted: Volts, current wantedCurrent: Amperes, powerVoltage: Volts, within limits: ISO20Limits) {
        voltage = min(max(.zero, wanted), limits.maximumVoltage)
        isVoltageLimited = wanted > limits.maximumVoltage
        current = wantedCurrent
        if current > limits.maximumCurrent {
            current = limits.maximumCurrent
            isCurrentLimited = true
        }
        if current < -limits.maximumDischargeCurrent {
            current = -limits.maximumDischargeCurrent
            isCurrentLimited = true
        }
        let reckoned = min(powerVoltage > .zero ? powerVoltage : voltage, limits.maximumVoltage)
        guard reckoned > .zero else { return }
        if reckoned * current > limits.maximumPower {
            current = Amperes(limits.maximumPower.value / reckoned.value)
            isPowerLimited = true
        }
        if reckoned * current < -limits.maximumDischargePower {
            current = Amperes(-limits.maximumDischargePower.value / reckoned.value)
            isPowerLimited = true
        }
    }
}
