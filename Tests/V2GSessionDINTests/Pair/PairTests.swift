import Testing
import V2GMessagesDIN
import V2GSession
import V2GSessionDIN

/// Both cores against each other, over EXI and in virtual time.
@Suite struct PairTests {
    @Test func aWholeSessionComesToItsEnd() throws {
        var bench = try PairBench()
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .completed, "\(bench.carEnd?.reason ?? "")")
        #expect(bench.stationEnd?.outcome == .completed, "\(bench.stationEnd?.reason ?? "")")
        #expect(bench.count("CurrentDemandReq") == 6)
        #expect(bench.count("ContractAuthenticationReq") > 1)
        #expect(bench.count("CableCheckReq") > 1)
        #expect(bench.power.contains { if case .deliverDC = $0 { true } else { false } })
        #expect(!bench.names.contains { $0.hasPrefix("Payment") || $0.hasPrefix("Certificate") })
    }

    @Test func slowOperatorsSchedulesAndTestsAreWaitedFor() throws {
        var bench = try PairBench()
        bench.verdictDelay = .seconds(50)
        bench.scheduleDelay = .seconds(40)
        bench.isolationDelay = .seconds(35)
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .completed, "\(bench.carEnd?.reason ?? "")")
        #expect(bench.stationEnd?.outcome == .completed)
    }

    /// The station refuses at 55 s, before the car gives up at 60 s.
    @Test func aCustomerWhoDoesNotComeIsRefusedByTheStation() throws {
        var bench = try PairBench()
        bench.verdict = nil
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .refused)
        #expect(bench.stationEnd?.outcome == .timedOut)
        #expect(bench.power.allSatisfy { $0.grant == nil })
    }

    @Test func aRefusedCustomerGetsNoPower() throws {
        var bench = try PairBench()
        bench.verdict = .refused("unknown card")
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .refused)
        #expect(bench.stationEnd?.outcome == .refused)
        #expect(bench.power.allSatisfy { $0.grant == nil })
    }

    /// The car's 40 s end before the station's 55 s.
    @Test func anIsolationTestThatDoesNotEndIsGivenUpByTheCar() throws {
        var bench = try PairBench()
        bench.isolationDelay = .seconds(1_000)
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .timedOut)
        #expect(bench.stationEnd?.outcome == .linkLost)
    }

    @Test func anIsolationFaultEndsBoth() throws {
        var bench = try PairBench()
        bench.isolation = .fault
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .refused)
        #expect(bench.stationEnd?.outcome == .equipmentFault)
    }

    @Test func theOperatorStopsTheCharging() throws {
        var bench = try atLoop { $0.tellStation(.operatorRequest(.stop)) }
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .stopped)
        #expect(bench.stationEnd?.outcome == .completed)
        #expect(bench.count("WeldingDetectionReq") == 1)
    }

    @Test func theDriverStopsTheCharging() throws {
        var bench = try atLoop { $0.tellCar(.userRequest(.stop)) }
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .stopped)
        #expect(bench.stationEnd?.outcome == .completed)
    }

    @Test(arguments: EquipmentFault.allCases)
    func aFaultOfTheStationEndsBoth(_ fault: EquipmentFault) throws {
        var bench = try atLoop { $0.change { $0.fault = fault } }
        try bench.run()
        bench.expectSafe()
        #expect(bench.stationEnd?.outcome == .equipmentFault)
        #expect(bench.carEnd?.outcome == .refused)
    }

    @Test func aFaultOfTheCarEndsInOrder() throws {
        var readings = VehicleReadings()
        readings.fault = "battery too hot"
        let faulty = readings
        var bench = try atLoop { $0.tellCar(.vehicle(faulty)) }
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .equipmentFault)
        #expect(bench.stationEnd?.outcome == .completed)
    }

    private func atLoop(_ interfere: @escaping (inout PairBench) -> Void) throws -> PairBench {
        var bench = try PairBench(profile: { $0.stopsAfterLoops = 200 })
        var isDone = false
        bench.interference = { bench, _, name in
            guard name == "CurrentDemandReq", !isDone else { return }
            isDone = true
            interfere(&bench)
        }
        return bench
    }

    @Test func zerosBehindEveryMessageAreToleratedByName() throws {
        var bench = try PairBench()
        bench.trailingZeros = 1
        bench.quirks = [.trailingZeros]
        try bench.run()
        bench.expectSafe()
        #expect(bench.carEnd?.outcome == .completed)
        #expect(bench.stationNotes.contains { if case .quirkUsed(.trailingZeros, _) = $0 { true } else { false } })
        var strict = try PairBench()
        strict.trailingZeros = 1
        #expect(throws: MessageFault.self) { try strict.run() }
    }

    // MARK: Loss

    /// Silence from one message on: timers alone end both sides, safely.
    @Test func lossFromEveryMessageOnEndsBothSides() throws {
        var whole = try PairBench()
        try whole.run()
        #expect(whole.names.count >= 40)
        for lost in whole.names.indices {
            var bench = try PairBench()
            bench.firstLost = lost
            try bench.run()
            bench.expectSafe()
            let isLast = lost == whole.names.count - 1
            #expect(bench.carEnd?.outcome == .timedOut, "\(lost): \(whole.names[lost])")
            #expect(bench.stationEnd?.outcome == (isLast ? .completed : .timedOut), "\(lost): \(whole.names[lost])")
            // The sequence timer of 60 s is the longest that a car can leave a station in doubt.
            #expect(bench.uptime < .seconds(70))
        }
    }

    /// One lost message on a connection that stands: the car closes after its message's time.
    @Test func lossOfEveryMessageEndsBothSides() throws {
        var whole = try PairBench()
        try whole.run()
        for lost in whole.names.indices {
            var bench = try PairBench()
            bench.onlyLost = lost
            try bench.run()
            bench.expectSafe()
            #expect(bench.carEnd?.outcome == .timedOut, "\(lost): \(whole.names[lost])")
            #expect(bench.uptime < .seconds(5))
        }
    }
}
