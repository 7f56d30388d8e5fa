internal import V2GMessagesDIN
internal import V2GSession

// What responses say about the station.
extension DINSECC {
    /// How the station says it is. Faults and a wish to stop take precedence.
    enum Readiness: Sendable {
        case notReady, ready, testingIsolation
    }

    /// Asked to by the operator, or after a car in state B has taken the charging back: the station does not go on then
    /// without being asked.
    private var wantsStop: Bool {
        if isAskedToStop { return true }
        guard case .expectCurrentDemand = state else { return false }
        return !isEnergized
    }

    func status(_ readiness: Readiness) -> DIN.DCEVSEStatus {
        let code: DIN.DCEVSEStatusCode =
            switch (readings.fault, wantsStop, readiness) {
            case (.emergencyStop, _, _): .evSEEmergencyShutdown
            case (.contactor, _, _), (.isolation, _, _), (.overTemperature, _, _), (.powerModule, _, _),
                (.meter, _, _), (.internalError, _, _):
                .evSEMalfunction
            case (nil, true, _): .evSEShutdown
            case (nil, false, .notReady): .evSENotReady
            case (nil, false, .ready): .evSEReady
            case (nil, false, .testingIsolation): .evSEIsolationMonitoringActive
            }
        return DIN.DCEVSEStatus(
            evseIsolationStatus: readings.isolation.din, evseStatusCode: code, notificationMaxDelay: 0,
            evseNotification: wantsStop ? .stopCharging : .none)
    }

    /// What the station can give, narrowed to what it can give at the moment.
    func chargeParameter(_ readiness: Readiness) -> DIN.EVSEChargeParameter {
        let minimum: (current: Amperes, voltage: Volts, ripple: Amperes) =
            if case .dc(let dc) = offer.energy {
                (dc.minimumCurrent, dc.minimumVoltage, dc.peakRipple)
            } else { (.zero, .zero, .zero) }
        return .dcEVSEChargeParameter(
            DIN.DCEVSEChargeParameter(
                dcEVSEStatus: status(readiness), evseMaximumCurrentLimit: DIN.PhysicalValue(dcLimits.current),
                evseMaximumPowerLimit: DIN.PhysicalValue(dcLimits.power),
                evseMaximumVoltageLimit: DIN.PhysicalValue(dcLimits.voltage),
                evseMinimumCurrentLimit: DIN.PhysicalValue(minimum.current),
                evseMinimumVoltageLimit: DIN.PhysicalValue(minimum.voltage),
                evsePeakCurrentRipple: DIN.PhysicalValue(minimum.ripple)))
    }
}

extension IsolationState {
    var din: DIN.IsolationLevel {
        switch self {
        case .notTested, .testing: .invalid
        case .valid: .valid
        case .warning: .warning
        case .fault: .fault
        }
    }
}
