internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GSession

// PowerDelivery, the charge loops and metering receipts.
extension ISO2EVCC {
    /// How the charging goes.
    struct Charging: Sendable {
        /// The car's contactors may be closed.
        var isEnergized = false
        var hasVehicleFault = false
        /// What the station says Ongoing to, for the record.
        var ongoingPhase = ""
        /// Answers of the charge loop in this session, and since the last PowerDeliveryReq(Start).
        var loops = 0
        var loopsSinceStart = 0
        /// What the station allows at the moment, below what it announced.
        var currentLimit: Amperes?
        var powerLimit: Watts?
        /// Energy registers of the first and the last reading.
        var firstReading: UInt64?
        var lastReading: ISO2.MeterInfo?
        var weldingPolls = 0
        /// Energy was delivered and stopped in order: only then can a session be paused.
        var isStopped = false
    }

    // MARK: PowerDelivery

    mutating func requestPowerDelivery(_ progress: ISO2.ChargeProgress) {
        guard let schedule = parameters.schedule else {
            return close(.protocolError, "There is no schedule to charge along.")
        }
        do {
            let parameter = ISO2.DCEVPowerDeliveryParameter(
                dcEVStatus: dcStatus, bulkChargingComplete: nil, chargingComplete: readings.isFull)
            if progress == .stop, !profile.energy.isDC { command(.take(.zero)) }
            send(
                .powerDeliveryReq(
                    ISO2.PowerDeliveryReq(
                        chargeProgress: progress, saScheduleTupleID: schedule.tuple.saScheduleTupleID,
                        chargingProfile: progress == .start ? try schedule.profile(upTo: ownPower) : nil,
                        evPowerDeliveryParameter: profile.energy.isDC ? .dcEVPowerDeliveryParameter(parameter) : nil)),
                then: .expectPowerDelivery(progress))
            // State C within 250 ms of the request, not before it [V2G2-847]; DC has had it since the cable check.
            if progress == .start, !profile.energy.isDC { command(.pilotReady) }
        } catch {
            closeForProfile("charging profile", error)
        }
    }

    mutating func powerDelivery(_ response: ISO2.PowerDeliveryRes, _ progress: ISO2.ChargeProgress) {
        guard accepts("PowerDeliveryRes", response.responseCode), isOurs(response.evseStatus) else { return }
        heed(response.evseStatus)
        switch progress {
        case .start:
            note(.phase("charge loop"))
            charging.loopsSinceStart = 0
            charging.isStopped = false
            charging.currentLimit = nil
            charging.powerLimit = nil
            if !profile.energy.isDC {
                charging.isEnergized = true
                command(.closeContactor)
                command(.take(alternatingCurrent))
            }
            requestLoop()
        case .renegotiate:
            note(.phase("renegotiation"))
            wishes.isRenegotiation = false
            // The cable is tested anew: the battery must be off it.
            if profile.energy.isDC { openContactor() }
            requestChargeParameters(isDue: true)
        case .stop:
            note(.phase("stop"))
            openContactor()
            command(.pilotNotReady)
            charging.isStopped = true
            if let first = charging.firstReading, let last = charging.lastReading?.meterReading, last >= first {
                note(.energy(WattHours(Double(last - first))))
            }
            if profile.energy.isDC { requestWeldingDetection() } else { requestSessionStop(wishes.stop) }
        }
    }

    mutating func openContactor() {
        command(.openContactor)
        charging.isEnergized = false
    }

    private mutating func isOurs(_ status: ISO2.EVSEStatus) -> Bool {
        switch (status, profile.energy) {
        case (.acEVSEStatus, .ac), (.dcEVSEStatus, .dc): return true
        case (.acEVSEStatus, .dc), (.dcEVSEStatus, .ac):
            close(.protocolError, "The station's status is of the other kind of current.")
            return false
        }
    }

    // MARK: What the station's status asks for

