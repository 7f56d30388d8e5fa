internal import V2GMessagesISO20
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20DC
internal import V2GSession

/// What a station announced in its charge parameters. Values of either sign count by magnitude where they are
/// discharge limits, on which stacks disagree.
struct ISO20StationLimits: Sendable, Hashable {
    var maximumPower: Watts
    var minimumPower: Watts
    var maximumDischargePower = Watts.zero
    /// DC only.
    var maximumCurrent = Amperes.zero
    var minimumCurrent = Amperes.zero
    var maximumVoltage = Volts.zero
    var minimumVoltage = Volts.zero
    var maximumDischargeCurrent = Amperes.zero
    /// AC only.
    var frequency: Double = 0

    init(_ mode: ISO20DC.DCCPDResEnergyTransferMode) {
        maximumPower = mode.evseMaximumChargePower.watts
        minimumPower = mode.evseMinimumChargePower.watts
        maximumCurrent = mode.evseMaximumChargeCurrent.amperes
        minimumCurrent = mode.evseMinimumChargeCurrent.amperes
        maximumVoltage = mode.evseMaximumVoltage.volts
        minimumVoltage = mode.evseMinimumVoltage.volts
    }

    init(_ mode: ISO20DC.BPTDCCPDResEnergyTransferMode) {
        maximumPower = mode.evseMaximumChargePower.watts
        minimumPower = mode.evseMinimumChargePower.watts
        maximumCurrent = mode.evseMaximumChargeCurrent.amperes
        minimumCurrent = mode.evseMinimumChargeCurrent.amperes
        maximumVoltage = mode.evseMaximumVoltage.volts
        minimumVoltage = mode.evseMinimumVoltage.volts
        maximumDischargePower = mode.evseMaximumDischargePower.watts.magnitude
        maximumDischargeCurrent = mode.evseMaximumDischargeCurrent.amperes.magnitude
    }

    init(_ mode: ISO20AC.ACCPDResEnergyTransferMode) {
        maximumPower = .sum(
            mode.evseMaximumChargePower, mode.evseMaximumChargePowerL2, mode.evseMaximumChargePowerL3)
        minimumPower = .sum(
            mode.evseMinimumChargePower, mode.evseMinimumChargePowerL2, mode.evseMinimumChargePowerL3)
        frequency = mode.evseNominalFrequency.double
    }

    init(_ mode: ISO20AC.BPTACCPDResEnergyTransferMode) {
        maximumPower = .sum(
            mode.evseMaximumChargePower, mode.evseMaximumChargePowerL2, mode.evseMaximumChargePowerL3)
        minimumPower = .sum(
            mode.evseMinimumChargePower, mode.evseMinimumChargePowerL2, mode.evseMinimumChargePowerL3)
        maximumDischargePower =
            Watts.sum(
                mode.evseMaximumDischargePower, mode.evseMaximumDischargePowerL2, mode.evseMaximumDischargePowerL3
            ).magnitude
        frequency = mode.evseNominalFrequency.double
    }

    /// Why a car cannot charge within them, `nil` when it can.
    func objection(of energy: VehicleProfile.Energy) -> String? {
        guard maximumPower > .zero, minimumPower >= .zero, minimumPower <= maximumPower else {
            return
                "The station's power limits contradict each other: \(minimumPower.value) W to \(maximumPower.value) W."
        }
        switch energy {
        case .ac:
            guard 15...70 ~= frequency else {
                return "The station's mains frequency of \(frequency) Hz is implausible."
            }
        case .dc(let car):
            guard maximumCurrent > .zero, minimumCurrent >= .zero, minimumCurrent <= maximumCurrent else {
                return "The station's current limits contradict each other: \(minimumCurrent.value) A to "
                    + "\(maximumCurrent.value) A."
            }
            guard maximumVoltage > .zero, minimumVoltage <= maximumVoltage else {
                return "The station's voltage limits contradict each other: \(minimumVoltage.value) V to "
                    + "\(maximumVoltage.value) V."
            }
            guard maximumVoltage >= car.targetVoltage, minimumVoltage <= car.targetVoltage else {
                return "The battery needs \(car.targetVoltage.value) V; the station gives \(minimumVoltage.value) V to "
                    + "\(maximumVoltage.value) V."
            }
        }
        return nil
    }
}

extension Watts {
    /// All phases.
    static func sum(_ first: ISO20.RationalNumber, _ second: ISO20.RationalNumber?, _ third: ISO20.RationalNumber?)
        -> Watts
    {
        first.watts + (second?.watts ?? .zero) + (third?.watts ?? .zero)
    }
}

extension ACVehicle {
    var maximumPower: Watts { power(maximumCurrent) }
    var minimumPower: Watts { power(minimumCurrent) }

    /// The voltage is between phases.
    private func power(_ current: Amperes) -> Watts {
        Watts(maximumVoltage.value / 3.0.squareRoot() * current.value * Double(phases))
    }
}
