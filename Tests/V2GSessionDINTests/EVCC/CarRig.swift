import SchemaTypes
import Testing
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// A car's core, a scripted station and a clock of their own.
struct CarRig {
    /// The requests of an ordinary session, each once.
    static let order: [DINPair] = [
        .sessionSetup, .serviceDiscovery, .servicePaymentSelection, .contractAuthentication,
        .chargeParameterDiscovery, .cableCheck, .preCharge, .powerDelivery, .currentDemand, .weldingDetection,
        .sessionStop,
    ]

    var core: DINEVCC
    var station = ScriptedStation()
    var readings = VehicleReadings()
    private(set) var uptime = Duration.zero
    private(set) var timers: [SessionTimer: Duration] = [:]
    private(set) var actions: [EVCCAction<DINEdition>] = []
    private(set) var sent: [DIN.V2GMessage] = []
    private(set) var open: DIN.V2GMessage?
    private(set) var end: SessionEnd?

    init(
        _ car: DCVehicle = DCVehicle(), timing: DINTiming = .standard, adjust: (inout VehicleProfile) -> Void = { _ in }
    ) {
        var profile = VehicleProfile(macAddress: [2, 0, 0, 0, 0, 1], evccID: "WDIN1", energy: .dc(car))
        profile.stopsAfterLoops = 3
        adjust(&profile)
        core = DINEVCC(profile: profile, link: SessionLink(security: .plain), timing: timing)
    }

    var moment: SessionMoment { SessionMoment(uptime: uptime, wall: Timestamp(seconds: 1_780_000_000)) }

    mutating func give(_ event: EVCCEvent<DINEdition>) {
        for action in core.handle(event, at: moment) {
            actions.append(action)
            switch action {
            case .send(let message):
                check(message)
                sent.append(message)
                open = message
            case .startTimer(let timer, after: let duration): timers[timer] = uptime + duration
            case .cancelTimer(let timer): timers[timer] = nil
            case .end(let end):
                self.end = end
                open = nil
            case .sign, .install, .vehicle, .keepPaused, .forgetPaused, .note: break
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

    mutating func observe(_ change: (inout VehicleReadings) -> Void) {
        change(&readings)
        give(.vehicle(readings))
    }

    /// Runs until a request is open that `stop` names, or until the session ended. An answer takes ten milliseconds; apart
    /// from them, time passes in timers only.
    mutating func run(until stop: (CarRig, DIN.BodyElement) -> Bool = { _, _ in false }) {
        if sent.isEmpty, end == nil { give(.start) }
        for _ in 0..<20_000 where end == nil {
            if let request = open, let element = request.body.bodyElement {
                if stop(self, element) { return }
                open = nil
                if let answer = station.answer(request) {
                    uptime += .milliseconds(10)
                    give(.received(answer))
                }
            } else {
                fireNext()
            }
        }
        if end == nil { Issue.record("the session did not end") }
    }

    mutating func run(to pair: DINPair) { run { $1.kind.pair == pair } }

    /// Lets the next timer run out.
    mutating func fireNext() {
        guard let (timer, due) = timers.min(by: { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }) else {
            Issue.record("nothing happens any more")
            return
        }
        uptime = max(uptime, due)
        timers[timer] = nil
        give(.timerFired(timer))
    }

    /// The open request, to be answered by the test.
    mutating func takeOpen() -> DIN.V2GMessage? {
        defer { open = nil }
        return open
    }

    mutating func wait(_ duration: Duration) { uptime += duration }

    // MARK: What came of it

    var requests: [DINPair] { sent.compactMap { $0.body.bodyElement?.kind.pair } }

    var commands: [VehicleCommand] {
        actions.compactMap { if case .vehicle(let command) = $0 { command } else { nil } }
    }

    var warnings: [String] {
        actions.compactMap { if case .note(.warning(let text)) = $0 { text } else { nil } }
    }

    var isContactorClosed: Bool {
        guard let last = commands.last(where: { $0 == .closeContactor || $0 == .openContactor }) else { return false }
        return last == .closeContactor
    }

    func demand(_ index: Int) -> DIN.CurrentDemandReq? {
        let demands = sent.compactMap { message -> DIN.CurrentDemandReq? in
            if case .currentDemandReq(let request) = message.body.bodyElement { request } else { nil }
        }
        return demands.indices.contains(index) ? demands[index] : nil
    }

    /// Ended so, with open contactors, in state B, unlocked, and nothing running.
    func expectEnd(_ outcome: SessionEnd.Outcome, _ location: SourceLocation = #_sourceLocation) {
        #expect(end?.outcome == outcome, "\(end?.reason ?? "not ended")", sourceLocation: location)
        #expect(end?.linger == .zero, sourceLocation: location)
        #expect(end?.reason.isEmpty == false, sourceLocation: location)
        #expect(!isContactorClosed, sourceLocation: location)
        #expect(
            commands.last { $0 == .pilotReady || $0 == .pilotNotReady } == .pilotNotReady, sourceLocation: location)
        #expect(commands.last { $0 == .lockPlug || $0 == .unlockPlug } == .unlockPlug, sourceLocation: location)
        #expect(timers.isEmpty, sourceLocation: location)
    }
}
