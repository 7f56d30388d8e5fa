internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
internal import V2GPrimitives
internal import V2GSession

// What the car says of itself: limits, needs, set points.
extension ISO20EVCC {
    private typealias Number = ISO20.RationalNumber

    /// When a departure is not known, but the message wants one, in seconds.
    private static let openDeparture: UInt32 = 86_400

    private var wantedEnergy: WattHours {
        switch profile.energy {
        case .ac(let car): readings.energyRequest ?? car.energyRequest
        case .dc(let car): readings.energyRequest ?? car.energyRequest
        }
    }

    private var maximumEnergy: WattHours {
        switch profile.energy {
        case .ac: wantedEnergy
        case .dc(let car):
            max(wantedEnergy, car.batteryCapacity * (max(0, 100 - readings.stateOfCharge) / 100))
        }
    }

    // MARK: Charge parameters

    func chargeParameterRequest() -> ISO20Edition.Message? {
        switch profile.energy {
        case .ac(let car):
            .ac(
                .acChargeParameterDiscoveryReq(
                    .init(
                        header: header(),
                        acCPDReqEnergyTransferMode: services.selected.isBidirectional
                            ? .bptACCPDReqEnergyTransferMode(
                                .init(
                                    evMaximumChargePower: Number(car.maximumPower),
                                    evMinimumChargePower: Number(car.minimumPower),
                                    evMaximumDischargePower: Number(car.maximumPower),
                                    evMinimumDischargePower: .zero))
                            : .acCPDReqEnergyTransferMode(
                                .init(
                                    evMaximumChargePower: Number(car.maximumPower),
                                    evMinimumChargePower: Number(car.minimumPower))))))
        case .dc(let car):
            .dc(
                .dcChargeParameterDiscoveryReq(
                    .init(
                        header: header(),
                        dcCPDReqEnergyTransferMode: services.selected.isBidirectional
                            ? .bptDCCPDReqEnergyTransferMode(bidirectionalParameters(car))
                            : .dcCPDReqEnergyTransferMode(
                                .init(
                                    evMaximumChargePower: Number(car.maximumPower),
                                    evMinimumChargePower: Number(car.minimumPower),
                                    evMaximumChargeCurrent: Number(car.maximumCurrent),
                                    evMinimumChargeCurrent: Number(car.minimumCurrent),
                                    evMaximumVoltage: Number(car.maximumVoltage),
                                    evMinimumVoltage: Number(car.minimumVoltage),
                                    targetSOC: .init(percent: profile.targetStateOfCharge))))))
        }
    }

    private func bidirectionalParameters(_ car: DCVehicle) -> ISO20DC.BPTDCCPDReqEnergyTransferMode {
        .init(
            evMaximumChargePower: Number(car.maximumPower), evMinimumChargePower: Number(car.minimumPower),
            evMaximumChargeCurrent: Number(car.maximumCurrent), evMinimumChargeCurrent: Number(car.minimumCurrent),
            evMaximumVoltage: Number(car.maximumVoltage), evMinimumVoltage: Number(car.minimumVoltage),
            targetSOC: .init(percent: profile.targetStateOfCharge),
            evMaximumDischargePower: Number(car.maximumDischargePower), evMinimumDischargePower: .zero,
            evMaximumDischargeCurrent: Number(car.maximumDischargeCurrent), evMinimumDischargeCurrent: .zero)
    }

    // MARK: Schedules

    func scheduleRequest() -> ISO20Edition.Message? {
        let mode: ISO20Common.ScheduleExchangeReq.SEReqControlMode
        if services.isDynamic {
            let isBidirectional = services.selected.isBidirectional
            mode = .dynamicSEReqControlMode(
                .init(
                    departureTime: profile.departure ?? Self.openDeparture,
                    targetSOC: .init(percent: profile.targetStateOfCharge),
                    evTargetEnergyRequest: Number(wantedEnergy), evMaximumEnergyRequest: Number(maximumEnergy),
                    evMinimumEnergyRequest: .zero,
                    evMaximumV2XEnergyRequest: isBidirectional ? Number(maximumEnergy) : nil,
                    evMinimumV2XEnergyRequest: isBidirectional ? .zero : nil))
        } else {
            mode = .scheduledSEReqControlMode(
                .init(
                    departureTime: profile.departure, evTargetEnergyRequest: Number(wantedEnergy),
                    evMaximumEnergyRequest: Number(maximumEnergy), evMinimumEnergyRequest: .zero))
        }
        return .common(
            .scheduleExchangeReq(
                .init(
                    header: header(), maximumSupportingPoints: .init(clamping: ISO20ScheduleChoice.maximumEntries),
                    seReqControlMode: mode)))
    }

