/// What a station's core asks of the charging equipment. Whatever energizes the outlet takes a ``ChargingGrant``.
package enum PowerCommand: Sendable, Hashable {
    /// AC: closes the contactor towards a car in state C or D.
    case closeContactor(ChargingGrant)
    /// AC: the current that the car may take, through the pilot's duty cycle or the schedule.
    case limitAC(ChargingGrant, Amperes)
    /// DC: tests the isolation with the output relays closed.
    case startIsolationTest(ChargingGrant)
    /// DC: brings the output to a voltage, with at most 2 A.
    case preCharge(ChargingGrant, Volts, Amperes)
    /// DC: the set point; negative current discharges the car.
    case deliverDC(ChargingGrant, Volts, Amperes)
    /// AC of -20 with bidirectional power: the set point; negative discharges the car.
    case deliverAC(ChargingGrant, Watts)
    /// Ramps down and opens the contactor or output relays; safe at any time.
    case stop
    /// Pilot to the state X1 (100 %): the car is not to charge.
    case pilotOff
    /// Pilot with the digital communication's duty cycle (5 %).
    case pilotOn
}
