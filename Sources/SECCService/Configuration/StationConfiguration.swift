package import Logging
package import V2GCertificates
package import V2GPrimitives
package import V2GSession

/// What an operator wrote for a station: read strictly, complete, with defaults filled in.
package struct StationConfiguration: Sendable, Hashable {
    /// The editions of the protocol that can be served.
    package enum ServedProtocol: String, Sendable, Hashable, CaseIterable {
        case iso20, iso2, din
    }

    /// Where certificates and keys come from.
    package enum PKISource: Sendable, Hashable {
        /// As `v2g pki init` lays it out.
        case directory(String)
        /// File by file, key by key.
        case files(trust: TrustFiles, credentials: [CredentialFiles])
    }

    /// Which port discovery announces.
    package enum Announcement: String, Sendable, Hashable, CaseIterable {
        /// One of 49152...65535, chosen once.
        case dynamic
        /// The EVSE's own.
        case port
    }

    package enum Power: String, Sendable, Hashable, CaseIterable { case ac, dc }

    /// What stands behind an EVSE.
    package enum Equipment: Sendable, Hashable {
        /// With the times of real hardware.
        case simulated
        /// That never waits: for measurements and tests.
        case simulatedAtOnce
    }

    /// What the stand-in says to external identification.
    package enum ExternalPolicy: String, Sendable, Hashable, CaseIterable {
        case accept, deny
        /// Accepts after three seconds, as if somebody looked for a card.
        case delay
    }

    package struct EVSE: Sendable, Hashable {
        package var id: EVSEID
        package var interface: String
        package var port: UInt16
        package var announcement: Announcement
        package var power: Power
        package var equipment: Equipment

        package init(
            id: EVSEID, interface: String, port: UInt16 = 15118, announcement: Announcement = .dynamic,
            power: Power = .dc, equipment: Equipment = .simulated
        ) {
            self.id = id
            self.interface = interface
            self.port = port
            self.announcement = announcement
            self.power = power
            self.equipment = equipment
        }
    }

    package struct TrustFiles: Sendable, Hashable {
        package var edition: Edition = .iso2
        package var v2g: [String] = []
        package var mo: [String] = []
        package var oem: [String] = []
        package var privateEnvironment: [String] = []
        package var subCAs: [String] = []
        package var crls: [String] = []

        package init() {}
    }

    package struct CredentialFiles: Sendable, Hashable {
        package var role: Role
        package var edition: Edition
        package var chain: String
        package var key: String

        package init(role: Role, edition: Edition, chain: String, key: String) {
            self.role = role
            self.edition = edition
            self.chain = chain
            self.key = key
        }
    }

    package var pki: PKISource
    /// Directory of records, queues and caches.
    package var state: String
    package var protocols: [ServedProtocol] = ServedProtocol.allCases
    package var authorization: [AuthorizationMethod] = [.plugAndCharge, .external]
    package var allowsTLS13 = true
    package var quirks: Set<Quirk> = []
    package var logLevel = Logger.Level.info
    /// The port of `announce: dynamic`; `nil` chooses one and keeps it.
    package var dynamicPort: UInt16?
    package var external = ExternalPolicy.accept
    /// A receipt or metering confirmation is asked for once in so many charge loop messages; `nil` never.
    package var receiptEvery: Int? = 10
    package var evses: [EVSE]

    package init(pki: PKISource, state: String, evses: [EVSE]) {
        self.pki = pki
        self.state = state
        self.evses = evses
    }

    /// The interfaces that EVSEs are on, in the order of the file.
    package var interfaces: [String] {
        var seen: [String] = []
        for evse in evses where !seen.contains(evse.interface) { seen.append(evse.interface) }
        return seen
    }
}
