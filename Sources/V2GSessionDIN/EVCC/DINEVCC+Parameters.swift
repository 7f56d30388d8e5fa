internal import SchemaTypes
internal import V2GMessagesDIN
internal import V2GSession

// Charge parameters, schedule, cable check and pre-charge.
extension DINEVCC {
    var car: DCVehicle? { if case .dc(let car) = profile.energy { car } else { nil } }

    var status: DIN.DCEVStatus {
        DIN.DCEVStatus(
            evReady: !charging.hasVehicleFault,
            evErrorCode: charging.hasVehicleFault ? .failedEVRESSMalfunction : .noError,
            evRESSSOC: DIN.PercentValue(clamping: Int(max(0, min(100, readings.stateOfCharge)))))
    }

    // MARK: ChargeParameterDiscovery

    mutating func requestChargeParameters() {
        if stopWish != nil { return requestSessionStop() }
        guard let car else { return }
        let wanted = max(.zero, readings.energyRequest ?? car.energyRequest)
        let parameter = DIN.DCEVChargeParameter(
            dcEVStatus: status, evMaximumCurrentLimit: .init(car.maximumCurrent),
            evMaximumPowerLimit: .init(car.maximumPower), evMaximumVoltageLimit: .init(car.maximumVoltage),
            evEnergyCapacity: .init(car.batteryCapacity), evEnergyRequest: .init(wanted),
            fullSOC: DIN.PercentValue(clamping: 100), bulkSOC: DIN.PercentValue(clamping: 80))
        send(
            .chargeParameterDiscoveryReq(
                DIN.ChargeParameterDiscoveryReq(
                    evRequestedEnergyTransferType: transfer, evChargeParameter: .dcEVChargeParameter(parameter))),
            then: .expectChargeParameterDiscovery)
    }

    mutating func chargeParameterDiscovery(_ response: DIN.ChargeParameterDiscoveryRes) {
        guard accepts("ChargeParameterDiscoveryRes", response.responseCode) else { return }
        guard case .dcEVSEChargeParameter(let offer) = response.evseChargeParameter, let car else {
            return close(.protocolError, "The station's parameters are those of AC although DC was asked for.")
        }
        heed(offer.dcEVSEStatus)
        // What comes with Ongoing means nothing yet.
        guard response.evseProcessing == .finished else {
            startOngoing("charge parameters")
            return take(.chargeParameterDiscovery, after: profile.ongoingPace)
        }
        cancelTimer(.ongoing)
        guard let announced = DINStationLimits(offer) else {
            return close(.protocolError, "The station's DC limits have wrong units or are out of range.")
        }
        guard announced.voltage.contains(car.targetVoltage) || tolerates("a station without the battery's voltage")
        else {
            return requestSessionStop(
                .refused, "The station does not deliver the \(car.targetVoltage.value) V that the battery needs.")
        }
        guard let offered = DINSchedule.first(of: response.saSchedules) else {
            return close(.protocolError, "None of the station's schedules can be followed.")
        }
        limits = announced
        schedule = offered
        scheduleAnchor = moment.uptime
        if stopWish != nil { return requestSessionStop() }
        note(.phase("cable check"))
        command(.pilotReady)  // the cable is checked in state C or D
        startTimer(.cableCheck, timing.cableCheck)
        requestCableCheck()
    }

    // MARK: CableCheck and PreCharge

    mutating func requestCableCheck() {
        if stopWish != nil { return requestSessionStop() }
        send(.cableCheckReq(DIN.CableCheckReq(dcEVStatus: status)), then: .expectCableCheck)
    }

    mutating func cableCheck(_ response: DIN.CableCheckRes) {
        guard accepts("CableCheckRes", response.responseCode) else { return }
        heed(response.dcEVSEStatus)
        guard response.evseProcessing == .finished else {
            return take(.cableCheck, after: profile.ongoingPace)
        }
        cancelTimer(.cableCheck)
        switch response.dcEVSEStatus.evseIsolationStatus {
        case .valid: break
        case .warning, nil: note(.warning("The cable check finished without a valid isolation status."))
        case .invalid, .fault:
            wish(.equipmentFault, "The cable check found an isolation fault. Do not use this station.")
        }
        note(.phase("pre-charge"))
        startTimer(.preCharge, timing.preCharge)
        requestPreCharge()
    }

    /// A simulated output is let pass, and each time it is told.
    private mutating func tolerates(_ detail: String) -> Bool {
        guard profile.quirks.contains(.simulatedOutput) else { return false }
        note(.quirkUsed(.simulatedOutput, detail: detail))
        note(.securityEvent("A simulated output was accepted: \(detail)."))
        return true
    }

    mutating func requestPreCharge() {
        if stopWish != nil { return requestSessionStop() }
        guard let car else { return }
        send(
            .preChargeReq(
                DIN.PreChargeReq(
                    dcEVStatus: status, evTargetVoltage: .init(car.targetVoltage),
                    evTargetCurrent: .init(min(car.targetCurrent, Amperes(2))))),
            then: .expectPreCharge)
    }

    mutating func preCharge(_ response: DIN.PreChargeRes) {
        guard accepts("PreChargeRes", response.responseCode) else { return }
        guard let car, let limits, let voltage = response.evsePresentVoltage.volts else {
            return close(.protocolError, "The station's voltage is not in volts.")
        }
        heed(response.dcEVSEStatus)
        if let fault = limits.implausibility(voltage: voltage, car: car) { wish(.protocolError, fault) }
        // IEC 61851-23: the battery is connected within 20 V of its own voltage.
        guard stopWish == nil,
            (voltage - car.targetVoltage).magnitude < Volts(20) || tolerates("pre-charge at \(voltage.value) V")
        else {
            return take(.preCharge, after: profile.ongoingPace)
        }
        cancelTimer(.preCharge)
        charging.isEnergized = true
        command(.closeContactor)
        requestPowerDelivery(isReady: true)
    }
}
