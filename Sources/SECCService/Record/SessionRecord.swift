package import Logging
package import V2GPrimitives

/// What a session was, as one JSON file: for operators, disputes and statistics. Holds no eMAID or EVCCID in clear.
package struct SessionRecord: Sendable, Codable, Hashable {
    package struct Entry: Sendable, Codable, Hashable {
        /// Since the connection was ready.
        package var milliseconds: Double
        /// `phase`, `response`, `refusal`, `warning`, `security`, `tolerance`, `power`, ...
        package var kind: String
        package var text: String
        package var code: String?
    }

    package struct CertificateSeen: Sendable, Codable, Hashable {
        package var role: String
        package var fingerprint: String
        package var verdict: String
        /// Rules that refused or tolerances that were used.
        package var rules: [String]
    }

    package struct TLS: Sendable, Codable, Hashable {
        package var version: String
        package var suite: String
        package var group: String
        package var staplesSent: Int
        package var authorityMatched: Bool
    }

    package var evse: String
    package var session: String?
    package var peer: String?
    package var begin: String
    package var durationMilliseconds: Double = 0
    package var protocolName: String?
    package var offered: [String] = []
    package var tls: TLS?
    package var authorization: String?
    package var certificates: [CertificateSeen] = []
    package var timeline: [Entry] = []
    /// How often each response code was given.
    package var codes: [String: Int] = [:]
    package var messages = 0
    package var energyWattHours: Double = 0
    package var receipts = 0
    package var wasPaused = false
    package var outcome: String?
    package var reason: String?
    package var connectionEnd: String?

    package init(evse: String, peer: String?, begin: Timestamp) {
        self.evse = evse
        self.peer = peer
        self.begin = begin.description
    }

    package var logMetadata: Logger.Metadata {
        [
            "v2g.evse": "\(evse)", "v2g.protocol": "\(protocolName ?? "-")", "v2g.outcome": "\(outcome ?? "-")",
            "v2g.reason": "\(reason ?? "-")", "v2g.energy": "\(Int(energyWattHours))",
            "v2g.duration": "\(Int(durationMilliseconds))", "v2g.messages": "\(messages)",
            "v2g.receipts": "\(receipts)", "v2g.connection": "\(connectionEnd ?? "-")",
        ]
    }
}
