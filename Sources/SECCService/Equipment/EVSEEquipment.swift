package import NIOCore
package import V2GSession

/// The charging equipment of one EVSE: pilot, contactor, power electronics, meter. A real charger brings its own.
///
/// All calls come on one event loop, that of the session that uses the EVSE; reports go back on it. A command must not
/// block. Whatever fails has to open the contactor by itself: the session is told, it is not asked.
package protocol EVSEEquipment: AnyObject {
    /// A session begins.
    ///
    /// - Parameter report: Takes the whole state after each change; called on `loop`, never from within a call to the
    ///   equipment.
    func attach(on loop: any EventLoop, report: @escaping (EVSEReadings) -> Void)
    func carryOut(_ command: PowerCommand)
    /// The session is over: power off, pilot as without a session.
    func detach()
    /// What the car's side of the cable would show by now, from what it says. Real equipment measures the pilot and
    /// ignores it; a simulation has no copper to measure.
    func carMoves(to pilot: ControlPilot)
}
