internal import SchemaTypes
internal import V2GMessagesDIN
internal import V2GSession

// PowerDelivery, the charge loop, welding detection and the end.
extension DINEVCC {
    /// How the charging goes.
    struct Charging: Sendable {
        /// The car's contactors may be closed.
        var isEnergized = false
        var hasVehicleFault = false
        /// What the station says Ongoing to, for the record.
        var ongoingPhase = ""
        var loops = 0
        /// What the station allows at the moment, below what it announced.
        var currentLimit: Amperes?
        var powerLimit: Watts?
        var weldingPolls = 0
        /// Energy was delivered and stopped in order.
        var isStopped = false
    }

    // MARK: PowerDelivery

    mutating func requestPowerDelivery(isReady: Bool) {
        if isReady { cancelTimer(.readyToCharge) }
        let parameter = DIN.DCEVPowerDeliveryParameter(
            dcEVStatus: status, bulkChargingComplete: nil, chargingComplete: readings.isFull)
        send(
            .powerDeliveryReq(
                DIN.PowerDeliveryReq(
                    readyToChargeState: isReady, chargingProfile: isReady ? schedule?.profile(upTo: ownPower) : nil,
                    evPowerDeliveryParameter: .dcEVPowerDeliveryParameter(parameter))),
            then: .expectPowerDelivery(isReady: isReady))
    }

    private var ownPower: Watts { min(car?.maximumPower ?? .zero, limits?.power ?? .zero) }

    mutating func powerDelivery(_ response: DIN.PowerDeliveryRes, _ isReady: Bool) {
        guard accepts("PowerDeliveryRes", response.responseCode) else { return }
        guard case .dcEVSEStatus(let status) = response.evseStatus else {
            return close(.protocolError, "The station's status is that of AC.")
        }
        heed(status)
        if isReady {
            note(.phase("charge loop"))
            return requestCurrentDemand()
        }
        note(.phase("stop"))
        openContactor()
        command(.pilotNotReady)
        charging.isStopped = true
        requestWeldingDetection()
    }

    /// What the station's status asks for.
    mutating func heed(_ status: DIN.DCEVSEStatus) {
        switch status.evseNotification {
        case .none: break
        case .stopCharging: wish(.stopped, "The station asked to stop.")
        case .reNegotiation: note(.warning("The station asks to renegotiate, which DIN SPEC 70121 has not."))
        }
        if status.evseIsolationStatus == .fault { wish(.equipmentFault, "The station reports an isolation fault.") }
        switch status.evseStatusCode {
        case .evSENotReady, .evSEReady, .evSEIsolationMonitoringActive, .reserved8, .reserved9, .reservedA, .reservedB,
            .reservedC:
            break
        case .evSEShutdown, .evSEUtilityInterruptEvent:
            wish(.stopped, "The station shuts down (\(status.evseStatusCode.schemaName)).")
        case .evSEEmergencyShutdown, .evSEMalfunction:
            if charging.isEnergized { openContactor() }
            wish(.equipmentFault, "The station reports \(status.evseStatusCode.schemaName).")
        }
    }

    // MARK: Loop

    /// What comes next while energy flows: the first message after the start is always one of the loop.
    mutating func continueLoop() {
        if stopWish != nil, charging.loops > 0 { return requestPowerDelivery(isReady: false) }
        requestCurrentDemand()
    }

    private mutating func requestCurrentDemand() {
        guard let car else { return }
        send(
            .currentDemandReq(
                DIN.CurrentDemandReq(
                    dcEVStatus: status, evTargetCurrent: .init(targetCurrent(car)),
                    evMaximumVoltageLimit: .init(car.maximumVoltage), evMaximumCurrentLimit: .init(car.maximumCurrent),
                    evMaximumPowerLimit: .init(car.maximumPower), bulkChargingComplete: nil,
                    chargingComplete: readings.isFull, remainingTimeToFullSoC: nil, remainingTimeToBulkSoC: nil,
                    evTargetVoltage: .init(car.targetVoltage))),
            then: .expectCurrentDemand)
    }

