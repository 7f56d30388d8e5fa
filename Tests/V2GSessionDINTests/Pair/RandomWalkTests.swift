import SchemaTypes
import Testing
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// Random cars, operators and equipment before the station's core. Whatever they do, the outlet gets power only under a
/// grant that somebody gave in this session.
@Suite struct RandomWalkTests {
    private static let walksPerSeed = 1_250

    @Test("10,000 random walks never reach power without a grant", arguments: UInt64(1)...8)
    func powerNeedsAGrant(_ seed: UInt64) throws {
        var energized = 0
        var ended = 0
        for number in 0..<Self.walksPerSeed {
            var walk = try Walk(seed: seed &* 1_000_003 &+ UInt64(number))
            walk.run(steps: 60)
            if let violation = walk.violation {
                Issue.record("seed \(seed), walk \(number): \(violation)\n\(walk.trace)")
                return
            }
            if walk.hasPower { energized += 1 }
            if walk.hasEnded { ended += 1 }
        }
        // The walks come far enough to prove something, and are wild enough to be refused.
        #expect(energized > Self.walksPerSeed / 20, "\(energized) walks reached power")
        #expect(ended > Self.walksPerSeed / 2, "\(ended) walks ended")
    }
}

/// SplitMix64: the same walk for the same seed.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

private struct Walk {
    private enum Question { case external, schedules, equipment }

    private var random: SeededGenerator
    private var core: DINSECC
    private var uptime = Duration.zero
    private var session: V2GSessionID?
    private var last: DIN.BodyElement?
    private var pending: [Question] = []
    private var timers: Set<SessionTimer> = []
    private var isExternalAsked = false
    private var isExternalAccepted = false
    private var readings = EVSEReadings()
    private var isStopping = false

    private(set) var hasPower = false
    private(set) var hasEnded = false
    private(set) var violation: String?
    private var events: [SECCEvent<DINEdition>] = []

    init(seed: UInt64) throws {
        random = SeededGenerator(seed)
        let evseID = try #require(EVSEID("DE*ABC*E0001"))
        core = DINSECC(
            offer: StationOffer(evseID: evseID, energy: .dc(DCOffer())),
            link: SessionLink(security: random.chance(90) ? .plain : .tls12))
    }

    var trace: String { events.map { "\($0)".prefix(200).description }.joined(separator: "\n") }

    private var moment: SessionMoment { SessionMoment(uptime: uptime, wall: Timestamp(seconds: 1_780_000_000)) }

    mutating func run(steps: Int) {
        judge(core.begin(at: moment))
        for _ in 0..<steps where violation == nil {
            uptime += .milliseconds(Int.random(in: 0...400, using: &random))
            let event = random.chance(92) ? cooperative() : wild()
            events.append(event)
            judge(core.handle(event, at: moment))
        }
    }

    /// What must hold of everything that the core wants done.
    private mutating func judge(_ actions: [SECCAction<DINEdition>]) {
        var isPowered = false
        if hasEnded, !actions.isEmpty { violation = "something after the end: \(actions)" }
        for action in actions {
            switch action {
            case .power(let command):
                guard let grant = command.grant else {
                    isPowered = false
                    continue
                }
                hasPower = true
                isPowered = true
                if hasEnded { violation = "power after the end: \(command)" }
                if grant.session != session { violation = "a grant of another session" }
                if !isExternalAccepted { violation = "nobody accepted the customer" }
                if grant.method != .external(token: "card") { violation = "a grant of another customer" }
            case .send(let message):
                last = message.body.bodyElement
                if case .sessionSetupRes = last { session = V2GSessionID(message.header.sessionID.octets) }
                pending.removeAll { $0 == .equipment }
                do {
                    _ = try DINEdition.encode(message)
                } catch {
                    violation = error.message
                }
            case .judgeExternal:
                isExternalAsked = true
                pending.append(.external)
            case .makeSchedules: pending.append(.schedules)
            case .startTimer(let timer, after: _):
                timers.insert(timer)
                if timer == .contactor || timer == .performance { pending.append(.equipment) }
            case .cancelTimer(let timer): timers.remove(timer)
            case .end:
                hasEnded = true
                if isPowered { violation = "power at the end" }
                if !timers.isEmpty { violation = "timers at the end: \(timers)" }
            case .relay, .judgeContract, .provision, .keepReceipt, .keepPaused, .forgetPaused:
                violation = "not of this edition: \(action)"
            case .note: break
            }
        }
    }

