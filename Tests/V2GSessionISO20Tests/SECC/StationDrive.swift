import SchemaTypes
import Testing
import V2GFraming
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GPrimitives
import V2GSession
import V2GSessionISO20
import V2GSignatures

/// What one event made the core do.
struct Step {
    let actions: [SECCAction<ISO20Edition>]

    var response: ISO20Edition.Message? {
        for case .send(let message) in actions { return message }
        return nil
    }

    var code: ISO20.ResponseCode? { response.flatMap { ISO20Edition.outline(of: $0)?.code } }
    var pair: ISO20Pair? { response.flatMap { ISO20Edition.outline(of: $0)?.pair } }

    var end: SessionEnd? {
        for case .end(let end) in actions { return end }
        return nil
    }

    var power: [PowerCommand] {
        actions.compactMap { if case .power(let command) = $0 { command } else { nil } }
    }

    var notes: [SessionNote] {
        actions.compactMap { if case .note(let note) = $0 { note } else { nil } }
    }

    var hasSecurityEvent: Bool {
        notes.contains { if case .securityEvent = $0 { true } else { false } }
    }

    func started(_ timer: SessionTimer) -> Duration? {
        for case .startTimer(timer, let after) in actions { return after }
        return nil
    }

    var reason: String? {
        for case .refusal(_, _, let reason) in notes { return reason }
        return nil
    }
}

/// A station's core with a clock, and everything that it did.
struct StationDrive {
    let pki: StationPKI
    var car: TestCar
    var core: ISO20SECC
    var uptime = Duration.seconds(100)
    var readings = EVSEReadings()
    var commands: [PowerCommand] = []
    var kept: [PausedSession<ISO20Edition>] = []
    var receipts: [ISO20Edition.Receipt] = []

    init(
        _ setup: TestSetup = TestSetup(), link: SessionLink = .tested, pki: StationPKI? = nil,
        paused: PausedSession<ISO20Edition>? = nil, change: (inout StationOffer) -> Void = { _ in }
    ) throws {
        self.pki = try pki ?? StationPKI.shared.get()
        car = TestCar(setup, self.pki)
        var offer = try setup.offer
        change(&offer)
        core = ISO20SECC(
            offer: offer, link: link, signatures: MessageSignatureVerifier(profile: self.pki.profile),
            paused: { id in paused?.id == id ? paused : nil })
        readings.meter = MeterReading(
            meterID: "M1", energy: WattHours(1_000), signature: [1, 2, 3], time: self.pki.now)
        _ = apply(core.begin(at: moment))
        report { $0.controlPilot = .c }
    }

    var moment: SessionMoment { SessionMoment(uptime: uptime, wall: pki.now) }

    private mutating func apply(_ actions: [SECCAction<ISO20Edition>]) -> Step {
        for action in actions {
            switch action {
            case .power(let command): commands.append(command)
            case .keepPaused(let session): kept.append(session)
            case .keepReceipt(let receipt): receipts.append(receipt)
            case .send, .relay, .startTimer, .cancelTimer, .judgeContract, .judgeExternal, .provision, .makeSchedules,
                .forgetPaused, .note, .end:
                break
            }
        }
        let step = Step(actions: actions)
        checkValid(step)
        return step
    }

    /// Whatever is sent survives the wire, in the session.
    private mutating func checkValid(_ step: Step) {
        guard let response = step.response else { return }
        do {
            let frame = try ISO20Edition.encode(response)
            let back = try ISO20Edition.decode(frame, quirks: [])
            #expect(back.message == response)
            if let header = ISO20Edition.outline(of: response)?.header {
                if ISO20Edition.outline(of: response)?.pair == .sessionSetup { car.session = header.session }
                #expect(header.timeStamp == UInt64(pki.now.seconds))
            }
        } catch {
            Issue.record("\(ISO20Edition.name(of: response)) does not survive the wire: \(error)")
        }
    }

    @discardableResult mutating func event(_ event: SECCEvent<ISO20Edition>) -> Step {
        apply(core.handle(event, at: moment))
    }

    @discardableResult mutating func send(_ message: ISO20Edition.Message) -> Step {
        event(.received(message, octets: (try? ISO20Edition.encode(message))?.payload ?? []))
    }

    @discardableResult mutating func fire(_ timer: SessionTimer) -> Step { event(.timerFired(timer)) }

    @discardableResult mutating func report(_ change: (inout EVSEReadings) -> Void) -> Step {
        change(&readings)
        return event(.equipment(readings))
    }

    /// The good case of one pair, with all that the station waits for; the step with the response.
    @discardableResult mutating func perform(_ pair: ISO20Pair) throws -> Step {
        let request = try car.request(pair)
        switch pair {
        case .authorization:
            send(request)
            return car.setup.isContract
                ? event(.contractJudged(.accepted(pki.approval)))
                : event(.externalJudged(.accepted(ExternalApproval(token: "card"))))
        case .certificateInstallation:
            send(request)
            return event(.provisioned(.answered(try car.installation(session: car.session))))
        case .scheduleExchange:
            send(request)
            return event(.schedulesMade(car.schedules))
        case .dcCableCheck:
            #expect(send(request).code == .ok)
            report { $0.isolation = .valid }
            return send(request)
        case .dcPreCharge:
            report { $0.voltage = Volts(400) }
            return send(request)
        case .powerDelivery:
            let step = send(request)
            return step.response == nil ? report { $0.contactor = .closed } : step
        case .acChargeLoop, .dcChargeLoop:
            let step = send(request)
            car.lastLoop = step.response
            return step
        case .sessionSetup, .authorizationSetup, .serviceDiscovery, .serviceDetail, .serviceSelection,
            .meteringConfirmation, .sessionStop, .vehicleCheckIn, .vehicleCheckOut, .acChargeParameterDiscovery,
            .dcChargeParameterDiscovery, .dcWeldingDetection:
            let step = send(request)
            if case .common(.authorizationSetupRes(let response))? = step.response,
                case .pncASResAuthorizationMode(let mode) = response.asResAuthorizationMode
            {
                car.challenge = mode.genChallenge.octets
            }
            return step
        }
    }

    /// Everything up to, and without, a pair.
    mutating func reach(_ pair: ISO20Pair) throws {
        for step in car.setup.sequence {
            let isStop = step == .stopPower
            if !isStop, step.pair == pair { return }
            if isStop {
                try stopPower()
            } else if let pair = step.pair {
                let done = try perform(pair)
                try #require(done.code?.family == .ok, "\(pair.rawValue): \(done.reason ?? "no response")")
            }
        }
    }

    @discardableResult mutating func stopPower() throws -> Step {
        let step = send(car.powerDelivery(.stop))
        return step.response == nil ? report { $0.contactor = .open } : step
    }
}

extension SessionLink {
    static let tested = SessionLink(security: .tls13, peerLeafDigest: [UInt8](repeating: 7, count: 64))
}
