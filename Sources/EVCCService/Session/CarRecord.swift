/// What a session of the car was like, for people and programs.
package struct CarRecord: Sendable, Codable {
    package struct Entry: Sendable, Codable {
        /// Milliseconds since the car began to look for a station.
        package let atMilliseconds: Double
        package let what: String
    }

    package struct Certificate: Sendable, Codable {
        package let role: String
        package let subject: String
        package let verdict: String
        package let rules: [String]
    }

    /// `completed`, `paused`, `refused`, `timedOut`, `protocolError`, `linkLost`, `equipmentFault`, `stopped`,
    /// `noStation`.
    package var outcome = "stopped"
    /// A sentence: what, where, why, and the remedy.
    package var reason = ""
    package var protocolName: String?
    package var tlsVersion: String?
    package var cipherSuite: String?
    package var keyExchange: String?
    package var station: String?
    package var certificates: [Certificate] = []
    package var authorization: String?
    package var contractInstalled = false
    /// From the first discovery request until the station accepted the start of charging.
    package var chargingAfterMilliseconds: Double?
    package var energyWattHours: Double?
    package var chargeLoops = 0
    package var receipts = 0
    package var securityEvents: [String] = []
    package var warnings: [String] = []
    package var timeline: [Entry] = []

    package init() {}

    package var isGood: Bool { outcome == "completed" || outcome == "paused" }
}
