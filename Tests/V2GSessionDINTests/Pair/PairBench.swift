import Testing
import V2GFraming
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// The two cores, a cable, a charger, a car and a clock. Every message goes through EXI. What happens at one time happens
/// in the order in which it was caused.
struct PairBench {
    private enum Cause {
        case toStation(SECCEvent<DINEdition>)
        case toCar(EVCCEvent<DINEdition>)
        case stationTimer(SessionTimer, Int)
        case carTimer(SessionTimer, Int)
        case charger((inout EVSEReadings) -> Void)
    }

    private struct Entry {
        let due: Duration
        let order: Int
        let cause: Cause
    }

    var station: DINSECC
    var car: DINEVCC
    /// The first message that is lost; all that follow it are lost, too.
    var firstLost: Int?
    /// One message that is lost, and the next ones are not.
    var onlyLost: Int?
    /// Called before each message is delivered, with its number and name.
    var interference: ((inout PairBench, Int, String) -> Void)?
    var verdict: ExternalVerdict? = .accepted(ExternalApproval(token: "card"))
    var verdictDelay: Duration = .milliseconds(300)
    var scheduleDelay: Duration = .milliseconds(30)
    var isolationDelay: Duration = .milliseconds(250)
    var isolation = IsolationState.valid
    /// Zero bytes behind every message of the car, as one car sends them.
    var trailingZeros = 0
    var quirks: Set<Quirk> = []

    private(set) var uptime = Duration.zero
    private(set) var names: [String] = []
    private(set) var stationEnd: SessionEnd?
    private(set) var carEnd: SessionEnd?
    private(set) var stationNotes: [SessionNote] = []
    private(set) var carNotes: [SessionNote] = []
    private(set) var power: [PowerCommand] = []
    private(set) var isCarContactorClosed = false
    private(set) var readings = EVSEReadings()
    private var queue: [Entry] = []
    private var order = 0
    private var stationTimers: [SessionTimer: Int] = [:]
    private var carTimers: [SessionTimer: Int] = [:]

    init(
        offer adjustOffer: (inout StationOffer) -> Void = { _ in },
        profile adjustProfile: (inout VehicleProfile) -> Void = { _ in }
    ) throws {
        let evseID = try #require(EVSEID("DE*ABC*E0001"))
        var offer = StationOffer(evseID: evseID, energy: .dc(DCOffer()))
        adjustOffer(&offer)
        var profile = VehicleProfile(macAddress: [2, 0, 0, 0, 0, 1], evccID: "WDIN1", energy: .dc(DCVehicle()))
        profile.stopsAfterLoops = 6
        adjustProfile(&profile)
        let link = SessionLink(security: .plain)
        station = DINSECC(offer: offer, link: link)
        car = DINEVCC(profile: profile, link: link)
    }

    private var moment: SessionMoment { SessionMoment(uptime: uptime, wall: Timestamp(seconds: 1_780_000_000)) }

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
            let isQuiet = queue.allSatisfy { if case .charger = $0.cause { false } else { true } }
            if stationEnd != nil, carEnd != nil, isQuiet { return }
        }
        Issue.record("the pair does not come to an end")
    }

    /// Something from outside, now.
    mutating func tellCar(_ event: EVCCEvent<DINEdition>) { cause(after: .zero, .toCar(event)) }
    mutating func tellStation(_ event: SECCEvent<DINEdition>) { cause(after: .zero, .toStation(event)) }
    mutating func change(_ change: @escaping (inout EVSEReadings) -> Void) { cause(after: .zero, .charger(change)) }

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
        let zeros = [UInt8](repeating: 0, count: toStation ? trailingZeros : 0)
        let sent = V2GTPFrame(payloadType: frame.payloadType, payload: frame.payload + zeros)
        let decoded = try DINEdition.decode(sent, quirks: quirks)
        if toStation { stationNotes += decoded.notes }
        let number = names.count
        names.append(DINEdition.name(of: decoded.message))
        if let interference { interference(&self, number, DINEdition.name(of: decoded.message)) }
        if let firstLost, number >= firstLost { return }
        if number == onlyLost { return }
        if toStation {
            cause(after: .milliseconds(1), .toStation(.received(decoded.message, octets: frame.payload)))
        } else {
            cause(after: .milliseconds(1), .toCar(.received(decoded.message)))
        }
    }

    // MARK: The station

    private mutating func obey(_ actions: [SECCAction<DINEdition>]) throws {
        for action in actions {
            switch action {
            case .send(let message): try carry(DINEdition.encode(message), toStation: false)
            case .startTimer(let timer, after: let duration):
                order += 1
                stationTimers[timer] = order
                cause(after: duration, .stationTimer(timer, order))
            case .cancelTimer(let timer): stationTimers[timer] = nil
            case .judgeExternal:
                if let verdict { cause(after: verdictDelay, .toStation(.externalJudged(verdict))) }
            case .makeSchedules(let question):
                cause(after: scheduleDelay, .toStation(.schedulesMade(.flat(question.maximumPower))))
            case .power(let command):
                power.append(command)
                charge(command)
            case .note(let note): stationNotes.append(note)
            case .end(let end):
                stationEnd = end
                if firstLost == nil { cause(after: end.linger, .toCar(.linkLost("closed by the station"))) }
            case .relay, .judgeContract, .provision, .keepReceipt, .keepPaused, .forgetPaused:
                Issue.record("not of this edition: \(action)")
            }
        }
    }

    /// A charger that follows: the isolation test takes its time, voltages 30 ms, the relays 40 ms.
    private mutating func charge(_ command: PowerCommand) {
        switch command {
        case .startIsolationTest:
            let result = isolation
            cause(
                after: .zero,
                .charger {
                    $0.isolation = .testing
                    $0.contactor = .closed
                })
            cause(after: isolationDelay, .charger { $0.isolation = result })
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
        case .closeContactor, .limitAC, .deliverAC: Issue.record("not of this edition: \(command)")
        case .pilotOff, .pilotOn: break
        }
    }

    // MARK: The car

    private mutating func obey(_ actions: [EVCCAction<DINEdition>]) throws {
        for action in actions {
            switch action {
            case .send(let message): try carry(DINEdition.encode(message), toStation: true)
            case .startTimer(let timer, after: let duration):
                order += 1
                carTimers[timer] = order
                cause(after: duration, .carTimer(timer, order))
            case .cancelTimer(let timer): carTimers[timer] = nil
            case .vehicle(let command): obey(command)
            case .note(let note): carNotes.append(note)
            case .end(let end):
                carEnd = end
                if firstLost == nil { cause(after: .milliseconds(1), .toStation(.linkLost("closed by the car"))) }
            case .sign, .install, .keepPaused, .forgetPaused: Issue.record("not of this edition: \(action)")
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

    // MARK: What has to hold

    /// Both ends are over, nothing has power, and whatever energized the outlet had a grant of this session.
    func expectSafe(_ location: SourceLocation = #_sourceLocation) {
        #expect(stationEnd != nil, "the station runs on", sourceLocation: location)
        #expect(carEnd != nil, "the car runs on", sourceLocation: location)
        #expect(!isCarContactorClosed, sourceLocation: location)
        #expect(readings.contactor == .open, sourceLocation: location)
        #expect(readings.voltage == .zero, sourceLocation: location)
        let isAuthorized = stationNotes.contains { if case .authorized = $0 { true } else { false } }
        #expect(isAuthorized || power.allSatisfy { $0.grant == nil }, sourceLocation: location)
    }

    func count(_ name: String) -> Int { names.count { $0 == name } }
}