    mutating func heed(_ status: ISO2.EVSEStatus) {
        switch status.notification {
        case .none: break
        case .stopCharging: wish(stop: .stopped, "The station asked to stop.")
        case .reNegotiation:
            if charging.isEnergized, profile.supportsRenegotiation { wishes.isRenegotiation = true }
        }
        switch status {
        case .acEVSEStatus(let status):
            if status.rcd { wish(stop: .equipmentFault, "The station's residual current device has tripped.") }
        case .dcEVSEStatus(let status):
            if status.evseIsolationStatus == .fault {
                wish(stop: .equipmentFault, "The station reports an isolation fault.")
            }
            switch status.evseStatusCode {
            case .evSENotReady, .evSEReady, .evSEIsolationMonitoringActive, .reserved8, .reserved9, .reservedA,
                .reservedB, .reservedC:
                break
            case .evSEShutdown, .evSEUtilityInterruptEvent:
                wish(stop: .stopped, "The station shuts down (\(status.evseStatusCode.schemaName)).")
            case .evSEEmergencyShutdown, .evSEMalfunction:
                if charging.isEnergized { openContactor() }
                wish(stop: .equipmentFault, "The station reports \(status.evseStatusCode.schemaName).")
            }
        }
    }

    // MARK: Loop

    /// What comes next while energy flows: the first message after a start is always one of the loop.
    mutating func continueLoop() {
        if charging.loopsSinceStart > 0 {
            if wishes.stop != nil { return requestPowerDelivery(.stop) }
            if wishes.isRenegotiation { return requestPowerDelivery(.renegotiate) }
        }
        requestLoop()
    }

    private mutating func requestLoop() {
        guard case .dc(let car) = profile.energy else {
            return send(.chargingStatusReq(ISO2.ChargingStatusReq()), then: .expectChargingStatus)
        }
        send(
            .currentDemandReq(
                ISO2.CurrentDemandReq(
                    dcEVStatus: dcStatus, evTargetCurrent: .init(directCurrent(car)),
                    evMaximumVoltageLimit: .init(car.maximumVoltage), evMaximumCurrentLimit: .init(car.maximumCurrent),
                    evMaximumPowerLimit: .init(car.maximumPower), bulkChargingComplete: nil,
                    chargingComplete: readings.isFull, remainingTimeToFullSoC: nil, remainingTimeToBulkSoC: nil,
                    evTargetVoltage: .init(car.targetVoltage))),
            then: .expectCurrentDemand)
    }

    private var scheduledPower: Watts {
        let elapsed = (moment.uptime - parameters.anchor).components.seconds
        return parameters.schedule?.limit(at: UInt32(clamping: elapsed)) ?? .zero
    }

    /// Least of what the car bears, the station allows and the schedule leaves. Below its least current the charger
    /// takes nothing.
    private var alternatingCurrent: Amperes {
        guard case .ac(let car) = profile.energy, let ac = parameters.ac, wishes.stop == nil else { return .zero }
        let scheduled = scheduledPower.value / (ac.voltage.value * Double(services.mode.phases))
        let current = min(car.maximumCurrent, ac.current, charging.currentLimit ?? ac.current, Amperes(scheduled))
        return current < car.minimumCurrent ? .zero : current
    }

    private func directCurrent(_ car: DCVehicle) -> Amperes {
        guard let dc = parameters.dc, wishes.stop == nil, car.targetVoltage > .zero else { return .zero }
        let power = min(car.maximumPower, dc.power, charging.powerLimit ?? dc.power, scheduledPower)
        return min(
            car.targetCurrent, car.maximumCurrent, dc.current, charging.currentLimit ?? dc.current,
            Amperes(power.value / car.targetVoltage.value))
    }

    mutating func chargingStatus(_ response: ISO2.ChargingStatusRes) {
        guard accepts("ChargingStatusRes", response.responseCode) else { return }
        heed(.acEVSEStatus(response.acEVSEStatus))
        if let limit = response.evseMaxCurrent {
            guard let current = limit.amperes, current >= .zero else {
                return close(.protocolError, "EVSEMaxCurrent is not a current.")
            }
            charging.currentLimit = current
        }
        command(.take(alternatingCurrent))
        loopAnswered(response.evseID, response.saScheduleTupleID, response.meterInfo, response.receiptRequired)
    }

