internal import V2GMessagesISO20
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20DC
internal import V2GSession

extension ISO20SECC {
    mutating func chargeParameters(_ request: ISO20AC.ACChargeParameterDiscoveryReq) -> [Action] {
        let message = Message.ac(.acChargeParameterDiscoveryReq(request))
        guard let selection else { return [] }
        let limits = ISO20Limits(offer.energy, isBidirectional: selection.isBidirectional)
        let mode: ISO20AC.ACCPDResEnergyTransferModeVariant
        let power: (maximum: Watts, minimum: Watts)
        switch (request.acCPDReqEnergyTransferMode, selection.isBidirectional) {
        case (.acCPDReqEnergyTransferMode(let car), false):
            mode = .acCPDResEnergyTransferMode(limits.chargeOnlyAC)
            power = (
                Self.sum(car.evMaximumChargePower, car.evMaximumChargePowerL2, car.evMaximumChargePowerL3),
                Self.sum(car.evMinimumChargePower, car.evMinimumChargePowerL2, car.evMinimumChargePowerL3)
            )
        case (.bptACCPDReqEnergyTransferMode(let car), true):
            mode = .bptACCPDResEnergyTransferMode(limits.bidirectionalAC)
            power = (
                Self.sum(car.evMaximumChargePower, car.evMaximumChargePowerL2, car.evMaximumChargePowerL3),
                Self.sum(car.evMinimumChargePower, car.evMinimumChargePowerL2, car.evMinimumChargePowerL3)
            )
        case (.acCPDReqEnergyTransferMode, true), (.bptACCPDReqEnergyTransferMode, false):
            return refuseVariant(message, selection)
        }
        guard power.minimum <= power.maximum, power.maximum > .zero, power.minimum <= limits.maximumPower else {
            return refuse(
                message, .failedWrongChargeParameter,
                "the car's least power is above its greatest or above the \(limits.maximumPower.value) W of this "
                    + "station, or it takes none")
        }
        self.limits = limits
        return answer(
            .ac(
                .acChargeParameterDiscoveryRes(
                    .init(header: header, responseCode: .ok, acCPDResEnergyTransferMode: mode))),
            next: .expectScheduleExchange)
    }

    mutating func chargeParameters(_ request: ISO20DC.DCChargeParameterDiscoveryReq) -> [Action] {
        let message = Message.dc(.dcChargeParameterDiscoveryReq(request))
        guard let selection else { return [] }
        let limits = ISO20Limits(offer.energy, isBidirectional: selection.isBidirectional)
        let mode: ISO20DC.DCCPDResEnergyTransferModeVariant
        var car = ISO20Limits()
        switch (request.dcCPDReqEnergyTransferMode, selection.isBidirectional) {
        case (.dcCPDReqEnergyTransferMode(let asked), false):
            mode = .dcCPDResEnergyTransferMode(limits.chargeOnlyDC)
            (car.maximumPower, car.minimumPower) = (asked.evMaximumChargePower.watts, asked.evMinimumChargePower.watts)
            (car.maximumVoltage, car.minimumVoltage) = (asked.evMaximumVoltage.volts, asked.evMinimumVoltage.volts)
            car.maximumCurrent = asked.evMaximumChargeCurrent.amperes
            car.minimumCurrent = asked.evMinimumChargeCurrent.amperes
        case (.bptDCCPDReqEnergyTransferMode(let asked), true):
            mode = .bptDCCPDResEnergyTransferMode(limits.bidirectionalDC)
            (car.maximumPower, car.minimumPower) = (asked.evMaximumChargePower.watts, asked.evMinimumChargePower.watts)
            (car.maximumVoltage, car.minimumVoltage) = (asked.evMaximumVoltage.volts, asked.evMinimumVoltage.volts)
            car.maximumCurrent = asked.evMaximumChargeCurrent.amperes
            car.minimumCurrent = asked.evMinimumChargeCurrent.amperes
        case (.dcCPDReqEnergyTransferMode, true), (.bptDCCPDReqEnergyTransferMode, false):
            return refuseVariant(message, selection)
        }
        if let problem = Self.mismatch(car, limits) { return refuse(message, .failedWrongChargeParameter, problem) }
        self.limits = limits
        return answer(
            .dc(
                .dcChargeParameterDiscoveryRes(
                    .init(header: header, responseCode: .ok, dcCPDResEnergyTransferMode: mode))),
            next: .expectScheduleExchange)
    }

    private mutating func refuseVariant(_ message: Message, _ selection: ISO20Selection) -> [Action] {
        refuse(
            message, .failedWrongChargeParameter,
            "service \(selection.service) is \(selection.isBidirectional ? "bidirectional" : "charge only"), and the "
                + "car's parameters are of the other kind")
    }

    /// Why the car cannot be charged here, in words; `nil` when it can.
    private static func mismatch(_ car: ISO20Limits, _ station: ISO20Limits) -> String? {
        if car.minimumVoltage > car.maximumVoltage || car.minimumPower > car.maximumPower
            || car.minimumCurrent > car.maximumCurrent
        {
            return "one of the car's least values is above its greatest"
        }
        if car.maximumVoltage < station.minimumVoltage || car.minimumVoltage > station.maximumVoltage {
            return "the car's \(car.minimumVoltage.value) to \(car.maximumVoltage.value) V do not meet the station's "
                + "\(station.minimumVoltage.value) to \(station.maximumVoltage.value) V"
        }
        if car.maximumCurrent <= .zero || car.minimumCurrent > station.maximumCurrent
            || car.minimumPower > station.maximumPower
        {
            return "the car takes no current, or needs more than the station's "
                + "\(station.maximumCurrent.value) A and \(station.maximumPower.value) W"
        }
        return nil
    }

    static func sum(_ first: ISO20.RationalNumber, _ others: ISO20.RationalNumber?...) -> Watts {
        others.reduce(first.watts) { $0 + ($1?.watts ?? .zero) }
    }
}
