import SchemaTypes
import Testing
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GPrimitives
import V2GSession
import V2GSessionISO20

/// Numbers that are the same in every run.
private struct Walker: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed &>> 31)
    }
}

/// A station's core under anything that a car, timers, equipment and an operator can do, in any order.
private struct StationWalk {
    var station: ISO20SECC
    var rng: Walker
    var clock = Duration.zero
    let now: Timestamp
    var session = V2GSessionID.zero
    var readings = EVSEReadings()
    var isAsked = false
    /// The backend said yes to a question that was asked.
    var hasGrant = false
    var energized = 0
    var violations = 0
    var hasEnded = false

    private var moment: SessionMoment {
        SessionMoment(uptime: clock, wall: now.advanced(bySeconds: clock.components.seconds))
    }

    mutating func begin() { apply(station.begin(at: moment)) }

    mutating func handle(_ event: SECCEvent<ISO20Edition>) {
        clock += .milliseconds(Int.random(in: 0...400, using: &rng))
        apply(station.handle(event, at: moment))
    }

    private mutating func apply(_ actions: [SECCAction<ISO20Edition>]) {
        for action in actions {
            switch action {
            case .power(let command):
                guard command.energizes else { continue }
                energized += 1
                if !hasGrant || hasEnded { violations += 1 }
                switch command {
                case .closeContactor: readings.contactor = .closed
                case .startIsolationTest: readings.isolation = .valid
                case .preCharge(_, let voltage, _): readings.voltage = voltage
                case .limitAC, .deliverAC, .deliverDC, .stop, .pilotOn, .pilotOff: break
                }
            case .judgeExternal, .judgeContract: isAsked = true
            case .send(let message):
                if case .common(.sessionSetupRes(let response)) = message { session = response.header.session }
            case .end: hasEnded = true
            case .relay, .startTimer, .cancelTimer, .provision, .makeSchedules, .keepReceipt, .keepPaused,
                .forgetPaused, .note:
                break
            }
        }
    }

    /// One step of the walk: mostly what a good car would do next.
    mutating func step(_ script: [ISO20Edition.Message], _ position: inout Int, mayGrant: Bool) {
        switch Int.random(in: 0..<20, using: &rng) {
        case 0...11:
            send(script[position % script.count])
            position += 1
        case 12:
            if let message = script.randomElement(using: &rng) { send(message) }
        case 13:
            position = Int.random(in: 0..<script.count, using: &rng)
        case 14:
            if let timer = SessionTimer.allCases.randomElement(using: &rng) { handle(.timerFired(timer)) }
        case 15: disturb()
        case 16:
            let requests: [OperatorRequest] = [.renegotiate, .pause, .stop]
            if let request = requests.randomElement(using: &rng) { handle(.operatorRequest(request)) }
        case 17: handle(.externalJudged(.refused("no")))
        case 18: handle(.contractJudged(.refused(ContractRefusal(.refused, "no"))))
        default:
            // A yes that nobody asked for is worth nothing.
            if !isAsked { handle(.externalJudged(.accepted(ExternalApproval(token: "unasked")))) }
        }
        if isAsked, mayGrant, Int.random(in: 0..<3, using: &rng) > 0 {
            isAsked = false
            hasGrant = true
            handle(.externalJudged(.accepted(ExternalApproval(token: "card"))))
        }
        if !hasEnded, Int.random(in: 0..<3, using: &rng) > 0 {
            handle(.equipment(readings))
            let tuple = ScriptedStation.tuple(1, watts: 50_000, anchor: UInt64(now.seconds))
            handle(.schedulesMade(.init(offer: .scheduled([tuple]))))
        }
    }

    private mutating func send(_ message: ISO20Edition.Message) {
        var id = session
        if Int.random(in: 0..<60, using: &rng) == 0 { id = .zero }
        handle(.received(message.request(in: id), octets: []))
    }

    private mutating func disturb() {
        var report = readings
        report.controlPilot = ControlPilot.allCases.randomElement(using: &rng) ?? .a
        report.contactor = ContactorState.allCases.randomElement(using: &rng) ?? .welded
        report.isolation = IsolationState.allCases.randomElement(using: &rng) ?? .fault
        if Int.random(in: 0..<8, using: &rng) == 0 { report.fault = .emergencyStop }
        handle(.equipment(report))
    }
}

@Suite("random walks at the station of ISO 15118-20") struct StationWalkTests {
    private static func script(_ energy: VehicleProfile.Energy) throws -> [ISO20Edition.Message] {
        var pair = try PairBench.pair(energy, .scheduled, .external)
        pair.isolationTakes = .zero
        pair.run()
        try #require(pair.driver.end?.outcome == .completed)
        return pair.driver.sent
    }

    @Test("[threats 20] 10,000 walks never energize without a grant")
    func walks() throws {
        let now = try VehiclePKI.shared.get().now
        let verifier = try VehiclePKI.shared.get().verifier
        let energies = [CarBench.ac(), CarBench.dc()]
        let scripts = try energies.map(Self.script)
        let offers = try energies.map { try PairBench.offer($0) }
        var energized = [false: 0, true: 0]
        var violations = 0
        for seed in 0..<10_000 {
            let kind = seed & 1
            let mayGrant = seed % 4 < 2
            var walk = StationWalk(
                station: ISO20SECC(
                    offer: offers[kind],
                    link: SessionLink(security: .tls13, peerLeafDigest: [UInt8](repeating: 1, count: 64)),
                    signatures: verifier),
                rng: Walker(state: UInt64(seed)), now: now)
            walk.readings.controlPilot = .c
            walk.begin()
            var position = 0
            for _ in 0..<60 where !walk.hasEnded { walk.step(scripts[kind], &position, mayGrant: mayGrant) }
            energized[mayGrant, default: 0] += walk.energized > 0 ? 1 : 0
            violations += walk.violations
        }
        #expect(violations == 0)
        #expect(energized[false] == 0, "no walk without a yes energizes")
        #expect(energized[true, default: 0] > 100, "walks with a yes do get there")
    }
}
