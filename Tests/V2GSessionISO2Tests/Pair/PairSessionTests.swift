import Testing
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GTestSupport
import V2GX509

/// Both cores, whole sessions.
@Suite struct PairSessionTests {
    enum Renegotiation: Sendable, CaseIterable { case none, byStation, byCar }
    enum Delivery: Sendable, CaseIterable { case none, installation, update }

    struct Variant: Sendable, CustomTestStringConvertible {
        let isDC: Bool
        let isContract: Bool
        let delivery: Delivery
        let pauses: Bool
        let renegotiation: Renegotiation
        let hasReceipts: Bool

        var testDescription: String {
            [
                isDC ? "DC" : "AC", isContract ? "PnC" : "EIM", "\(delivery)", pauses ? "pause" : "stop",
                "renegotiation \(renegotiation)", hasReceipts ? "receipts" : "no receipts",
            ].joined(separator: ", ")
        }

        var energy: VehicleProfile.Energy { isDC ? .dc(DCVehicle()) : .ac(ACVehicle()) }

        static let all: [Variant] = {
            var all: [Variant] = []
            for isDC in [false, true] {
                for isContract in [false, true] {
                    for delivery in isContract ? Delivery.allCases : [.none] {
                        for pauses in [false, true] {
                            for renegotiation in Renegotiation.allCases {
                                for hasReceipts in isContract ? [false, true] : [false] {
                                    all.append(
                                        Variant(
                                            isDC: isDC, isContract: isContract, delivery: delivery, pauses: pauses,
                                            renegotiation: renegotiation, hasReceipts: hasReceipts))
                                }
                            }
                        }
                    }
                }
            }
            return all
        }()
    }

    private func bench(
        _ variant: Variant, _ pki: CarPKI, paused: PausedSession<ISO2Edition>? = nil,
        resume: PausedSession<ISO2Edition>? = nil
    ) throws -> PairBench {
        var bench = try PairBench(
            pki, variant.energy, offer: { $0.receiptEvery = variant.hasReceipts ? 2 : nil },
            profile: { profile in
                profile.authorization = variant.isContract ? [.plugAndCharge] : [.external]
                profile.stopsAfterLoops = 6
                switch variant.delivery {
                case .none: break
                case .installation: profile.installation = .always
                case .update: profile.updatesContracts = true
                }
                if variant.pauses, resume == nil {
                    profile.stopsAfterLoops = nil
                    profile.pausesAfterLoops = 6
                }
            }, paused: paused, resume: resume)
        if variant.delivery == .update {
            bench.clock = pki.contract[0].certificate.body.notAfter.advanced(bySeconds: -10 * 86_400)
        }
        var isAsked = false
        let loop = variant.isDC ? "CurrentDemandReq" : "ChargingStatusReq"
        bench.interference = { bench, _, name in
            guard name == loop, !isAsked else { return }
            isAsked = true
            switch variant.renegotiation {
            case .none: break
            case .byStation: bench.tellStation(.operatorRequest(.renegotiate))
            case .byCar: bench.tellCar(.userRequest(.renegotiate))
            }
        }
        return bench
    }

    @Test(arguments: Variant.all)
    func aWholeSessionComesToItsEnd(_ variant: Variant) async throws {
        let pki = try await CarPKI.shared.value
        var bench = try bench(variant, pki)
        try bench.run()
        expect(bench, variant, variant.pauses ? .paused : .completed)
        #expect(bench.count("CertificateInstallationReq") == (variant.delivery == .installation ? 1 : 0))
        #expect(bench.count("CertificateUpdateReq") == (variant.delivery == .update ? 1 : 0))
        guard variant.pauses else {
            #expect(bench.keptByCar == nil && bench.keptByStation == nil)
            return
        }
        let kept = try #require(bench.keptByCar)
        let keptByStation = try #require(bench.keptByStation)
        #expect(kept.id == keptByStation.id)
        #expect(kept.selections == keptByStation.selections)
        var second = try self.bench(variant, pki, paused: keptByStation, resume: kept)
        try second.run()
        expect(second, variant, .completed)
        #expect(second.stationNotes.contains(.response(message: "SessionSetupRes", code: "OK_OldSessionJoined")))
        #expect(second.forgotten == [kept.id, kept.id])
    }

