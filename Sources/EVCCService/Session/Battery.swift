package import V2GSession

/// A battery that fills while charge loop messages go by: enough for a session to have a beginning and an end.
package struct Battery: Sendable {
    package private(set) var readings = VehicleReadings()
    /// Percent that each charge loop message brings.
    private let step: Double
    private let target: Double

    package init(stateOfCharge: Double, target: Double, loops: Int) {
        readings.stateOfCharge = min(max(stateOfCharge, 0), 100)
        self.target = min(max(target, readings.stateOfCharge), 100)
        step = (self.target - readings.stateOfCharge) / Double(max(loops, 1))
        readings.voltage = Self.voltage(at: readings.stateOfCharge)
    }

    /// A charge loop message was answered.
    package mutating func charge() {
        readings.stateOfCharge = min(target, readings.stateOfCharge + step)
        readings.voltage = Self.voltage(at: readings.stateOfCharge)
        readings.isFull = readings.stateOfCharge >= target
    }

    package mutating func obey(_ command: VehicleCommand) {
        switch command {
        case .pilotReady: readings.controlPilot = .c
        case .pilotNotReady: readings.controlPilot = .b
        case .lockPlug: readings.isPlugLocked = true
        case .unlockPlug: readings.isPlugLocked = false
        case .take(let current): readings.current = current
        case .takePower(let power): readings.power = power
        case .openContactor:
            readings.current = .zero
            readings.power = .zero
        case .closeContactor: break
        }
    }

    /// 350 V empty, 410 V full.
    private static func voltage(at stateOfCharge: Double) -> Volts { Volts(350 + 0.6 * stateOfCharge) }
}
