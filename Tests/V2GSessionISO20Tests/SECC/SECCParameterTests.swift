import SchemaTypes
import Testing
import V2GMessagesISO20
import V2GMessagesISO20AC
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GSession
import V2GSessionISO20
import V2GSignatures

/// Services, charge parameters and schedules.
@Suite struct SECCParameterTests {
    private static func details(_ setup: TestSetup) throws -> [[String: Int32]] {
        var drive = try StationDrive(setup)
        try drive.reach(.serviceDetail)
        guard case .common(.serviceDetailRes(let response))? = try drive.perform(.serviceDetail).response else {
            throw TestSetup.Missing()
        }
        #expect(response.serviceParameterList.parameterSet.map(\.parameterSetID) == [1, 2])
        return response.serviceParameterList.parameterSet.map { set in
            var values: [String: Int32] = [:]
            for parameter in set.parameter {
                if case .intValue(let value) = parameter.parameterValue { values[parameter.name.string] = value }
            }
            return values
        }
    }

    @Test("one parameter set for each control mode, with the standard's names")
    func parameterSets() throws {
        let dc = try Self.details(TestSetup())
        #expect(
            dc == [
                ["Connector": 2, "ControlMode": 1, "MobilityNeedsMode": 1, "Pricing": 0],
                ["Connector": 2, "ControlMode": 2, "MobilityNeedsMode": 1, "Pricing": 0],
            ])
        let ac = try Self.details(TestSetup(isDC: false))
        #expect(
            ac[0] == [
                "Connector": 2, "ControlMode": 1, "EVSENominalVoltage": 230, "MobilityNeedsMode": 1, "Pricing": 0,
            ])
        let both = try Self.details(TestSetup(isDC: false, isBidirectional: true))
        #expect(both[1]["BPTChannel"] == 1)
        #expect(both[1]["GeneratorMode"] == 1)
        #expect(both[1]["GridCodeIslandingDetectionMethod"] == 1)
        #expect(try Self.details(TestSetup(isBidirectional: true))[0]["GridCodeIslandingDetectionMethod"] == nil)
        #expect(try Self.details(TestSetup(isMegawatt: true))[0]["Connector"] == 1)
    }

    private static func discovery(_ ids: [UInt16]?, _ setup: TestSetup = TestSetup(isBidirectional: true)) throws
        -> (energy: [UInt16], additional: [UInt16], StationDrive)
    {
        var drive = try StationDrive(setup) {
            $0.additionalServices = [
                AdditionalServiceOffer(
                    id: 65, name: "Internet",
                    parameterSets: [
                        .init(
                            id: 3,
                            parameters: [
                                .init(name: "Protocol", value: .text("http")), .init(name: "Port", value: .int(80)),
                            ])
                    ])
            ]
        }
        try drive.reach(.serviceDiscovery)
        let step = drive.send(
            .common(
                .serviceDiscoveryReq(
                    .init(
                        header: drive.car.header,
                        supportedServiceIDs: try ids.map { .init(serviceID: try .init($0)) }))))
        guard case .common(.serviceDiscoveryRes(let response))? = step.response else { throw TestSetup.Missing() }
        #expect(response.serviceRenegotiationSupported)
        return (
            response.energyTransferServiceList.service.map(\.serviceID),
            response.vasList?.service.map(\.serviceID) ?? [], drive
        )
    }

    @Test("a car sees all services, or those that it supports")
    func discovery() throws {
        let all = try Self.discovery(nil)
        #expect(all.energy == [2, 6] && all.additional == [65])
        let one = try Self.discovery([6, 1])
        #expect(one.energy == [6] && one.additional.isEmpty)
        #expect(try Self.discovery([1]).energy == [2, 6])
        #expect(try Self.discovery(nil, TestSetup(isBidirectional: true, isMegawatt: true)).energy == [8, 9])
    }

    @Test("details of a service that was not offered are refused")
    func unknownDetail() throws {
        var (_, _, drive) = try Self.discovery([6])
        #expect(
            drive.send(.common(.serviceDetailReq(.init(header: drive.car.header, serviceID: 2)))).code
                == .failedServiceIDInvalid)
    }

    @Test("[X_SECC_-20_ServiceSelection_005] only what was offered can be selected")
    func selection() throws {
        func code(_ service: UInt16, _ set: UInt16, _ additional: [(UInt16, UInt16)] = []) throws -> ISO20.ResponseCode?
        {
            var (_, _, drive) = try Self.discovery(nil)
            try drive.perform(.serviceDetail)
            return drive.send(drive.car.selection(service, set, additional: additional)).code
        }
        #expect(try code(2, 1) == .ok)
        #expect(try code(6, 2, [(65, 3)]) == .ok)
        #expect(try code(2, 3) == .failedServiceSelectionInvalid)
        #expect(try code(1, 1) == .failedServiceSelectionInvalid)
        #expect(try code(8, 1) == .failedServiceSelectionInvalid)
        #expect(try code(2, 1, [(65, 4)]) == .failedServiceSelectionInvalid)
        #expect(try code(2, 1, [(66, 1)]) == .failedServiceSelectionInvalid)
        #expect(try code(65, 3) == .failedNoEnergyTransferServiceSelected)
    }

    @Test("parameters of the other kind, or that do not fit, are refused", arguments: [true, false])
    func parameters(_ isBidirectional: Bool) throws {
        func dc(_ both: Bool, _ low: Double = 200, _ high: Double = 450) throws -> ISO20.ResponseCode? {
            var drive = try StationDrive(TestSetup(isBidirectional: isBidirectional))
            try drive.reach(.dcChargeParameterDiscovery)
            return drive.send(
                drive.car.dcParameters(isBidirectional: both, minimumVoltage: low, maximumVoltage: high)
            ).code
        }
        #expect(try dc(isBidirectional) == .ok)
        #expect(try dc(!isBidirectional) == .failedWrongChargeParameter)
        #expect(try dc(isBidirectional, 500, 450) == .failedWrongChargeParameter)
        #expect(try dc(isBidirectional, 50, 100) == .failedWrongChargeParameter)
        #expect(try dc(isBidirectional, 1_200, 1_500) == .failedWrongChargeParameter)
        func ac(_ both: Bool, _ minimum: Double = 1_400) throws -> ISO20.ResponseCode? {
            var drive = try StationDrive(TestSetup(isDC: false, isBidirectional: isBidirectional))
            try drive.reach(.acChargeParameterDiscovery)
            return drive.send(drive.car.acParameters(isBidirectional: both, minimum: minimum)).code
        }
        #expect(try ac(isBidirectional) == .ok)
        #expect(try ac(!isBidirectional) == .failedWrongChargeParameter)
        #expect(try ac(isBidirectional, 12_000) == .failedWrongChargeParameter)
    }

    @Test("the limits that are announced are the station's")
    func announced() throws {
        var drive = try StationDrive(TestSetup(isBidirectional: true))
        try drive.reach(.dcChargeParameterDiscovery)
        guard
            case .dc(.dcChargeParameterDiscoveryRes(let response))? = try drive.perform(.dcChargeParameterDiscovery)
                .response, case .bptDCCPDResEnergyTransferMode(let mode) = response.dcCPDResEnergyTransferMode
        else { throw TestSetup.Missing() }
        #expect(mode.evseMaximumChargePower.watts == Watts(150_000))
        #expect(mode.evseMaximumVoltage.volts == Volts(1_000))
        #expect(mode.evseMaximumDischargeCurrent.amperes == Amperes(100))
    }

    @Test(
        "[X_SECC_-20_ScheduleExchange_005] schedules of the other control mode are refused", arguments: [true, false])
    func otherMode(_ isDynamic: Bool) throws {
        var drive = try StationDrive(TestSetup(isDynamic: isDynamic))
        try drive.reach(.scheduleExchange)
        #expect(drive.send(try drive.car.scheduleExchange(isDynamic: !isDynamic)).code == .failed)
    }

    @Test(
        "while schedules are made the car gets a valid dummy, and in the end what was made", arguments: [true, false])
    func ongoing(_ isDynamic: Bool) throws {
        var drive = try StationDrive(TestSetup(isDynamic: isDynamic))
        try drive.reach(.scheduleExchange)
        var step = drive.send(try drive.car.request(.scheduleExchange))
        #expect(step.started(.performance) == .milliseconds(1_500))
        #expect(step.started(.ongoing) == .seconds(55))
        var asked: ISO20Edition.ScheduleQuestion?
        for case .makeSchedules(let question) in step.actions { asked = question }
        #expect(asked?.service == 2)
        #expect(asked?.maximumPower == Watts(150_000))
        step = drive.fire(.performance)
        guard case .common(.scheduleExchangeRes(let waiting))? = step.response else { throw TestSetup.Missing() }
        #expect(waiting.evseProcessing == .ongoing)
        let made = drive.car.schedules
        drive.event(.schedulesMade(made))
        step = drive.send(try drive.car.request(.scheduleExchange))
        guard case .common(.scheduleExchangeRes(let response))? = step.response else { throw TestSetup.Missing() }
        #expect(response.evseProcessing == .finished)
        switch (response.seResControlMode, made.offer) {
        case (.scheduledSEResControlMode(let mode), .scheduled(let tuples)):
            #expect(mode.scheduleTuple.elements == tuples)
        case (.dynamicSEResControlMode(let mode), .dynamic(let offered)): #expect(mode == offered)
        default: Issue.record("the answer is of the other control mode")
        }
    }

    @Test("schedules that nobody makes within 55 s end the session", arguments: [true, false])
    func overdue(_ isAnswered: Bool) throws {
        var drive = try StationDrive()
        try drive.reach(.scheduleExchange)
        drive.send(try drive.car.request(.scheduleExchange))
        if isAnswered { drive.fire(.performance) }
        var step = drive.fire(.ongoing)
        if isAnswered { step = drive.send(try drive.car.request(.scheduleExchange)) }
        #expect(step.code == .failed)
        #expect(step.end?.outcome == .timedOut)
    }

    @Test("the backend's signed price schedule is passed on as it is")
    func signedPrices() throws {
        var drive = try StationDrive(TestSetup(isContract: true))
        try drive.reach(.scheduleExchange)
        drive.send(try drive.car.request(.scheduleExchange))
        let price = ISO20Common.PriceLevelSchedule(
            id: try XMLID("id1"), timeAnchor: 1, priceScheduleID: try .init(1), numberOfPriceLevels: 2,
            priceLevelScheduleEntries: .init(priceLevelScheduleEntry: try .init([.init(duration: 60, priceLevel: 1)])))
        var tuple = drive.car.tuple(1, power: 50_000)
        tuple.chargingSchedule.priceSchedule = .priceLevelSchedule(price)
        let signature = try drive.pki.sign([.priceLevelSchedule(price)], with: drive.pki.contractKey)
        let step = drive.event(
            .schedulesMade(.init(offer: .scheduled([tuple]), signature: signature, goToPause: true)))
        guard case .common(.scheduleExchangeRes(let response))? = step.response,
            case .scheduledSEResControlMode(let mode) = response.seResControlMode
        else { throw TestSetup.Missing() }
        #expect(response.header.signature == signature)
        #expect(response.goToPause == true)
        #expect(mode.scheduleTuple.elements == [tuple])
    }

    @Test("schedules that cannot be sent are our own failure")
    func unfit() throws {
        func code(_ tuples: [ISO20Common.ScheduleTuple], points: UInt16 = 12) throws -> ISO20.ResponseCode? {
            var drive = try StationDrive()
            try drive.reach(.scheduleExchange)
            drive.send(try drive.car.scheduleExchange(isDynamic: false, points: points))
            return drive.event(.schedulesMade(.init(offer: .scheduled(tuples)))).code
        }
        let car = TestCar(TestSetup(), try StationPKI.shared.get())
        let good = car.tuple(1, power: 1_000)
        #expect(try code([good]) == .ok)
        #expect(try code([]) == .failed)
        #expect(try code([good, good]) == .failed)
        #expect(try code((1...4).map { car.tuple($0, power: 1) }) == .failed)
        var long = good
        long.chargingSchedule.powerSchedule.powerScheduleEntries = .init(
            powerScheduleEntry: try .init((0..<13).map { _ in .init(duration: 60, power: .zero) }))
        #expect(try code([long]) == .failed)
    }

    @Test("a least state of charge above the target is left out")
    func stateOfCharge() throws {
        var drive = try StationDrive(TestSetup(isDynamic: true))
        try drive.reach(.scheduleExchange)
        drive.send(try drive.car.request(.scheduleExchange))
        let step = drive.event(
            .schedulesMade(.init(offer: .dynamic(.init(minimumSOC: try .init(90), targetSOC: try .init(80))))))
        guard case .common(.scheduleExchangeRes(let response))? = step.response,
            case .dynamicSEResControlMode(let mode) = response.seResControlMode
        else { throw TestSetup.Missing() }
        #expect(mode.minimumSOC == nil)
        #expect(mode.targetSOC?.value == 80)
    }
}
