import Testing
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GSession
import V2GSessionISO20

/// Cable check, pre-charge, PowerDelivery and what the equipment reports.
@Suite struct SECCPowerTests {
    private static func drive(
        to pair: ISO20Pair, _ setup: TestSetup = TestSetup(), change: (inout StationOffer) -> Void = { _ in }
    ) throws -> StationDrive {
        var drive = try StationDrive(setup, change: change)
        try drive.reach(pair)
        return drive
    }

    @Test("the isolation is tested once the car asks, Ongoing until it passed")
    func cableCheck() throws {
        var drive = try Self.drive(to: .dcCableCheck)
        // What an earlier test found does not count.
        drive.report { $0.isolation = .valid }
        var step = drive.send(try drive.car.request(.dcCableCheck))
        #expect(step.power.contains { if case .startIsolationTest = $0 { true } else { false } })
        guard case .dc(.dcCableCheckRes(let waiting))? = step.response else { throw TestSetup.Missing() }
        #expect(waiting.evseProcessing == .ongoing)
        #expect(drive.send(try drive.car.request(.dcCableCheck)).power.isEmpty)
        drive.report { $0.isolation = .warning }
        step = drive.send(try drive.car.request(.dcCableCheck))
        guard case .dc(.dcCableCheckRes(let done))? = step.response else { throw TestSetup.Missing() }
        #expect(done.evseProcessing == .finished)
    }

    @Test("an isolation fault, or a test without end, ends the session", arguments: [true, false])
    func isolationFault(_ isFault: Bool) throws {
        var drive = try Self.drive(to: .dcCableCheck)
        drive.send(try drive.car.request(.dcCableCheck))
        if isFault { drive.report { $0.isolation = .fault } } else { drive.fire(.ongoing) }
        let step = drive.send(try drive.car.request(.dcCableCheck))
        #expect(step.code == .failed)
        #expect(step.end?.outcome == .equipmentFault)
    }

    @Test("pre-charge stays within the station's voltage and 2 A")
    func preCharge() throws {
        var drive = try Self.drive(to: .dcPreCharge) {
            if case .dc(var dc) = $0.energy { dc.maximumVoltage = Volts(390); $0.energy = .dc(dc) }
        }
        drive.report { $0.voltage = Volts(123) }
        let step = drive.send(drive.car.preCharge(.ongoing))
        let commanded = step.power.contains {
            if case .preCharge(_, Volts(390), Amperes(2)) = $0 { true } else { false }
        }
        #expect(commanded)
        guard case .dc(.dcPreChargeRes(let response))? = step.response else { throw TestSetup.Missing() }
        #expect(response.evsePresentVoltage.volts == Volts(123))
        #expect(drive.send(drive.car.preCharge(.finished)).power.isEmpty)
    }

    @Test("DC power does not start without cable check and pre-charge")
    func skippedPreparation() throws {
        var drive = try Self.drive(to: .dcCableCheck)
        let step = drive.send(drive.car.powerDelivery(.start))
        #expect(step.code == .failedPowerDeliveryNotApplied)
        var stopping = try Self.drive(to: .dcCableCheck)
        #expect(try stopping.stopPower().code == .ok)
        #expect(try stopping.perform(.sessionStop).code == .ok)
    }

    @Test("a car that still computes its profile is waited for")
    func processing() throws {
        var drive = try Self.drive(to: .powerDelivery)
        #expect(drive.send(drive.car.powerDelivery(.start, processing: .ongoing)).code == .ok)
        #expect(drive.send(try drive.car.request(.dcChargeLoop)).code == .failedSequenceError)
        drive = try Self.drive(to: .powerDelivery)
        drive.send(drive.car.powerDelivery(.start, processing: .ongoing))
        #expect(try drive.perform(.powerDelivery).code == .ok)
    }

