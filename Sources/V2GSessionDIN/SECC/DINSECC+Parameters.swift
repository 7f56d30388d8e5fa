internal import SchemaTypes
internal import V2GMessagesDIN
internal import V2GSession

// What car and station can do, and the schedules.
extension DINSECC {
    mutating func discoverParameters(_ request: DIN.ChargeParameterDiscoveryReq) -> [Action] {
        guard grant != nil else { return refuse(.chargeParameterDiscovery, .failed, "Charging was not granted.") }
        guard request.evRequestedEnergyTransferType == Self.takenTransfer else {
            return refuse(
                .chargeParameterDiscovery, .failedWrongEnergyTransferType,
                "\(request.evRequestedEnergyTransferType.schemaName) was not offered.")
        }
        if let fault = fault(of: request.evChargeParameter) {
            return refuse(.chargeParameterDiscovery, .failedWrongChargeParameter, fault)
        }
        switch schedules {
        case .made(let made): return announce(made)
        case .asked: return wait(.chargeParameterDiscovery, in: .awaitSchedules)
        case .none, .announced:
            schedules = .asked
            return wait(
                .chargeParameterDiscovery, in: .awaitSchedules,
                first: [.makeSchedules(DINEdition.ScheduleQuestion(maximumPower: dcLimits.power))])
        }
    }

    /// Why the car's limits do not go with the station, `nil` when they do.
    private func fault(of parameter: DIN.EVChargeParameter) -> String? {
        guard case .dcEVChargeParameter(let car) = parameter, case .dc(let station) = offer.energy else {
            return "The car's parameters are those of AC, although it asked for DC."
        }
        guard let current = car.evMaximumCurrentLimit.amperes, let voltage = car.evMaximumVoltageLimit.volts else {
            return "The car's limits are not in V and A."
        }
        if let power = car.evMaximumPowerLimit {
            guard let power = power.watts, power >= .zero else {
                return "The car's power limit is not in W, or negative."
            }
        }
        guard current > .zero, voltage > .zero else { return "The car's limits are zero or negative." }
        guard voltage >= station.minimumVoltage, current >= station.minimumCurrent else {
            return "The car takes \(voltage.value) V and \(current.value) A at most; the station gives "
                + "\(station.minimumVoltage.value) V and \(station.minimumCurrent.value) A at least."
        }
        return nil
    }

    mutating func schedulesMade(_ made: DINEdition.Schedules) -> [Action] {
        guard case .asked = schedules else { return [] }
        schedules = .made(made)
        guard case .awaitSchedules = state else { return [] }
        return announce(made)
    }

    private mutating func announce(_ made: DINEdition.Schedules) -> [Action] {
        let sendable = made.sendable
        guard !sendable.tuples.isEmpty else {
            return refuse(.chargeParameterDiscovery, .failed, "There is no schedule to offer to the car.")
        }
        schedules = .announced(sendable, at: now?.uptime ?? .zero)
        return answer(
            .chargeParameterDiscoveryRes(chargeParameterDiscoveryRes(.ok, .finished, sendable, .ready)),
            then: .expectCableCheck, first: cancel(.ongoing))
    }

    /// Nobody has made schedules in time: the car asks again.
    mutating func parametersOngoing() -> [Action] {
        answer(
            .chargeParameterDiscoveryRes(chargeParameterDiscoveryRes(.ok, .ongoing, nil, .ready)),
            then: .expectParameters, last: startOnce(.ongoing, after: timing.stationOngoing))
    }

    /// The schema asks for schedules in every response. Those of Ongoing and FAILED mean nothing.
    func chargeParameterDiscoveryRes(
        _ code: DIN.ResponseCode, _ processing: DIN.EVSEProcessing, _ schedules: DINEdition.Schedules?,
        _ readiness: Readiness
    ) -> DIN.ChargeParameterDiscoveryRes {
        let tuples = (schedules ?? .flat(dcLimits.power)).tuples
        return DIN.ChargeParameterDiscoveryRes(
            responseCode: code, evseProcessing: processing,
            saSchedules: .saScheduleList(DIN.SAScheduleList(saScheduleTuple: BoundedList(unchecked: tuples))),
            evseChargeParameter: chargeParameter(readiness))
    }

    /// The power that the schedule allows now, `nil` where it does not limit it.
    var scheduledPower: Watts? {
        guard case .announced(let announced, let start) = schedules, let now, let selectedTuple else { return nil }
        let elapsed = max(0, (now.uptime - start).components.seconds)
        return announced.schedule(selectedTuple)?.entry(atSecond: elapsed)?.limit
    }

    /// The station's limits of the moment.
    var dcLimits: (voltage: Volts, current: Amperes, power: Watts) {
        guard case .dc(let dc) = offer.energy else { return (.zero, .zero, .zero) }
        var power = dc.maximumPower
        if let narrowed = readings.powerLimit { power = min(power, narrowed) }
        if let scheduled = scheduledPower { power = min(power, scheduled) }
        let current = readings.currentLimit.map { min($0, dc.maximumCurrent) } ?? dc.maximumCurrent
        return (dc.maximumVoltage, max(.zero, current), max(.zero, power))
    }
}
