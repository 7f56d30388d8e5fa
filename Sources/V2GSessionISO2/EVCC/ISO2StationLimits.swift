internal import V2GMessagesISO2
internal import V2GSession

/// What an AC station announced.
struct ACLimits: Sendable, Hashable {
    let voltage: Volts
    let current: Amperes

    /// `nil` for wrong units and values that no station has.
    init?(_ offer: ISO2.ACEVSEChargeParameter) {
        guard let voltage = offer.evseNominalVoltage.volts, let current = offer.evseMaxCurrent.amperes,
            (Volts(50)...Volts(1_000)).contains(voltage), current >= .zero
        else { return nil }
        self.voltage = voltage
        self.current = current
    }
}

/// What a DC station announced. Later values may be lower, never higher.
struct DCLimits: Sendable, Hashable {
    let voltage: ClosedRange<Volts>
    let current: Amperes
    let power: Watts

    init?(_ offer: ISO2.DCEVSEChargeParameter) {
        guard let low = offer.evseMinimumVoltageLimit.volts, let high = offer.evseMaximumVoltageLimit.volts,
            let least = offer.evseMinimumCurrentLimit.amperes, let most = offer.evseMaximumCurrentLimit.amperes,
            let power = offer.evseMaximumPowerLimit.watts, low >= .zero, low <= high, least >= .zero, least <= most,
            power >= .zero
        else { return nil }
        voltage = low...high
        current = most
        self.power = power
    }

    /// Says what about a reading cannot be true, or must not: more than the station has announced, or the car bears.
    /// One station is known to report 1510 A through a wrong multiplier.
    func implausibility(voltage present: Volts, current: Amperes = .zero, car: DCVehicle) -> String? {
        let highest = min(voltage.upperBound.value, car.maximumVoltage.value) * 1.1 + 5
        guard (-10...highest).contains(present.value) else {
            return "The station reports \(present.value) V, beyond what it announced or the car bears."
        }
        let most = min(self.current.value, car.maximumCurrent.value) * 1.1 + 5
        guard (-5...most).contains(current.value) else {
            return "The station reports \(current.value) A, beyond what it announced or the car bears."
        }
        return nil
    }
}

extension ISO2.EVSEChargeParameter {
    var status: ISO2.EVSEStatus {
        switch self {
        case .acEVSEChargeParameter(let parameter): .acEVSEStatus(parameter.acEVSEStatus)
        case .dcEVSEChargeParameter(let parameter): .dcEVSEStatus(parameter.dcEVSEStatus)
        }
    }
}
