internal import Logging
internal import NIOCore
internal import V2GFraming
internal import V2GPrimitives
internal import V2GSession
internal import V2GTransport

/// Runs a session core on the loop of its connection: events in, actions carried out in order, nothing decided here.
///
/// What has to be durable before the next response (receipts, paused sessions) holds up the actions behind it; events that
/// come meanwhile are handled at once and their actions wait in line.
final class SessionDriver<Core: StationCore>: SessionDriving {
    private typealias Flow = Core.Flow

    private var core: Core
    private let place: SessionPlace
    private let link: V2GLink
    private let record: RecordKeeper
    private let loop: any EventLoop
    private let readings: EVSEReadings
    private var timers: [SessionTimer: Scheduled<Void>] = [:]
    private var waiting: [SECCAction<Flow>] = []
    /// The contract certificate that the backend judges.
    private var judgedLeaf: [UInt8]?
    private var isHeldUp = false
    private var isCarryingOut = false
    private var isOver = false

    init(_ core: Core, place: SessionPlace, link: V2GLink, record: RecordKeeper, readings: EVSEReadings) {
        self.core = core
        self.place = place
        self.link = link
        self.record = record
        self.readings = readings
        loop = link.eventLoop
    }

    func begin() {
        record.began(Flow.title)
        carryOut(core.begin(at: place.clock.now()))
        handle(.equipment(readings))
    }

    func received(_ frame: V2GTPFrame) {
        guard !isOver else { return }
        let decoded: DecodedMessage<Flow.Message>
        do throws(MessageFault) {
            decoded = try Flow.decode(frame, quirks: place.offer.quirks)
        } catch {
            record.ended(SessionEnd(.protocolError, "A frame could not be read: \(error.message)"))
            place.logger.warning("bad message", metadata: metadata(["v2g.detail": "\(error.message)"]))
            return link.closeNow(LinkEnd(.closedByUs, error.message))
        }
        let name = Flow.name(of: decoded.message)
        record.requestReceived(name)
        place.logger.debug("request", metadata: metadata(["v2g.message": "\(name)"]))
        for note in decoded.notes { take(note) }
        let move = Flow.pilotMove(at: decoded.message)
        if case .ready = move { place.slot.equipment.carMoves(to: .c) }
        handle(.received(decoded.message, octets: frame.payload))
        if case .notReady = move { place.slot.equipment.carMoves(to: .b) }
    }

    func readingsChanged(_ readings: EVSEReadings) {
        record.metered(readings)
        handle(.equipment(readings))
    }

    func operatorAsks(_ request: OperatorRequest) { handle(.operatorRequest(request)) }

    func linkLost(_ reason: String) {
        handle(.linkLost(reason))
        isOver = true
        for timer in timers.values { timer.cancel() }
        timers = [:]
    }

    private func handle(_ event: SECCEvent<Flow>) {
        guard !isOver else { return }
        if case .contractJudged(let verdict) = event, let judgedLeaf { record.contractJudged(judgedLeaf, verdict) }
        carryOut(core.handle(event, at: place.clock.now()))
    }

    // MARK: Actions

    private func carryOut(_ actions: [SECCAction<Flow>]) {
        waiting += actions
        guard !isCarryingOut, !isHeldUp else { return }
        isCarryingOut = true
        var index = 0
        while index < waiting.count, !isHeldUp {
            let action = waiting[index]
            index += 1
            carryOut(action)
        }
        waiting.removeFirst(index)
        isCarryingOut = false
    }

    private func carryOut(_ action: SECCAction<Flow>) {
        switch action {
        case .send(let message): send(message)
        case .relay(let octets):
            link.send(V2GTPFrame(payloadType: Flow.relayPayloadType, payload: octets))
            record.relayed()
        case .startTimer(let timer, let delay): start(timer, after: delay)
        case .cancelTimer(let timer): timers.removeValue(forKey: timer)?.cancel()
        case .judgeContract(let question):
            judgedLeaf = question.chain.first
            ask { backend in
                await backend.judgeContract(question)
            } then: {
                .contractJudged($0)
            }
        case .judgeExternal:
            let evse = place.offer.evseID
            ask { backend in
                await backend.judgeExternal(evse: evse)
            } then: {
                .externalJudged($0)
            }
        case .provision(let question):
            ask { backend in
                await backend.provision(question)
            } then: {
                .provisioned($0)
            }
        case .makeSchedules(let question):
            ask { backend in
                await Flow.schedules(for: question, by: backend)
            } then: {
                .schedulesMade($0)
            }
        case .power(let command):
            // The equipment was let go of, switched off, and may be another session's by now.
            guard !isOver else { return }
            record.commanded(command)
            place.slot.equipment.carryOut(command)
        case .keepReceipt(let receipt): keep(receipt)
        case .keepPaused(let paused):
            place.pauses.keep(paused)
            record.paused()
        case .forgetPaused(let id): place.pauses.forget(id)
        case .note(let note): take(note)
        case .end(let end): finish(end)
        }
    }

