import CryptoOpenSSL
import Testing
import V2GCertificates
import V2GFraming
import V2GKeys
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport
import V2GX509

/// The two cores, a cable, a charger, a car and a clock. Every message goes through EXI. What happens at one time happens
/// in the order in which it was caused.
struct PairBench {
    private enum Cause {
        case toStation(SECCEvent<ISO2Edition>)
        case toCar(EVCCEvent<ISO2Edition>)
        case stationTimer(SessionTimer, Int)
        case carTimer(SessionTimer, Int)
        case charger((inout EVSEReadings) -> Void)
    }

    private struct Entry {
        let due: Duration
        let order: Int
        let cause: Cause
    }

    var station: ISO2SECC
    var car: ISO2EVCC
    var backend: PairBackend
    let isDC: Bool
    /// The first message that is lost; all that follow it are lost, too.
    var firstLost: Int?
    /// Called before each message is delivered, with its number and name.
    var interference: ((inout PairBench, Int, String) -> Void)?
    /// Ends are told to the other side, as a closed connection is.
    private var isLinkTold: Bool { firstLost == nil }

    /// The wall clock when the bench begins.
    var clock: Timestamp
    private(set) var uptime = Duration.zero
    private(set) var names: [String] = []
    private(set) var stationEnd: SessionEnd?
    private(set) var carEnd: SessionEnd?
    private(set) var stationNotes: [SessionNote] = []
    private(set) var carNotes: [SessionNote] = []
    private(set) var power: [PowerCommand] = []
    private(set) var receipts: [ISO2Edition.Receipt] = []
    private(set) var keptByStation: PausedSession<ISO2Edition>?
    private(set) var keptByCar: PausedSession<ISO2Edition>?
    private(set) var forgotten: [V2GSessionID] = []
    private(set) var isCarContactorClosed = false
    private(set) var readings = EVSEReadings()
    private var isInstalled = false
    private var queue: [Entry] = []
    private var order = 0
    private var stationTimers: [SessionTimer: Int] = [:]
    private var carTimers: [SessionTimer: Int] = [:]

