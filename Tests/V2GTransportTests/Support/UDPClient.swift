import NIOCore
import NIOPosix
import Synchronization
import V2GFraming

@testable import V2GTransport

/// A UDP socket that sends bytes and keeps what comes back, or answers each datagram with given ones.
final class UDPClient: Sendable {
    private let channel: any Channel
    private let store: Store

    private final class Store: Sendable {
        let datagrams = Mutex<[[UInt8]]>([])
    }

    private init(_ channel: any Channel, _ store: Store) {
        self.channel = channel
        self.store = store
    }

    static func open(
        at address: LinkEndpoint = LinkEndpoint(address: loopback, scope: 0, port: 0), answering: [[UInt8]] = [],
        on group: any EventLoopGroup = NIOSingletons.posixEventLoopGroup
    ) async throws -> UDPClient {
        let store = Store()
        let loop = group.next()
        // Made on the loop, so that the socket is in the network namespace of its thread.
        let channel = try await loop.flatSubmit {
            DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Handler(store, answering))
                    }
                }
                .bind(to: address.socketAddress)
        }.get()
        return UDPClient(channel, store)
    }

    var port: UInt16 { LinkEndpoint(channel.localAddress)?.port ?? 0 }
    var received: [[UInt8]] { store.datagrams.withLock { $0 } }

    func send(_ datagram: [UInt8], to endpoint: LinkEndpoint) async throws {
        let envelope = AddressedEnvelope(remoteAddress: endpoint.socketAddress, data: ByteBuffer(bytes: datagram))
        try await channel.writeAndFlush(envelope).get()
    }

    func close() async throws { try await channel.close().get() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>
        let store: Store
        let answers: [[UInt8]]

        init(_ store: Store, _ answers: [[UInt8]]) {
            self.store = store
            self.answers = answers
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            store.datagrams.withLock { $0.append(Array(envelope.data.readableBytesView)) }
            for answer in answers {
                context.writeAndFlush(
                    wrapOutboundOut(
                        AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: answer))),
                    promise: nil)
            }
        }
    }
}
