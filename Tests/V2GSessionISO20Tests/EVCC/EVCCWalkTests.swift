import SchemaTypes
import Testing
import V2GMessagesISO20
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

@Suite struct ISO20EVCCWalkTests {
    /// The driver watches: nothing after the end, contactors only after authorization and in state C, all open and in
    /// state B at the end.
    @Test("1,000 walks of a car at a station that does anything")
    func walks() throws {
        var reached = 0
        for seed in 0..<1_000 {
            var rng = Walker(state: UInt64(seed))
            let isDC = seed & 1 == 0
            var bench = try CarBench.bench(
                isDC ? CarBench.dc() : CarBench.ac(), seed & 2 == 0 ? .scheduled : .dynamic, [.external])
            bench.station.notifications = [
                1: ISO20.EvseNotification.allCases[seed % 6], 2: ISO20.EvseNotification.allCases[seed / 6 % 6],
            ]
            let odds = 40 + seed % 60
            var history: [ISO20Edition.Message] = []
            var disturbances: [Int] = []
            for _ in 0..<200 { disturbances.append(Int.random(in: 0..<odds, using: &rng)) }
            var index = 0
            let code = ISO20.ResponseCode.allCases[Int.random(in: 0..<40, using: &rng)]
            bench.station.bend = { _, message in
                history.append(message)
                index += 1
                switch disturbances[index % disturbances.count] {
                case 0: return nil
                case 1: return message.with(code: code)
                case 2: return history[(index * 7) % history.count]
                case 3: return message.with(session: .zero)
                default: return message
                }
            }
            var readings = VehicleReadings()
            readings.controlPilot = ControlPilot.allCases[seed % 6]
            let events: [EVCCEvent<ISO20Edition>] = [
                .vehicle(readings), .userRequest(.stop), .userRequest(.pause), .userRequest(.renegotiate),
                .linkLost("walk"), .signed(.success([1])), .installed(.failure(InstallationFailure("walk"))),
                .timerFired(.pace), .start,
            ]
            if let pair = ISO20Pair.allCases.randomElement(using: &rng), let event = events.randomElement(using: &rng) {
                bench.events = [(pair, 1, event)]
            }
            bench.run()
            #expect(bench.driver.end != nil, "walk \(seed) ends")
            if bench.driver.commands.contains(.closeContactor) { reached += 1 }
        }
        #expect(reached > 200, "walks do get to charging")
    }
}