    private func expect(_ bench: PairBench, _ variant: Variant, _ outcome: SessionEnd.Outcome) {
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == outcome, "\(bench.carEnd?.reason ?? "")")
        #expect(bench.stationEnd?.outcome == outcome, "\(bench.stationEnd?.reason ?? "")")
        #expect(bench.count("ChargeParameterDiscoveryReq") == (variant.renegotiation == .none ? 1 : 2))
        #expect(bench.receipts.count == (variant.hasReceipts ? 3 : 0))
        #expect(bench.count("PaymentDetailsReq") == (variant.isContract ? 1 : 0))
        #expect(bench.power.contains { $0.grant != nil })
        let events = (bench.carNotes + bench.stationNotes).filter {
            if case .securityEvent = $0 { true } else { false }
        }
        #expect(events.isEmpty)
        if variant.isContract, bench.keptByCar == nil || variant.pauses {
            // The cheaper of two equal schedules: the tariffs were verified.
            #expect(
                bench.carNotes.contains { note in
                    if case .signatureVerified(message: "ChargeParameterDiscoveryRes", _, _) = note {
                        true
                    } else {
                        false
                    }
                })
        }
    }

    @Test func anUnknownPausedSessionBecomesANewOne() async throws {
        let pki = try await CarPKI.shared.value
        let variant = Variant(
            isDC: true, isContract: true, delivery: .none, pauses: true, renegotiation: .none, hasReceipts: false)
        var first = try bench(variant, pki)
        try first.run()
        let kept = try #require(first.keptByCar)
        var second = try bench(variant, pki, resume: kept)
        try second.run()
        expect(second, variant, .completed)
        #expect(second.forgotten == [kept.id])
    }

    @Test(arguments: [false, true])
    func anOperatorWhoStopsIsObeyed(_ isDC: Bool) async throws {
        var bench = try PairBench(
            try await CarPKI.shared.value, isDC ? .dc(DCVehicle()) : .ac(ACVehicle()),
            profile: { $0.stopsAfterLoops = nil })
        bench.interference = { bench, _, name in
            if name == "CurrentDemandReq" || name == "ChargingStatusReq" {
                bench.tellStation(.operatorRequest(.stop))
            }
        }
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .stopped)
        #expect(bench.stationEnd?.outcome == .completed)
        #expect(bench.names.last == "SessionStopRes")
    }

    @Test func whoIsNotAcceptedDoesNotCharge() async throws {
        var bench = try PairBench(
            try await CarPKI.shared.value, .dc(DCVehicle()), profile: { $0.authorization = [.external] })
        bench.backend.acceptsExternal = false
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .refused)
        #expect(!bench.power.contains { $0.grant != nil })
    }

    @Test(arguments: EquipmentFaults.all)
    func aFaultOfTheStationEndsBothSides(_ fault: EquipmentFault) async throws {
        var bench = try PairBench(
            try await CarPKI.shared.value, .dc(DCVehicle()), profile: { $0.stopsAfterLoops = nil })
        bench.interference = { bench, _, name in
            guard name == "CurrentDemandRes" else { return }
            var readings = bench.readings
            readings.fault = fault
            bench.tellStation(.equipment(readings))
        }
        try bench.run()
        bench.expectSafe()
        #expect(bench.stationEnd?.outcome == .equipmentFault)
        #expect(bench.carEnd?.outcome != .completed)
    }

    @Test func aCarThatIsUnpluggedEndsBothSides() async throws {
        var bench = try PairBench(
            try await CarPKI.shared.value, .ac(ACVehicle()), profile: { $0.stopsAfterLoops = nil })
        bench.interference = { bench, _, name in
            guard name == "ChargingStatusRes" else { return }
            var readings = VehicleReadings()
            readings.controlPilot = .a
            bench.tellCar(.vehicle(readings))
        }
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .equipmentFault)
        #expect(bench.stationEnd?.outcome == .linkLost)
    }
}

enum EquipmentFaults {
    static let all = EquipmentFault.allCases
}
