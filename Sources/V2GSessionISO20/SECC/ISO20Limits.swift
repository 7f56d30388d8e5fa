internal import V2GMessagesISO20
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20DC
internal import V2GSession

/// What a station can give and take. The values that ChargeParameterDiscoveryRes announced are the ceiling of all that
/// follow in the session ([V2G20-2654], [V2G20-2655]).
struct ISO20Limits: Sendable, Hashable {
    var maximumPower = Watts.zero
    var minimumPower = Watts.zero
    var maximumCurrent = Amperes.zero
    var minimumCurrent = Amperes.zero
    var maximumVoltage = Volts.zero
    var minimumVoltage = Volts.zero
    var maximumDischargePower = Watts.zero
    var maximumDischargeCurrent = Amperes.zero
    /// AC only.
    var frequency = 0.0

    static let none = ISO20Limits()

    init() {}

    init(_ offer: EnergyOffer, isBidirectional: Bool) {
        switch offer {
        case .ac(let ac):
            maximumPower = ac.maximumPower
            minimumPower = ac.minimumPower
            maximumCurrent = ac.maximumCurrent
            minimumCurrent = ac.minimumCurrent
            maximumVoltage = ac.nominalVoltage
            frequency = ac.frequency
            if isBidirectional {
                maximumDischargePower = ac.maximumPower
                maximumDischargeCurrent = ac.maximumCurrent
            }
        case .dc(let dc):
            maximumPower = dc.maximumPower
            minimumPower = dc.minimumPower
            maximumCurrent = dc.maximumCurrent
            minimumCurrent = dc.minimumCurrent
            maximumVoltage = dc.maximumVoltage
            minimumVoltage = dc.minimumVoltage
            if isBidirectional {
                maximumDischargePower = dc.maximumDischargePower
                maximumDischargeCurrent = dc.maximumDischargeCurrent
            }
        }
    }

    /// What holds now: load management narrows, nothing widens.
    func narrowed(by readings: EVSEReadings) -> ISO20Limits {
        var limits = self
        if let power = readings.powerLimit {
            limits.maximumPower = min(maximumPower, max(.zero, power))
            limits.maximumDischargePower = min(maximumDischargePower, max(.zero, power))
        }
        if let current = readings.currentLimit {
            limits.maximumCurrent = min(maximumCurrent, max(.zero, current))
            limits.maximumDischargeCurrent = min(maximumDischargeCurrent, max(.zero, current))
        }
        limits.minimumPower = min(minimumPower, limits.maximumPower)
        limits.minimumCurrent = min(minimumCurrent, limits.maximumCurrent)
        return limits
    }
}

extension ISO20Limits {
    var chargeOnlyAC: ISO20AC.ACCPDResEnergyTransferMode {
        .init(
            evseMaximumChargePower: .init(maximumPower), evseMinimumChargePower: .init(minimumPower),
            evseNominalFrequency: frequencyNumber)
    }

    var bidirectionalAC: ISO20AC.BPTACCPDResEnergyTransferMode {
        .init(
            evseMaximumChargePower: .init(maximumPower), evseMinimumChargePower: .init(minimumPower),
            evseNominalFrequency: frequencyNumber, evseMaximumDischargePower: .init(maximumDischargePower),
            evseMinimumDischargePower: .zero)
    }

    private var frequencyNumber: ISO20.RationalNumber {
        let scaled = DecimalScaling(frequency, exponents: -128...127)
        return .init(exponent: Int8(clamping: scaled.exponent), value: scaled.mantissa)
    }

    var chargeOnlyDC: ISO20DC.DCCPDResEnergyTransferMode {
        .init(
            evseMaximumChargePower: .init(maximumPower), evseMinimumChargePower: .init(minimumPower),
            evseMaximumChargeCurrent: .init(maximumCurrent), evseMinimumChargeCurrent: .init(minimumCurrent),
            evseMaximumVoltage: .init(maximumVoltage), evseMinimumVoltage: .init(minimumVoltage))
    }

    var bidirectionalDC: ISO20DC.BPTDCCPDResEnergyTransferMode {
        .init(
            evseMaximumChargePower: .init(maximumPower), evseMinimumChargePower: .init(minimumPower),
            evseMaximumChargeCurrent: .init(maximumCurrent), evseMinimumChargeCurrent: .init(minimumCurrent),
            evseMaximumVoltage: .init(maximumVoltage), evseMinimumVoltage: .init(minimumVoltage),
            evseMaximumDischargePower: .init(maximumDischargePower), evseMinimumDischargePower: .zero,
            evseMaximumDischargeCurrent: .init(maximumDischargeCurrent), evseMinimumDischargeCurrent: .zero)
    }

    /// In kind ([V2G20-1600]). The dynamic modes have to carry limits, the scheduled ones carry them too.
    func loopDC(for request: ISO20DC.CLReqControlMode) -> ISO20DC.CLResControlMode {
        switch request {
        case .scheduledDCCLReqControlMode:
            .scheduledDCCLResControlMode(
                .init(
                    evseMaximumChargePower: .init(maximumPower), evseMinimumChargePower: .init(minimumPower),
                    evseMaximumChargeCurrent: .init(maximumCurrent), evseMaximumVoltage: .init(maximumVoltage)))
        case .dynamicDCCLReqControlMode:
            .dynamicDCCLResControlMode(
                .init(
                    evseMaximumChargePower: .init(maximumPower), evseMinimumChargePower: .init(minimumPower),
                    evseMaximumChargeCurrent: .init(maximumCurrent), evseMaximumVoltage: .init(maximumVoltage)))
        case .bptScheduledDCCLReqControlMode:
            .bptScheduledDCCLResControlMode(
                .init(
                    evseMaximumChargePower: .init(maximumPower), evseMinimumChargePower: .init(minimumPower),
                    evseMaximumChargeCurrent: .init(maximumCurrent), evseMaximumVoltage: .init(maximumVoltage),
                    evseMaximumDischargePower: .init(maximumDischargePower), evseMinimumDischargePower: .zero,
                    evseMaximumDischargeCurrent: .init(maximumDischargeCurrent),
                    evseMinimumVoltage: .init(minimumVoltage)))
        case .bptDynamicDCCLReqControlMode:
            .bptDynamicDCCLResControlMode(
                .init(
                    evseMaximumChargePower: .init(maximumPower), evseMinimumChargePower: .init(minimumPower),
                    evseMaximumChargeCurrent: .init(maximumCurrent), evseMaximumVoltage: .init(maximumVoltage),
                    evseMaximumDischargePower: .init(maximumDischargePower), evseMinimumDischargePower: .zero,
                    evseMaximumDischargeCurrent: .init(maximumDischargeCurrent),
                    evseMinimumVoltage: .init(minimumVoltage)))
        }
    }
}
