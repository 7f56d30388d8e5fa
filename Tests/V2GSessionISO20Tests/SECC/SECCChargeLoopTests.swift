import CryptoOpenSSL
import Testing
import SchemaTypes
import V2GKeys
import V2GMessagesISO20
import V2GMessagesISO20AC
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GSession
import V2GSessionISO20

@Suite struct SECCChargeLoopTests {
    private static func drive(
        _ setup: TestSetup = TestSetup(), change: (inout StationOffer) -> Void = { _ in }
    ) throws -> StationDrive {
        var drive = try StationDrive(setup, change: change)
        try drive.reach(setup.loop)
        return drive
    }

    private static func dc(_ step: Step) throws -> ISO20DC.DCChargeLoopRes {
        guard case .dc(.dcChargeLoopRes(let response))? = step.response else { throw TestSetup.Missing() }
        return response
    }

    private static func ac(_ step: Step) throws -> ISO20AC.ACChargeLoopRes {
        guard case .ac(.acChargeLoopRes(let response))? = step.response else { throw TestSetup.Missing() }
        return response
    }

    private static func setPoint(_ step: Step) -> (Volts, Amperes)? {
        for case .deliverDC(_, let volts, let amperes) in step.power { return (volts, amperes) }
        return nil
    }

    @Test("the sequence timer of the loop is 0.5 s, as offered, or 60 s for slow cars")
    func sequenceTimer() throws {
        var strict = try Self.drive()
        #expect(try strict.perform(.dcChargeLoop).started(.sequence) == .milliseconds(500))
        var offered = try Self.drive { $0.chargeLoopTimeout = .seconds(5) }
        #expect(try offered.perform(.dcChargeLoop).started(.sequence) == .seconds(5))
        var slow = try Self.drive { $0.quirks = [.slowChargeLoop] }
        #expect(try slow.perform(.dcChargeLoop).started(.sequence) == .seconds(60))
        var before = try StationDrive()
        try before.reach(.powerDelivery)
        #expect(try before.perform(.powerDelivery).started(.sequence) == .seconds(60))
    }

    @Test("a slow car is noted once, with the quirk that bears it")
    func slowLoop() throws {
        var drive = try Self.drive { $0.quirks = [.slowChargeLoop] }
        func isNoted(_ step: Step) -> Bool {
            step.notes.contains { if case .quirkUsed(.slowChargeLoop, _) = $0 { true } else { false } }
        }
        #expect(!isNoted(try drive.perform(.dcChargeLoop)))
        drive.uptime += .milliseconds(400)
        #expect(!isNoted(try drive.perform(.dcChargeLoop)))
        drive.uptime += .seconds(3)
        #expect(isNoted(try drive.perform(.dcChargeLoop)))
        drive.uptime += .seconds(3)
        #expect(!isNoted(try drive.perform(.dcChargeLoop)))
    }

    @Test("the loop is answered in kind, and another kind is refused", arguments: TestSetup.all)
    func inKind(_ setup: TestSetup) throws {
        for (dynamic, both) in [(false, false), (false, true), (true, false), (true, true)] {
            var drive = try Self.drive(setup)
            let isRight = dynamic == setup.isDynamic && both == setup.isBidirectional
            let step = drive.send(
                setup.isDC
                    ? drive.car.dcLoop(mode: drive.car.dcMode(dynamic, both))
                    : drive.car.acLoop(mode: drive.car.acMode(dynamic, both)))
            #expect(step.code == (isRight ? .ok : .failed))
            #expect(step.pair == setup.loop)
        }
    }