    // MARK: Pre-charge

    /// The battery's voltage, as measured or else as the profile knows it.
    var preChargeTarget: Volts {
        guard case .dc(let car) = profile.energy else { return .zero }
        return readings.voltage > .zero ? min(readings.voltage, car.maximumVoltage) : car.targetVoltage
    }

    func preChargeRequest(isLast: Bool) -> ISO20Edition.Message? {
        .dc(
            .dcPreChargeReq(
                .init(
                    header: header(), evProcessing: isLast ? .finished : .ongoing,
                    evPresentVoltage: Number(readings.voltage), evTargetVoltage: Number(preChargeTarget))))
    }

    // MARK: Power delivery

    func powerDeliveryRequest(_ delivery: Delivery) -> ISO20Edition.Message? {
        let progress: ISO20Common.ChargeProgress =
            switch delivery {
            case .start: .start
            case .stop: .stop
            case .renegotiate: .scheduleRenegotiation
            }
        let isStop = progress == .stop
        return .common(
            .powerDeliveryReq(
                .init(
                    header: header(), evProcessing: .finished, chargeProgress: progress,
                    evPowerProfile: isStop ? nil : powerProfile(),
                    bptChannelSelection: services.selected.isBidirectional && !isStop ? .charge : nil)))
    }

    private var maximumPower: Watts {
        switch profile.energy {
        case .ac(let car): car.maximumPower
        case .dc(let car): car.maximumPower
        }
    }

    private func powerProfile() -> ISO20Common.EVPowerProfile? {
        let entries: [ISO20Common.PowerScheduleEntry]
        let mode: ISO20Common.EVPowerProfile.EVPPTControlMode
        var anchor = UInt64(clamping: now.wall.seconds)
        if let choice = charging.schedule {
            entries = choice.profile(maximum: maximumPower)
            anchor = choice.schedule.timeAnchor
            mode = .scheduledEVPPTControlMode(
                .init(
                    selectedScheduleTupleID: choice.id,
                    powerToleranceAcceptance: choice.schedule.powerTolerance == nil ? nil : .powerToleranceConfirmed))
        } else {
            entries = [
                .init(duration: profile.departure ?? Self.openDeparture, power: Number(maximumPower))
            ]
            mode = .dynamicEVPPTControlMode(.init())
        }
        // There is at least one entry, and not more than the list holds.
        return (try? BoundedList<ISO20Common.PowerScheduleEntry, 1, 2048>(entries)).map {
            .init(timeAnchor: anchor, evPPTControlMode: mode, evPowerProfileEntries: .init(evPowerProfileEntry: $0))
        }
    }

    // MARK: The loop

    func chargeLoopRequest() -> ISO20Edition.Message? {
        let display = ISO20.DisplayParameters(
            presentSOC: .init(percent: readings.stateOfCharge), targetSOC: .init(percent: profile.targetStateOfCharge),
            chargingComplete: readings.isFull)
        // A contract customer's car keeps the meter in view.
        let wantsMeter = identification.selected == .plugAndCharge || isJoined
        switch profile.energy {
        case .ac(let car):
            return .ac(
                .acChargeLoopReq(
                    .init(
                        header: header(), displayParameters: display, meterInfoRequested: wantsMeter,
                        clReqControlMode: acControl(car))))
        case .dc(let car):
            return .dc(
                .dcChargeLoopReq(
                    .init(
                        header: header(), displayParameters: display, meterInfoRequested: wantsMeter,
                        evPresentVoltage: Number(readings.voltage), clReqControlMode: dcControl(car))))
        }
    }

