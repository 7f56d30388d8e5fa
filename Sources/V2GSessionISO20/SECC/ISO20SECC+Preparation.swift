internal import V2GMessagesISO20
internal import V2GMessagesISO20DC
internal import V2GSession

/// Where the isolation test stands. A report counts only once the test was started.
enum IsolationProgress: Sendable, Hashable {
    case idle
    case testing
    case passed
    case failed
}

extension ISO20SECC {
    mutating func cableCheck(_ request: ISO20DC.DCCableCheckReq) -> [Action] {
        let message = Message.dc(.dcCableCheckReq(request))
        guard let grant else { return [] }
        var actions: [Action] = []
        switch isolation {
        case .idle:
            isolation = .testing
            actions = [
                .note(.phase("cable check")), .startTimer(.ongoing, after: timing.ongoingPerformance),
                .power(.startIsolationTest(grant)),
            ]
        case .testing: break
        case .passed:
            return actions + answer(cableCheckResponse(.finished), next: .expectPreCharge)
        case .failed:
            return refuse(
                message, .failed,
                "the isolation test failed, or did not end in 55 s. Have the cable and the car checked",
                outcome: .equipmentFault)
        }
        // Stay: PowerDelivery remains possible for a car that gives up, the repeat is the same request.
        return actions + answer(cableCheckResponse(.ongoing), next: .expectCableCheck)
    }

    private func cableCheckResponse(_ processing: ISO20.Processing) -> Message {
        .dc(.dcCableCheckRes(.init(header: header, responseCode: .ok, evseProcessing: processing)))
    }

    mutating func preCharge(_ request: ISO20DC.DCPreChargeReq) -> [Action] {
        guard let grant, let limits else { return [] }
        var actions: [Action] = []
        isPreCharged = true
        if request.evProcessing != .finished {
            let voltage = min(max(.zero, request.evTargetVoltage.volts), limits.maximumVoltage)
            // At most 2 A until the car closes its contactors (IEC 61851-23).
            let current = min(Amperes(2), limits.narrowed(by: readings).maximumCurrent)
            let command = PowerCommand.preCharge(grant, voltage, current)
            if command != lastSetPoint {
                lastSetPoint = command
                actions.append(.power(command))
            }
        }
        let response = ISO20DC.DCPreChargeRes(
            header: header, responseCode: .ok, evsePresentVoltage: .init(readings.voltage))
        return actions + answer(.dc(.dcPreChargeRes(response)), next: .expectPowerDelivery)
    }

    mutating func weldingDetection(_ request: ISO20DC.DCWeldingDetectionReq) -> [Action] {
        let response = ISO20DC.DCWeldingDetectionRes(
            header: header, responseCode: .ok, evsePresentVoltage: .init(readings.voltage))
        return answer(.dc(.dcWeldingDetectionRes(response)), next: .expectStop)
    }
}
