import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GKeys
import V2GMessagesISO20
import V2GPrimitives
import V2GSession
import V2GSessionISO20
import V2GSignatures
import V2GTestSupport

/// Carries out what a car's core asks for, in virtual time, and watches what must never happen.
struct CarDriver {
    typealias Message = ISO20Edition.Message

    var car: ISO20EVCC
    let pki: VehiclePKI
    /// Deadlines.
    var timers: [SessionTimer: Duration] = [:]
    var outbox: [Message] = []
    var sent: [Message] = []
    var commands: [VehicleCommand] = []
    var notes: [SessionNote] = []
    var kept: [PausedSession<ISO20Edition>] = []
    var forgotten: [V2GSessionID] = []
    var installations: [Message] = []
    var end: SessionEnd?
    var isContactorClosed = false
    var isReady = false
    var mayClose = false
    /// Keys that fail.
    var brokenKeys: Set<VehicleKey> = []
    var installer: (Message) -> Result<InstalledContract, InstallationFailure> = { _ in
        .failure(InstallationFailure("no installer"))
    }

    init(_ car: ISO20EVCC, _ pki: VehiclePKI) {
        self.car = car
        self.pki = pki
    }

    var names: [String] { sent.map { ISO20Edition.name(of: $0) } }

    var nextTimer: (timer: SessionTimer, at: Duration)? {
        timers.min { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }.map { ($0.key, $0.value) }
    }

    mutating func handle(_ event: EVCCEvent<ISO20Edition>, at uptime: Duration) {
        let wall = pki.now.advanced(bySeconds: uptime.components.seconds)
        let moment = SessionMoment(uptime: uptime, wall: wall)
        if case .timerFired(let timer) = event { timers[timer] = nil }
        for action in car.handle(event, at: moment) { carryOut(action, at: uptime) }
    }

    private mutating func carryOut(_ action: EVCCAction<ISO20Edition>, at uptime: Duration) {
        #expect(end == nil, "nothing follows the end")
        switch action {
        case .send(let message):
            #expect(encodes(message), "every request can be sent, and reads as it was meant")
            outbox.append(message)
            sent.append(message)
        case .startTimer(let timer, let duration): timers[timer] = uptime + duration
        case .cancelTimer(let timer): timers[timer] = nil
        case .sign(let octets, let name):
            let key = name == .contract ? pki.contract[0].key : pki.provisioning[0].key
            if !brokenKeys.contains(name), let value = try? key.sign(octets) {
                handle(.signed(.success(value)), at: uptime)
            } else {
                handle(.signed(.failure(SigningFailure("the token is gone"))), at: uptime)
            }
        case .install(let message):
            installations.append(message)
            handle(.installed(installer(message)), at: uptime)
        case .vehicle(let command): obey(command)
        case .keepPaused(let paused): kept.append(paused)
        case .forgetPaused(let id): forgotten.append(id)
        case .note(let note):
            notes.append(note)
            if case .authorized = note { mayClose = true }
            if note == .phase("resumed") { mayClose = true }
        case .end(let end):
            self.end = end
            #expect(!isContactorClosed, "contactors are open at the end")
            #expect(!isReady, "the pilot is in state B at the end")
        }
    }

    private func encodes(_ message: Message) -> Bool {
        guard let frame = try? ISO20Edition.encode(message),
            let decoded = try? ISO20Edition.decode(frame, quirks: [])
        else { return false }
        return decoded.message == message
    }

    private mutating func obey(_ command: VehicleCommand) {
        commands.append(command)
        switch command {
        case .pilotReady:
            #expect(mayClose, "state C only after authorization")
            isReady = true
        case .pilotNotReady: isReady = false
        case .closeContactor:
            #expect(mayClose && isReady, "contactors close after authorization, in state C")
            isContactorClosed = true
        case .openContactor: isContactorClosed = false
        case .take, .takePower, .lockPlug, .unlockPlug: break
        }
    }

    var hasSecurityEvent: Bool { notes.contains { if case .securityEvent = $0 { true } else { false } } }
    var warnings: [String] { notes.compactMap { if case .warning(let text) = $0 { text } else { nil } } }
}
