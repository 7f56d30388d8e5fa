internal import Glibc
package import NIOCore
internal import NIOPosix
internal import V2GFraming

/// The TCP side of a car: connects to the station that discovery found.
package struct V2GConnector: Sendable {
    package var place: LinkPlace
    package var link = LinkSettings()
    /// For the TCP handshake.
    package var connectTimeout: Duration = .seconds(5)

    package init(place: LinkPlace) { self.place = place }

    /// Connects, and makes the peer when frames can flow.
    ///
    /// The connection leaves through the interface only, from a port of 49152...65535. What goes wrong after TCP is
    /// connected, the TLS handshake included, is told to `onEnd`, and to the peer when there is one.
    ///
    /// - Parameters:
    ///   - cipher: The TLS end, made on `loop`; `nil` for a plain connection.
    ///   - onEnd: Called once on `loop` after a connection that was made has ended.
    /// - Returns: A future that succeeds when TCP is connected, and fails with ``TransportError``.
    package func connect(
        to station: LinkEndpoint, cipher: LinkCipherFactory? = nil, on loop: any EventLoop,
        onEnd: @escaping @Sendable (LinkEnd) -> Void = { _ in },
        makePeer: @escaping @Sendable (V2GLink) -> (any V2GPeer)?
    ) -> EventLoopFuture<Void> {
        loop.flatSubmit {
            do throws(TransportError) {
                let place = try self.place.resolved()
                guard !self.place.demandsLinkLocal || station.address.isLinkLocal else {
                    throw TransportError(
                        .connectFailed,
                        "the announced address \(station.address) is not link-local; a station on the "
                            + "cable has to be (ISO 15118-2 7.8)")
                }
                var target = station
                if place.device != nil { target.scope = place.scope }
                return attempt(to: target, from: place, tries: 8, cipher, on: loop, onEnd, makePeer)
            } catch {
                return loop.makeFailedFuture(error)
            }
        }
    }

    private func attempt(
        to station: LinkEndpoint, from place: ResolvedPlace, tries: Int, _ cipher: LinkCipherFactory?,
        on loop: any EventLoop, _ onEnd: @escaping @Sendable (LinkEnd) -> Void,
        _ makePeer: @escaping @Sendable (V2GLink) -> (any V2GPeer)?
    ) -> EventLoopFuture<Void> {
        let own = place.endpoint(port: UInt16.random(in: SDP.dynamicPorts))
        let highMark = max(link.outputLimit, 2)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.writeBufferWaterMark, value: .init(low: highMark / 2, high: highMark))
            .channelInitializer { channel in
                bind(channel, toDevice: place.device).flatMapThrowing {
                    let admission: LinkAdmission = if let cipher { .tls(try cipher()) } else { .plain }
                    let hooks = LinkHooks(makePeer: makePeer, ended: { _, end in onEnd(end) })
                    let link = V2GLink(
                        role: .car, id: 1, channel: channel, settings: self.link, admission: admission, hooks: hooks)
                    try channel.pipeline.syncOperations.addHandler(LinkHandler(link))
                }
            }
            .bind(to: own.socketAddress)
        return bootstrap.connect(to: station.socketAddress).map { _ in }.flatMapError { error in
            if let system = error as? IOError, system.errnoCode == EADDRINUSE, tries > 1 {
                return attempt(to: station, from: place, tries: tries - 1, cipher, on: loop, onEnd, makePeer)
            }
            return loop.makeFailedFuture(explained(error, station, from: place))
        }
    }

    private func bind(_ channel: any Channel, toDevice device: String?) -> EventLoopFuture<Void> {
        guard let device, let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        // The system takes the name as up to 16 bytes that end in zero; the interface was found, so the name is shorter.
        var name = InlineArray<16, UInt8>(repeating: 0)
        for (index, byte) in device.utf8.prefix(15).enumerated() { name[index] = byte }
        // An inline array of bytes has the layout that the option asks for, 16 bytes.
        return options.unsafeSetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_BINDTODEVICE), value: name)
    }

    private func explained(_ error: any Error, _ station: LinkEndpoint, from place: ResolvedPlace) -> TransportError {
        if let error = error as? TransportError { return error }
        if let error = error as? ChannelError, case .connectTimeout = error {
            return TransportError(
                .connectTimedOut,
                "\(station) did not answer within \(connectTimeout); check that the station listens "
                    + "there and that no firewall drops it", cause: error)
        }
        return TransportError(
            .connectFailed,
            "connecting from \(place) to \(station) failed: \(error); if it was refused, nothing listens "
                + "on that port", cause: error)
    }
}
