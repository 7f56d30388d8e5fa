internal import V2GMessagesISO2
internal import V2GSession

// Cable check, pre-charge, welding detection.
extension ISO2SECC {
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
            let response = ISO2.CableCheckRes(
                responseCode: .ok, dcEVSEStatus: dcStatus(.ready), evseProcessing: .finished)
            return answer(.cableCheckRes(response), then: .expectPreCharge, first: cancel(.ongoing))
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
        let response = ISO2.CableCheckRes(
            responseCode: .ok, dcEVSEStatus: dcStatus(.testingIsolation), evseProcessing: .ongoing)
        return answer(.cableCheckRes(response), then: .expectCableCheck)
    }

    /// The largest current during pre-charge (IEC 61851-23).
    private static let preChargeCurrent = Amperes(2)

    mutating func preCharge(_ request: ISO2.PreChargeReq) -> [Action] {
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
        let response = ISO2.PreChargeRes(
            responseCode: .ok, dcEVSEStatus: dcStatus(.ready), evsePresentVoltage: ISO2.PhysicalValue(readings.voltage))
        return answer(.preChargeRes(response), then: .expectPowerDelivery(isDC: true), first: first)
    }

    mutating func detectWelding() -> [Action] { awaitRelease(.weldingDetection) }

    /// After PowerDeliveryReq(Stop) a DC car goes to state B before it goes on; the answer waits for a pilot that is
    /// sampled late.
    mutating func awaitRelease(_ release: PilotRelease) -> [Action] {
        guard readings.controlPilot.isReadyToCharge else { return answer(release) }
        return wait(release.pair, in: .awaitPilotRelease(release))
    }

    mutating func answer(_ release: PilotRelease) -> [Action] {
        switch release {
        case .weldingDetection:
            let response = ISO2.WeldingDetectionRes(
                responseCode: .ok, dcEVSEStatus: dcStatus(.notReady),
                evsePresentVoltage: ISO2.PhysicalValue(readings.voltage))
            return answer(.weldingDetectionRes(response), then: .expectStop(isDC: true))
        case .sessionStop(let request): return closeSession(request)
        }
    }
}
