import NIOCore
import NIOPosix
import Synchronization

@testable import V2GTransport

/// A TCP client that sends bytes and keeps what comes back; knows nothing of frames.
final class RawClient: Sendable {
    struct State {
        var received: [UInt8] = []
        var reads = 0
        var isInputClosed = false
        var isClosed = false
    }

    let channel: any Channel
    let state: NIOLockedState

    final class NIOLockedState: Sendable {
        let value = Mutex(State())
    }

    private init(_ channel: any Channel, _ state: NIOLockedState) {
        self.channel = channel
        self.state = state
    }

    static func connect(
        to endpoint: LinkEndpoint, on group: any EventLoopGroup = NIOSingletons.posixEventLoopGroup, reads: Bool = true
    ) async throws -> RawClient {
        let state = NIOLockedState()
        let loop = group.next()
        // Made on the loop, so that the socket is in the network namespace of its thread.
        let channel = try await loop.flatSubmit {
            ClientBootstrap(group: loop)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.autoRead, value: reads)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Handler(state))
                    }
                }
                .connect(to: endpoint.socketAddress)
        }.get()
        return RawClient(channel, state)
    }

    var received: [UInt8] { state.value.withLock { $0.received } }
    var reads: Int { state.value.withLock { $0.reads } }
    /// The station has sent its FIN, or more.
    var isInputClosed: Bool { state.value.withLock { $0.isInputClosed || $0.isClosed } }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// FIN.
    func closeOutput() async throws { try await channel.close(mode: .output).get() }

    func close() async throws { try? await channel.close().get() }

    /// RST.
    func reset() async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close().get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let state: NIOLockedState

        init(_ state: NIOLockedState) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            state.value.withLock {
                $0.received += buffer.readableBytesView
                $0.reads += 1
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .inputClosed? = event as? ChannelEvent { state.value.withLock { $0.isInputClosed = true } }
        }

        func channelInactive(context: ChannelHandlerContext) { state.value.withLock { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// Closes the oldest of a flood's clients, which the station has dropped before. Foundation's `Process` reads past a
/// buffer when a process has more than about 1,300 open files, and other tests start processes.
func retire(_ flood: inout [RawClient], keeping count: Int) {
    while flood.count > count { flood.removeFirst().channel.close(promise: nil) }
}
