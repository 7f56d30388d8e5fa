package import V2GSession

/// What a run of the car does.
package struct CarConfiguration: Sendable {
    /// The protocols that a car can speak, in the names of the command line.
    package enum WireProtocol: String, Sendable, Hashable, CaseIterable {
        case iso20, iso2, din
    }

    package enum Current: String, Sendable, Hashable, CaseIterable {
        case ac, dc
    }

    /// The network interface towards the station.
    package var interface: String
    /// The directory that `v2g pki init` makes, or one like it.
    package var pki: String
    /// Where installed contracts are kept; `nil` keeps them for this run only.
    package var state: String?
    package var authorization: [AuthorizationMethod] = [.plugAndCharge, .external]
    package var current = Current.ac
    /// In the order of preference.
    package var protocols: [WireProtocol] = [.iso20, .iso2]
    package var installsContract = false
    /// Pause in the middle of each session and take it up again.
    package var pauses = false
    package var sessions = 1
    package var quirks: Set<Quirk> = []
    package var control = VehicleProfile.Control.scheduled
    package var isBidirectional = false
    /// Charge loop messages until the battery has what it wants.
    package var loops = 10
    /// Between charge loop messages.
    package var loopPace: Duration = .zero
    package var stateOfCharge = 50.0
    package var departure: UInt32?
    /// SSLKEYLOGFILE lines go here; for development only.
    package var keyLog: (@Sendable (String) -> Void)?

    package init(interface: String, pki: String) {
        self.interface = interface
        self.pki = pki
    }

    /// TLS is asked for unless DIN is all that may be spoken, which has none.
    package var wantsTLS: Bool { protocols != [.din] }
}
