internal import V2GMessagesDIN
internal import V2GSession

// Cable check and pre-charge.
extension DINSECC {
    mutating func checkCable() -> [Action] {
        // A car in state C a moment ago may be sampled late: the answer waits for the pilot.
        let first = startOnce(.ongoing, after: timing.stationOngoing)
        let limit: Duration? =
            isIsolationTestRunning && readings.controlPilot.isReadyToCharge ? timing.isolationHold : nil
        return wait(.cableCheck, in: .awaitCableCheck, limit: limit, first: first) + continueCableCheck()
    }

    mutating func continueCableCheck() -> [Action] {
        guard let grant else { return refuse(.cableCheck, .failed, "Charging was not granted.") }
        if let fault = readings.fault {
            return refuse(
                .cableCheck, .failed, "The equipment reports a fault: \(fault.rawValue).", as: .equipmentFault)
        }
        guard readings.controlPilot.isReadyToCharge else { return isEnergized ? stopPower() : [] }
        guard isIsolationTestRunning else {
            isIsolationTestRunning = true
            isEnergized = true
            readings.isolation = .notTested  // an older test says nothing about this one
            return [.power(.startIsolationTest(grant)), start(.performance, after: timing.isolationHold)]
        }
        switch readings.isolation {
        case .notTested, .testing: return []
        case .valid, .warning:
            isIsolationTestRunning = false
            return answer(
                .cableCheckRes(
                    DIN.CableCheckRes(responseCode: .ok, dcEVSEStatus: status(.ready), evseProcessing: .finished)),
                then: .expectPreCharge, first: cancel(.ongoing))
        case .fault:
            return refuse(
                .cableCheck, .failed, "The isolation test failed. Check cable and car.", as: .equipmentFault)
        }
    }

    mutating func cableCheckOngoing() -> [Action] {
        guard readings.controlPilot.isReadyToCharge else {
            return refuse(
                .cableCheck, .failed,
                "The pilot is in state \(readings.controlPilot.rawValue.uppercased()). The car "
                    + "has to be in C or D for the cable check.")
        }
        return answer(
            .cableCheckRes(
                DIN.CableCheckRes(
                    responseCode: .ok, dcEVSEStatus: status(.testingIsolation), evseProcessing: .ongoing)),
            then: .expectCableCheck)
    }

    /// The largest current during pre-charge (IEC 61851-23).
    private static let preChargeCurrent = Amperes(2)

    mutating func preCharge(_ request: DIN.PreChargeReq) -> [Action] {
        guard let grant else { return refuse(.preCharge, .failed, "Charging was not granted.") }
        guard let voltage = request.evTargetVoltage.volts, let current = request.evTargetCurrent.amperes else {
            return refuse(.preCharge, .failed, "The car's set point is not in V and A.")
        }
        if let fault = readings.fault {
            return refuse(
                .preCharge, .failed, "The equipment reports a fault: \(fault.rawValue).", as: .equipmentFault)
        }
        guard isEnergized else {
            return refuse(.preCharge, .failed, "The car left state C after the cable check.")
        }
        let wanted = SetPoint(
            voltage: max(.zero, min(voltage, dcLimits.voltage)),
            current: max(.zero, min(current, Self.preChargeCurrent)))
        var first: [Action] = []
        if setPoint != wanted {
            setPoint = wanted
            first.append(.power(.preCharge(grant, wanted.voltage, wanted.current)))
        }
        return answer(
            .preChargeRes(
                DIN.PreChargeRes(
                    responseCode: .ok, dcEVSEStatus: status(.ready),
                    evsePresentVoltage: DIN.PhysicalValue(readings.voltage))),
            then: .expectPowerDelivery, first: first)
    }
}
