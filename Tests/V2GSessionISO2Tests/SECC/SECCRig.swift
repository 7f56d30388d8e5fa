import SchemaTypes
import V2GFraming
import V2GMessagesISO2
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport

/// What a session is about, for rows of tests.
enum Kind: String, Sendable, CaseIterable {
    case acEIM, acPnC, dcEIM, dcPnC

    var isDC: Bool { self == .dcEIM || self == .dcPnC }
    var isPnC: Bool { self == .acPnC || self == .dcPnC }
}

/// How far the good case has come: named by the response that the station has sent last.
enum Stage: Int, Sendable, CaseIterable {
    case begun, sessionSetup, serviceDiscovery, serviceDetail, selection, paymentDetails, authorization, parameters
    case cableCheck, preCharge, started, looped, stopped, welding
}

/// A station's core with a car that says what it is told to, and a world that answers what the core asks for, in virtual
/// time.
struct SECCRig {
    var core: ISO2SECC
    let kind: Kind
    let party: SECCParty
    var uptime = Duration.zero
    var session = V2GSessionID.zero
    var readings = EVSEReadings()
    var challenge: [UInt8] = []
    /// All that the core wanted in the last step, what the world's answers led to included.
    var actions: [ISO2SECC.Action] = []
    /// Whether the world answers by itself.
    var judges = true, identifies = true, makesSchedules = true, movesContactor = true, testsIsolation = true
    var schedules: ISO2Edition.Schedules
    var question: ISO2Edition.ScheduleQuestion?
    var verdict: ContractVerdict
    var chain: [Issued]

    init(
        _ kind: Kind, security: SessionLink.Security = .tls12,
        paused: @escaping @Sendable (V2GSessionID) -> PausedSession<ISO2Edition>? = { _ in nil },
        timing: ISO2Timing = .standard, offer edit: (inout StationOffer) -> Void = { _ in }
    ) throws {
        party = try SECCParty.shared.get()
        self.kind = kind
        var offer = try Self.offer(kind)
        edit(&offer)
        core = ISO2SECC(
            offer: offer, link: SessionLink(security: security),
            signatures: MessageSignatureVerifier(profile: party.profile), paused: paused, timing: timing)
        schedules = ISO2Edition.Schedules(tuples: [try Self.tuple(1, [(0, 11_000)])])
        verdict = .accepted(party.approval)
        chain = party.contract
        readings.controlPilot = .c
        readings.voltage = Volts(400)
        readings.meter = MeterReading(
            meterID: "METER1", energy: WattHours(1_000), signature: [1, 2, 3], status: 1, time: party.now)
        actions = core.begin(at: moment) + core.handle(.equipment(readings), at: moment)
    }

    struct NoAnswer: Error {}

    static func offer(_ kind: Kind) throws -> StationOffer {
        guard let id = EVSEID("DE*ABC*E0001") else { throw NoAnswer() }
        return StationOffer(evseID: id, energy: kind.isDC ? .dc(DCOffer()) : .ac(ACOffer()))
    }

    static func tuple(_ id: UInt8, _ entries: [(UInt32, Double)]) throws -> ISO2.SAScheduleTuple {
        let last = entries.count - 1
        return ISO2.SAScheduleTuple(
            saScheduleTupleID: try ISO2.SAID(id),
            pMaxSchedule: ISO2.PMaxSchedule(
                pMaxScheduleEntry: try BoundedList(
                    entries.enumerated().map { index, entry in
                        ISO2.PMaxScheduleEntry(
                            timeInterval: .relativeTimeInterval(
                                ISO2.RelativeTimeInterval(
                                    start: Ranged(clamping: entry.0),
                                    duration: index == last ? Ranged(clamping: 86_400 - entry.0) : nil)),
                            pMax: ISO2.PhysicalValue(Watts(entry.1)))
                    })))
    }

    var moment: SessionMoment { SessionMoment(uptime: uptime, wall: party.now) }

