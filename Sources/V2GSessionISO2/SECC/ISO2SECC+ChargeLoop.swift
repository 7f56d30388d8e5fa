internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GPrimitives
internal import V2GSession
internal import V2GSignatures

// ChargingStatus, CurrentDemand, MeteringReceipt.
extension ISO2SECC {
    /// Once in so many loops, for contracts only [V2G2-691], and never without something to sign.
    private var isReceiptDue: Bool {
        guard payment == .contract, let every = offer.receiptEvery, every > 0 else { return false }
        return loops % every == 0
    }

    /// Counts the loop, and says what follows it and which reading it shows.
    private mutating func loop(isDC: Bool) -> (next: State, meter: ISO2.MeterInfo?, receipt: Bool) {
        loops &+= 1
        let meter = meterInfo
        if firstMeterReading == nil { firstMeterReading = readings.meter?.energy }
        guard isReceiptDue, let meter else { return (.expectChargeLoop(isDC: isDC, hasLooped: true), meter, false) }
        return (.expectReceipt(meter, isDC: isDC), meter, true)
    }

    mutating func reportStatus() -> [Action] {
        let limits = limitCurrent()
        let (next, meter, receipt) = loop(isDC: false)
        return answer(
            .chargingStatusRes(chargingStatusRes(.ok, meter: meter, receipt: receipt)), then: next, first: limits)
    }

    func chargingStatusRes(
        _ code: ISO2.ResponseCode, meter: ISO2.MeterInfo?, receipt: Bool?
    ) -> ISO2.ChargingStatusRes {
        ISO2.ChargingStatusRes(
            responseCode: code, evseID: offer.iso2EVSEID, saScheduleTupleID: selectedTuple ?? ISO2.SAID(clamping: 1),
            evseMaxCurrent: limit.map { ISO2.PhysicalValue($0) }, meterInfo: meter, receiptRequired: receipt,
            acEVSEStatus: acStatus)
    }

    /// Tells the equipment what the car may take now: the station's limit, that of the moment, the schedule's.
    mutating func limitCurrent() -> [Action] {
        guard isEnergized, let grant, case .ac(let ac) = offer.energy else { return [] }
        let phases = Double(min(parameters?.mode.phases ?? ac.phases, ac.phases))
        let volts = max(1, ac.nominalVoltage.value)
        var most = ac.maximumCurrent
        if let current = readings.currentLimit { most = min(most, current) }
        if let power = readings.powerLimit { most = min(most, Amperes(power.value / volts / phases)) }
        if let power = scheduledPower { most = min(most, Amperes(power.value / volts / phases)) }
        most = max(.zero, most)
        guard most != limit else { return [] }
        limit = most
        return [.power(.limitAC(grant, most))]
    }

    mutating func supplyCurrent(_ request: ISO2.CurrentDemandReq) -> [Action] {
        guard let voltage = request.evTargetVoltage.volts, let current = request.evTargetCurrent.amperes else {
            return refuse(.currentDemand, .failed, "The car's set point is not in V and A.")
        }
        let limited = clamped(voltage, current)
        var first: [Action] = []
        if isEnergized, let grant, readings.controlPilot.isReadyToCharge, setPoint != limited.setPoint {
            setPoint = limited.setPoint
            first.append(.power(.deliverDC(grant, limited.setPoint.voltage, limited.setPoint.current)))
        }
        let (next, meter, receipt) = loop(isDC: true)
        var response = currentDemandRes(.ok, .ready)
        response.evseVoltageLimitAchieved = limited.voltage
        response.evseCurrentLimitAchieved = limited.current
        response.evsePowerLimitAchieved = limited.power
        response.meterInfo = meter
        response.receiptRequired = receipt
        return answer(.currentDemandRes(response), then: next, first: first)
    }

    func currentDemandRes(_ code: ISO2.ResponseCode, _ readiness: DCReadiness) -> ISO2.CurrentDemandRes {
        ISO2.CurrentDemandRes(
            responseCode: code, dcEVSEStatus: dcStatus(readiness),
            evsePresentVoltage: ISO2.PhysicalValue(readings.voltage),
            evsePresentCurrent: ISO2.PhysicalValue(readings.current), evseCurrentLimitAchieved: false,
            evseVoltageLimitAchieved: false, evsePowerLimitAchieved: false,
            evseMaximumVoltageLimit: ISO2.PhysicalValue(dcLimits.voltage),
            evseMaximumCurrentLimit: ISO2.PhysicalValue(dcLimits.current),
            evseMaximumPowerLimit: ISO2.PhysicalValue(dcLimits.power), evseID: offer.iso2EVSEID,
            saScheduleTupleID: selectedTuple ?? ISO2.SAID(clamping: 1))
    }

    /// The station's limits of the moment.
    var dcLimits: (voltage: Volts, current: Amperes, power: Watts) {
        guard case .dc(let dc) = offer.energy else { return (.zero, .zero, .zero) }
        var power = dc.maximumPower
        if let narrowed = readings.powerLimit { power = min(power, narrowed) }
        if let scheduled = scheduledPower { power = min(power, scheduled) }
        let current = readings.currentLimit.map { min($0, dc.maximumCurrent) } ?? dc.maximumCurrent
        return (dc.maximumVoltage, max(.zero, current), max(.zero, power))
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

    mutating func takeReceipt(_ request: ISO2.MeteringReceiptReq, _ header: ISO2.MessageHeader) -> [Action] {
        guard case .expectReceipt(let shown, let isDC) = state else { return [] }
        var actions: [Action] = []
        do throws(SignatureRefusal) {
            let verified = try verify(request, header, shown)
            actions.append(
                .note(
                    .signatureVerified(
                        message: "MeteringReceiptReq", grammar: verified.grammar.rawValue,
                        isOutOfProfile: verified.isOutOfProfile)))
            if let signature = header.signature {
                actions.append(.keepReceipt(ISO2Edition.Receipt(request: request, signature: signature)))
            }
        } catch {
            // Whether a bad receipt ends the charging is the operator's choice [V2G2-904]; it is never kept.
            guard !offer.requiresValidReceipts else {
                return refuse(.meteringReceipt, .failedMeteringSignatureNotValid, error.message)
            }
            actions.append(.note(.securityEvent("A metering receipt is not valid and was not kept: \(error.message)")))
        }
        let response = ISO2.MeteringReceiptRes(responseCode: .ok, evseStatus: status(.ready))
        return answer(
            .meteringReceiptRes(response), then: .expectChargeLoop(isDC: isDC, hasLooped: true), first: actions)
    }

    /// The receipt repeats what the car was shown, in this session, and is signed with the contract's key.
    private func verify(
        _ request: ISO2.MeteringReceiptReq, _ header: ISO2.MessageHeader, _ shown: ISO2.MeterInfo
    ) throws(SignatureRefusal) -> VerifiedSignature {
        guard let session, session.matches(request.sessionID.octets),
            request.saScheduleTupleID == nil || request.saScheduleTupleID == selectedTuple
        else {
            throw SignatureRefusal(.digestMismatch, "The receipt is of another session or schedule.")
        }
        guard request.meterInfo == shown else {
            throw SignatureRefusal(.digestMismatch, "The receipt's MeterInfo is not what the car was shown.")
        }
        guard let contract else { throw SignatureRefusal(.missing, "There is no contract that could have signed.") }
        return try signatures.verify(header.signature, over: [try .meteringReceiptReq(request)], by: contract.signer)
    }
}
