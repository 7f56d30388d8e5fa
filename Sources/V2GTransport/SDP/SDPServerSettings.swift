package import V2GFraming

/// Where and how a station answers discovery.
package struct SDPServerSettings: Sendable {
    /// Which hop limits requests may come with.
    package enum HopLimits: Sendable, Hashable {
        /// Any. A link-local source cannot have been routed, and cars use what their system gives: 1, 64 or 255.
        case any
        /// These only; the kernel drops the rest. 255 proves that no router was on the way, but refuses cars with the
        /// default of Linux for multicast, which is 1.
        case only([UInt8])
    }

    package var place: LinkPlace
    package var port = SDP.serverPort
    package var hopLimits = HopLimits.any
    package var layout = SDPLayout()
    /// Answers to one source, in the long run. A car asks four times a second.
    package var answersPerSecondAndSource = 8
    package var burstPerSource = 16
    /// Answers to all sources.
    package var answersPerSecond = 1000
    package var burst = 1000
    /// How often the interface is looked at.
    package var watchInterval: Duration = .seconds(1)

    package init(place: LinkPlace) { self.place = place }
}

/// What a server does with requests. All calls come on its event loop; answer at once.
package struct SDPHandlers: Sendable {
    /// Decides on TLS or not, and on the port; `nil`: no answer.
    package var answer: @Sendable (SDPRequest, LinkEndpoint) -> SDPResponse?
    /// For wireless charging and automatic connection devices; ignored without.
    package var answerWireless: (@Sendable (SDPWirelessRequest, LinkEndpoint) -> SDPWirelessResponse?)?
    /// For requests with mobility providers; ignored without.
    package var answerEMSP: (@Sendable (SDPEMSPRequest, LinkEndpoint) -> SDPEMSPResponse?)?
    /// The interface has lost its address, or has one again (`nil`).
    package var addressChanged: @Sendable (TransportError?) -> Void = { _ in }

    package init(answer: @escaping @Sendable (SDPRequest, LinkEndpoint) -> SDPResponse?) { self.answer = answer }
}

/// Counts since the start.
package struct SDPServerCounters: Sendable, Hashable {
    /// Why a datagram got no answer.
    package enum Ignored: String, Sendable, Hashable, CaseIterable {
        case paused, sourceNotLinkLocal, badFrame, transportNotTCP, notARequest, noHandler, declined, rateLimited
    }

    package var received: UInt64 = 0
    package var answered: UInt64 = 0
    package var ignored: [Ignored: UInt64] = [:]

    package init() {}
}
