internal import Glibc
package import Logging
package import NIOCore
internal import NIOPosix
internal import Synchronization
internal import V2GFraming

/// Answers discovery on one interface, for all EVSEs that are on it. Safe to use from any thread.
///
/// The socket is bound to the device and is member of ff02::1 on it only, so a request on another interface is never seen
/// and a car never gets two answers. Answers go to the source's address and port. What is wrong is ignored without a word
/// to the sender, and counted.
package final class SDPServer: Sendable {
    let settings: SDPServerSettings
    let handlers: SDPHandlers
    let log: LimitedLog<SDPServerCounters.Ignored>
    private let loop: any EventLoop
    private let isPausedFlag = Atomic<Bool>(false)
    private let counts = Mutex(SDPServerCounters())
    private let channel = Mutex<(any Channel)?>(nil)
    private let isStopped = Atomic<Bool>(false)
    private let watch: NIOLoopBound<InterfaceWatchBox>

    private init(_ settings: SDPServerSettings, _ handlers: SDPHandlers, on loop: any EventLoop, logger: Logger) {
        self.settings = settings
        self.handlers = handlers
        self.loop = loop
        log = LimitedLog(logger)
        watch = NIOLoopBound(InterfaceWatchBox(), eventLoop: loop)
    }

    /// Starts answering. Sockets are made in the network namespace of the thread of `loop`.
    ///
    /// - Returns: A future that fails with ``TransportError``.
    package static func start(
        _ settings: SDPServerSettings, _ handlers: SDPHandlers, on loop: any EventLoop, logger: Logger
    ) -> EventLoopFuture<SDPServer> {
        loop.flatSubmit {
            let server = SDPServer(settings, handlers, on: loop, logger: logger)
            do throws(TransportError) {
                let place = try settings.place.resolved()
                return server.open(at: place).map {
                    server.startWatching(from: place)
                    return server
                }
            } catch {
                return loop.makeFailedFuture(error)
            }
        }
    }

    /// While it is set nothing is answered: for a station whose places are all taken, as the editions ask.
    package var isPaused: Bool {
        get { isPausedFlag.load(ordering: .relaxed) }
        set { isPausedFlag.store(newValue, ordering: .relaxed) }
    }

    package var counters: SDPServerCounters { counts.withLock { $0 } }

    package func stop() -> EventLoopFuture<Void> {
        loop.flatSubmit { [self] in
            isStopped.store(true, ordering: .relaxed)
            watch.value.watch?.stop()
            let old = channel.withLock { channel in
                defer { channel = nil }
                return channel
            }
            return old?.close() ?? loop.makeSucceededVoidFuture()
        }
    }

    func count(_ change: (inout SDPServerCounters) -> Void) { counts.withLock { change(&$0) } }

    private func open(at place: ResolvedPlace) -> EventLoopFuture<Void> {
        do throws(TransportError) {
            let socket = try RawSocket(.datagram, purpose: "SDP server")
            try socket.set(CInt(IPPROTO_IPV6), IPV6_V6ONLY, "IPV6_V6ONLY", to: 1)
            if let device = place.device { try socket.bind(toDevice: device) }
            if case .only(let allowed) = settings.hopLimits { try socket.keepOnly(hopLimits: allowed) }
            socket.trySet(CInt(IPPROTO_IPV6), IPV6_UNICAST_HOPS, to: 255)
            if place.device != nil {
                try socket.set(
                    CInt(IPPROTO_IPV6), IPV6_MULTICAST_IF, "IPV6_MULTICAST_IF", to: CInt(bitPattern: place.scope))
                try socket.bind(
                    to: LinkEndpoint(address: IPv6Address(high: 0, low: 0), scope: 0, port: settings.port))
                try socket.join(SDP.multicastGroup, scope: place.scope)
            } else {
                try socket.bind(to: place.endpoint(port: settings.port))
            }
            return adopt(socket.released(), at: place)
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    private func adopt(_ descriptor: CInt, at place: ResolvedPlace) -> EventLoopFuture<Void> {
        DatagramBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2048))
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(SDPServerHandler(self))
                }
            }
            .withBoundSocket(descriptor)
            .map { [self] channel in
                let old = self.channel.withLock { current in
                    defer { current = channel }
                    return current
                }
                old?.close(promise: nil)
                channel.closeFuture.whenComplete { [self] _ in lost(channel) }
                log.logger.info("answering discovery", metadata: ["v2g.place": "\(place)"])
            }
    }

    /// The socket that answers, for tests.
    var socket: (any Channel)? { channel.withLock { $0 } }

    /// The socket closed and nobody closed it: opens anew, so that no fault leaves a station silent.
    private func lost(_ closed: any Channel) {
        let isOurs = channel.withLock { current in
            guard current === closed else { return false }
            current = nil
            return true
        }
        if isOurs { openLater() }
    }

    private func openLater() {
        // Not at once, so that a fault that stays does not make a busy loop.
        loop.scheduleTask(in: TimeAmount(settings.watchInterval)) { [self] in
            guard !isStopped.load(ordering: .relaxed), channel.withLock({ $0 == nil }) else { return }
            do throws(TransportError) {
                open(at: try settings.place.resolved()).whenFailure { [self] error in failedToOpen(error) }
            } catch {
                failedToOpen(error)
            }
        }
    }

    private func failedToOpen(_ error: any Error) {
        log.log(.warning, .declined, "answering discovery failed") { ["v2g.error": "\(error)"] }
        openLater()
    }

    /// The port in use, for settings with port 0.
    package var port: UInt16? {
        channel.withLock { LinkEndpoint($0?.localAddress)?.port }
    }

    private func startWatching(from place: ResolvedPlace) {
        let watch = InterfaceWatch(settings.place, current: place)
        self.watch.value.watch = watch
        var scope = place.scope
        watch.start(on: loop, every: TimeAmount(settings.watchInterval)) { [self] event in
            switch event {
            case .lost(let error):
                log.logger.warning("address lost", metadata: ["v2g.error": "\(error.message)"])
                handlers.addressChanged(error)
            case .usable(let place):
                handlers.addressChanged(nil)
                // The group and the device belong to the index; an address that changes alone needs nothing.
                guard place.scope != scope else { return }
                scope = place.scope
                let dead = channel.withLock { current in
                    defer { current = nil }
                    return current
                }
                dead?.close(promise: nil)
                open(at: place).whenFailure { [self] error in failedToOpen(error) }
            }
        }
    }
}
