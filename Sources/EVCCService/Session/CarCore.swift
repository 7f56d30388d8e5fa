package import V2GSession
package import V2GSessionDIN
package import V2GSessionISO2
package import V2GSessionISO20

/// What the driver asks of a car's core; the cores of all editions are alike.
package protocol CarCore: Sendable {
    associatedtype Edition: SessionCoding

    mutating func handle(_ event: EVCCEvent<Edition>, at moment: SessionMoment) -> [EVCCAction<Edition>]
}

extension DINEVCC: CarCore {}
extension ISO2EVCC: CarCore {}
extension ISO20EVCC: CarCore {}
