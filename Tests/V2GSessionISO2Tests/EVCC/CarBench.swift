import CryptoOpenSSL
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport
import V2GX509

/// A car's core, a scripted station and a clock of their own.
struct CarBench {
    var core: ISO2EVCC
    var station: ScriptedStation
    let pki: CarPKI
    var uptime = Duration.zero
    /// The wall clock when the bench begins.
    var clock: Timestamp
    private(set) var timers: [SessionTimer: Duration] = [:]
    private(set) var actions: [EVCCAction<ISO2Edition>] = []
    private(set) var sent: [ISO2.V2GMessage] = []
    private(set) var open: ISO2.V2GMessage?
    private(set) var end: SessionEnd?
    /// What the car's keys answer; `nil` leaves the core waiting.
    var signs = true
    var installs: Result<InstalledContract, InstallationFailure>?
    private var queue: [EVCCEvent<ISO2Edition>] = []

    init(
        _ pki: CarPKI, _ energy: VehicleProfile.Energy = .dc(DCVehicle()), security: SessionLink.Security = .tls12,
        resume: PausedSession<ISO2Edition>? = nil, adjust: (inout VehicleProfile) -> Void = { _ in }
    ) throws {
        self.pki = pki
        clock = pki.now
        station = ScriptedStation(pki)
        installs = .success(pki.installed)
        var profile = try pki.profile(energy)
        adjust(&profile)
        core = ISO2EVCC(
            profile: profile, link: SessionLink(security: security),
            signatures: MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2)), resume: resume)
    }

    var moment: SessionMoment {
        SessionMoment(uptime: uptime, wall: clock.advanced(bySeconds: uptime.components.seconds))
    }

    mutating func give(_ event: EVCCEvent<ISO2Edition>) throws {
        for action in core.handle(event, at: moment) {
            actions.append(action)
            switch action {
            case .send(let message):
                sent.append(message)
                open = message
            case .startTimer(let timer, after: let duration): timers[timer] = uptime + duration
            case .cancelTimer(let timer): timers[timer] = nil
            case .sign(let octets, with: let key):
                guard signs else { continue }
                let signer = key == .contract ? contractSigner : pki.provisioning[0].key
                queue.append(.signed(.success(try signer.sign(octets))))
            case .install: if let installs { queue.append(.installed(installs)) }
            case .end(let end):
                self.end = end
                open = nil
            case .vehicle, .keepPaused, .forgetPaused, .note: break
            }
        }
    }

    /// After an installation it is the new contract's key that signs.
    private var contractSigner: SoftwareKey {
        let isInstalled = notes.contains { if case .contractInstalled = $0 { true } else { false } }
        return isInstalled ? pki.newContract[0].key : pki.contract[0].key
    }

    /// Runs until a request is open that `stop` names, or until the session ended. Time passes only in timers and ten
    /// milliseconds for each answer.
    mutating func run(until stop: (CarBench, ISO2.BodyElement) -> Bool = { _, _ in false }) throws {
        if sent.isEmpty { try give(.start) }
        for _ in 0..<20_000 where end == nil {
            if !queue.isEmpty {
                try give(queue.removeFirst())
            } else if let request = open, let element = request.body.bodyElement {
                if stop(self, element) { return }
                open = nil
                uptime += .milliseconds(10)
                if let answer = try station.answer(request) { try give(.received(answer)) }
            } else {
                try fireNext()
            }
        }
        if end == nil { Issue.record("the session did not end") }
    }

    /// Runs until the pair's request is open.
    mutating func run(to pair: ISO2Pair) throws { try run { $1.kind.pair == pair } }

    /// A key or an installation has an answer.
    var isWaitingForItself: Bool { !queue.isEmpty }

    mutating func giveNext() throws {
        if !queue.isEmpty { try give(queue.removeFirst()) }
    }

    mutating func takeOpen() { open = nil }

    /// Lets the next timer run out.
    mutating func fireNext() throws {
        guard let (timer, due) = timers.min(by: { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }) else {
            return
        }
        uptime = max(uptime, due)
        timers[timer] = nil
        try give(.timerFired(timer))
    }

    /// The station stays silent from here on.
    mutating func runSilently() throws {
        open = nil
        while end == nil, !timers.isEmpty { try fireNext() }
    }

    mutating func answer(_ body: ISO2.BodyElement, session: [UInt8]? = nil) throws {
        open = nil
        let id = try #require(V2GSessionID(session ?? station.sessionID))
        try give(.received(ISO2.V2GMessage(id, body)))
    }

    /// The station answers the open request, and no more.
    mutating func answerOpen() throws {
        let request = try #require(open)
        open = nil
        let answer = try station.answer(request)
        try give(.received(try #require(answer)))
    }

    // MARK: What happened

    var notes: [SessionNote] {
        actions.compactMap { if case .note(let note) = $0 { note } else { nil } }
    }

    var commands: [VehicleCommand] {
        actions.compactMap { if case .vehicle(let command) = $0 { command } else { nil } }
    }

    var securityEvents: [String] {
        notes.compactMap { if case .securityEvent(let text) = $0 { text } else { nil } }
    }

    var warnings: [String] {
        notes.compactMap { if case .warning(let text) = $0 { text } else { nil } }
    }

    var requests: [ISO2Pair] { sent.compactMap { $0.body.bodyElement?.kind.pair } }

    /// The contactor as the commands left it.
    var isContactorClosed: Bool {
        var isClosed = false
        for command in commands {
            if command == .closeContactor { isClosed = true }
            if command == .openContactor { isClosed = false }
        }
        return isClosed
    }

    /// The pilot's state as the commands left it.
    var isPilotReady: Bool {
        var isReady = false
        for command in commands {
            if command == .pilotReady { isReady = true }
            if command == .pilotNotReady { isReady = false }
        }
        return isReady
    }

    var kept: PausedSession<ISO2Edition>? {
        for case .keepPaused(let paused) in actions { return paused }
        return nil
    }

    var forgotten: [V2GSessionID] {
        actions.compactMap { if case .forgetPaused(let id) = $0 { id } else { nil } }
    }

    /// The session is over, and nothing of it is left on.
    func expectSafeEnd(_ outcome: SessionEnd.Outcome, _ location: SourceLocation = #_sourceLocation) {
        #expect(end?.outcome == outcome, "\(end?.reason ?? "no end")", sourceLocation: location)
        #expect(end?.reason.isEmpty == false, sourceLocation: location)
        #expect(!isContactorClosed, "the contactor is closed", sourceLocation: location)
        #expect(!isPilotReady, "the pilot is in state C", sourceLocation: location)
        #expect(timers.isEmpty, "timers run on: \(timers.keys)", sourceLocation: location)
    }
}
