import EXICodec
import SchemaTypes
import Testing
import V2GCertificates
import V2GFraming
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GPrimitives
import V2GSession
import V2GSessionISO20
import V2GSignatures
import V2GTestSupport

/// Our car at our station: both cores, a link with a delay, simulated equipment and a backend, in virtual time.
struct PairBench {
    typealias Message = ISO20Edition.Message

    var driver: CarDriver
    var station: ISO20SECC
    var clock = Duration.zero
    var stationTimers: [SessionTimer: Duration] = [:]
    var readings = EVSEReadings()
    var power: [PowerCommand] = []
    var stationNotes: [SessionNote] = []
    var receipts: [ISO20Edition.Receipt] = []
    var kept: [PausedSession<ISO20Edition>] = []
    var stationEnd: SessionEnd?
    var hasGrant = false
    var energy = 1_000.0

    // The world.
    var externalVerdicts: [ExternalVerdict] = []
    var refusesContracts = false
    var judgingTakes = Duration.milliseconds(20)
    var schedulesTake = Duration.milliseconds(20)
    var isolationTakes = Duration.milliseconds(300)
    var tuples: [ISO20Common.ScheduleTuple] = [ScriptedStation.tuple(1, watts: 50_000)]
    var goToPause: Bool?
    /// The backend's answers, one after another.
    var installations: [[UInt8]] = []
    /// The operator's wishes, by the number of the charge loop request that they precede.
    var operatorRequests: [Int: OperatorRequest] = [:]
    /// The driver's, likewise.
    var userRequests: [Int: UserRequest] = [:]
    /// The driver's, at the n-th message of both directions together.
    var userRequestAtMessage: (Int, UserRequest)?
    /// The n-th message, of both directions together, is lost.
    var loses: Int?
    var messages: [Message] = []

    private var toCar: [(Duration, Message)] = []
    private var toStation: [(Duration, Message)] = []
    private var later: [(Duration, SECCEvent<ISO20Edition>)] = []
    private var reports: [Duration] = []
    private var plant = Plant()
    private var loops = 0

    /// What the equipment really is, before it is reported.
    private struct Plant {
        var contactor = ContactorState.open
        var isolation = IsolationState.notTested
        var voltage = Volts.zero
        var current = Amperes.zero
    }

    static let vehicleDigest = [UInt8](repeating: 5, count: 64)
    static let latency = Duration.microseconds(200)

    init(
        _ profile: VehicleProfile, _ offer: StationOffer, carPause: PausedSession<ISO20Edition>? = nil,
        stationPause: PausedSession<ISO20Edition>? = nil, vehicleDigest: [UInt8] = PairBench.vehicleDigest
    ) throws {
        let pki = try VehiclePKI.shared.get()
        driver = CarDriver(
            ISO20EVCC(profile: profile, link: CarBench.link, signatures: pki.verifier, resume: carPause), pki)
        station = ISO20SECC(
            offer: offer, link: SessionLink(security: .tls13, peerLeafDigest: vehicleDigest),
            signatures: pki.verifier, paused: { id in stationPause?.id == id ? stationPause : nil })
        if let grant = stationPause?.grant { hasGrant = grant.session == stationPause?.id }
    }

