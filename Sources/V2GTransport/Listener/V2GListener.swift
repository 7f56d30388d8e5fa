internal import Glibc
package import Logging
package import NIOCore
internal import NIOPosix
internal import Synchronization
internal import V2GFraming

/// The TCP side of a station on one interface: one or two ports, shared by all EVSEs that are on it.
///
/// It accepts, keeps the caps, tells TLS and plain apart, and makes a peer for each link that can carry frames. When the
/// interface loses its address it says so, and listens anew on whatever address comes. Safe to use from any thread.
package final class V2GListener: Sendable {
    package typealias PeerFactory = @Sendable (V2GLink) -> (any V2GPeer)?

    private struct State {
        var servers: [any Channel] = []
        var endpoints: [LinkEndpoint] = []
        var place: ResolvedPlace?
        var isStopped = false
    }

    private let settings: ListenerSettings
    private let makeCipher: LinkCipherFactory?
    private let makePeer: PeerFactory
    private let onEvent: @Sendable (ListenerEvent) -> Void
    private let group: any EventLoopGroup
    private let loop: any EventLoop
    private let log: LimitedLog<LinkEnd.Reason?>
    private let table: Mutex<ConnectionTable<any Channel>>
    private let counts = Mutex(ListenerCounters())
    private let state = Mutex(State())
    private let watch: NIOLoopBound<InterfaceWatchBox>

    private init(
        settings: ListenerSettings, makeCipher: LinkCipherFactory?, group: any EventLoopGroup,
        loop: any EventLoop, logger: Logger,
        onEvent: @escaping @Sendable (ListenerEvent) -> Void, makePeer: @escaping PeerFactory
    ) {
        self.settings = settings
        self.makeCipher = makeCipher
        self.makePeer = makePeer
        self.onEvent = onEvent
        self.group = group
        self.loop = loop
        log = LimitedLog(logger)
        table = Mutex(ConnectionTable(settings.limits))
        watch = NIOLoopBound(InterfaceWatchBox(), eventLoop: loop)
    }

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - makeCipher: The TLS end for a connection that starts with TLS; asked anew each time, so that a reload of
    ///     certificates holds for the next connection. `nil` where there is no TLS.
    ///   - group: Connections are spread over its loops; the ports themselves are on one of them, and sockets are made in
    ///     the network namespace of that loop's thread.
    ///   - makePeer: Called on the loop of the link when frames can flow.
    /// - Returns: A future that fails with ``TransportError``.
    package static func start(
        _ settings: ListenerSettings, makeCipher: LinkCipherFactory? = nil, on group: any EventLoopGroup,
        logger: Logger, onEvent: @escaping @Sendable (ListenerEvent) -> Void = { _ in },
        makePeer: @escaping PeerFactory
    ) -> EventLoopFuture<V2GListener> {
        let loop = group.next()
        return loop.flatSubmit {
            guard settings.security != .tlsOnly || makeCipher != nil, !settings.ports.isEmpty else {
                return loop.makeFailedFuture(
                    TransportError(
                        .badSetting,
                        "a listener needs a port, and TLS needs certificates; give credentials or set the "
                            + "security of \(settings.place) to plainOnly"))
            }
            let listener = V2GListener(
                settings: settings, makeCipher: makeCipher, group: group, loop: loop, logger: logger,
                onEvent: onEvent, makePeer: makePeer)
            do throws(TransportError) {
                let place = try settings.place.resolved()
                return listener.listen(at: place).map {
                    listener.startWatching(from: place)
                    return listener
                }
            } catch {
                return loop.makeFailedFuture(error)
            }
        }
    }

    /// Where it listens now, in the order of the settings.
    package var endpoints: [LinkEndpoint] { state.withLock { $0.endpoints } }

    package var counters: ListenerCounters {
        var result = counts.withLock { $0 }
        (result.halfOpen, result.live) = table.withLock { ($0.halfOpenCount, $0.establishedCount) }
        return result
    }

    /// The sockets that accept, for tests.
    var servers: [any Channel] { state.withLock { $0.servers } }

    /// Stops accepting, and drops connections without a first frame. Sessions live on until they end by themselves.
    package func stop() -> EventLoopFuture<Void> {
        loop.flatSubmit { [self] in
            watch.value.watch?.stop()
            let servers = state.withLock { state in
                defer { state.servers = [] }
                state.isStopped = true
                state.endpoints = []
                return state.servers
            }
            for channel in table.withLock({ $0.halfOpenHandles }) {
                channel.pipeline.fireUserInboundEventTriggered(LinkEnd(.stopped))
            }
            return EventLoopFuture.andAllComplete(servers.map { $0.close() }, on: loop)
        }
    }

    // MARK: Sockets

    private func listen(at place: ResolvedPlace) -> EventLoopFuture<Void> {
        if let still = state.withLock({ $0.place == place && !$0.servers.isEmpty ? $0.endpoints : nil }) {
            // The address was away and is back: the sockets are still bound to it.
            onEvent(.listening(still))
            return loop.makeSucceededVoidFuture()
        }
        var descriptors: [CInt] = []
        var endpoints: [LinkEndpoint] = []
        do throws(TransportError) {
            for port in settings.ports {
                let (descriptor, number) = try ListeningSocket.bound(
                    port, at: place, minimumHopLimit: settings.minimumHopLimit)
                descriptors.append(descriptor)
                endpoints.append(place.endpoint(port: number))
            }
        } catch {
            for descriptor in descriptors { close(descriptor) }
            return loop.makeFailedFuture(error)
        }
        let bound = endpoints
        return EventLoopFuture.whenAllSucceed(descriptors.map { bootstrap.withBoundSocket($0) }, on: loop)
            .flatMapErrorThrowing { error in
                throw TransportError(.socketFailed, "listening at \(place) failed: \(error)", cause: error)
            }
            .map { [self] servers in
                let old = state.withLock { state in
                    defer {
                        state.servers = state.isStopped ? [] : servers
                        state.endpoints = state.isStopped ? [] : bound
                        state.place = place
                    }
                    return state.isStopped ? servers : state.servers
                }
                for server in old { server.close(promise: nil) }
                for server in servers { server.closeFuture.whenComplete { [self] _ in lost(server) } }
                log.logger.info(
                    "listening", metadata: ["v2g.endpoints": "\(bound.map(\.description).joined(separator: " "))"])
                onEvent(.listening(bound))
            }
    }

    /// A socket closed that nobody closed: listens anew, so that no fault leaves a station silent.
    private func lost(_ server: any Channel) {
        let others: [any Channel]? = state.withLock { state in
            guard state.servers.contains(where: { $0 === server }) else { return nil }
            defer {
                state.servers = []
                state.endpoints = []
                state.place = nil
            }
            return state.servers
        }
        guard let others else { return }
        for other in others { other.close(promise: nil) }
        onEvent(.failed(TransportError(.socketFailed, "a listening socket closed by itself; listening anew")))
        // Not at once, so that a fault that stays does not make a busy loop.
        loop.scheduleTask(in: TimeAmount(settings.watchInterval)) { [self] in listenAgain() }
    }

    private func listenAgain() {
        guard !state.withLock({ $0.isStopped || !$0.servers.isEmpty }) else { return }
        do throws(TransportError) {
            let place = try settings.place.resolved()
            listen(at: place).whenFailure { [self] error in failedToListen(error) }
        } catch {
            failedToListen(error)
        }
    }

    /// Sockets of an address that is gone are of no use.
    private func closeAll() {
        let servers = state.withLock { state in
            defer {
                state.servers = []
                state.endpoints = []
                state.place = nil
            }
            return state.servers
        }
        for server in servers { server.close(promise: nil) }
    }

    private func failedToListen(_ error: any Error) {
        let error = error as? TransportError ?? TransportError(.socketFailed, "\(error)", cause: error)
        log.log(.warning, .unavailable, "listening failed") { ["v2g.error": "\(error.message)"] }
        onEvent(.failed(error))
        loop.scheduleTask(in: TimeAmount(settings.watchInterval)) { [self] in listenAgain() }
    }

    private var bootstrap: ServerBootstrap {
        let highMark = max(settings.link.outputLimit, 2)
        return ServerBootstrap(group: loop, childGroup: group)
            .serverChannelOption(.backlog, value: settings.backlog)
            .serverChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    let backoff = AcceptBackoff { [log] error in
                        log.log(.warning, nil, "a connection could not be accepted") { ["v2g.error": "\(error)"] }
                    }
                    try channel.pipeline.syncOperations.addHandler(backoff)
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: highMark / 2, high: highMark)
            )
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel) }
            }
    }

    // MARK: Connections

    private func accept(_ channel: any Channel) throws {
        let source = LinkEndpoint(channel.remoteAddress)
        counts.withLock { $0.accepted &+= 1 }
        guard !settings.place.demandsLinkLocal || source?.address.isLinkLocal == true else {
            counts.withLock { $0.turnedAway &+= 1 }
            throw LinkEnd(.unavailable, "the peer is not link-local")
        }
        switch table.withLock({ $0.admit(channel, from: source?.address) }) {
        case .full:
            counts.withLock { $0.turnedAway &+= 1 }
            log.log(.warning, .unavailable, "connection refused, all places are taken by sessions") {
                ["v2g.peer": "\(source?.description ?? "?")"]
            }
            onEvent(.full(from: source))
            throw LinkEnd(.unavailable, "all places are taken")
        case .admitted(let id, let victim):
            if let victim {
                counts.withLock { $0.evicted &+= 1 }
                victim.pipeline.fireUserInboundEventTriggered(
                    LinkEnd(.evicted, "too many connections without a first message"))
            }
            let hooks = LinkHooks(
                makePeer: makePeer,
                established: { [self] link in established(link) },
                ended: { [self] link, end in ended(link, end) })
            let link = V2GLink(
                role: .station, id: id, channel: channel, settings: settings.link,
                admission: .byFirstByte(settings.security, makeCipher), hooks: hooks)
            try channel.pipeline.syncOperations.addHandler(LinkHandler(link))
        }
    }

    private func established(_ link: V2GLink) {
        table.withLock { $0.establish(link.id) }
        counts.withLock { $0.established &+= 1 }
    }

    private func ended(_ link: V2GLink, _ end: LinkEnd) {
        table.withLock { $0.remove(link.id) }
        counts.withLock { $0.ended[end.reason, default: 0] &+= 1 }
        let source = link.remoteEndpoint
        if link.framesReceived == 0 { onEvent(.refused(end, from: source)) }
        log.log(end.isOrderly ? .debug : .info, end.reason, "connection ended") {
            [
                "v2g.peer": "\(source?.description ?? "?")", "v2g.reason": "\(end.reason.rawValue)",
                "v2g.detail": "\(end.detail)",
            ]
        }
    }

    // MARK: The address

    private func startWatching(from place: ResolvedPlace) {
        let watch = InterfaceWatch(settings.place, current: place)
        self.watch.value.watch = watch
        watch.start(on: loop, every: TimeAmount(settings.watchInterval)) { [self] event in
            switch event {
            case .lost(let error):
                log.logger.warning("address lost", metadata: ["v2g.error": "\(error.message)"])
                onEvent(.addressLost(error))
            case .usable(let place):
                listen(at: place).whenFailure { [self] error in
                    closeAll()
                    failedToListen(error)
                }
            }
        }
    }
}

/// Holds the watch once there is one; lives on the loop of the listener.
final class InterfaceWatchBox {
    var watch: InterfaceWatch?
}