    /// Gives the core an event, and answers what it asks for.
    @discardableResult
    mutating func feed(_ event: SECCEvent<ISO2Edition>) -> [ISO2SECC.Action] {
        actions = []
        var queue = [event]
        while !queue.isEmpty {
            let new = core.handle(queue.removeFirst(), at: moment)
            actions += new
            for action in new { react(to: action, &queue) }
        }
        return actions
    }

    private mutating func react(to action: ISO2SECC.Action, _ queue: inout [SECCEvent<ISO2Edition>]) {
        switch action {
        case .judgeContract: if judges { queue.append(.contractJudged(verdict)) }
        case .judgeExternal: if identifies { queue.append(.externalJudged(.accepted(ExternalApproval(token: "card")))) }
        case .makeSchedules(let asked):
            question = asked
            if makesSchedules { queue.append(.schedulesMade(schedules)) }
        case .power(.closeContactor) where movesContactor: report(&queue) { $0.contactor = .closed }
        case .power(.stop) where movesContactor: report(&queue) { $0.contactor = .open }
        case .power(.startIsolationTest) where testsIsolation: report(&queue) { $0.isolation = .valid }
        case .send, .relay, .startTimer, .cancelTimer, .provision, .power, .keepReceipt, .keepPaused, .forgetPaused,
            .note, .end:
            break
        }
    }

    private mutating func report(
        _ queue: inout [SECCEvent<ISO2Edition>], _ change: (inout EVSEReadings) -> Void
    ) {
        change(&readings)
        queue.append(.equipment(readings))
    }

    /// The equipment reports.
    @discardableResult
    mutating func report(_ change: (inout EVSEReadings) -> Void) -> [ISO2SECC.Action] {
        change(&readings)
        return feed(.equipment(readings))
    }

    @discardableResult
    mutating func fire(_ timer: SessionTimer) -> [ISO2SECC.Action] { feed(.timerFired(timer)) }

    /// Sends a request and gives the response, `nil` when there was none.
    @discardableResult
    mutating func send(
        _ body: ISO2.BodyElement, signature: XMLDSig.Signature? = nil, session: V2GSessionID? = nil
    ) -> ISO2.BodyElement? {
        let message = ISO2.V2GMessage(session ?? self.session, body, signature: signature)
        let octets = (try? ISO2Edition.encode(message))?.payload ?? []
        feed(.received(message, octets: octets))
        return response
    }

    /// The last message that left.
    var response: ISO2.BodyElement? { message?.body.bodyElement }

    var message: ISO2.V2GMessage? {
        for action in actions.reversed() {
            if case .send(let message) = action { return message }
        }
        return nil
    }

    var code: ISO2.ResponseCode? { response?.kind.code }
    var end: SessionEnd? { actions.end }
}

extension [ISO2SECC.Action] {
    var end: SessionEnd? {
        for case .end(let end) in self { return end }
        return nil
    }

    var commands: [PowerCommand] {
        compactMap { if case .power(let command) = $0 { command } else { nil } }
    }

    var notes: [SessionNote] {
        compactMap { if case .note(let note) = $0 { note } else { nil } }
    }

    var reason: String? {
        for case .note(.refusal(_, _, let reason)) in self { return reason }
        return nil
    }

    var sends: Bool { contains { if case .send = $0 { true } else { false } } }

    func starts(_ timer: SessionTimer) -> Duration? {
        for case .startTimer(timer, let duration) in self { return duration }
        return nil
    }

    func cancels(_ timer: SessionTimer) -> Bool {
        contains { if case .cancelTimer(timer) = $0 { true } else { false } }
    }

    /// Whether power can flow after these.
    var energizes: Bool {
        commands.contains {
            switch $0 {
            case .closeContactor, .startIsolationTest, .preCharge, .deliverDC, .deliverAC, .limitAC: true
            case .stop, .pilotOff, .pilotOn: false
            }
        }
    }
}
