internal import Glibc
package import Logging
package import NIOCore
internal import NIOPosix
package import V2GFraming

/// The discovery of a car: asks ff02::1 on one interface until a station answers.
package struct SDPClient: Sendable {
    package var place: LinkPlace
    /// Where requests go; the group unless a test asks one address.
    package var destination: LinkEndpoint?
    package var port = SDP.serverPort
    /// How long one request waits.
    package var responseTimeout = SDP.responseTimeout
    package var maximumRequests = SDP.maximumRequests
    package var layout = SDPLayout()
    /// Takes answers with a port outside of 49152...65535, which stations in the field announce; the answer says so.
    package var takesAnyPort = true

    package init(place: LinkPlace) { self.place = place }

    /// Asks until the first valid answer or the last try.
    ///
    /// - Returns: A future that does not fail: what went wrong is in the outcome.
    package func discover(
        _ security: SDPSecurity, on loop: any EventLoop, logger: Logger
    ) -> EventLoopFuture<SDPOutcome> {
        loop.flatSubmit {
            let promise = loop.makePromise(of: SDPOutcome.self)
            do throws(TransportError) {
                let resolved = try place.resolved()
                let (descriptor, target) = try open(at: resolved)
                let search = SDPSearch(self, security, target: target, scope: resolved.scope, promise, logger)
                let bound = NIOLoopBound(search, eventLoop: loop)
                DatagramBootstrap(group: loop)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(bound.value)
                        }
                    }
                    .withBoundSocket(descriptor)
                    .whenFailure { error in
                        bound.value.give(up: .networkUnavailable, "the socket failed: \(error)")
                    }
            } catch {
                promise.succeed(
                    .notFound(
                        SDPFailure(reason: .networkUnavailable, requests: 0, rejected: [:], message: error.message)))
            }
            return promise.futureResult
        }
    }

    private func open(at resolved: ResolvedPlace) throws(TransportError) -> (CInt, LinkEndpoint) {
        let socket = try RawSocket(.datagram, purpose: "SDP client")
        try socket.set(CInt(IPPROTO_IPV6), IPV6_V6ONLY, "IPV6_V6ONLY", to: 1)
        if let device = resolved.device {
            try socket.bind(toDevice: device)
            try socket.set(
                CInt(IPPROTO_IPV6), IPV6_MULTICAST_IF, "IPV6_MULTICAST_IF", to: CInt(bitPattern: resolved.scope))
            socket.trySet(CInt(IPPROTO_IPV6), IPV6_MULTICAST_LOOP, to: 0)
        }
        socket.trySet(CInt(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, to: 255)
        socket.trySet(CInt(IPPROTO_IPV6), IPV6_UNICAST_HOPS, to: 255)
        try bindToDynamicPort(socket, at: resolved)
        let target =
            destination
            ?? LinkEndpoint(address: SDP.multicastGroup, scope: resolved.scope, port: port)
        return (socket.released(), target)
    }

    private func bindToDynamicPort(_ socket: borrowing RawSocket, at resolved: ResolvedPlace) throws(TransportError) {
        for _ in 1..<16 {
            do throws(TransportError) {
                try socket.bind(to: resolved.endpoint(port: UInt16.random(in: SDP.dynamicPorts)))
                return
            } catch {
                guard error.code == .addressInUse else { throw error }
            }
        }
        try socket.bind(to: resolved.endpoint(port: UInt16.random(in: SDP.dynamicPorts)))
    }
}

/// What a search found.
package enum SDPOutcome: Sendable {
    case found(SDPAnswer)
    case notFound(SDPFailure)
}

/// The answer of a station.
package struct SDPAnswer: Sendable, Hashable {
    /// What the station announced, with the scope of the interface: where to connect.
    package let station: LinkEndpoint
    /// What the station offers there; may differ from what was asked for, and the car decides.
    package let security: SDPSecurity
    /// Who answered. Another host than the announced one is allowed.
    package let source: LinkEndpoint
    /// Requests that were sent, this answer's included.
    package let requests: Int
    /// From the first request.
    package let elapsed: Duration
    /// Outside of the ports that the editions allow.
    package let isPortOutOfRange: Bool
}

/// Why nothing was found.
package struct SDPFailure: Sendable, Hashable, Error, CustomStringConvertible {
    package enum Reason: String, Sendable, Hashable {
        /// No datagram came.
        case noAnswer
        /// Datagrams came, and none was a valid answer.
        case onlyInvalidAnswers
        /// Requests could not be sent.
        case networkUnavailable
    }

    /// Why a datagram was no answer.
    package enum Rejection: String, Sendable, Hashable, CaseIterable {
        case sourceNotLinkLocal, badFrame, notAResponse, addressNotLinkLocal, transportNotTCP, portOutOfRange
    }

    package let reason: Reason
    package let requests: Int
    package let rejected: [Rejection: Int]
    package let message: String

    package var description: String { "\(reason.rawValue): \(message)" }
}
