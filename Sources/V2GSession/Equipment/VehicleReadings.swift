/// What the car's electronics report.
package struct VehicleReadings: Sendable, Hashable {
    /// State of charge, 0...100 percent.
    package var stateOfCharge: Double = 50
    package var voltage: Volts = .zero
    package var current: Amperes = .zero
    package var power: Watts = .zero
    /// What the pilot of the station says.
    package var controlPilot: ControlPilot = .b
    package var isPlugLocked = true
    /// Energy still wanted, `nil` when not known.
    package var energyRequest: WattHours?
    package var isFull = false
    package var fault: String?

    package init() {}
}

/// What a car's core asks of the car's electronics.
package enum VehicleCommand: Sendable, Hashable {
    /// Control pilot to state C: ready to be charged.
    case pilotReady
    /// Control pilot back to state B.
    case pilotNotReady
    case closeContactor
    case openContactor
    /// AC: what the on-board charger may take.
    case take(Amperes)
    case takePower(Watts)
    case lockPlug, unlockPlug
}
