internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GMessagesXMLDSig
internal import V2GSession
internal import V2GSignatures

// Charge parameters, schedules, cable check and pre-charge.
extension ISO2EVCC {
    /// What the station announced, and the schedule that was chosen.
    struct Parameters: Sendable {
        var ac: ACLimits?
        var dc: DCLimits?
        var schedules: ISO2Edition.Schedules?
        var schedule: ISO2Schedule?
        /// When the schedules came: their times count from here.
        var anchor: Duration = .zero
    }

    // MARK: ChargeParameterDiscovery

    /// - Parameter isDue: After PowerDeliveryRes(Renegotiate) nothing else may follow, not even the end.
    mutating func requestChargeParameters(isDue: Bool = false) {
        if let stop = wishes.stop, !isDue { return requestSessionStop(stop) }
        let parameter: ISO2.EVChargeParameter
        switch profile.energy {
        case .ac(let car):
            parameter = .acEVChargeParameter(
                ISO2.ACEVChargeParameter(
                    departureTime: remainingDeparture, eAmount: .init(wantedEnergy),
                    evMaxVoltage: .init(car.maximumVoltage), evMaxCurrent: .init(car.maximumCurrent),
                    evMinCurrent: .init(car.minimumCurrent)))
        case .dc(let car):
            parameter = .dcEVChargeParameter(
                ISO2.DCEVChargeParameter(
                    departureTime: remainingDeparture, dcEVStatus: dcStatus,
                    evMaximumCurrentLimit: .init(car.maximumCurrent),
                    evMaximumPowerLimit: .init(car.maximumPower),
                    evMaximumVoltageLimit: .init(car.maximumVoltage),
                    evEnergyCapacity: .init(car.batteryCapacity), evEnergyRequest: .init(wantedEnergy),
                    fullSOC: ISO2.PercentValue(clamping: 100), bulkSOC: ISO2.PercentValue(clamping: 80)))
        }
        send(
            .chargeParameterDiscoveryReq(
                ISO2.ChargeParameterDiscoveryReq(
                    maxEntriesSAScheduleTuple: 24, requestedEnergyTransferMode: services.mode,
                    evChargeParameter: parameter)),
            then: .expectChargeParameterDiscovery)
    }

    /// Time passes: what was said at the beginning is counted down.
    private var remainingDeparture: UInt32? {
        guard let departure = profile.departure else { return nil }
        let elapsed = (moment.uptime - begin).components.seconds
        return elapsed >= Int64(departure) ? 0 : UInt32(clamping: Int64(departure) - max(0, elapsed))
    }

    private var wantedEnergy: WattHours {
        if let wanted = readings.energyRequest { return max(.zero, wanted) }
        switch profile.energy {
        case .ac(let car): return car.energyRequest
        case .dc(let car): return car.energyRequest
        }
    }

    var dcStatus: ISO2.DCEVStatus {
        ISO2.DCEVStatus(
            evReady: !charging.hasVehicleFault,
            evErrorCode: charging.hasVehicleFault ? .failedEVRESSMalfunction : .noError,
            evRESSSOC: ISO2.PercentValue(clamping: Int(max(0, min(100, readings.stateOfCharge)))))
    }

    mutating func chargeParameterDiscovery(
        _ response: ISO2.ChargeParameterDiscoveryRes, signature: XMLDSig.Signature?
    ) {
        guard accepts("ChargeParameterDiscoveryRes", response.responseCode) else { return }
        switch response.evseProcessing {
        case .ongoing, .ongoingWaitingForCustomerInteraction:
            startOngoing("charge parameters")
            heed(response.evseChargeParameter.status)
            take(.chargeParameterDiscovery, after: profile.ongoingPace)
        case .finished:
            cancelTimer(.ongoing)
            guard readLimits(response.evseChargeParameter) else { return }
            heed(response.evseChargeParameter.status)
            guard readSchedules(response.saSchedules, signature: signature) else { return }
            if let stop = wishes.stop { return requestSessionStop(stop) }
            wishes.isRenegotiation = false
            if profile.energy.isDC {
                note(.phase("cable check"))
                command(.pilotReady)  // [V2G2-912]: CableCheck needs state C or D
                startTimer(.cableCheck, timing.cableCheck)
                requestCableCheck()
            } else {
                requestPowerDelivery(.start)
            }
        }
    }

    private mutating func readLimits(_ parameter: ISO2.EVSEChargeParameter) -> Bool {
        switch (parameter, profile.energy) {
        case (.acEVSEChargeParameter(let offer), .ac):
            guard let limits = ACLimits(offer) else {
                close(.protocolError, "The station's AC parameters have wrong units or are out of range.")
                return false
            }
            parameters.ac = limits
        case (.dcEVSEChargeParameter(let offer), .dc(let car)):
            guard let limits = DCLimits(offer) else {
                close(.protocolError, "The station's DC limits have wrong units or are out of range.")
                return false
            }
            parameters.dc = limits
            guard limits.voltage.contains(car.targetVoltage) || tolerates("a station without the battery's voltage")
            else {
                requestSessionStop(
                    Wishes.Stop(
                        outcome: .refused,
                        reason: "The station does not deliver the \(car.targetVoltage.value) V that the battery needs.")
                )
                return false
            }
        case (.acEVSEChargeParameter, .dc), (.dcEVSEChargeParameter, .ac):
            close(.protocolError, "The station's parameters are of the other kind of current than was asked for.")
            return false
        }
        return true
    }

    // MARK: Schedules