    @Test("set points above the limits are clamped and flagged, not refused")
    func clamping() throws {
        var drive = try Self.drive()
        var step = drive.send(drive.car.dcLoop(voltage: 400, current: 100))
        #expect(Self.setPoint(step).map { $0 == (Volts(400), Amperes(100)) } == true)
        var response = try Self.dc(step)
        #expect(
            !response.evsePowerLimitAchieved && !response.evseCurrentLimitAchieved && !response.evseVoltageLimitAchieved
        )
        // The schedule has 50 kW: 125 A at 400 V.
        step = drive.send(drive.car.dcLoop(voltage: 400, current: 250))
        #expect(Self.setPoint(step).map { $0 == (Volts(400), Amperes(125)) } == true)
        response = try Self.dc(step)
        #expect(response.evsePowerLimitAchieved)
        step = drive.send(drive.car.dcLoop(voltage: 1_100, current: 400))
        response = try Self.dc(step)
        #expect(response.responseCode == .ok)
        #expect(response.evseVoltageLimitAchieved && response.evseCurrentLimitAchieved)
        #expect(Self.setPoint(step)?.0 == Volts(1_000))
        // A car that cannot give does not.
        step = drive.send(drive.car.dcLoop(voltage: 400, current: -10))
        #expect(Self.setPoint(step)?.1.value == 0)
        #expect(try Self.dc(step).evseCurrentLimitAchieved)
    }

    @Test("power flows back where the service allows it, within the limits")
    func discharge() throws {
        var drive = try Self.drive(TestSetup(isBidirectional: true))
        #expect(Self.setPoint(drive.send(drive.car.dcLoop(current: -50)))?.1 == Amperes(-50))
        let step = drive.send(drive.car.dcLoop(current: -150))
        #expect(Self.setPoint(step)?.1 == Amperes(-100))
        #expect(try Self.dc(step).evseCurrentLimitAchieved)
    }

    @Test("a discharging schedule bounds what flows back, and the profile that the car may announce")
    func dischargingSchedule() throws {
        func drive() throws -> StationDrive {
            var drive = try StationDrive(TestSetup(isBidirectional: true))
            try drive.reach(.scheduleExchange)
            drive.send(try drive.car.request(.scheduleExchange))
            var tuple = drive.car.tuple(1, power: 50_000)
            tuple.dischargingSchedule = drive.car.tuple(1, power: 8_000).chargingSchedule
            drive.event(.schedulesMade(.init(offer: .scheduled([tuple]))))
            try drive.perform(.dcCableCheck)
            try drive.perform(.dcPreCharge)
            return drive
        }
        var within = try drive()
        #expect(within.send(within.car.powerDelivery(.start, power: -8_000)).code == .ok)
        let step = within.send(within.car.dcLoop(current: -50))
        #expect(Self.setPoint(step)?.1 == Amperes(-20))
        #expect(try Self.dc(step).evsePowerLimitAchieved)
        var above = try drive()
        #expect(above.send(above.car.powerDelivery(.start, power: -9_000)).code == .failedEVPowerProfileViolation)
    }

    @Test("in the dynamic mode the station leads, within what the car takes")
    func dynamicDC() throws {
        var drive = try Self.drive(TestSetup(isDynamic: true))
        // 80 kW of the car at its present 400 V, and no more than its 180 A.
        #expect(Self.setPoint(drive.send(drive.car.dcLoop(current: 300)))?.1 == Amperes(200))
        #expect(Self.setPoint(drive.send(drive.car.dcLoop(current: 180)))?.1 == Amperes(180))
    }

    @Test("limits fall with load management, and never rise above those announced")
    func limits() throws {
        var drive = try Self.drive(TestSetup(isDynamic: true))
        func maximum(_ step: Step) throws -> (Watts, Amperes) {
            guard case .dynamicDCCLResControlMode(let mode) = try Self.dc(step).clResControlMode else {
                throw TestSetup.Missing()
            }
            return (mode.evseMaximumChargePower.watts, mode.evseMaximumChargeCurrent.amperes)
        }
        drive.report { ($0.powerLimit, $0.currentLimit) = (Watts(20_000), Amperes(60)) }
        let step = try drive.perform(.dcChargeLoop)
        #expect(try maximum(step) == (Watts(20_000), Amperes(60)))
        #expect(Self.setPoint(step)?.1 == Amperes(50))
        drive.report { ($0.powerLimit, $0.currentLimit) = (Watts(999_000), Amperes(999)) }
        #expect(try maximum(drive.perform(.dcChargeLoop)) == (Watts(150_000), Amperes(300)))
    }

    @Test("AC follows the limits too, with a target where the station leads")
    func alternating() throws {
        var dynamic = try Self.drive(TestSetup(isDC: false, isDynamic: true))
        guard case .dynamicACCLResControlMode(let mode) = try Self.ac(dynamic.perform(.acChargeLoop)).clResControlMode
        else {
            throw TestSetup.Missing()
        }
        #expect(mode.evseTargetActivePower.watts == Watts(11_000))
        dynamic.report { $0.powerLimit = Watts(1_000) }
        guard case .dynamicACCLResControlMode(let low) = try Self.ac(dynamic.perform(.acChargeLoop)).clResControlMode
        else {
            throw TestSetup.Missing()
        }
        // Below what the car can take, it takes nothing.
        #expect(low.evseTargetActivePower.watts == .zero)
        var scheduled = try Self.drive(TestSetup(isDC: false))
        scheduled.report { $0.powerLimit = Watts(6_900) }
        let step = try scheduled.perform(.acChargeLoop)
        guard case .scheduledACCLResControlMode(let narrowed) = try Self.ac(step).clResControlMode else {
            throw TestSetup.Missing()
        }
        #expect(narrowed.evseTargetActivePower?.watts == Watts(6_900))
        #expect(step.power.contains { if case .limitAC(_, Amperes(10)) = $0 { true } else { false } })
    }

    @Test("MeterInfo comes in the first loop, and when the car asks")
    func meterInfo() throws {
        var drive = try Self.drive()
        #expect(try Self.dc(drive.perform(.dcChargeLoop)).meterInfo?.chargedEnergyReadingWh == 1_000)
        #expect(try Self.dc(drive.perform(.dcChargeLoop)).meterInfo == nil)
        #expect(try Self.dc(drive.send(drive.car.dcLoop(meter: true))).meterInfo?.meterID.string == "M1")
        drive.report { $0.meter = nil }
        let step = drive.send(drive.car.dcLoop(meter: true))
        #expect(try Self.dc(step).meterInfo == nil)
        #expect(step.notes.contains { if case .warning = $0 { true } else { false } })
    }

    @Test("the operator's wishes are passed on: terminate at once, pause counted down, renegotiation")
    func notifications() throws {
        var drive = try Self.drive()
        #expect(try Self.dc(drive.perform(.dcChargeLoop)).evseStatus == nil)
        var pausing = drive
        pausing.event(.operatorRequest(.pause))
        #expect(
            try Self.dc(pausing.perform(.dcChargeLoop)).evseStatus
                == .init(notificationMaxDelay: 60, evseNotification: .pause))
        pausing.uptime += .seconds(20)
        #expect(try Self.dc(pausing.perform(.dcChargeLoop)).evseStatus?.notificationMaxDelay == 40)
        pausing.uptime += .seconds(90)
        #expect(try Self.dc(pausing.perform(.dcChargeLoop)).evseStatus?.notificationMaxDelay == 0)
        var changing = drive
        changing.event(.operatorRequest(.renegotiate))
        #expect(try Self.dc(changing.perform(.dcChargeLoop)).evseStatus?.evseNotification == .scheduleRenegotiation)
        drive.event(.operatorRequest(.stop))
        #expect(
            try Self.dc(drive.perform(.dcChargeLoop)).evseStatus
                == .init(notificationMaxDelay: 0, evseNotification: .terminate))
        var deaf = drive
        #expect(try drive.stopPower().code == .ok)
        deaf.uptime += .seconds(11)
        let step = try deaf.perform(.dcChargeLoop)
        #expect(step.code == .failed)
        #expect(step.end?.outcome == .stopped)
    }

    // Metering confirmation.

    private static func confirming(
        _ setup: TestSetup = TestSetup(isContract: true), requiresValid: Bool = true
    ) throws -> StationDrive {
        var drive = try Self.drive(setup) {
            $0.receiptEvery = 2
            $0.requiresValidReceipts = requiresValid
        }
        for _ in 0..<3 { try drive.perform(setup.loop) }
        return drive
    }

    @Test(
        "a confirmation is asked for with MeterInfo, verified and kept before it is answered",
        arguments: [TestSetup(isContract: true), TestSetup(isDC: false, isDynamic: true, isContract: true)])
    func confirmation(_ setup: TestSetup) throws {
        var drive = try Self.confirming(setup)
        let status =
            setup.isDC
            ? try Self.dc(Step(actions: drive.car.lastLoop.map { [.send($0)] } ?? [])).evseStatus
            : try Self.ac(Step(actions: drive.car.lastLoop.map { [.send($0)] } ?? [])).evseStatus
        #expect(status?.evseNotification == .meteringConfirmation)
        let step = drive.send(try drive.car.meteringConfirmation())
        #expect(step.code == .ok)
        let order = step.actions.compactMap { action -> String? in
            switch action {
            case .keepReceipt: "keep"
            case .send: "send"
            default: nil
            }
        }
        #expect(order == ["keep", "send"])
        #expect(drive.receipts.count == 1)
        // Once only; the loop goes on.
        var again = drive
        #expect(again.send(try again.car.meteringConfirmation()).code == .failedSequenceError)
        #expect(try drive.perform(setup.loop).code == .ok)
    }

    @Test("[X_SECC_-20_MeteringConfirmation_005] a wrong signature, or other values, are refused and not kept")
    func wrongConfirmation() throws {
        let other = try SoftwareKey.generate(.p521)
        let bends: [(TestCar) throws -> ISO20Edition.Message] = [
            { try $0.meteringConfirmation(key: other) },
            { try $0.meteringConfirmation(isSigned: false) },
            { try $0.meteringConfirmation { $0.meterInfo.chargedEnergyReadingWh += 1 } },
            { try $0.meteringConfirmation { $0.sessionID = .init(.zero) } },
            { try $0.meteringConfirmation { $0.smdtControlMode = .dynamicSMDTControlMode(.init()) } },
            {
                try $0.meteringConfirmation {
                    $0.smdtControlMode = .scheduledSMDTControlMode(.init(selectedScheduleTupleID: try .init(2)))
                }
            },
            { try $0.meteringConfirmation { $0.receipt = .init(timeAnchor: 1, taxCosts: try .init([])) } },
        ]
        for bend in bends {
            var drive = try Self.confirming()
            #expect(drive.send(try bend(drive.car)).code == .failedMeteringSignatureNotValid)
            #expect(drive.receipts.isEmpty)
            var lenient = try Self.confirming(requiresValid: false)
            let step = lenient.send(try bend(lenient.car))
            #expect(step.code == .ok)
            #expect(step.hasSecurityEvent)
            #expect(lenient.receipts.isEmpty)
        }
    }

    @Test("no confirmation is asked for with EIM, or without a meter")
    func noConfirmation() throws {
        var external = try Self.drive { $0.receiptEvery = 1 }
        for _ in 0..<3 { #expect(try Self.dc(external.perform(.dcChargeLoop)).evseStatus == nil) }
        var blind = try Self.drive(TestSetup(isContract: true)) { $0.receiptEvery = 1 }
        blind.report { $0.meter = nil }
        for _ in 0..<3 { #expect(try Self.dc(blind.perform(.dcChargeLoop)).evseStatus == nil) }
        #expect(external.send(try external.car.meteringConfirmation()).code == .failedSequenceError)
    }
}