    /// Least of what the car bears, the station allows and the schedule leaves.
    private func targetCurrent(_ car: DCVehicle) -> Amperes {
        guard let limits, stopWish == nil, car.targetVoltage > .zero else { return .zero }
        let elapsed = max(0, (moment.uptime - scheduleAnchor).components.seconds)
        var power = min(car.maximumPower, limits.power)
        if let now = charging.powerLimit { power = min(power, now) }
        if let scheduled = schedule?.limit(atSecond: elapsed) { power = min(power, scheduled) }
        let current = min(
            car.targetCurrent, car.maximumCurrent, limits.current, charging.currentLimit ?? limits.current)
        return max(.zero, min(current, Amperes(power.value / car.targetVoltage.value)))
    }

    mutating func currentDemand(_ response: DIN.CurrentDemandRes) {
        guard accepts("CurrentDemandRes", response.responseCode) else { return }
        guard let car, let limits, let voltage = response.evsePresentVoltage.volts,
            let current = response.evsePresentCurrent.amperes
        else { return close(.protocolError, "The station's voltage or current has a wrong unit.") }
        charging.loops += 1
        heed(response.dcEVSEStatus)
        if let fault = limits.implausibility(voltage: voltage, current: current, car: car) {
            wish(.protocolError, fault)
        }
        // Limits of the moment count where they are lower than what was announced.
        charging.currentLimit = response.evseMaximumCurrentLimit?.amperes.map { max(.zero, $0) }
        charging.powerLimit = response.evseMaximumPowerLimit?.watts.map { max(.zero, $0) }
        if readings.isFull || readings.stateOfCharge >= profile.targetStateOfCharge {
            wish(.completed, "The battery is charged.")
        } else if let count = profile.stopsAfterLoops ?? profile.pausesAfterLoops, charging.loops >= count {
            wish(.completed, "The car took what it wanted.")
        }
        take(.chargeLoop, after: profile.chargeLoopPace)
    }

    // MARK: The end in the specification's order

    /// How often a voltage that stays is looked at, before the session ends anyhow.
    private static let mostWeldingPolls = 20

    mutating func requestWeldingDetection() {
        charging.weldingPolls += 1
        send(.weldingDetectionReq(DIN.WeldingDetectionReq(dcEVStatus: status)), then: .expectWeldingDetection)
    }

    mutating func weldingDetection(_ response: DIN.WeldingDetectionRes) {
        guard accepts("WeldingDetectionRes", response.responseCode) else { return }
        guard let voltage = response.evsePresentVoltage.volts else {
            return close(.protocolError, "The station's voltage has a wrong unit.")
        }
        heed(response.dcEVSEStatus)
        // Below 60 V the outlet is safe, and the car's contactors are open.
        guard voltage < Volts(60) else {
            if charging.weldingPolls < Self.mostWeldingPolls {
                return take(.weldingDetection, after: profile.ongoingPace)
            }
            note(.warning("\(voltage.value) V stay at the outlet: a contactor of the car may be welded."))
            return requestSessionStop()
        }
        requestSessionStop()
    }

    mutating func requestSessionStop(_ outcome: SessionEnd.Outcome, _ reason: String) {
        if stopWish == nil { stopWish = StopWish(outcome: outcome, reason: reason) }
        requestSessionStop()
    }

    mutating func requestSessionStop() {
        for timer in [SessionTimer.pace, .ongoing, .cableCheck, .preCharge, .readyToCharge] { cancelTimer(timer) }
        if !charging.isStopped {
            openContactor()
            command(.pilotNotReady)
        }
        send(.sessionStopReq(DIN.SessionStop()), then: .expectSessionStop)
    }

    mutating func sessionStop(_ response: DIN.SessionStopRes) {
        guard accepts("SessionStopRes", response.responseCode) else { return }
        close(stopWish?.outcome ?? .completed, stopWish?.reason ?? "The car is done.")
    }
}
