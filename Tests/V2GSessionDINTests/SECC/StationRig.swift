import SchemaTypes
import Testing
import V2GFraming
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// The station's core with a clock, a charger that follows and a car that is the test. Every response goes through EXI, so
/// that one which the schema does not allow fails the test.
struct StationRig {
    /// What the next request of an ordinary session is.
    enum Stage: CaseIterable, Sendable {
        case setup, services, selection, authentication, parameters, cableCheck, preCharge, powerDelivery, loopStart,
            loop, stop

        /// What the specification allows here.
        var allowed: Set<DINPair> {
            switch self {
            case .setup: [.sessionSetup]
            case .services: [.serviceDiscovery, .sessionStop]
            case .selection: [.servicePaymentSelection, .sessionStop]
            case .authentication: [.contractAuthentication, .sessionStop]
            case .parameters: [.chargeParameterDiscovery, .sessionStop]
            case .cableCheck: [.cableCheck, .sessionStop]
            case .preCharge: [.preCharge, .sessionStop]
            case .powerDelivery: [.preCharge, .powerDelivery, .sessionStop]
            case .loopStart: [.currentDemand]
            case .loop: [.currentDemand, .powerDelivery]
            case .stop: [.weldingDetection, .sessionStop]
            }
        }
    }

    var core: DINSECC
    var readings = EVSEReadings()
    var verdict: ExternalVerdict? = .accepted(ExternalApproval(token: "card"))
    var schedules: DINEdition.Schedules? = .flat(Watts(150_000))
    private(set) var uptime = Duration.zero
    private(set) var session: V2GSessionID?
    private(set) var timers: [SessionTimer: Duration] = [:]
    private(set) var actions: [SECCAction<DINEdition>] = []
    private(set) var responses: [DIN.BodyElement] = []
    private(set) var end: SessionEnd?

    init(
        timing: DINTiming = .standard, security: SessionLink.Security = .plain, energy: EnergyOffer = .dc(DCOffer()),
        adjust: (inout StationOffer) -> Void = { _ in }
    ) throws {
        let evseID = try #require(EVSEID("DE*ABC*E0001"))
        var offer = StationOffer(evseID: evseID, energy: energy)
        adjust(&offer)
        core = DINSECC(offer: offer, link: SessionLink(security: security), timing: timing)
        take(core.begin(at: moment))
    }

    var moment: SessionMoment { SessionMoment(uptime: uptime, wall: Timestamp(seconds: 1_780_000_000)) }

    // MARK: Events

    mutating func give(_ event: SECCEvent<DINEdition>) { take(core.handle(event, at: moment)) }

    mutating func observe(_ change: (inout EVSEReadings) -> Void) {
        change(&readings)
        give(.equipment(readings))
    }

    /// Sends a request, and returns the response if it came at once.
    @discardableResult
    mutating func ask(_ body: DIN.BodyElement, as id: V2GSessionID? = nil) -> DIN.BodyElement? {
        let before = responses.count
        give(.received(DIN.V2GMessage(id ?? session ?? .zero, body), octets: []))
        return responses.count > before ? responses.last : nil
    }

    @discardableResult
    mutating func ask(_ pair: DINPair, as id: V2GSessionID? = nil) -> DIN.BodyElement? {
        ask(Request.ordinary(pair), as: id)
    }

    /// Lets time pass, and timers run out in their order.
    mutating func wait(_ duration: Duration) {
        let target = uptime + duration
        while let next = timers.filter({ $0.value <= target }).min(by: { $0.value < $1.value }) {
            uptime = max(uptime, next.value)
            timers[next.key] = nil
            give(.timerFired(next.key))
        }
        uptime = target
    }

    private mutating func take(_ new: [SECCAction<DINEdition>]) {
        actions += new
        for action in new {
            switch action {
            case .send(let message):
                check(message)
                if let body = message.body.bodyElement { responses.append(body) }
                if session == nil { session = V2GSessionID(message.header.sessionID.octets) }
            case .startTimer(let timer, after: let duration): timers[timer] = uptime + duration
            case .cancelTimer(let timer): timers[timer] = nil
            case .judgeExternal: if let verdict { give(.externalJudged(verdict)) }
            case .makeSchedules: if let schedules { give(.schedulesMade(schedules)) }
            case .end(let end): self.end = end
            case .relay, .judgeContract, .provision, .power, .keepReceipt, .keepPaused, .forgetPaused, .note: break
            }
        }
    }

