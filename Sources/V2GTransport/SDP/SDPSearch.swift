internal import Logging
internal import NIOCore
internal import V2GFraming

/// One run of ``SDPClient``, on its socket.
final class SDPSearch: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let client: SDPClient
    private let security: SDPSecurity
    private let target: LinkEndpoint
    private let scope: UInt32
    private let promise: EventLoopPromise<SDPOutcome>
    private let logger: Logger
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var isDone = false
    private var requests = 0
    private var start = NIODeadline.now()
    private var rejected: [SDPFailure.Rejection: Int] = [:]
    private var sendError: String?

    init(
        _ client: SDPClient, _ security: SDPSecurity, target: LinkEndpoint, scope: UInt32,
        _ promise: EventLoopPromise<SDPOutcome>, _ logger: Logger
    ) {
        self.client = client
        self.security = security
        self.target = target
        self.scope = scope
        self.promise = promise
        self.logger = logger
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        start = .now()
        ask()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        give(up: .networkUnavailable, "the socket was closed")
        self.context = nil
    }

    /// Ends the search without an answer; the first end counts.
    func give(up reason: SDPFailure.Reason, _ message: String) {
        end(.notFound(SDPFailure(reason: reason, requests: requests, rejected: rejected, message: message)))
    }

    private func ask() {
        guard !isDone, let context else { return }
        guard requests < client.maximumRequests else { return exhausted() }
        requests += 1
        do throws(FramingError) {
            let request = try SDPMessage.request(SDPRequest(security: security)).datagram(layout: client.layout)
            let envelope = AddressedEnvelope(
                remoteAddress: target.socketAddress, data: context.channel.allocator.buffer(bytes: request))
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(envelope)).whenFailure { error in
                // The address may be tentative still, or the link down for a moment: the next try may succeed.
                bound.value.sendError = "\(error)"
            }
            timer = context.eventLoop.scheduleTask(in: TimeAmount(client.responseTimeout)) { bound.value.ask() }
        } catch {
            give(up: .networkUnavailable, error.description)
        }
    }

    private func exhausted() {
        if !rejected.isEmpty {
            let counts = rejected.map { "\($0.key.rawValue) \($0.value)" }.sorted().joined(separator: ", ")
            give(up: .onlyInvalidAnswers, "\(requests) requests had no valid answer; rejected: \(counts)")
        } else if let sendError {
            give(up: .networkUnavailable, "requests could not be sent: \(sendError)")
        } else {
            give(
                up: .noAnswer,
                "\(requests) requests to \(target) had no answer; check that the station runs on this link "
                    + "and that no firewall drops UDP \(target.port)")
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        let envelope = unwrapInboundIn(data)
        switch judge(envelope.data, from: LinkEndpoint(envelope.remoteAddress)) {
        case .success(let answer): end(.found(answer))
        case .failure(let rejection):
            rejected[rejection, default: 0] += 1
            logger.debug("discovery answer rejected", metadata: ["v2g.reason": "\(rejection.rawValue)"])
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { sendError = "\(error)" }

    private func judge(
        _ bytes: ByteBuffer, from source: LinkEndpoint?
    ) -> Result<SDPAnswer, SDPFailure.Rejection> {
        let isStrict = client.place.demandsLinkLocal
        guard let source, source.address.isLinkLocal || !isStrict else { return .failure(.sourceNotLinkLocal) }
        let response: SDPResponse
        do throws(FramingError) {
            guard
                case .response(let message) = try SDPMessage(
                    datagram: bytes.readableBytesUInt8Span, layout: client.layout)
            else { return .failure(.notAResponse) }
            response = message
        } catch {
            return .failure(.badFrame)
        }
        guard response.transport == .tcp else { return .failure(.transportNotTCP) }
        guard response.address.isLinkLocal || !isStrict else { return .failure(.addressNotLinkLocal) }
        let isOutOfRange = !SDP.dynamicPorts.contains(response.port)
        guard !isOutOfRange || client.takesAnyPort else { return .failure(.portOutOfRange) }
        let elapsed = NIODeadline.now() - start
        return .success(
            SDPAnswer(
                station: LinkEndpoint(address: response.address, scope: scope, port: response.port),
                security: response.security, source: source, requests: requests,
                elapsed: .nanoseconds(elapsed.nanoseconds), isPortOutOfRange: isOutOfRange))
    }

    private func end(_ outcome: SDPOutcome) {
        guard !isDone else { return }
        isDone = true
        timer?.cancel()
        promise.succeed(outcome)
        context?.close(promise: nil)
    }
}

extension SDPFailure.Rejection: Error {}
