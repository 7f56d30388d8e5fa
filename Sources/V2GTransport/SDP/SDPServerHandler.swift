internal import Logging
internal import NIOCore
internal import V2GFraming

/// One datagram in, at most one out.
final class SDPServerHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let server: SDPServer
    private var gate: SDPGate

    init(_ server: SDPServer) {
        self.server = server
        gate = SDPGate(server.settings, at: .now())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let source = LinkEndpoint(envelope.remoteAddress)
        switch judge(envelope.data, from: source) {
        case .success(let answer):
            server.count {
                $0.received &+= 1
                $0.answered &+= 1
            }
            let datagram = AddressedEnvelope(
                remoteAddress: envelope.remoteAddress, data: context.channel.allocator.buffer(bytes: answer))
            context.writeAndFlush(wrapOutboundOut(datagram), promise: nil)
        case .failure(let refusal):
            server.count {
                $0.received &+= 1
                $0.ignored[refusal.why, default: 0] &+= 1
            }
            server.log.log(.debug, refusal.why, "discovery request ignored") {
                [
                    "v2g.peer": "\(source?.description ?? "?")", "v2g.reason": "\(refusal.why.rawValue)",
                    "v2g.detail": "\(refusal.detail())",
                ]
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An answer that could not be sent (the car is gone, ICMP said so) concerns nobody else.
        server.log.log(.debug, .declined, "discovery socket error") { ["v2g.error": "\(error)"] }
    }

    private struct Refusal: Error {
        let why: SDPServerCounters.Ignored
        var error: FramingError?

        func detail() -> String { error?.description ?? "" }
    }

    private func judge(_ bytes: ByteBuffer, from source: LinkEndpoint?) -> Result<[UInt8], Refusal> {
        guard let source, source.port != 0, !source.address.isMulticast,
            source.address.isLinkLocal || !server.settings.place.demandsLinkLocal
        else { return .failure(Refusal(why: .sourceNotLinkLocal)) }
        guard !server.isPaused else { return .failure(Refusal(why: .paused)) }
        do throws(FramingError) {
            let request = try SDPMessage(
                datagram: bytes.readableBytesUInt8Span, layout: server.settings.layout)
            // Before the closure, so that a flood cannot keep the station busy; bad frames take nothing from anybody.
            guard gate.admits(source.address, at: .now()) else { return .failure(Refusal(why: .rateLimited)) }
            return try respond(to: request, source)
        } catch {
            return .failure(Refusal(why: .badFrame, error: error))
        }
    }

    private func respond(
        to request: SDPMessage, _ source: LinkEndpoint
    ) throws(FramingError) -> Result<[UInt8], Refusal> {
        let response: SDPMessage?
        switch request {
        case .request(let request):
            guard request.transport == .tcp else { return .failure(Refusal(why: .transportNotTCP)) }
            response = server.handlers.answer(request, source).map { .response($0) }
        case .wirelessRequest(let request):
            guard let handler = server.handlers.answerWireless else { return .failure(Refusal(why: .noHandler)) }
            guard request.transport == .tcp else { return .failure(Refusal(why: .transportNotTCP)) }
            response = handler(request, source).map { .wirelessResponse($0) }
        case .emspRequest(let request):
            guard let handler = server.handlers.answerEMSP else { return .failure(Refusal(why: .noHandler)) }
            response = handler(request, source).map { .emspResponse($0) }
        case .response, .wirelessResponse, .emspResponse:
            return .failure(Refusal(why: .notARequest))
        }
        guard let response else { return .failure(Refusal(why: .declined)) }
        return .success(try response.datagram(layout: server.settings.layout))
    }
}
