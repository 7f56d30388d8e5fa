import Testing
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2

/// Silence from one message on: timers alone end both sides, safely.
@Suite struct PairLossTests {
    struct Variant: Sendable, CustomTestStringConvertible {
        let isDC: Bool
        let isContract: Bool

        var testDescription: String { "\(isDC ? "DC" : "AC"), \(isContract ? "PnC" : "EIM")" }
    }

    private func bench(_ variant: Variant, _ pki: CarPKI) throws -> PairBench {
        try PairBench(
            pki, variant.isDC ? .dc(DCVehicle()) : .ac(ACVehicle()),
            offer: { $0.receiptEvery = variant.isContract ? 2 : nil },
            profile: {
                $0.authorization = variant.isContract ? [.plugAndCharge] : [.external]
                $0.installation = variant.isContract ? .always : .never
                $0.stopsAfterLoops = 3
            })
    }

    @Test(arguments: [
        Variant(isDC: false, isContract: false), Variant(isDC: false, isContract: true),
        Variant(isDC: true, isContract: false), Variant(isDC: true, isContract: true),
    ])
    func lossAtEveryMessageEndsBothSides(_ variant: Variant) async throws {
        let pki = try await CarPKI.shared.value
        var whole = try bench(variant, pki)
        try whole.run()
        whole.expectSafe()
        #expect(whole.carEnd?.outcome == .completed)
        #expect(whole.names.count >= 20)
        for lost in whole.names.indices {
            var bench = try bench(variant, pki)
            bench.firstLost = lost
            try bench.run()
            bench.expectSafe()
            #expect(bench.carEnd?.outcome == .timedOut, "\(lost): \(whole.names[lost])")
            let isLast = lost == whole.names.count - 1
            #expect(
                bench.stationEnd?.outcome == (isLast ? .completed : .timedOut), "\(lost): \(whole.names[lost])")
            // The sequence timer of 60 s is the longest that a car can leave a station in doubt.
            #expect(bench.uptime < .seconds(70))
        }
    }
}
