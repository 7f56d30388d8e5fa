import SchemaTypes
import Testing
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// Random stations before the car's core. Whatever they answer, the contactor closes only onto a voltage like the
/// battery's, and is open at the end.
@Suite struct CarWalkTests {
    @Test("2,000 random stations never get the contactor closed onto a wrong voltage", arguments: UInt64(1)...4)
    func theContactorIsSafe(_ seed: UInt64) {
        var closed = 0
        for number in 0..<500 {
            var random = Mixer(seed &* 7_919 &+ UInt64(number))
            if walk(&random) { closed += 1 }
        }
        #expect(closed > 50, "\(closed) walks closed the contactor")
    }

    /// SplitMix64: the same walk for the same seed.
    private struct Mixer: RandomNumberGenerator {
        private var state: UInt64

        init(_ seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }

        mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
    }

    /// Whether the contactor was closed.
    private func walk(_ random: inout Mixer) -> Bool {
        var rig = CarRig { $0.stopsAfterLoops = 5 }
        var shown = Volts.zero
        var seen = 0
        var wasClosed = false
        rig.give(.start)
        for _ in 0..<80 where rig.end == nil {
            if rig.open != nil, random.chance(95), let request = rig.takeOpen() {
                rig.station.present = random.chance(30) ? Volts(Double(Int.random(in: -20...900, using: &random))) : nil
                rig.station.statusCode = random.chance(3) ? .evSEMalfunction : .evSEReady
                rig.station.isolation = random.chance(3) ? .fault : .valid
                rig.station.ongoing[.cableCheck] = random.chance(30) ? 1 : 0
                let asked = random.chance(2) ? DIN.V2GMessage(.zero, Request.ordinary(.sessionStop)) : request
                guard var answer = rig.station.answer(asked) else { continue }
                if random.chance(2), let code = DIN.ResponseCode.allCases.randomElement(using: &random) {
                    answer = answer.with(code)
                }
                if case .preChargeRes(let response) = answer.body.bodyElement {
                    shown = response.evsePresentVoltage.volts ?? .zero
                }
                rig.give(.received(answer))
            } else if random.chance(50) {
                rig.fireNext()
            } else {
                rig.observe { $0.controlPilot = random.chance(95) ? .c : .a }
            }
            for action in rig.actions[seen...] {
                guard case .vehicle(.closeContactor) = action else { continue }
                wasClosed = true
                #expect((shown - Volts(400)).magnitude < Volts(20))
            }
            seen = rig.actions.count
        }
        if rig.end == nil { rig.give(.linkLost("the walk is over")) }
        #expect(!rig.isContactorClosed)
        #expect(rig.timers.isEmpty)
        return wasClosed
    }
}
