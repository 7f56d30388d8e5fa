package import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
package import V2GCertificateAuthority

/// The PKI's HTTP/1.1 server: OCSP, CRLs, CA certificates, health and metrics.
package final class PKIServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let connections: PKIConnections
    private let limits: PKIServerLimits
    private let logger: Logger
    private let stopping = Mutex<Task<Void, Never>?>(nil)
    /// The port that is listened on, which the system chose if 0 was asked for.
    package let port: Int

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - port: 0 takes any free one.
    ///   - eventLoops: Threads that serve connections, 1 or more.
    /// - Throws: ``PKIServerError`` with `cannotListen`.
    package static func start(
        host: String, port: Int, responder: OCSPResponder, objects: PublishedObjects,
        limits: PKIServerLimits = PKIServerLimits(), eventLoops: Int = System.coreCount, logger: Logger
    ) async throws(PKIServerError) -> PKIServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, eventLoops))
        var loops: [ObjectIdentifier: PKILoop] = [:]
        for eventLoop in group.makeIterator() { loops[ObjectIdentifier(eventLoop)] = PKILoop(limits: limits) }
        let connections = PKIConnections(limit: limits.connections)
        let site = PKISite(
            responder: responder, objects: objects, limits: limits, loops: Array(loops.values),
            openConnections: { connections.count })
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.backlog, value: limits.backlog)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [loops] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else {
                        throw ChannelError.inappropriateOperationForState
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        PKIConnectionHandler(site: site, loop: loop, connections: connections))
                }
            }
            .childChannelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            // Level-triggered polling comes back for the rest: a second read that finds nothing is a wasted call.
            .childChannelOption(ChannelOptions.maxMessagesPerRead, value: 1)
            .childChannelOption(
                ChannelOptions.recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 2_048, maximum: 16_384)
            )
            .childChannelOption(
                ChannelOptions.writeBufferWaterMark,
                value: .init(low: limits.outputBytes / 2, high: limits.outputBytes))
        do {
            let channel = try await bootstrap.bind(host: host, port: port).get()
            guard let bound = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
            logger.info("listening", metadata: ["v2g.host": "\(host)", "v2g.port": "\(bound)"])
            return PKIServer(
                group: group, channel: channel, connections: connections, limits: limits, logger: logger, port: bound)
        } catch {
            // The failure to listen is what counts; threads that do not stop end with the process.
            try? await group.shutdownGracefully()
            throw PKIServerError(
                .cannotListen,
                """
                Cannot listen on \(host):\(port): \(error). Check that the address belongs to this machine, that no \
                other program listens there, and that ports below 1024 are allowed for this user.
                """, cause: error)
        }
    }

    private init(
        group: MultiThreadedEventLoopGroup, channel: any Channel, connections: PKIConnections,
        limits: PKIServerLimits, logger: Logger, port: Int
    ) {
        self.group = group
        self.channel = channel
        self.connections = connections
        self.limits = limits
        self.logger = logger
        self.port = port
    }

    /// How many connections are open.
    package var connectionCount: Int { connections.count }

    /// Stops: no new connections, open requests get their answers for ``PKIServerLimits/shutdownSeconds``, then the rest
    /// is closed. Whoever calls it again waits for the same end.
    package func shutdown() async {
        let task = stopping.withLock { stopping in
            if let stopping { return stopping }
            let task = Task { await stop() }
            stopping = task
            return task
        }
        await task.value
    }

    private func stop() async {
        // A listener that is closed already is what is wanted.
        try? await channel.close().get()
        for open in connections.drain() { open.pipeline.fireUserInboundEventTriggered(PKIConnectionHandler.Drain()) }
        let deadline = ContinuousClock.now + .seconds(limits.shutdownSeconds)
        while connections.count > 0 || connections.answerCount > 0, ContinuousClock.now < deadline {
            // Nobody cancels this task; the clock alone ends the wait.
            try? await Task.sleep(for: .milliseconds(10))
        }
        for left in connections.remaining { left.close(promise: nil) }
        guard connections.answerCount == 0 else {
            // They would come back to event loops that are gone; the loops end with the process instead.
            logger.warning("signatures are still being made", metadata: ["v2g.count": "\(connections.answerCount)"])
            return
        }
        do {
            try await group.shutdownGracefully()
        } catch {
            logger.warning("event loops did not stop cleanly", metadata: ["v2g.error": "\(error)"])
        }
    }
}
