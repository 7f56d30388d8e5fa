import SchemaTypes
import Testing
import V2GFraming
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures

/// A seeded generator: a walk that fails can be walked again.
private struct Steps: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed &>> 31)
    }
}

@Suite struct SECCWalkTests {
    /// threats.md 20: whatever comes, in whatever order, power needs an authorization, every refusal is a whole message,
    /// and the end takes the power away.
    @Test("random walks never reach power without authorization", arguments: Kind.allCases)
    func walks(_ kind: Kind) throws {
        var energized = 0
        for seed in 0..<150 as Range<UInt64> {
            var steps = Steps(state: seed)
            let start = try #require(Stage.allCases.randomElement(using: &steps))
            var rig = try SECCRig.at(start, kind, offer: { $0.receiptEvery = 2 })
            var isAuthorized = start.rawValue >= Stage.authorization.rawValue
            for _ in 0..<12 {
                try step(&rig, &steps)
                isAuthorized =
                    isAuthorized
                    || rig.actions.notes.contains { if case .authorized = $0 { true } else { false } }
                if rig.actions.energizes {
                    energized += 1
                    #expect(isAuthorized, "seed \(seed)")
                }
                if let message = rig.message { #expect(throws: Never.self) { try ISO2Edition.encode(message) } }
                guard rig.actions.end != nil else { continue }
                let last = rig.actions.commands.last { $0 != .pilotOff }
                #expect(last == .stop, "seed \(seed)")
                #expect(rig.feed(.equipment(rig.readings)).isEmpty)
            }
        }
        #expect(energized > 20)  // the walks do get somewhere
    }

    private func step(_ rig: inout SECCRig, _ steps: inout Steps) throws {
        switch Int.random(in: 0..<14, using: &steps) {
        case 0..<6: try goOn(&rig, &steps)
        case 6, 7:
            let pair = try #require(ISO2Pair.allCases.randomElement(using: &steps))
            let body = try Row("", rig.kind, .begun, pair).body(rig)
            let session = Int.random(in: 0..<10, using: &steps) == 0 ? V2GSessionID.zero : rig.session
            rig.send(body, session: session)
        case 8: rig.fire(SessionTimer.allCases.randomElement(using: &steps) ?? .sequence)
        case 9: rig.feed(.contractJudged(rig.verdict))
        case 10: rig.feed(.schedulesMade(rig.schedules))
        case 11:
            let pilot = ControlPilot.allCases.randomElement(using: &steps) ?? .b
            rig.report { $0.controlPilot = pilot }
        case 12: rig.feed(.operatorRequest([.stop, .renegotiate, .pause].randomElement(using: &steps) ?? .stop))
        default: rig.feed(.provisioned(.refused(.unavailable, "no backend")))
        }
    }

    /// A request that the station does not refuse, if there is one.
    private func goOn(_ rig: inout SECCRig, _ steps: inout Steps) throws {
        for pair in ISO2Pair.allCases.shuffled(using: &steps) where pair != .sessionStop {
            var next = rig
            if pair == .authorization, next.challenge.count == 16 {
                try next.authorize()
            } else {
                next.send(try Row("", rig.kind, .begun, pair).body(next))
            }
            if case .paymentDetailsRes(let response) = next.response { next.challenge = response.genChallenge.octets }
            if let id = next.message.flatMap({ V2GSessionID($0.header) }), pair == .sessionSetup { next.session = id }
            guard next.actions.end == nil else { continue }
            rig = next
            return
        }
    }

    @Test(arguments: Kind.allCases)
    func aTimerThatFiresLateChangesNothing(_ kind: Kind) throws {
        for stage in Stage.allCases {
            var rig = try SECCRig.at(stage, kind)
            for timer in SessionTimer.allCases where timer != .sequence && timer != .communicationSetup {
                #expect(rig.fire(timer).isEmpty, "\(timer) at \(stage)")
            }
        }
    }

    @Test func nothingHappensBeforeTheBeginning() throws {
        let rig = try SECCRig(.acEIM)
        var core = ISO2SECC(
            offer: try SECCRig.offer(.acEIM), link: SessionLink(security: .plain),
            signatures: .init(profile: rig.party.profile), paused: { _ in nil })
        #expect(core.handle(.timerFired(.sequence), at: rig.moment).isEmpty)
        #expect(core.handle(.linkLost(""), at: rig.moment).isEmpty)
        #expect(!core.begin(at: rig.moment).isEmpty)
        #expect(core.begin(at: rig.moment).isEmpty)
    }
}
