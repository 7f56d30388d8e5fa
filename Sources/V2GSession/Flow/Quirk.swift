/// Departures of known peers that an operator may tolerate by name. None is on by default; each that lowers security
/// leaves a security event in the log when it is used.
package enum Quirk: String, Sendable, Hashable, CaseIterable {
    /// The Josev stack: P-256 and SHA-256 in -20 (key exchange, certificates, signatures), the provisioning certificate
    /// as TLS client, no OCSP staple, -20 certificate installation under payload type 0x8001.
    case josev
    /// A -20 car that needs longer than 0.5 s between charge loop messages; or, for our car, a station that needs longer
    /// than 0.25 s (CurrentDemand) or 0.5 s (-20) for its answers.
    case slowChargeLoop = "slow-charge-loop"
    /// Messages whose EXI document is followed by zero bytes within the frame.
    case trailingZeros = "trailing-zeros"
    /// -20 certificate installation under payload type 0x8001.
    case installationUnder8001 = "installation-under-8001"
    /// A DC station without power electronics, such as Josev's simulator: its voltages neither fit the car nor follow
    /// it. A car accepts them. For tests on a bench only, never with a battery.
    case simulatedOutput = "simulated-output"

    /// Whether its use is a security event.
    package var lowersSecurity: Bool { self == .josev || self == .simulatedOutput }

    /// What it does, for help texts and logs.
    package var summary: String {
        switch self {
        case .josev:
            "accept P-256 in -20, the provisioning certificate as TLS client and a chain without OCSP staple"
        case .slowChargeLoop: "wait longer in the charge loop: up to 60 s for a -20 car, 2 s for a station"
        case .trailingZeros: "accept zero bytes after the EXI document"
        case .installationUnder8001: "accept -20 certificate installation under payload type 0x8001"
        case .simulatedOutput: "as a car, charge from a DC station whose voltages are simulated; never with a battery"
        }
    }
}