    private mutating func readSchedules(_ schedules: ISO2.SASchedules?, signature: XMLDSig.Signature?) -> Bool {
        guard case .saScheduleList(let list) = schedules else {
            close(.protocolError, "The station finished ChargeParameterDiscovery without a schedule [V2G2-905].")
            return false
        }
        let tuples = list.saScheduleTuple.elements
        guard Set(tuples.map(\.saScheduleTupleID)).count == tuples.count else {
            close(.protocolError, "Two schedules have one identifier.")
            return false
        }
        var offered = tuples.compactMap(ISO2Schedule.init)
        if offered.count < tuples.count {
            note(.warning("\(tuples.count - offered.count) of \(tuples.count) schedules cannot be read; not used."))
        }
        if areTariffsGenuine(tuples.compactMap(\.salesTariff), signature) {
            for index in offered.indices { offered[index].tariff = offered[index].tuple.salesTariff }
        }
        let departure = remainingDeparture.flatMap { $0 == 0 ? nil : $0 } ?? 86_400
        if offered.contains(where: { ($0.end ?? .max) < departure }) {
            note(.warning("A schedule ends before the car departs in \(departure) s."))
        }
        // Only the first choice after a pause is bound to what was chosen before it.
        let earlier = hasJoined && parameters.schedule == nil ? resume?.selections.selectedTuple : nil
        guard
            let choice = offered.choice(
                wanted: wantedEnergy, departure: departure, power: ownPower, earlier: earlier)
        else {
            close(.protocolError, "None of the station's schedules can be followed.")
            return false
        }
        if let tuple = earlier, tuple != choice.tuple.saScheduleTupleID.value {
            note(.warning("The station does not offer schedule \(tuple) of the paused session again."))
        }
        parameters.schedules = ISO2Edition.Schedules(tuples: tuples, signature: signature)
        parameters.schedule = choice
        parameters.anchor = moment.uptime
        return true
    }

    /// Prices count only when the operator of our contract signed them: by the sub-CA that issued the contract.
    private mutating func areTariffsGenuine(_ tariffs: [ISO2.SalesTariff], _ signature: XMLDSig.Signature?) -> Bool {
        guard !tariffs.isEmpty else { return false }
        guard services.payment == .contract else {
            note(.warning("Sales tariffs without a contract cannot be verified; they are not used."))
            return false
        }
        guard let key = identification.tariffKey else {
            note(.securityEvent("Sales tariffs are not used: the contract's chain has no sub-CA to verify them with."))
            return false
        }
        do {
            let verified = try signatures.verify(signature, over: SignableElement.elements(of: tariffs), by: key)
            note(
                .signatureVerified(
                    message: "ChargeParameterDiscoveryRes", grammar: verified.grammar.rawValue,
                    isOutOfProfile: verified.isOutOfProfile))
            return true
        } catch {
            note(.securityEvent("Sales tariffs are not used, since their signature is not good: \(error.message)"))
            return false
        }
    }

    /// The most that the car takes.
    var ownPower: Watts {
        switch profile.energy {
        case .ac(let car):
            guard let ac = parameters.ac else { return .zero }
            let current = min(car.maximumCurrent, ac.current)
            return Watts(ac.voltage.value * current.value * Double(services.mode.phases))
        case .dc(let car): return min(car.maximumPower, parameters.dc?.power ?? .zero)
        }
    }

    // MARK: CableCheck and PreCharge

    mutating func requestCableCheck() {
        if let stop = wishes.stop { return requestSessionStop(stop) }
        send(.cableCheckReq(ISO2.CableCheckReq(dcEVStatus: dcStatus)), then: .expectCableCheck)
    }

    mutating func cableCheck(_ response: ISO2.CableCheckRes) {
        guard accepts("CableCheckRes", response.responseCode) else { return }
        heed(.dcEVSEStatus(response.dcEVSEStatus))
        guard response.evseProcessing == .finished else {
            return take(.cableCheck, after: profile.ongoingPace)
        }
        cancelTimer(.cableCheck)
        switch response.dcEVSEStatus.evseIsolationStatus {
        case .valid: break
        case .warning, .noIMD, nil:
            note(.warning("The cable check finished without a valid isolation status."))
        case .invalid, .fault:
            wish(stop: .equipmentFault, "The cable check found an isolation fault. Do not use this station.")
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
        if let stop = wishes.stop { return requestSessionStop(stop) }
        guard case .dc(let car) = profile.energy else { return }
        send(
            .preChargeReq(
                ISO2.PreChargeReq(
                    dcEVStatus: dcStatus, evTargetVoltage: .init(car.targetVoltage),
                    evTargetCurrent: .init(min(car.targetCurrent, Amperes(2))))),
            then: .expectPreCharge)
    }

    mutating func preCharge(_ response: ISO2.PreChargeRes) {
        guard accepts("PreChargeRes", response.responseCode) else { return }
        guard case .dc(let car) = profile.energy, let limits = parameters.dc,
            let voltage = response.evsePresentVoltage.volts
        else { return close(.protocolError, "The station's voltage is not in volts.") }
        heed(.dcEVSEStatus(response.dcEVSEStatus))
        if let fault = limits.implausibility(voltage: voltage, car: car) { wish(stop: .protocolError, fault) }
        // IEC 61851-23: the battery is connected within 20 V of its own voltage.
        let isReached =
            (voltage - car.targetVoltage).magnitude < Volts(20) || tolerates("pre-charge at \(voltage.value) V")
        guard isReached, wishes.stop == nil else {
            return take(.preCharge, after: profile.ongoingPace)
        }
        cancelTimer(.preCharge)
        charging.isEnergized = true
        command(.closeContactor)
        requestPowerDelivery(.start)
    }
}