    init(
        _ pki: CarPKI, _ energy: VehicleProfile.Energy, offer adjustOffer: (inout StationOffer) -> Void = { _ in },
        profile adjustProfile: (inout VehicleProfile) -> Void = { _ in },
        paused: PausedSession<ISO2Edition>? = nil, resume: PausedSession<ISO2Edition>? = nil
    ) throws {
        isDC = energy.isDC
        clock = pki.now
        backend = PairBackend(pki: pki)
        let evseID = try #require(EVSEID("DE*ABC*E0001"))
        var offer = StationOffer(evseID: evseID, energy: energy.isDC ? .dc(DCOffer()) : .ac(ACOffer()))
        adjustOffer(&offer)
        var profile = try pki.profile(energy)
        adjustProfile(&profile)
        let link = SessionLink(security: .tls12)
        let signatures = MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2))
        station = ISO2SECC(
            offer: offer, link: link, signatures: signatures,
            paused: { id in paused.flatMap { $0.id == id ? $0 : nil } })
        car = ISO2EVCC(profile: profile, link: link, signatures: signatures, resume: resume)
        readings.meter = MeterReading(meterID: "M1", energy: WattHours(5_000), time: pki.now)
    }

    private var moment: SessionMoment {
        SessionMoment(uptime: uptime, wall: clock.advanced(bySeconds: uptime.components.seconds))
    }

    // MARK: Running

    mutating func run() throws {
        try obey(station.begin(at: moment))
        cause(after: .zero, .toStation(.equipment(readings)))
        cause(after: .zero, .toCar(.start))
        for _ in 0..<100_000 {
            guard
                let next = queue.indices.min(by: { (queue[$0].due, queue[$0].order) < (queue[$1].due, queue[$1].order) }
                )
            else { return }
            let entry = queue.remove(at: next)
            uptime = max(uptime, entry.due)
            try happen(entry.cause)
            if stationEnd != nil, carEnd != nil,
                queue.allSatisfy({ if case .charger = $0.cause { false } else { true } })
            {
                return
            }
        }
        Issue.record("the pair does not come to an end")
    }

    /// Something from outside, now.
    mutating func tellCar(_ event: EVCCEvent<ISO2Edition>) { cause(after: .zero, .toCar(event)) }
    mutating func tellStation(_ event: SECCEvent<ISO2Edition>) { cause(after: .zero, .toStation(event)) }

    private mutating func cause(after delay: Duration, _ cause: Cause) {
        order += 1
        queue.append(Entry(due: uptime + delay, order: order, cause: cause))
    }

    private mutating func happen(_ cause: Cause) throws {
        switch cause {
        case .toStation(let event): try obey(station.handle(event, at: moment))
        case .toCar(let event): try obey(car.handle(event, at: moment))
        case .stationTimer(let timer, let generation):
            guard stationTimers[timer] == generation else { return }
            stationTimers[timer] = nil
            try obey(station.handle(.timerFired(timer), at: moment))
        case .carTimer(let timer, let generation):
            guard carTimers[timer] == generation else { return }
            carTimers[timer] = nil
            try obey(car.handle(.timerFired(timer), at: moment))
        case .charger(let change):
            change(&readings)
            try obey(station.handle(.equipment(readings), at: moment))
        }
    }

    // MARK: The cable

    /// Encodes, loses or delivers, decodes.
    private mutating func carry(_ frame: V2GTPFrame, toStation: Bool) throws {
        let message = try ISO2Edition.decode(frame, quirks: []).message
        let number = names.count
        names.append(ISO2Edition.name(of: message))
        if let interference { interference(&self, number, ISO2Edition.name(of: message)) }
        if let firstLost, number >= firstLost { return }
        if toStation {
            cause(after: .milliseconds(1), .toStation(.received(message, octets: frame.payload)))
        } else {
            cause(after: .milliseconds(1), .toCar(.received(message)))
        }
    }

    // MARK: The station

    private mutating func obey(_ actions: [SECCAction<ISO2Edition>]) throws {
        for action in actions {
            switch action {
            case .send(let message): try carry(ISO2Edition.encode(message), toStation: false)
            case .relay(let octets):
                try carry(V2GTPFrame(payloadType: .sapOrISO2, payload: octets), toStation: false)
            case .startTimer(let timer, after: let duration):
                order += 1
                stationTimers[timer] = order
                cause(after: duration, .stationTimer(timer, order))
            case .cancelTimer(let timer): stationTimers[timer] = nil
            case .judgeContract(let question):
                cause(after: .milliseconds(20), .toStation(.contractJudged(backend.judge(question, at: moment.wall))))
            case .judgeExternal:
                cause(after: .milliseconds(300), .toStation(.externalJudged(backend.judgeExternal())))
            case .provision(let question):
                cause(after: .milliseconds(200), .toStation(.provisioned(try backend.provision(question))))
            case .makeSchedules(let question):
                cause(
                    after: .milliseconds(30),
                    .toStation(.schedulesMade(try backend.schedules(question, isNew: isInstalled))))
            case .power(let command):
                power.append(command)
                command.isStop ? charge(.stop) : charge(command)
            case .keepReceipt(let receipt): receipts.append(receipt)
            case .keepPaused(let paused): keptByStation = paused
            case .forgetPaused(let id): forgotten.append(id)
            case .note(let note): stationNotes.append(note)
            case .end(let end):
                stationEnd = end
                if isLinkTold { cause(after: end.linger, .toCar(.linkLost("closed by the station"))) }
            }
        }
    }

    /// A charger that follows: the contactor in 60 ms, the isolation test in 250 ms, voltages in 30 ms.
    private mutating func charge(_ command: PowerCommand) {
        switch command {
        case .closeContactor: cause(after: .milliseconds(60), .charger { $0.contactor = .closed })
        case .limitAC, .deliverAC, .pilotOff, .pilotOn: break
        case .startIsolationTest:
            cause(after: .zero, .charger { $0.isolation = .testing })
            cause(
                after: .milliseconds(250),
                .charger {
                    $0.contactor = .closed
                    $0.isolation = .valid
                })
        case .preCharge(_, let voltage, _): cause(after: .milliseconds(30), .charger { $0.voltage = voltage })
        case .deliverDC(_, let voltage, let current):
            cause(
                after: .milliseconds(1),
                .charger {
                    $0.voltage = voltage
                    $0.current = current
                })
        case .stop:
            cause(
                after: .milliseconds(40),
                .charger {
                    $0.contactor = .open
                    $0.voltage = .zero
                    $0.current = .zero
                })
        }
    }

    // MARK: The car

    private mutating func obey(_ actions: [EVCCAction<ISO2Edition>]) throws {
        for action in actions {
            switch action {
            case .send(let message):
                if message.body.bodyElement?.kind.pair.isLoop == true { advanceMeter() }
                try carry(ISO2Edition.encode(message), toStation: true)
            case .startTimer(let timer, after: let duration):
                order += 1
                carTimers[timer] = order
                cause(after: duration, .carTimer(timer, order))
            case .cancelTimer(let timer): carTimers[timer] = nil
            case .sign(let octets, with: let key):
                let contract = isInstalled ? backend.pki.newContract : backend.pki.contract
                let signer = key == .contract ? contract[0].key : backend.pki.provisioning[0].key
                cause(after: .milliseconds(5), .toCar(.signed(.success(try signer.sign(octets)))))
            case .install(let message):
                // What arrived is what the service signed: the real verification of the same answer stands for it.
                let pki = backend.pki
                let isWhole =
                    message.body.bodyElement == .certificateInstallationRes(pki.installationResponse.0)
                    || message.body.bodyElement == .certificateUpdateRes(pki.updateResponse.0)
                #expect(isWhole && message.header.signature != nil)
                isInstalled = true
                cause(after: .milliseconds(20), .toCar(.installed(.success(pki.installed))))
            case .vehicle(let command): obey(command)
            case .keepPaused(let paused): keptByCar = paused
            case .forgetPaused(let id): forgotten.append(id)
            case .note(let note): carNotes.append(note)
            case .end(let end):
                carEnd = end
                if isLinkTold { cause(after: .milliseconds(1), .toStation(.linkLost("closed by the car"))) }
            }
        }
    }

    private mutating func obey(_ command: VehicleCommand) {
        switch command {
        case .pilotReady: cause(after: .milliseconds(20), .charger { $0.controlPilot = .c })
        case .pilotNotReady: cause(after: .milliseconds(20), .charger { $0.controlPilot = .b })
        case .closeContactor: isCarContactorClosed = true
        case .openContactor: isCarContactorClosed = false
        case .take, .takePower, .lockPlug, .unlockPlug: break
        }
    }

    private mutating func advanceMeter() {
        guard let meter = readings.meter else { return }
        let next = MeterReading(meterID: meter.meterID, energy: meter.energy + WattHours(7), time: meter.time)
        readings.meter = next
        cause(after: .zero, .charger { $0.meter = next })
    }

    // MARK: What has to hold

    /// Both ends are over, nothing has power, and whatever energized the outlet had a grant of this session.
    func expectSafe(_ location: SourceLocation = #_sourceLocation) {
        #expect(stationEnd != nil, "the station runs on", sourceLocation: location)
        #expect(carEnd != nil, "the car runs on", sourceLocation: location)
        #expect(!isCarContactorClosed, sourceLocation: location)
        #expect(readings.contactor == .open, sourceLocation: location)
        #expect(readings.voltage == .zero, sourceLocation: location)
        let energizing = power.contains { $0.grant != nil }
        let isAuthorized = stationNotes.contains { if case .authorized = $0 { true } else { false } }
        #expect(!energizing || isAuthorized, sourceLocation: location)
    }

    func count(_ name: String) -> Int { names.count { $0 == name } }
}

extension ISO2Pair {
    fileprivate var isLoop: Bool { self == .chargingStatus || self == .currentDemand }
}

extension PowerCommand {
    var isStop: Bool { self == .stop }

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