    private func check(_ message: DIN.V2GMessage) {
        do {
            let read = try DINEdition.decode(try DINEdition.encode(message), quirks: []).message
            #expect(read == message)
        } catch {
            Issue.record("\(DINEdition.name(of: message)) cannot be sent: \(error)")
        }
    }

    // MARK: The ordinary session

    mutating func proceed(to stage: Stage) {
        for next in Stage.allCases {
            if next == stage { return }
            switch next {
            case .setup: ask(.sessionSetup)
            case .services: ask(.serviceDiscovery)
            case .selection: ask(.servicePaymentSelection)
            case .authentication: ask(.contractAuthentication)
            case .parameters: ask(.chargeParameterDiscovery)
            case .cableCheck:
                observe { $0.controlPilot = .c }
                ask(.cableCheck)
                observe {
                    $0.contactor = .closed
                    $0.isolation = .valid
                }
            case .preCharge:
                ask(.preCharge)
                observe { $0.voltage = Volts(400) }
            case .powerDelivery: ask(.powerDelivery)
            case .loopStart: ask(.currentDemand)
            case .loop:
                ask(Request.powerDelivery(false))
                observe {
                    $0.contactor = .open
                    $0.voltage = .zero
                }
            case .stop: ask(.sessionStop)
            }
        }
    }

    /// A rig before the request of a stage.
    static func at(
        _ stage: Stage, timing: DINTiming = .standard, energy: EnergyOffer = .dc(DCOffer()),
        adjust: (inout StationRig) -> Void = { _ in }
    ) throws -> StationRig {
        var rig = try StationRig(timing: timing, energy: energy)
        adjust(&rig)
        rig.proceed(to: stage)
        return rig
    }

    // MARK: What came of it

    var power: [PowerCommand] {
        actions.compactMap { if case .power(let command) = $0 { command } else { nil } }
    }

    var notes: [SessionNote] {
        actions.compactMap { if case .note(let note) = $0 { note } else { nil } }
    }

    var lastCode: DIN.ResponseCode? { responses.last?.kind.code }

    /// The session ended with a refusal of this kind: no power, no pilot, five seconds for the car to close.
    func expectRefusal(
        _ pair: DINPair, _ code: DIN.ResponseCode, _ outcome: SessionEnd.Outcome = .refused,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(responses.last?.kind.pair == pair, sourceLocation: location)
        #expect(lastCode == code, sourceLocation: location)
        #expect(end?.outcome == outcome, sourceLocation: location)
        #expect(end?.linger == .seconds(5), sourceLocation: location)
        #expect(Array(power.suffix(2)) == [.stop, .pilotOff], sourceLocation: location)
        #expect(timers.isEmpty, sourceLocation: location)
        let isNoted = notes.contains {
            if case .refusal(message: pair.responseName, code: code.schemaName, reason: let reason) = $0 {
                !reason.isEmpty
            } else {
                false
            }
        }
        #expect(isNoted, sourceLocation: location)
    }

    /// Nothing energizes the outlet after the last command to stop.
    var isPowerOff: Bool {
        guard let stop = power.lastIndex(of: .stop) else { return power.allSatisfy { $0.grant == nil } }
        return power[stop...].allSatisfy { $0.grant == nil }
    }
}

extension PowerCommand {
    /// The grant of a command that energizes the outlet.
    var grant: ChargingGrant? {
        switch self {
        case .closeContactor(let grant), .limitAC(let grant, _), .startIsolationTest(let grant),
            .preCharge(let grant, _, _), .deliverDC(let grant, _, _), .deliverAC(let grant, _):
            grant
        case .stop, .pilotOff, .pilotOn: nil
        }
    }
}
