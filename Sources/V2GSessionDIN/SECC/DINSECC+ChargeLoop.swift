internal import V2GMessagesDIN
internal import V2GSession

// CurrentDemand.
extension DINSECC {
    mutating func supplyCurrent(_ request: DIN.CurrentDemandReq) -> [Action] {
        guard let voltage = request.evTargetVoltage.volts, let current = request.evTargetCurrent.amperes else {
            return refuse(.currentDemand, .failed, "The car's set point is not in V and A.")
        }
        let limited = clamped(voltage, current)
        var first: [Action] = []
        if isEnergized, let grant, readings.controlPilot.isReadyToCharge, setPoint != limited.setPoint {
            setPoint = limited.setPoint
            first.append(.power(.deliverDC(grant, limited.setPoint.voltage, limited.setPoint.current)))
        }
        state = .expectCurrentDemand(hasLooped: true)
        var response = currentDemandRes(.ok, .ready)
        response.evseVoltageLimitAchieved = limited.voltage
        response.evseCurrentLimitAchieved = limited.current
        response.evsePowerLimitAchieved = limited.power
        return answer(.currentDemandRes(response), then: .expectCurrentDemand(hasLooped: true), first: first)
    }

    func currentDemandRes(_ code: DIN.ResponseCode, _ readiness: Readiness) -> DIN.CurrentDemandRes {
        DIN.CurrentDemandRes(
            responseCode: code, dcEVSEStatus: status(readiness),
            evsePresentVoltage: DIN.PhysicalValue(readings.voltage),
            evsePresentCurrent: DIN.PhysicalValue(readings.current), evseCurrentLimitAchieved: false,
            evseVoltageLimitAchieved: false, evsePowerLimitAchieved: false,
            evseMaximumVoltageLimit: DIN.PhysicalValue(dcLimits.voltage),
            evseMaximumCurrentLimit: DIN.PhysicalValue(dcLimits.current),
            evseMaximumPowerLimit: DIN.PhysicalValue(dcLimits.power))
    }

    /// A set point beyond the limits is no error of the car: it gets what there is, and is told.
    private func clamped(
        _ voltage: Volts, _ current: Amperes
    ) -> (setPoint: SetPoint, voltage: Bool, current: Bool, power: Bool) {
        let limits = dcLimits
        let volts = max(.zero, min(voltage, limits.voltage))
        var amperes = max(.zero, min(current, limits.current))
        let exceedsPower = volts * amperes > limits.power
        if exceedsPower, volts > .zero { amperes = Amperes(limits.power.value / volts.value) }
        return (
            SetPoint(voltage: volts, current: amperes), voltage > limits.voltage, current > limits.current,
            exceedsPower
        )
    }
}
