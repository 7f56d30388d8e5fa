package import V2GPrimitives

/// What the charging equipment reports, as one value: cores keep the newest and never ask for it.
package struct EVSEReadings: Sendable, Hashable {
    package var controlPilot: ControlPilot = .b
    package var contactor: ContactorState = .open
    /// DC only: result of the isolation test.
    package var isolation: IsolationState = .notTested
    package var voltage: Volts = .zero
    package var current: Amperes = .zero
    /// Delivered to the car since the session began, positive to the car.
    package var power: Watts = .zero
    package var meter: MeterReading?
    /// A fault that forbids charging; `nil` when there is none.
    package var fault: EquipmentFault?
    /// AC: a residual current was detected.
    package var residualCurrent = false
    /// Narrowed limits of the moment (load management); `nil` leaves what was announced.
    package var powerLimit: Watts?
    package var currentLimit: Amperes?

    package init() {}
}

/// States of the control pilot, IEC 61851-1. `b` to `d` say with the oscillator on.
package enum ControlPilot: String, Sendable, Hashable, CaseIterable {
    /// No car.
    case a
    /// Car, not ready.
    case b
    /// Car ready.
    case c
    /// Car ready, ventilation asked for.
    case d
    /// Short circuit or power loss.
    case e
    /// Station not available.
    case f

    package var isReadyToCharge: Bool { self == .c || self == .d }
    package var isConnected: Bool { self == .b || self == .c || self == .d }
}

package enum ContactorState: String, Sendable, Hashable, CaseIterable {
    case open, closed
    /// Asked to open, still closed.
    case welded
}

package enum IsolationState: String, Sendable, Hashable, CaseIterable {
    case notTested, testing, valid, warning, fault
}

package enum EquipmentFault: String, Sendable, Hashable, CaseIterable {
    case emergencyStop, contactor, isolation, overTemperature, powerModule, meter, internalError
}

/// A reading of the calibrated meter, with the meter's own signature where it makes one.
package struct MeterReading: Sendable, Hashable {
    /// At most 32 characters.
    package let meterID: String
    /// Energy register, charged.
    package let energy: WattHours
    /// Energy register, discharged, where the meter has one.
    package let discharged: WattHours?
    /// The meter's signature over its reading, at most 64 bytes; carried unchanged to the backend.
    package let signature: [UInt8]?
    package let status: Int16?
    package let time: Timestamp

    package init(
        meterID: String, energy: WattHours, discharged: WattHours? = nil, signature: [UInt8]? = nil,
        status: Int16? = nil, time: Timestamp
    ) {
        self.meterID = meterID
        self.energy = energy
        self.discharged = discharged
        self.signature = signature
        self.status = status
        self.time = time
    }
}