    private func send(_ message: Flow.Message) {
        do throws(MessageFault) {
            let frame = try Flow.encode(message)
            link.send(frame)
            if record.session == nil, let id = Flow.session(of: message), !id.isZero { record.identified(id) }
            place.logger.debug(
                "response",
                metadata: metadata([
                    "v2g.message": "\(Flow.name(of: message))", "v2g.code": "\(Flow.responseCode(of: message) ?? "-")",
                ]))
        } catch {
            place.logger.error("a response cannot be sent", metadata: metadata(["v2g.detail": "\(error.message)"]))
            place.slot.equipment.carryOut(.stop)
            record.ended(SessionEnd(.protocolError, "A response could not be encoded: \(error.message)"))
            link.closeNow(LinkEnd(.closedByUs, error.message))
        }
    }

    private func start(_ timer: SessionTimer, after delay: Duration) {
        timers[timer]?.cancel()
        let me = NIOLoopBound(self, eventLoop: loop)
        timers[timer] = loop.scheduleTask(in: TimeAmount(delay)) {
            me.value.timers[timer] = nil
            me.value.handle(.timerFired(timer))
        }
    }

    /// Asks the backend; the answer comes back to the loop as an event.
    private func ask<Answer: Sendable>(
        _ question: @escaping @Sendable (any StationBackend) async -> Answer,
        then event: @escaping @Sendable (Answer) -> SECCEvent<Flow>
    ) {
        let me = NIOLoopBound(self, eventLoop: loop)
        let backend = place.backend
        let loop = loop
        Task {
            let answer = await question(backend)
            loop.execute { me.value.handle(event(answer)) }
        }
    }

    private func keep(_ receipt: Flow.Receipt) {
        guard let session = record.session, let document = Flow.document(of: receipt, session: session) else { return }
        isHeldUp = true
        let me = NIOLoopBound(self, eventLoop: loop)
        place.records.keepReceipt(document, session: session, number: record.nextReceipt(), on: loop).whenComplete {
            result in
            let driver = me.value
            if case .failure(let error) = result {
                // Not durable means not confirmed: the session ends without the response that would confirm it.
                driver.place.logger.error(
                    "a receipt could not be kept", metadata: driver.metadata(["v2g.detail": "\(error)"]))
                driver.waiting = []
                if !driver.isOver { driver.place.slot.equipment.carryOut(.stop) }
                driver.record.ended(SessionEnd(.stopped, "A receipt could not be kept: \(error)"))
                return driver.link.closeNow(LinkEnd(.unavailable, "a receipt could not be kept"))
            }
            driver.isHeldUp = false
            driver.carryOut([])
        }
    }

    private func finish(_ end: SessionEnd) {
        record.ended(end)
        for timer in timers.values { timer.cancel() }
        timers = [:]
        if end.linger > .zero { link.closeAfterPeer(within: end.linger) } else { link.closeNow() }
    }

    // MARK: Notes

    private func take(_ note: SessionNote) {
        record.note(note)
        let logger = place.logger
        switch note {
        case .refusal(let message, let code, let reason):
            logger.warning(
                "refused",
                metadata: metadata(["v2g.message": "\(message)", "v2g.code": "\(code)", "v2g.reason": "\(reason)"]))
        case .securityEvent(let text):
            logger.warning("security event", metadata: metadata(["v2g.detail": "\(text)"]))
        case .quirkUsed(let quirk, let detail):
            logger.log(
                level: quirk.lowersSecurity ? .warning : .info, "tolerance used",
                metadata: metadata(["v2g.tolerance": "\(quirk.rawValue)", "v2g.detail": "\(detail)"]))
        case .authorized(let method, _):
            logger.notice("authorized", metadata: metadata(["v2g.method": "\(method.rawValue)"]))
        case .contractInstalled(let emaid):
            logger.notice(
                "contract installed",
                metadata: metadata(["v2g.emaid": "\(place.pseudonyms.name(emaid.normalized))"]))
        case .warning(let text): logger.warning("warning", metadata: metadata(["v2g.detail": "\(text)"]))
        case .phase(let name): logger.debug("phase", metadata: metadata(["v2g.phase": "\(name)"]))
        case .signatureVerified(let message, let grammar, let isOutOfProfile):
            logger.debug(
                "signature verified",
                metadata: metadata([
                    "v2g.message": "\(message)", "v2g.grammar": "\(grammar)",
                    "v2g.outOfProfile": "\(isOutOfProfile)",
                ]))
        case .response, .energy: break
        }
    }

    private func metadata(_ more: Logger.Metadata) -> Logger.Metadata {
        var metadata = more
        metadata["v2g.evse"] = "\(place.offer.evseID)"
        metadata["v2g.protocol"] = "\(Flow.title)"
        return metadata
    }
}