    // MARK: Events

    /// What helps the session on, mostly.
    private mutating func cooperative() -> SECCEvent<DINEdition> {
        guard let waiting = pending.first else { return request(successor()) }
        pending.removeFirst()
        switch waiting {
        case .external: return externalVerdict()
        case .schedules: return .schedulesMade(.flat(Watts(20_000)))
        case .equipment:
            readings.controlPilot = .c
            readings.isolation = .valid
            readings.contactor = isStopping ? .open : .closed
            return .equipment(readings)
        }
    }

    private mutating func externalVerdict() -> SECCEvent<DINEdition> {
        guard random.chance(80) else { return .externalJudged(.refused("unknown card")) }
        // A verdict before anybody asked for one must not count.
        if isExternalAsked { isExternalAccepted = true }
        return .externalJudged(.accepted(ExternalApproval(token: "card")))
    }

    /// Anything at all.
    private mutating func wild() -> SECCEvent<DINEdition> {
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1:
            let timer = SessionTimer.allCases.randomElement(using: &random) ?? .sequence
            timers.remove(timer)
            return .timerFired(timer)
        case 2: return externalVerdict()
        case 3: return .schedulesMade(DINEdition.Schedules(tuples: []))
        case 4: return .provisioned(.answered([0x80, 1, 2, 3]))
        case 5: return .operatorRequest(random.chance(50) ? .stop : .renegotiate)
        case 6, 7:
            readings.controlPilot = ControlPilot.allCases.randomElement(using: &random) ?? .b
            readings.contactor = ContactorState.allCases.randomElement(using: &random) ?? .open
            readings.isolation = IsolationState.allCases.randomElement(using: &random) ?? .notTested
            readings.fault = random.chance(10) ? .internalError : nil
            return .equipment(readings)
        case 8:
            timers.remove(.performance)
            return random.chance(20) ? .linkLost("gone") : .timerFired(.performance)
        default: return request(DINPair.allCases.randomElement(using: &random) ?? .sessionSetup)
        }
    }

    private mutating func successor() -> DINPair {
        switch last {
        case nil: return .sessionSetup
        case .sessionSetupRes: return .serviceDiscovery
        case .serviceDiscoveryRes: return .servicePaymentSelection
        case .servicePaymentSelectionRes: return .contractAuthentication
        case .contractAuthenticationRes(let response):
            return response.evseProcessing == .finished ? .chargeParameterDiscovery : .contractAuthentication
        case .chargeParameterDiscoveryRes(let response):
            return response.evseProcessing == .finished ? .cableCheck : .chargeParameterDiscovery
        case .cableCheckRes(let response): return response.evseProcessing == .finished ? .preCharge : .cableCheck
        case .preChargeRes: return random.chance(70) ? .powerDelivery : .preCharge
        case .powerDeliveryRes: return isStopping ? .weldingDetection : .currentDemand
        case .currentDemandRes: return random.chance(30) ? .powerDelivery : .currentDemand
        case .weldingDetectionRes: return random.chance(70) ? .sessionStop : .weldingDetection
        default: return DINPair.allCases.randomElement(using: &random) ?? .sessionStop
        }
    }

    private mutating func request(_ pair: DINPair) -> SECCEvent<DINEdition> {
        var id = session ?? .zero
        if random.chance(2) { id = random.chance(50) ? .zero : V2GSessionID([1, 2, 3]) ?? .zero }
        return .received(DIN.V2GMessage(id, body(pair)), octets: [])
    }

    private mutating func body(_ pair: DINPair) -> DIN.BodyElement {
        switch pair {
        case .powerDelivery:
            if case .currentDemandRes = last { isStopping = random.chance(90) } else { isStopping = random.chance(5) }
            return Request.powerDelivery(!isStopping, tuple: random.chance(95) ? 1 : 5)
        case .currentDemand:
            return Request.currentDemand(
                .init(Volts(400)), .init(Amperes(Double(Int.random(in: -10...900, using: &random)))))
        case .chargeParameterDiscovery:
            return Request.parameters(random.chance(97) ? .dcExtended : .acThreePhaseCore)
        case .servicePaymentSelection: return Request.selection(random.chance(97) ? .externalPayment : .contract)
        default: return Request.ordinary(pair)
        }
    }
}