    static func offer(_ energy: VehicleProfile.Energy, _ bend: (inout StationOffer) -> Void = { _ in }) throws
        -> StationOffer
    {
        let kind: EnergyOffer
        switch energy {
        case .ac(let car):
            var offer = ACOffer()
            offer.isBidirectional = car.isBidirectional
            kind = .ac(offer)
        case .dc(let car):
            var offer = DCOffer()
            offer.isBidirectional = car.isBidirectional
            offer.isMegawatt = car.isMegawatt
            kind = .dc(offer)
        }
        var offer = StationOffer(evseID: try #require(EVSEID("DE*ABC*E0001")), energy: kind)
        bend(&offer)
        return offer
    }

    static func pair(
        _ energy: VehicleProfile.Energy, _ control: VehicleProfile.Control = .scheduled,
        _ method: AuthorizationMethod = .plugAndCharge, profile bendProfile: (inout VehicleProfile) -> Void = { _ in },
        offer bendOffer: (inout StationOffer) -> Void = { _ in }
    ) throws -> PairBench {
        var profile = try VehiclePKI.shared.get().profile(energy, control, [method])
        bendProfile(&profile)
        return try PairBench(profile, offer(energy, bendOffer))
    }

    // MARK: Running

    /// Until both have ended, or nothing is left to happen.
    mutating func run() {
        apply(station.begin(at: moment))
        report { _ in }
        driver.handle(.start, at: clock)
        collect()
        for _ in 0..<50_000 {
            if driver.end != nil, stationEnd != nil { return }
            guard step() else { return }
        }
        Issue.record("the session never ends")
    }

    private var moment: SessionMoment {
        SessionMoment(uptime: clock, wall: driver.pki.now.advanced(bySeconds: clock.components.seconds))
    }

    private mutating func step() -> Bool {
        let nextStationTimer = stationTimers.min { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }
        let times = [
            toCar.first?.0, toStation.first?.0, later.map(\.0).min(), driver.nextTimer?.at, nextStationTimer?.value,
            reports.min(),
        ]
        guard let next = times.compactMap({ $0 }).min() else { return false }
        clock = max(clock, next)
        if times[0] == next {
            driver.handle(.received(toCar.removeFirst().1), at: clock)
        } else if times[1] == next {
            deliver(toStation.removeFirst().1)
        } else if times[2] == next, let index = later.firstIndex(where: { $0.0 == next }) {
            let event = later.remove(at: index).1
            if case .externalJudged(.accepted) = event { hasGrant = true }
            if case .contractJudged(.accepted) = event { hasGrant = true }
            apply(station.handle(event, at: moment))
        } else if times[3] == next, let timer = driver.nextTimer?.timer {
            driver.handle(.timerFired(timer), at: clock)
        } else if times[5] == next {
            reports.removeAll { $0 == next }
            reportPlant()
        } else if let timer = nextStationTimer?.key {
            stationTimers[timer] = nil
            apply(station.handle(.timerFired(timer), at: moment))
        }
        collect()
        return true
    }

    private mutating func deliver(_ message: Message) {
        if let pair = ISO20Edition.outline(of: message)?.pair, pair.isChargeLoop {
            loops += 1
            energy += 10
            report { _ in }
            if let wish = operatorRequests[loops] { apply(station.handle(.operatorRequest(wish), at: moment)) }
            if let wish = userRequests[loops] { driver.handle(.userRequest(wish), at: clock) }
        }
        let octets = (try? ISO20Edition.encode(message))?.payload ?? []
        apply(station.handle(.received(message, octets: octets), at: moment))
    }

    /// What the car did: requests on the way, its pilot at the station.
    private mutating func collect() {
        for message in driver.outbox where keeps(message) { toStation.append((clock + Self.latency, message)) }
        driver.outbox.removeAll()
        let pilot: ControlPilot = driver.isReady ? .c : .b
        if readings.controlPilot != pilot, stationEnd == nil { report { $0.controlPilot = pilot } }
        if let end = driver.end, stationEnd == nil {
            apply(station.handle(.linkLost("the car closed: \(end.reason)"), at: moment))
        }
        if stationEnd != nil, driver.end == nil, toCar.isEmpty {
            driver.handle(.linkLost("the station closed"), at: clock)
        }
    }

    private mutating func keeps(_ message: Message) -> Bool {
        messages.append(message)
        if let (number, request) = userRequestAtMessage, messages.count == number {
            driver.handle(.userRequest(request), at: clock)
        }
        return messages.count != loses
    }

    private mutating func reportPlant() {
        let plant = plant
        report {
            $0.contactor = plant.contactor
            $0.isolation = plant.isolation
            $0.voltage = plant.voltage
            $0.current = plant.current
        }
    }

    private mutating func report(_ change: (inout EVSEReadings) -> Void) {
        readings.meter = MeterReading(meterID: "M1", energy: WattHours(energy), time: moment.wall)
        change(&readings)
        apply(station.handle(.equipment(readings), at: moment))
    }

    // MARK: The station's actions

    private mutating func apply(_ actions: [SECCAction<ISO20Edition>]) {
        for action in actions {
            switch action {
            case .send(let message): if keeps(message) { toCar.append((clock + Self.latency, message)) }
            case .relay(let octets):
                if let element = try? ISO20Common.Element(decodingDocument: octets.span), keeps(.common(element)) {
                    toCar.append((clock + Self.latency, .common(element)))
                }
            case .startTimer(let timer, let duration): stationTimers[timer] = clock + duration
            case .cancelTimer(let timer): stationTimers[timer] = nil
            case .judgeContract(let question): judge(question)
            case .judgeExternal:
                let verdict =
                    externalVerdicts.isEmpty
                    ? ExternalVerdict.accepted(ExternalApproval(token: "card")) : externalVerdicts.removeFirst()
                later.append((clock + judgingTakes, .externalJudged(verdict)))
            case .provision:
                let verdict: ProvisioningVerdict =
                    installations.isEmpty
                    ? .refused(.noCertificateAvailable, "no contract waits") : .answered(installations.removeFirst())
                later.append((clock + judgingTakes, .provisioned(verdict)))
            case .makeSchedules(let question): makeSchedules(question)
            case .power(let command): obey(command)
            case .keepReceipt(let receipt): receipts.append(receipt)
            case .keepPaused(let paused): kept.append(paused)
            case .forgetPaused: break
            case .note(let note): stationNotes.append(note)
            case .end(let end): stationEnd = end
            }
        }
    }

    /// The last command that energizes was followed by a stop.
    var isOff: Bool {
        guard let last = power.lastIndex(where: \.energizes) else { return true }
        return power[last...].contains(.stop)
    }

    private mutating func judge(_ question: ContractQuestion) {
        var verdict = ContractVerdict.refused(ContractRefusal(.contractCanceled, "the backend says no"))
        let verifier = driver.pki.contractVerifier
        if !refusesContracts, let chain = try? verifier.verify(der: question.chain, at: moment.wall),
            let approval = ContractApproval(chain: chain, emaid: nil)
        {
            verdict = .accepted(approval)
        }
        later.append((clock + judgingTakes, .contractJudged(verdict)))
    }

    private mutating func makeSchedules(_ question: ISO20Edition.ScheduleQuestion) {
        let offer: ISO20Edition.Schedules.Offer =
            switch question.request.seReqControlMode {
            case .dynamicSEReqControlMode: .dynamic(.init())
            case .scheduledSEReqControlMode:
                .scheduled(
                    tuples.map { tuple in
                        var tuple = tuple
                        tuple.chargingSchedule.powerSchedule.timeAnchor = UInt64(moment.wall.seconds)
                        return tuple
                    })
            }
        later.append((clock + schedulesTake, .schedulesMade(.init(offer: offer, goToPause: goToPause))))
    }

    private mutating func obey(_ command: PowerCommand) {
        power.append(command)
        if command.energizes { #expect(hasGrant, "nothing is energized without a grant") }
        // Equipment reports on its own time, never within a request.
        var delay = Duration.milliseconds(5)
        switch command {
        case .closeContactor: plant.contactor = .closed
        case .startIsolationTest:
            plant.isolation = .valid
            delay = isolationTakes
        case .preCharge(_, let voltage, _): plant.voltage = voltage
        case .deliverDC(_, _, let current):
            plant.contactor = .closed
            plant.voltage = Volts(400)
            plant.current = min(current, Amperes(100))
        case .stop: plant = Plant()
        case .limitAC, .deliverAC, .pilotOff, .pilotOn: return
        }
        reports.append(clock + delay)
    }
}

extension PowerCommand {
    var energizes: Bool {
        switch self {
        case .closeContactor, .limitAC, .startIsolationTest, .preCharge, .deliverDC, .deliverAC: true
        case .stop, .pilotOff, .pilotOn: false
        }
    }
}
