internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GPrimitives
internal import V2GSession

/// How a DC station says it is. Faults and a wish to stop take precedence.
enum DCReadiness: Sendable {
    case notReady, ready, testingIsolation
}

// What responses say about the station.
extension ISO2SECC {
    /// A car in state B while power was on has taken the charging back; the station does not go on without being asked.
    var wishes: ISO2.EVSENotification {
        notification == .none && isInterrupted ? .stopCharging : notification
    }

    /// In the charge loop, but without power.
    private var isInterrupted: Bool {
        switch state {
        case .expectChargeLoop, .expectReceipt: !isEnergized
        case .notBegun, .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectContract,
            .awaitProvisioning, .awaitContractVerdict, .expectSignedAuthorization, .expectExternalAuthorization,
            .expectParameters, .awaitSchedules, .expectCableCheck, .awaitCableCheck, .expectPreCharge,
            .expectPowerDelivery, .awaitContactor, .awaitPowerOff, .expectStop, .awaitPilotRelease, .ended:
            false
        }
    }

    var acStatus: ISO2.ACEVSEStatus {
        ISO2.ACEVSEStatus(notificationMaxDelay: 0, evseNotification: wishes, rcd: readings.residualCurrent)
    }

    func dcStatus(_ readiness: DCReadiness) -> ISO2.DCEVSEStatus {
        let code: ISO2.DCEVSEStatusCode =
            switch (readings.fault, wishes, readiness) {
            case (.emergencyStop, _, _): .evSEEmergencyShutdown
            case (.contactor, _, _), (.isolation, _, _), (.overTemperature, _, _), (.powerModule, _, _),
                (.meter, _, _), (.internalError, _, _):
                .evSEMalfunction
            case (nil, .stopCharging, _): .evSEShutdown
            case (nil, .none, .notReady), (nil, .reNegotiation, .notReady): .evSENotReady
            case (nil, .none, .ready), (nil, .reNegotiation, .ready): .evSEReady
            case (nil, .none, .testingIsolation), (nil, .reNegotiation, .testingIsolation):
                .evSEIsolationMonitoringActive
            }
        return ISO2.DCEVSEStatus(
            notificationMaxDelay: 0, evseNotification: wishes, evseIsolationStatus: readings.isolation.iso2,
            evseStatusCode: code)
    }

    func status(_ readiness: DCReadiness) -> ISO2.EVSEStatus {
        offer.energy.isDC ? .dcEVSEStatus(dcStatus(readiness)) : .acEVSEStatus(acStatus)
    }

    /// What the station can give, narrowed to what it can give at the moment.
    func chargeParameter(_ readiness: DCReadiness) -> ISO2.EVSEChargeParameter {
        switch offer.energy {
        case .ac(let ac):
            let current = readings.currentLimit.map { min($0, ac.maximumCurrent) } ?? ac.maximumCurrent
            return .acEVSEChargeParameter(
                ISO2.ACEVSEChargeParameter(
                    acEVSEStatus: acStatus, evseNominalVoltage: ISO2.PhysicalValue(ac.nominalVoltage),
                    evseMaxCurrent: ISO2.PhysicalValue(current)))
        case .dc(let dc):
            let current = readings.currentLimit.map { min($0, dc.maximumCurrent) } ?? dc.maximumCurrent
            let power = readings.powerLimit.map { min($0, dc.maximumPower) } ?? dc.maximumPower
            return .dcEVSEChargeParameter(
                ISO2.DCEVSEChargeParameter(
                    dcEVSEStatus: dcStatus(readiness), evseMaximumCurrentLimit: ISO2.PhysicalValue(current),
                    evseMaximumPowerLimit: ISO2.PhysicalValue(power),
                    evseMaximumVoltageLimit: ISO2.PhysicalValue(dc.maximumVoltage),
                    evseMinimumCurrentLimit: ISO2.PhysicalValue(dc.minimumCurrent),
                    evseMinimumVoltageLimit: ISO2.PhysicalValue(dc.minimumVoltage),
                    evsePeakCurrentRipple: ISO2.PhysicalValue(dc.peakRipple)))
        }
    }

    /// The newest reading, `nil` without a meter.
    var meterInfo: ISO2.MeterInfo? {
        guard let meter = readings.meter, let id = try? ISO2.MeterID(String(meter.meterID.prefix(32))) else {
            return nil
        }
        return ISO2.MeterInfo(
            meterID: id, meterReading: UInt64(clampingHours: meter.energy),
            sigMeterReading: meter.signature.flatMap { try? ISO2.SigMeterReading($0) }, meterStatus: meter.status,
            tMeter: meter.time.seconds)
    }
}

extension UInt64 {
    /// Whole watt-hours.
    init(clampingHours energy: WattHours) {
        self = UInt64(Swift.max(0, Swift.min(energy.value.rounded(), 9e18)))
    }
}

extension IsolationState {
    var iso2: ISO2.IsolationLevel {
        switch self {
        case .notTested, .testing: .invalid
        case .valid: .valid
        case .warning: .warning
        case .fault: .fault
        }
    }
}