    private func acControl(_ car: ACVehicle) -> ISO20AC.CLReqControlMode {
        let (maximum, minimum) = (Number(car.maximumPower), Number(car.minimumPower))
        let present = Number(readings.power)
        let (target, most) = (Number(wantedEnergy), Number(maximumEnergy))
        return switch (services.isDynamic, services.selected.isBidirectional) {
        case (false, false):
            .scheduledACCLReqControlMode(
                .init(evTargetEnergyRequest: target, evMaximumChargePower: maximum, evPresentActivePower: present))
        case (false, true):
            .bptScheduledACCLReqControlMode(
                .init(evTargetEnergyRequest: target, evMaximumChargePower: maximum, evPresentActivePower: present))
        case (true, false):
            .dynamicACCLReqControlMode(
                .init(
                    departureTime: profile.departure, evTargetEnergyRequest: target, evMaximumEnergyRequest: most,
                    evMinimumEnergyRequest: .zero, evMaximumChargePower: maximum, evMinimumChargePower: minimum,
                    evPresentActivePower: present, evPresentReactivePower: .zero))
        case (true, true):
            .bptDynamicACCLReqControlMode(
                .init(
                    departureTime: profile.departure, evTargetEnergyRequest: target, evMaximumEnergyRequest: most,
                    evMinimumEnergyRequest: .zero, evMaximumChargePower: maximum, evMinimumChargePower: minimum,
                    evPresentActivePower: present, evPresentReactivePower: .zero, evMaximumDischargePower: maximum,
                    evMinimumDischargePower: .zero))
        }
    }

    private func dcControl(_ car: DCVehicle) -> ISO20DC.CLReqControlMode {
        let (maximum, minimum) = (Number(car.maximumPower), Number(car.minimumPower))
        let current = Number(car.maximumCurrent)
        let (highest, lowest) = (Number(car.maximumVoltage), Number(car.minimumVoltage))
        let (target, most) = (Number(wantedEnergy), Number(maximumEnergy))
        return switch (services.isDynamic, services.selected.isBidirectional) {
        case (false, false):
            .scheduledDCCLReqControlMode(
                .init(
                    evTargetEnergyRequest: target, evTargetCurrent: Number(targetCurrent(car)),
                    evTargetVoltage: Number(car.targetVoltage), evMaximumChargePower: maximum,
                    evMaximumChargeCurrent: current, evMaximumVoltage: highest))
        case (false, true):
            .bptScheduledDCCLReqControlMode(
                .init(
                    evTargetEnergyRequest: target, evTargetCurrent: Number(targetCurrent(car)),
                    evTargetVoltage: Number(car.targetVoltage), evMaximumChargePower: maximum,
                    evMaximumChargeCurrent: current, evMaximumVoltage: highest))
        case (true, false):
            .dynamicDCCLReqControlMode(
                .init(
                    departureTime: profile.departure, evTargetEnergyRequest: target, evMaximumEnergyRequest: most,
                    evMinimumEnergyRequest: .zero, evMaximumChargePower: maximum, evMinimumChargePower: minimum,
                    evMaximumChargeCurrent: current, evMaximumVoltage: highest, evMinimumVoltage: lowest))
        case (true, true):
            .bptDynamicDCCLReqControlMode(
                .init(
                    departureTime: profile.departure, evTargetEnergyRequest: target, evMaximumEnergyRequest: most,
                    evMinimumEnergyRequest: .zero, evMaximumChargePower: maximum, evMinimumChargePower: minimum,
                    evMaximumChargeCurrent: current, evMaximumVoltage: highest, evMinimumVoltage: lowest,
                    evMaximumDischargePower: Number(car.maximumDischargePower), evMinimumDischargePower: .zero,
                    evMaximumDischargeCurrent: Number(car.maximumDischargeCurrent)))
        }
    }

    /// The set point: what the car wants, within what the station and the schedule allow.
    private func targetCurrent(_ car: DCVehicle) -> Amperes {
        var current = min(car.targetCurrent, car.maximumCurrent)
        var power = car.maximumPower
        if let limits = charging.limits {
            current = min(current, charging.currentLimit ?? limits.maximumCurrent)
            power = min(power, charging.powerLimit ?? limits.maximumPower)
        }
        if let schedule = charging.schedule { power = min(power, schedule.power(at: now.wall)) }
        let voltage = max(readings.voltage, car.targetVoltage)
        if voltage > .zero { current = min(current, Amperes(power.value / voltage.value)) }
        return max(.zero, current)
    }
}
