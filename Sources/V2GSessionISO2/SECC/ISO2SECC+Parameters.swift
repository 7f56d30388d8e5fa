internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GSession

/// What the car said in ChargeParameterDiscoveryReq, in quantities.
struct VehicleParameters: Sendable, Hashable {
    let mode: ISO2.EnergyTransferMode
    let departure: UInt32?
    let energy: WattHours?
    let maximumCurrent: Amperes
    let maximumVoltage: Volts

    /// `nil` when the parameters are of the other kind, have other units or leave nothing that the station can give.
    init?(_ request: ISO2.ChargeParameterDiscoveryReq, _ offer: EnergyOffer) {
        mode = request.requestedEnergyTransferMode
        switch (request.evChargeParameter, offer) {
        case (.acEVChargeParameter(let car), .ac(let station)):
            guard !mode.isDC, let current = car.evMaxCurrent.amperes, let voltage = car.evMaxVoltage.volts,
                let minimum = car.evMinCurrent.amperes, let amount = car.eAmount.wattHours,
                current > .zero, voltage > .zero, minimum >= .zero, minimum <= station.maximumCurrent,
                amount >= .zero
            else { return nil }
            (departure, energy, maximumCurrent, maximumVoltage) = (car.departureTime, amount, current, voltage)
        case (.dcEVChargeParameter(let car), .dc(let station)):
            guard mode.isDC, let current = car.evMaximumCurrentLimit.amperes,
                let voltage = car.evMaximumVoltageLimit.volts, current > .zero, voltage > .zero,
                voltage >= station.minimumVoltage, current >= station.minimumCurrent
            else { return nil }
            if let power = car.evMaximumPowerLimit {
                guard let power = power.watts, power >= .zero else { return nil }
            }
            (departure, maximumCurrent, maximumVoltage) = (car.departureTime, current, voltage)
            energy = car.evEnergyRequest?.wattHours
        case (.acEVChargeParameter, .dc), (.dcEVChargeParameter, .ac): return nil
        }
    }
}

// What car and station can do, and the schedules.
extension ISO2SECC {
    mutating func discoverParameters(_ request: ISO2.ChargeParameterDiscoveryReq) -> [Action] {
        guard let grant else { return refuse(.chargeParameterDiscovery, .failed, "Charging was not granted.") }
        let mode = request.requestedEnergyTransferMode
        guard modes.contains(mode) else {
            return refuse(
                .chargeParameterDiscovery, .failedWrongEnergyTransferMode, "\(mode.schemaName) was not offered.")
        }
        guard let wanted = VehicleParameters(request, offer.energy) else {
            return refuse(
                .chargeParameterDiscovery, .failedWrongChargeParameter,
                "The car's limits are of another mode or unit, are negative, or leave nothing that the station can give."
            )
        }
        parameters = wanted
        switch schedules {
        case .made(let made): return announce(made)
        case .asked: return wait(.chargeParameterDiscovery, in: .awaitSchedules)
        case .none, .announced:
            schedules = .asked
            maximumEntries = request.maxEntriesSAScheduleTuple
            let question = ISO2Edition.ScheduleQuestion(
                mode: mode, departure: wanted.departure, energy: wanted.energy, maximumEntries: maximumEntries,
                maximumPower: maximumPower(mode), grant: grant, resumed: resumed?.selections.schedules)
            return wait(.chargeParameterDiscovery, in: .awaitSchedules, first: [.makeSchedules(question)])
        }
    }

    mutating func schedulesMade(_ made: ISO2Edition.Schedules) -> [Action] {
        guard case .asked = schedules else { return [] }
        schedules = .made(made)
        guard case .awaitSchedules = state else { return [] }
        return announce(made)
    }

    /// At least one tuple goes with Finished [V2G2-905].
    private mutating func announce(_ made: ISO2Edition.Schedules) -> [Action] {
        let fitting = made.fitting(maximumEntries)
        guard !fitting.tuples.isEmpty else {
            return refuse(.chargeParameterDiscovery, .failed, "There is no schedule to offer to the car.")
        }
        schedules = .announced(fitting, at: now?.uptime ?? .zero)
        let response = ISO2.ChargeParameterDiscoveryRes(
            responseCode: .ok, evseProcessing: .finished,
            saSchedules: .saScheduleList(ISO2.SAScheduleList(saScheduleTuple: BoundedList(unchecked: fitting.tuples))),
            evseChargeParameter: chargeParameter(.ready))
        return answer(
            .chargeParameterDiscoveryRes(response),
            then: offer.energy.isDC ? .expectCableCheck : .expectPowerDelivery(isDC: false),
            signature: fitting.signature, first: cancel(.ongoing))
    }

    /// Nobody has made schedules in time: the car asks again.
    mutating func parametersOngoing() -> [Action] {
        let response = ISO2.ChargeParameterDiscoveryRes(
            responseCode: .ok, evseProcessing: .ongoing, evseChargeParameter: chargeParameter(.ready))
        return answer(
            .chargeParameterDiscoveryRes(response), then: .expectParameters,
            last: startOnce(.ongoing, after: timing.stationOngoing))
    }

    /// What the station can give in a mode, at most.
    func maximumPower(_ mode: ISO2.EnergyTransferMode) -> Watts {
        let announced: Watts =
            switch offer.energy {
            case .ac(let ac):
                Watts(ac.nominalVoltage.value * ac.maximumCurrent.value * Double(min(mode.phases, ac.phases)))
            case .dc(let dc): dc.maximumPower
            }
        return readings.powerLimit.map { min($0, announced) } ?? announced
    }

    /// The power that the schedule allows now, as the car has chosen it.
    var scheduledPower: Watts? {
        guard case .announced(let announced, let start) = schedules, let now, let selectedTuple else { return nil }
        let tuple = announced.tuples.first { $0.saScheduleTupleID == selectedTuple }
        return tuple?.pMaxSchedule.power(atSecond: max(0, (now.uptime - start).components.seconds))
    }
}