    mutating func currentDemand(_ response: ISO2.CurrentDemandRes) {
        guard accepts("CurrentDemandRes", response.responseCode) else { return }
        guard case .dc(let car) = profile.energy, let limits = parameters.dc,
            let voltage = response.evsePresentVoltage.volts, let current = response.evsePresentCurrent.amperes
        else { return close(.protocolError, "The station's voltage or current has a wrong unit.") }
        heed(.dcEVSEStatus(response.dcEVSEStatus))
        if let fault = limits.implausibility(voltage: voltage, current: current, car: car) {
            wish(stop: .protocolError, fault)
        }
        // Limits of the moment count where they are lower than what was announced.
        charging.currentLimit = response.evseMaximumCurrentLimit?.amperes.map { max(.zero, $0) }
        charging.powerLimit = response.evseMaximumPowerLimit?.watts.map { max(.zero, $0) }
        loopAnswered(response.evseID, response.saScheduleTupleID, response.meterInfo, response.receiptRequired)
    }

    private mutating func loopAnswered(
        _ evseID: ISO2.EvseID, _ tuple: ISO2.SAID, _ meter: ISO2.MeterInfo?, _ receiptRequired: Bool?
    ) {
        charging.loops += 1
        charging.loopsSinceStart += 1
        if tuple != parameters.schedule?.tuple.saScheduleTupleID {
            wish(stop: .protocolError, "The station charges along schedule \(tuple), which was not chosen.")
        }
        if charging.loops == 1, let known = services.evseID, known != evseID.string {
            note(.warning("The station names another EVSE in the charge loop than at session set-up."))
        }
        if let meter { observe(meter) }
        wishWhenDone()
        if receiptRequired == true {
            if services.payment == .contract {
                guard let meter else {
                    return close(.protocolError, "The station wants a receipt for a reading that it did not send.")
                }
                return requestReceipt(meter, tuple)
            }
            note(.warning("The station wants a receipt although nobody's contract is charged [V2G2-691]."))
        }
        take(.chargeLoop, after: profile.chargeLoopPace)
    }

    private mutating func observe(_ meter: ISO2.MeterInfo) {
        if let reading = meter.meterReading {
            if charging.firstReading == nil { charging.firstReading = reading }
            if let last = charging.lastReading, last.meterID == meter.meterID, let before = last.meterReading,
                before > reading
            {
                note(.securityEvent("The station's meter went back from \(before) to \(reading) Wh."))
            }
        }
        charging.lastReading = meter
    }

    private mutating func wishWhenDone() {
        if readings.isFull || readings.stateOfCharge >= profile.targetStateOfCharge {
            wish(stop: .completed, "The battery is charged.")
        } else if let count = profile.stopsAfterLoops, charging.loops >= count {
            wish(stop: .completed, "The car took what it wanted.")
        } else if let count = profile.pausesAfterLoops, charging.loops >= count {
            wish(stop: .paused, "The car pauses.")
        }
    }

    // MARK: Receipts

    /// Session, schedule and reading are repeated exactly as sent; the contract's key signs them.
    private mutating func requestReceipt(_ meter: ISO2.MeterInfo, _ tuple: ISO2.SAID) {
        guard let key = identification.key else {
            return close(.equipmentFault, "The car has no contract key to sign a receipt with.")
        }
        do {
            let request = ISO2.MeteringReceiptReq(
                id: try XMLID("id1"), sessionID: session.iso2, saScheduleTupleID: tuple, meterInfo: meter)
            sign(.meteringReceiptReq(request), key, .contract, then: .meteringReceipt)
        } catch {
            closeForProfile("receipt", error)
        }
    }

    mutating func meteringReceipt(_ response: ISO2.MeteringReceiptRes) {
        guard accepts("MeteringReceiptRes", response.responseCode), isOurs(response.evseStatus) else { return }
        heed(response.evseStatus)
        take(.chargeLoop, after: profile.chargeLoopPace)
    }
}
