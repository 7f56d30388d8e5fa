import Testing
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GSession
import V2GSessionISO20

/// Cars, equipment and timers that do anything in any order.
@Suite struct SECCRandomWalkTests {
    /// SplitMix64: the walks are the same in every run.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static func isEnergizing(_ command: PowerCommand) -> Bool {
        switch command {
        case .closeContactor, .limitAC, .startIsolationTest, .preCharge, .deliverDC, .deliverAC: true
        case .stop, .pilotOff, .pilotOn: false
        }
    }

    private static func step(_ drive: inout StationDrive, _ dice: inout Dice) throws -> (Step, isApproval: Bool) {
        let car = drive.car
        switch Int.random(in: 0..<24, using: &dice) {
        case 0..<12:
            // Mostly the request that is next in a good session.
            let pairs = car.setup.sequence.compactMap(\.pair)
            return (drive.send(try car.request(pairs[Int.random(in: 0..<pairs.count, using: &dice)])), false)
        case 12: return (drive.send(car.powerDelivery(.stop)), false)
        case 13: return (drive.send(car.powerDelivery(.standby)), false)
        case 14: return (drive.send(car.powerDelivery(.scheduleRenegotiation)), false)
        case 15: return (drive.event(.externalJudged(.accepted(ExternalApproval(token: "x")))), true)
        case 16: return (drive.event(.externalJudged(.refused("no"))), false)
        case 17: return (drive.event(.schedulesMade(car.schedules)), false)
        case 18:
            let isolation = IsolationState.allCases.randomElement(using: &dice) ?? .valid
            return (drive.report { $0.isolation = isolation }, false)
        case 19:
            let contactor = ContactorState.allCases.randomElement(using: &dice) ?? .open
            return (drive.report { $0.contactor = contactor }, false)
        case 20:
            let pilot = ControlPilot.allCases.randomElement(using: &dice) ?? .c
            return (drive.report { $0.controlPilot = pilot }, false)
        case 21: return (drive.fire(SessionTimer.allCases.randomElement(using: &dice) ?? .performance), false)
        case 22:
            return (
                drive.send(car.stop(ISO20Common.ChargingSession.allCases.randomElement(using: &dice) ?? .pause)), false
            )
        default:
            return (
                drive.event(.operatorRequest([.stop, .pause, .renegotiate].randomElement(using: &dice) ?? .stop)), false
            )
        }
    }

    @Test(
        "walks from anywhere energize nothing without an approval, and end with the outlet off",
        arguments: [TestSetup(), TestSetup(isDC: false, isDynamic: true, isBidirectional: true)])
    func walks(_ setup: TestSetup) throws {
        var ended = 0
        for seed in 0..<2_500 {
            var dice = Dice(state: UInt64(seed))
            var drive = try StationDrive(setup) { $0.supportsStandby = true }
            let starts = setup.sequence.compactMap(\.pair)
            try drive.reach(starts[seed % starts.count])
            var isApproved = seed % starts.count > 2
            for _ in 0..<40 {
                let before = drive.commands.count
                let (step, isApproval) = try Self.step(&drive, &dice)
                isApproved = isApproved || isApproval
                if !isApproved { #expect(!drive.commands[before...].contains(where: Self.isEnergizing)) }
                guard step.end != nil else { continue }
                ended += 1
                #expect(step.power.contains(.stop))
                let count = drive.commands.count
                for _ in 0..<5 { _ = try Self.step(&drive, &dice) }
                #expect(drive.commands.count == count)
                break
            }
        }
        #expect(ended > 2_000)
    }
}