    @Test("a schedule tuple or profile that does not fit is refused")
    func profile() throws {
        func code(_ setup: TestSetup = TestSetup(), _ request: (TestCar) -> ISO20Edition.Message) throws -> ISO20
            .ResponseCode?
        {
            var drive = try Self.drive(to: .powerDelivery, setup)
            return drive.send(request(drive.car)).code
        }
        #expect(try code { $0.powerDelivery(.start, tuple: 2) } == .failedScheduleSelectionInvalid)
        #expect(try code { $0.powerDelivery(.start, profile: false) } == .failedScheduleSelectionInvalid)
        #expect(try code { $0.powerDelivery(.start, power: 50_000) } == .ok)
        #expect(try code { $0.powerDelivery(.start, power: 51_000) } == .failedEVPowerProfileViolation)
        #expect(try code { $0.powerDelivery(.start, channel: .charge) } == .failed)
        #expect(try code(TestSetup(isBidirectional: true)) { $0.powerDelivery(.start, channel: .discharge) } == .ok)
        #expect(try code(TestSetup(isDynamic: true)) { $0.powerDelivery(.start, profile: false) } == .ok)
        let dynamic = TestCar(TestSetup(isDynamic: true), try StationPKI.shared.get())
        #expect(
            try code { car in
                var other = dynamic
                other.session = car.session
                return other.powerDelivery(.start)
            } == .failedEVPowerProfileInvalid)
    }

    @Test(
        "the car's word on the power tolerance is answered",
        arguments: [
            (
                ISO20Common.PowerToleranceAcceptance.powerToleranceConfirmed,
                ISO20.ResponseCode.okPowerToleranceConfirmed
            ),
            (.powerToleranceNotConfirmed, .warningPowerToleranceNotConfirmed),
        ])
    func tolerance(_ word: ISO20Common.PowerToleranceAcceptance, _ expected: ISO20.ResponseCode) throws {
        var drive = try Self.drive(to: .scheduleExchange)
        drive.send(try drive.car.request(.scheduleExchange))
        drive.event(.schedulesMade(.init(offer: .scheduled([drive.car.tuple(1, power: 50_000, tolerance: 100)]))))
        try drive.perform(.dcCableCheck)
        try drive.perform(.dcPreCharge)
        #expect(drive.send(drive.car.powerDelivery(.start, tolerance: word)).code == expected)
        #expect(try drive.perform(.dcChargeLoop).code == .ok)
    }

    @Test("the AC contactor has 1.4 s to close; one that is closed counts as closed")
    func contactor() throws {
        let ac = TestSetup(isDC: false)
        var drive = try Self.drive(to: .powerDelivery, ac)
        let step = drive.send(drive.car.powerDelivery(.start))
        #expect(step.response == nil)
        #expect(step.started(.contactor) == .milliseconds(1_400))
        #expect(step.power.contains { if case .closeContactor = $0 { true } else { false } })
        var slow = drive
        #expect(drive.report { $0.contactor = .closed }.code == .ok)
        let failed = slow.fire(.contactor)
        #expect(failed.code == .failedContactorError)
        #expect(failed.power.contains(.stop))
        var closed = try Self.drive(to: .powerDelivery, ac)
        closed.report { $0.contactor = .closed }
        #expect(closed.send(closed.car.powerDelivery(.start)).code == .ok)
    }

    @Test("an AC contactor that does not open is an error")
    func welded() throws {
        var drive = try Self.drive(to: .acChargeLoop, TestSetup(isDC: false))
        try drive.perform(.acChargeLoop)
        let step = drive.send(drive.car.powerDelivery(.stop))
        #expect(step.response == nil)
        #expect(step.power == [.stop])
        #expect(drive.fire(.contactor).code == .failedContactorError)
    }

    @Test("standby is a warning where it is not supported, and a rest where it is", arguments: [true, false])
    func standby(_ isSupported: Bool) throws {
        var drive = try Self.drive(to: .dcChargeLoop) { $0.supportsStandby = isSupported }
        try drive.perform(.dcChargeLoop)
        let step = drive.send(drive.car.powerDelivery(.standby))
        guard isSupported else {
            #expect(step.code == .warningStandbyNotAllowed)
            #expect(try drive.perform(.dcChargeLoop).code == .ok)
            return
        }
        #expect(step.code == .ok)
        #expect(step.power == [.stop])
        var eager = drive
        #expect(eager.send(eager.car.powerDelivery(.start)).code == .failedPowerDeliveryNotApplied)
        drive.report { $0.isolation = .notTested }
        for pair in [ISO20Pair.dcCableCheck, .dcPreCharge, .powerDelivery, .dcChargeLoop] {
            #expect(try drive.perform(pair).code == .ok)
        }
    }

    @Test(
        "schedules are renegotiated while power flows",
        arguments: [TestSetup(), TestSetup(isDC: false, isDynamic: true)])
    func scheduleRenegotiation(_ setup: TestSetup) throws {
        var drive = try Self.drive(to: setup.loop, setup)
        try drive.perform(setup.loop)
        let count = drive.commands.count
        #expect(drive.send(drive.car.powerDelivery(.scheduleRenegotiation)).code == .ok)
        var wrong = drive
        #expect(wrong.send(try wrong.car.request(setup.loop)).code == .failedSequenceError)
        #expect(try drive.perform(.scheduleExchange).code == .ok)
        #expect(try drive.perform(.powerDelivery).code == .ok)
        #expect(drive.commands.count == count)
        #expect(try drive.perform(setup.loop).code == .ok)
    }

    @Test("a renegotiation before power flows is refused")
    func earlyRenegotiation() throws {
        var drive = try Self.drive(to: .powerDelivery)
        #expect(drive.send(drive.car.powerDelivery(.scheduleRenegotiation)).code == .failedScheduleRenegotiation)
    }

    @Test("Start out of the charge loop is out of sequence")
    func doubleStart() throws {
        var drive = try Self.drive(to: .dcChargeLoop)
        #expect(drive.send(drive.car.powerDelivery(.start)).code == .failedSequenceError)
    }

    @Test(
        "a fault turns the outlet off at once, and the next request fails",
        arguments: EquipmentFault.allCases)
    func fault(_ fault: EquipmentFault) throws {
        var drive = try Self.drive(to: .dcChargeLoop)
        try drive.perform(.dcChargeLoop)
        #expect(drive.report { $0.fault = fault }.power == [.stop])
        let step = drive.send(try drive.car.request(.dcChargeLoop))
        #expect(step.code == .failed)
        #expect(step.end?.outcome == .equipmentFault)
    }

    @Test("a fault while the contactor closes is a refusal")
    func faultWhileClosing() throws {
        var drive = try Self.drive(to: .powerDelivery, TestSetup(isDC: false))
        drive.send(drive.car.powerDelivery(.start))
        #expect(drive.report { $0.residualCurrent = true }.code == .failedPowerDeliveryNotApplied)
    }

    @Test("a pilot that leaves the charging state turns the outlet off", arguments: [ControlPilot.a, .b, .e, .f])
    func pilot(_ state: ControlPilot) throws {
        var drive = try Self.drive(to: .dcChargeLoop)
        try drive.perform(.dcChargeLoop)
        #expect(drive.report { $0.controlPilot = state }.power.first == .stop)
        var stopping = drive
        #expect(drive.send(try drive.car.request(.dcChargeLoop)).code == .failed)
        // A car that went back to B may still stop in order.
        if state == .b { #expect(try stopping.stopPower().code == .ok) }
    }

    @Test("the operator's stop before the loop is the end of the next request")
    func operatorStop() throws {
        var drive = try Self.drive(to: .serviceDetail)
        drive.event(.operatorRequest(.stop))
        let step = drive.send(try drive.car.request(.serviceDetail))
        #expect(step.code == .failed)
        #expect(step.end?.outcome == .stopped)
    }

    @Test("late and foreign timers do nothing", arguments: SessionTimer.allCases)
    func lateTimers(_ timer: SessionTimer) throws {
        guard timer != .sequence else { return }
        var drive = try Self.drive(to: .dcChargeLoop)
        #expect(drive.fire(timer).actions.isEmpty)
        #expect(try drive.perform(.dcChargeLoop).code == .ok)
    }
}
