internal import V2GFraming

/// What a station listens on, and its limits.
package struct ListenerSettings: Sendable {
    /// A TCP port.
    package enum Port: Sendable, Hashable {
        case fixed(UInt16)
        /// One of 49152...65535, as the editions ask: this one when it is free, else one at random.
        case dynamic(preferred: UInt16?)
    }

    package var place: LinkPlace
    package var ports: [Port]
    package var security: SecurityPolicy
    package var limits = ConnectionLimits()
    package var link = LinkSettings()
    /// Connections that the system may hold before they are accepted.
    package var backlog: Int32 = 128
    /// How often the address of the interface is looked at.
    package var watchInterval: Duration = .seconds(1)
    /// Takes packets of TCP with this hop limit or more (IPV6_MINHOPCOUNT). 255 proves that no router is in between, but
    /// many cars send 64, so it is off by default.
    package var minimumHopLimit: UInt8?

    package init(
        place: LinkPlace, ports: [Port] = [.fixed(SDP.serverPort), .dynamic(preferred: nil)],
        security: SecurityPolicy = .either
    ) {
        self.place = place
        self.ports = ports
        self.security = security
    }
}

/// What happens to a listener, for the log and the health of the daemon.
package enum ListenerEvent: Sendable {
    /// Listening on these ports from now on. Again after the address has changed: announce the new ones.
    case listening([LinkEndpoint])
    /// The interface has no usable address now. Sessions may still live; new ones cannot come.
    case addressLost(TransportError)
    /// Listening anew failed; it is tried again.
    case failed(TransportError)
    /// A connection ended before a session had it: refused, too slow, or gone.
    case refused(LinkEnd, from: LinkEndpoint?)
    /// All places are taken by established sessions; a new connection was closed.
    case full(from: LinkEndpoint?)
}

/// Counts since the start.
package struct ListenerCounters: Sendable, Hashable {
    package var accepted: UInt64 = 0
    package var established: UInt64 = 0
    package var evicted: UInt64 = 0
    package var turnedAway: UInt64 = 0
    package var ended: [LinkEnd.Reason: UInt64] = [:]
    /// Now, not since the start.
    package var halfOpen = 0
    /// Now, not since the start.
    package var live = 0
}
