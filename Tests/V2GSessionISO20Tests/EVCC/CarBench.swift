import SchemaTypes
import Testing
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GPrimitives
import V2GSession
import V2GSessionISO20

/// A car at a scripted station, in virtual time.
struct CarBench {
    var driver: CarDriver
    var station = ScriptedStation()
    var clock = Duration.zero
    /// Happens to the car instead of the n-th request of a pair reaching the station.
    var events: [(ISO20Pair, Int, EVCCEvent<ISO20Edition>)] = []

    init(_ profile: VehicleProfile, link: SessionLink? = nil, resume: PausedSession<ISO20Edition>? = nil) throws {
        let pki = try VehiclePKI.shared.get()
        driver = CarDriver(
            ISO20EVCC(
                profile: profile, link: link ?? Self.link, signatures: pki.verifier, resume: resume), pki)
        if let service = Self.bidirectional(profile.energy) { station.services.append(service) }
    }

    static let link = SessionLink(security: .tls13, peerLeafDigest: [UInt8](repeating: 9, count: 64))

    private static func bidirectional(_ energy: VehicleProfile.Energy) -> UInt16? {
        switch energy {
        case .ac(let car): car.isBidirectional ? 5 : nil
        case .dc(let car): car.isBidirectional ? 6 : nil
        }
    }

    static func ac(_ bend: (inout ACVehicle) -> Void = { _ in }) -> VehicleProfile.Energy {
        var car = ACVehicle()
        bend(&car)
        return .ac(car)
    }

    static func dc(_ bend: (inout DCVehicle) -> Void = { _ in }) -> VehicleProfile.Energy {
        var car = DCVehicle()
        bend(&car)
        return .dc(car)
    }

    /// A car with everything at a station with everything.
    static func bench(
        _ energy: VehicleProfile.Energy, _ control: VehicleProfile.Control = .scheduled,
        _ authorization: [AuthorizationMethod] = [.plugAndCharge, .external],
        resume: PausedSession<ISO20Edition>? = nil, link: SessionLink? = nil,
        bend: (inout VehicleProfile) -> Void = { _ in }
    ) throws -> CarBench {
        var profile = try VehiclePKI.shared.get().profile(energy, control, authorization)
        bend(&profile)
        return try CarBench(profile, link: link, resume: resume)
    }

    /// Runs to the end of the session, or of so much time.
    mutating func run(for limit: Duration = .seconds(600)) {
        if driver.sent.isEmpty { driver.handle(.start, at: clock) }
        for _ in 0..<20_000 where driver.end == nil {
            if !driver.outbox.isEmpty {
                deliver(driver.outbox.removeFirst())
                continue
            }
            guard let next = driver.nextTimer, next.at <= limit else { return }
            clock = max(clock, next.at)
            driver.handle(.timerFired(next.timer), at: clock)
        }
    }

    private mutating func deliver(_ request: ISO20Edition.Message) {
        guard let pair = ISO20Edition.outline(of: request)?.pair else { return }
        let number = driver.sent.count { ISO20Edition.outline(of: $0)?.pair == pair }
        for (eventPair, eventNumber, event) in events where eventPair == pair && eventNumber == number {
            driver.handle(event, at: clock)
        }
        clock += .milliseconds(1)
        let wall = driver.pki.now.advanced(bySeconds: clock.components.seconds)
        if let response = station.answer(request, at: wall) { driver.handle(.received(response), at: clock) }
    }

    var outcome: SessionEnd.Outcome? { driver.end?.outcome }
    var reason: String { driver.end?.reason ?? "" }

    /// The names of requests, repeats left out.
    var path: [String] {
        var path: [String] = []
        for name in driver.names.map({ String($0.dropLast(3)) }) where path.last != name { path.append(name) }
        return path
    }

    func requests(_ pair: ISO20Pair) -> [ISO20Edition.Message] {
        driver.sent.filter { ISO20Edition.outline(of: $0)?.pair == pair }
    }
}
