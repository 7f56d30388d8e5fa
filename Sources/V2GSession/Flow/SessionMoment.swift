package import V2GPrimitives

/// The time of an event, given by the driver: a monotonic reading for durations, and the wall clock for certificates,
/// schedules and -20's headers.
package struct SessionMoment: Sendable, Hashable {
    /// Since an arbitrary start; never goes back.
    package let uptime: Duration
    /// From a trusted clock.
    package let wall: Timestamp

    package init(uptime: Duration, wall: Timestamp) {
        self.uptime = uptime
        self.wall = wall
    }
}

/// How a connection came about, fixed before a core starts.
package struct SessionLink: Sendable, Hashable {
    package enum Security: Sendable, Hashable {
        case plain, tls12, tls13

        package var isTLS: Bool { self != .plain }
    }

    package let security: Security
    /// SHA-512 over the peer's leaf certificate (DER), where it authenticated itself: -20's vehicle certificate.
    package let peerLeafDigest: [UInt8]?

    package init(security: Security, peerLeafDigest: [UInt8]? = nil) {
        self.security = security
        self.peerLeafDigest = peerLeafDigest
    }
}
