import CryptoOpenSSL
import NIOCore
import NIOEmbedded
import Testing
import V2GKeys
import V2GPrimitives
import V2GSession

@testable import SECCService

@Suite("Simulated charging equipment") struct SimulatedEVSETests {
    private final class Bench {
        let loop = EmbeddedEventLoop()
        let meter: SimulatedMeter
        let equipment: SimulatedEVSE
        var reports: [EVSEReadings] = []
        var last: EVSEReadings { reports.last ?? EVSEReadings() }

        init(_ offer: EnergyOffer) {
            meter = SimulatedMeter(id: "M1", now: { Timestamp(seconds: 1_800_000_000) })
            equipment = SimulatedEVSE(offer: offer, meter: meter)
            equipment.attach(on: loop) { [unowned self] in reports.append($0) }
            loop.run()
        }

        /// Time passes; the loop does what is due.
        func pass(_ time: TimeAmount) {
            loop.advanceTime(by: time)
            loop.run()
        }
    }

    private static func grant() -> ChargingGrant {
        .external(ExternalApproval(token: "free"), session: V2GSessionID.drawn(from: .system))
    }

    @Test("a session begins in state B with an open contactor") func begin() {
        let bench = Bench(.ac(ACOffer()))
        #expect(bench.last.controlPilot == .b)
        #expect(bench.last.contactor == .open)
        #expect(bench.last.meter?.meterID == "M1")
    }

    @Test("the contactor takes its time to close and to open") func contactor() {
        let bench = Bench(.ac(ACOffer()))
        bench.equipment.carMoves(to: .c)
        bench.equipment.carryOut(.closeContactor(Self.grant()))
        bench.pass(.milliseconds(59))
        #expect(bench.last.contactor == .open)
        #expect(bench.last.controlPilot == .c)
        bench.pass(.milliseconds(1))
        #expect(bench.last.contactor == .closed)
        #expect(bench.last.voltage == Volts(230))
        #expect(bench.last.power.value > 22_000)
        bench.equipment.carryOut(.stop)
        bench.pass(.zero)
        #expect(bench.last.power == .zero)
        bench.pass(.milliseconds(60))
        #expect(bench.last.contactor == .open)
    }

    @Test("an isolation test runs before it is valid, and stopping ends it") func isolation() {
        let bench = Bench(.dc(DCOffer()))
        bench.equipment.carryOut(.startIsolationTest(Self.grant()))
        bench.pass(.milliseconds(1_199))
        #expect(bench.last.isolation == .testing)
        bench.pass(.milliseconds(1))
        #expect(bench.last.isolation == .valid)

        bench.equipment.carryOut(.startIsolationTest(Self.grant()))
        bench.pass(.milliseconds(100))
        bench.equipment.carryOut(.stop)
        bench.pass(.seconds(3))
        #expect(bench.last.isolation == .notTested)
    }

    @Test("the voltage ramps, and current flows when it stands") func ramp() {
        let bench = Bench(.dc(DCOffer()))
        bench.equipment.carryOut(.preCharge(Self.grant(), Volts(400), Amperes(2)))
        bench.pass(.milliseconds(20))
        #expect(bench.last.voltage.value > 0 && bench.last.voltage.value < 400)
        #expect(bench.last.current == .zero)
        for _ in 0..<20 { bench.pass(.milliseconds(20)) }
        #expect(bench.last.voltage == Volts(400))
        #expect(bench.last.current == Amperes(2))
        bench.equipment.carryOut(.stop)
        bench.pass(.milliseconds(100))
        #expect(bench.last.voltage == .zero && bench.last.contactor == .open)
    }

    @Test("what was ordered in one session does nothing in the next") func sessionsAreApart() {
        let bench = Bench(.ac(ACOffer()))
        bench.equipment.carryOut(.closeContactor(Self.grant()))
        bench.equipment.detach()
        bench.equipment.attach(on: bench.loop) { [unowned bench] in bench.reports.append($0) }
        bench.pass(.seconds(1))
        #expect(bench.last.contactor == .open)
    }

    @Test("the meter signs its register, and an altered register does not verify") func signature() throws {
        let meter = SimulatedMeter(id: "M2", now: { Timestamp(seconds: 1_800_000_000) })
        meter.count(Watts(7_200), seconds: 10)
        let reading = meter.reading()
        #expect(reading.energy == WattHours(20))
        let raw = try #require(reading.signature)
        #expect(raw.count == 64)
        let der = try #require(ECDSASignature(raw: raw, algorithm: .p256)?.der)
        let key = try #require(meter.publicKey)
        let verifier = ProductSignatureVerifier()
        let algorithm = try #require(key.algorithm.signatureAlgorithm)
        func isValid(_ text: String) -> Bool {
            verifier.isValid(signature: der, algorithm: algorithm, over: Array(text.utf8), by: key)
        }
        #expect(isValid("M2;20;1800000000"))
        #expect(!isValid("M2;21;1800000000"))
    }
}
