internal import NIOCore
internal import Synchronization
internal import V2GCertificateAuthority
internal import V2GPrimitives
internal import V2GX509

/// One connection: bytes in, requests, replies in the same order, bytes out.
///
/// What needs no signature is answered within the read that brought it. At most one request of a connection waits for a
/// signature; those behind it wait unparsed, so the order keeps itself. One timer watches whatever the connection waits
/// for; it is moved lazily, since most requests end long before it fires.
final class PKIConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Tells a connection that the server stops: finish the present request, then close.
    struct Drain: Sendable {}

    private enum Phase {
        /// Reading requests.
        case open
        /// A signature is being made for this request.
        case answering(HTTPRequestHead, PKICounters.Route)
        /// Everything was said; what still comes is thrown away.
        case lingering
        case closed
    }

    private let site: PKISite
    private let loop: PKILoop
    private let connections: PKIConnections
    private var parser: HTTPRequestParser
    private var phase = Phase.open
    private var inbox = ByteBuffer()
    private var out = ByteBuffer()
    /// A head whose body has not arrived.
    private var head: HTTPRequestHead?
    private var context: ChannelHandlerContext?
    private var answering: Task<Void, Never>?
    private var deadline = NIODeadline.distantFuture
    private var timer: (scheduled: Scheduled<Void>, deadline: NIODeadline)?
    private var isInputClosed = false
    private var isDraining = false
    private var isReadHeld = false
    private var lingered = 0
    /// Whether everything that was written has left, so that closing loses nothing.
    private var isOutputDone = false

    init(site: PKISite, loop: PKILoop, connections: PKIConnections) {
        self.site = site
        self.loop = loop
        self.connections = connections
        parser = HTTPRequestParser(limits: site.limits)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        guard connections.add(context.channel) else {
            loop.counters.turnedAway.add(1, ordering: .relaxed)
            phase = .closed
            context.close(promise: nil)
            return
        }
        loop.counters.accepted.add(1, ordering: .relaxed)
        wait(idleSeconds)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var incoming = unwrapInboundIn(data)
        switch phase {
        case .closed: return
        case .lingering:
            lingered += incoming.readableBytes
            if lingered > site.limits.lingerBytes { close(context) }
            return
        case .open, .answering: break
        }
        if inbox.readableBytes == 0 {
            inbox = incoming
        } else {
            inbox.writeBuffer(&incoming)
        }
        work(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            isInputClosed = true
            // A peer that is done asking still gets what it asked for, however long that takes to send.
            switch phase {
            case .open: finishAfterInput(context)
            case .lingering: if isOutputDone { close(context) }
            case .answering, .closed: break
            }
        case is Drain:
            isDraining = true
            if case .open = phase, inbox.readableBytes == 0 { finishOutput(context, lingers: false) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            work(context)
            if case .open = phase, isInputClosed { finishAfterInput(context) }
            resumeReading(context)
        } else {
            wait(site.limits.writeSeconds)
        }
    }

    /// Holds reading back while the peer does not read, or sends on while an answer is being made.
    func read(context: ChannelHandlerContext) {
        if isReadingHeld(context) {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Resets are daily business: this connection's own loss.
        close(context)
    }

    private func isReadingHeld(_ context: ChannelHandlerContext) -> Bool {
        if case .lingering = phase { return false }
        return !context.channel.isWritable || inbox.readableBytes > site.limits.inputBytes
    }

    private func resumeReading(_ context: ChannelHandlerContext) {
        guard isReadHeld, !isReadingHeld(context) else { return }
        isReadHeld = false
        context.read()
    }

    // MARK: Requests

    /// Answers what has arrived, as far as nothing has to be waited for.
    private func work(_ context: ChannelHandlerContext) {
        let now = Timestamp.now()
        requests: while case .open = phase, inbox.readableBytes > 0, out.readableBytes < site.limits.outputBytes,
            context.channel.isWritable
        {
            if head == nil {
                switch parser.next(inbox.readableBytesUInt8Span) {
                case .needsMore: break requests
                case .refused(let refusal):
                    refuse(refusal, context, now: now)
                    return
                case .head(let parsed): head = parsed
                }
            }
            guard let head else { break }
            let length = head.length + head.contentLength
            guard inbox.readableBytes >= length else {
                if head.expectsContinue, inbox.readableBytes == head.length {
                    out.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
                    self.head?.expectsContinue = false
                }
                break
            }
            let body = inbox.getBytes(at: inbox.readerIndex + head.length, length: head.contentLength) ?? []
            inbox.moveReaderIndex(forwardBy: length)
            self.head = nil
            answer(head, body: body, context, now: now)
        }
        if inbox.readableBytes == 0 { inbox = Self.empty }  // gives the pooled buffer back
        flush(context)
        guard case .open = phase else { return }
        if inbox.readableBytes == 0 {
            wait(idleSeconds)
        } else if !isWaitingForRequest {
            // From the first byte on, once: dripping bytes do not buy time.
            isWaitingForRequest = true
            setDeadline(.now() + .seconds(Int64(site.limits.requestSeconds)))
        }
    }

    private static let empty = ByteBuffer()
    /// Whether the deadline is that of a request of which a part has arrived.
    private var isWaitingForRequest = false

    private func answer(_ head: HTTPRequestHead, body: [UInt8], _ context: ChannelHandlerContext, now: Timestamp) {
        isWaitingForRequest = false
        if head.method == .post, head.target == PKIRoute.ocspPath {
            answerOCSP(head, .ocspPost, asked: body, decode: { body }, context, now: now)
            return
        }
        switch PKIRoute(head) {
        case .ocspPost: answerOCSP(head, .ocspPost, asked: body, decode: { body }, context, now: now)
        case .ocspGet(let encoded):
            answerOCSP(
                head, .ocspGet, asked: head.target, decode: { PKIRoute.request(fromPath: encoded) }, context, now: now)
        case .object(let path):
            reply(head, .object, site.objects.reply(path: path, now: now) ?? site.nothing, context, now: now)
        case .health: reply(head, .health, site.health(now: now), context, now: now)
        case .metrics: reply(head, .metrics, site.metrics(now: now), context, now: now)
        case .wrongMethod(let allowed):
            reply(head, .refused, site.wrongMethod(allowed: allowed), context, now: now)
        case .nothing: reply(head, .refused, site.nothing, context, now: now)
        }
    }

    private func answerOCSP(
        _ head: HTTPRequestHead, _ route: PKICounters.Route, asked: [UInt8], decode: () -> [UInt8]?,
        _ context: ChannelHandlerContext, now: Timestamp
    ) {
        let responder = site.responder
        let epoch = responder.epoch
        if let ready = loop.reply(to: asked, epoch: epoch, now: now) {
            loop.counters.frontHits.add(1, ordering: .relaxed)
            reply(head, route, ready, context, now: now)
            return
        }
        switch responder.quickAnswer(to: decode() ?? [], now: now) {
        case .failed(let failure): reply(head, route, site.reply(failure), context, now: now)
        case .ready(let answer):
            let ready = site.reply(answer, now: now)
            loop.keep(ready, for: answer, request: asked, epoch: epoch)
            reply(head, route, ready, context, now: now)
        case .mustSign(let order):
            phase = .answering(head, route)
            setDeadline(.now() + .seconds(Int64(site.limits.answerSeconds)))
            let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
            let eventLoop = context.eventLoop
            let connections = connections
            connections.answerBegins()
            answering = Task {
                let answer = await responder.fulfill(order, now: now)
                eventLoop.execute {
                    handler.value.finish(answer)
                    connections.answerEnds()
                }
            }
        }
    }

    /// The signature is there, or the time for it is over.
    private func finish(_ answer: OCSPResponder.Answer) {
        guard case .answering(let head, let route) = phase, let context else { return }
        answering = nil
        phase = .open
        let now = Timestamp.now()
        reply(head, route, site.reply(answer, now: now), context, now: now)
        work(context)
        if case .open = phase, isInputClosed { finishAfterInput(context) }
        resumeReading(context)
    }

    // MARK: Replies

    private func reply(
        _ head: HTTPRequestHead, _ route: PKICounters.Route, _ reply: HTTPReply, _ context: ChannelHandlerContext,
        now: Timestamp
    ) {
        var reply = reply
        if let known = head.ifNoneMatch, reply.status == .ok, head.method != .post, reply.matches(ifNoneMatch: known) {
            reply = reply.notModified
        }
        loop.counters.replies.count(route, reply.status)
        let persists = head.keepsAlive && !isDraining && !(isInputClosed && inbox.readableBytes == 0)
        let isHead = head.method == .head
        loop.write(
            reply, to: &out, now: now, isHead: isHead,
            connection: persists ? (head.isVersion10 ? .persistsByRequest : .persists) : .ends)
        if let longBody = reply.longBody, !isHead {
            flush(context)
            context.writeAndFlush(wrapOutboundOut(longBody), promise: nil)
        }
        if !persists { finishOutput(context, lingers: inbox.readableBytes > 0) }
    }

    private func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext, now: Timestamp) {
        let reply = site.reply(refusal)
        loop.counters.replies.count(.refused, reply.status)
        loop.write(reply, to: &out, now: now, isHead: false, connection: .ends)
        finishOutput(context, lingers: true)
    }

    /// Sends the rest and ends. A peer that is still sending gets a moment to read: closing at once would reset the
    /// connection under its reply.
    private func finishOutput(_ context: ChannelHandlerContext, lingers: Bool) {
        inbox = Self.empty
        head = nil
        phase = .lingering
        flush(context)
        if lingers, !isInputClosed {
            let sent = context.eventLoop.makePromise(of: Void.self)
            let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
            sent.futureResult.whenComplete { _ in handler.value.outputEnded() }
            wait(site.limits.writeSeconds)
            context.close(mode: .output, promise: sent)
        } else {
            let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
            wait(site.limits.writeSeconds)
            context.writeAndFlush(wrapOutboundOut(Self.empty)).whenComplete { _ in
                guard let context = handler.value.context else { return }
                handler.value.close(context)
            }
        }
    }

    /// The output ended in order while the peer may still be sending.
    private func outputEnded() {
        guard case .lingering = phase, let context else { return }
        isOutputDone = true
        if isInputClosed { close(context) } else { wait(site.limits.lingerSeconds) }
    }

    /// Ends a connection whose peer asks nothing more, once the requests that have arrived are answered. What is left in
    /// the inbox of a connection that can be written to is a part of a request, which will never be whole.
    private func finishAfterInput(_ context: ChannelHandlerContext) {
        guard inbox.readableBytes == 0 || context.channel.isWritable else { return }
        finishOutput(context, lingers: false)
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard out.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(out), promise: nil)
        // Takes the same memory again when the kernel took everything at once, as it mostly does.
        out.clear(minimumCapacity: 2_048)
    }

    private func close(_ context: ChannelHandlerContext) {
        if case .closed = phase { return }
        end()
        context.close(promise: nil)
    }

    private func end() {
        if case .closed = phase, timer == nil { return }
        phase = .closed
        answering?.cancel()
        answering = nil
        timer?.scheduled.cancel()
        timer = nil
        if let context { connections.remove(context.channel) }
    }

    // MARK: Time

    private var idleSeconds: Int {
        connections.isCrowded ? min(site.limits.crowdedIdleSeconds, site.limits.idleSeconds) : site.limits.idleSeconds
    }

    private func wait(_ seconds: Int) {
        setDeadline(.now() + .seconds(Int64(seconds)))
    }

    private func setDeadline(_ new: NIODeadline) {
        deadline = new
        if let timer {
            guard new < timer.deadline else { return }  // the timer looks again when it fires
            timer.scheduled.cancel()
        }
        startTimer()
    }

    private func startTimer() {
        guard let context else { return }
        let at = deadline
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let scheduled = context.eventLoop.scheduleTask(deadline: at) { handler.value.timerFired() }
        timer = (scheduled, at)
    }

    private func timerFired() {
        timer = nil
        guard let context else { return }
        guard deadline <= .now() else {
            startTimer()
            return
        }
        if case .answering = phase {
            answering?.cancel()
            finish(.failed(.tryLater))
            return
        }
        loop.counters.timedOut.add(1, ordering: .relaxed)
        close(context)
    }
}
