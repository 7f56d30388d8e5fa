import SchemaTypes
import Testing
import V2GMessagesISO20
import V2GMessagesISO20AC
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GPrimitives
import V2GSession
import V2GSessionISO20
import V2GSignatures

/// What is charged, how, and how it is paid.
struct TestSetup: Sendable, Hashable, CustomTestStringConvertible {
    var isDC = true
    var isDynamic = false
    var isBidirectional = false
    var isMegawatt = false
    var isContract = false

    var testDescription: String {
        (isDC ? isMegawatt ? "MCS" : "DC" : "AC") + (isBidirectional ? " both ways" : "")
            + (isDynamic ? " dynamic" : " scheduled") + (isContract ? " PnC" : " EIM")
    }

    static let all: [TestSetup] =
        [false, true].flatMap { dc in
            [false, true].flatMap { dynamic in
                [false, true].flatMap { both in
                    [false, true].map { contract in
                        TestSetup(isDC: dc, isDynamic: dynamic, isBidirectional: both, isContract: contract)
                    }
                }
            }
        } + [TestSetup(isMegawatt: true), TestSetup(isDynamic: true, isBidirectional: true, isMegawatt: true)]

    struct Missing: Error {}

    var offer: StationOffer {
        get throws {
            guard let evseID = EVSEID("DE*ABC*E0001") else { throw Missing() }
            var energy: EnergyOffer
            if isDC {
                var dc = DCOffer()
                dc.isBidirectional = isBidirectional
                dc.isMegawatt = isMegawatt
                energy = .dc(dc)
            } else {
                var ac = ACOffer()
                ac.isBidirectional = isBidirectional
                energy = .ac(ac)
            }
            return StationOffer(evseID: evseID, energy: energy)
        }
    }

    var service: UInt16 {
        if isMegawatt { return isBidirectional ? 9 : 8 }
        return isDC ? isBidirectional ? 6 : 2 : isBidirectional ? 5 : 1
    }

    var cpd: ISO20Pair { isDC ? .dcChargeParameterDiscovery : .acChargeParameterDiscovery }
    var loop: ISO20Pair { isDC ? .dcChargeLoop : .acChargeLoop }

    /// One step of a good session.
    enum SequenceStep: Hashable {
        case pair(ISO20Pair)
        case stopPower

        var pair: ISO20Pair? { if case .pair(let pair) = self { pair } else { nil } }
    }

    var sequence: [SequenceStep] {
        var pairs: [ISO20Pair] = [
            .sessionSetup, .authorizationSetup, .authorization, .serviceDiscovery, .serviceDetail, .serviceSelection,
            cpd,
            .scheduleExchange,
        ]
        if isDC { pairs += [.dcCableCheck, .dcPreCharge] }
        pairs += [.powerDelivery, loop]
        return pairs.map(SequenceStep.pair) + [.stopPower]
            + (isDC ? [.pair(.dcWeldingDetection)] : []) + [.pair(.sessionStop)]
    }
}

/// Requests of a car that does everything right, to be bent by tests.
struct TestCar {
    let setup: TestSetup
    let pki: StationPKI
    var session = V2GSessionID.zero
    var challenge = [UInt8](repeating: 0, count: 16)
    var lastLoop: ISO20Edition.Message?

    init(_ setup: TestSetup, _ pki: StationPKI) {
        self.setup = setup
        self.pki = pki
    }

    var header: ISO20.MessageHeader { ISO20.MessageHeader(session: session, at: pki.now) }

    static func number(_ value: Double) -> ISO20.RationalNumber { .init(Watts(value)) }

    func request(_ pair: ISO20Pair) throws -> ISO20Edition.Message {
        switch pair {
        case .sessionSetup:
            return .common(.sessionSetupReq(.init(header: header, evccID: try .init("WMIV1234567890ABCDEX"))))
        case .authorizationSetup: return .common(.authorizationSetupReq(.init(header: header)))
        case .certificateInstallation: return try installationRequest()
        case .authorization: return try setup.isContract ? contractAuthorization() : externalAuthorization
        case .serviceDiscovery: return .common(.serviceDiscoveryReq(.init(header: header)))
        case .serviceDetail: return .common(.serviceDetailReq(.init(header: header, serviceID: setup.service)))
        case .serviceSelection: return selection(setup.service, setup.isDynamic ? 2 : 1)
        case .acChargeParameterDiscovery: return acParameters(isBidirectional: setup.isBidirectional)
        case .dcChargeParameterDiscovery: return dcParameters(isBidirectional: setup.isBidirectional)
        case .scheduleExchange: return try scheduleExchange(isDynamic: setup.isDynamic)
        case .dcCableCheck: return .dc(.dcCableCheckReq(.init(header: header)))
        case .dcPreCharge: return preCharge(.ongoing)
        case .powerDelivery: return powerDelivery(.start)
        case .acChargeLoop: return acLoop()
        case .dcChargeLoop: return dcLoop()
        case .meteringConfirmation: return try meteringConfirmation()
        case .dcWeldingDetection:
            return .dc(.dcWeldingDetectionReq(.init(header: header, evProcessing: .finished)))
        case .sessionStop: return stop(.terminate)
        case .vehicleCheckIn:
            return .common(
                .vehicleCheckInReq(.init(header: header, evCheckInStatus: .checkIn, parkingMethod: .manual)))
        case .vehicleCheckOut:
            return .common(.vehicleCheckOutReq(.init(header: header, evCheckOutStatus: .checkOut, checkOutTime: 1)))
        }
    }

    func preCharge(_ processing: ISO20.Processing) -> ISO20Edition.Message {
        .dc(
            .dcPreChargeReq(
                .init(
                    header: header, evProcessing: processing, evPresentVoltage: Self.number(0),
                    evTargetVoltage: Self.number(400))))
    }

    func stop(_ kind: ISO20Common.ChargingSession) -> ISO20Edition.Message {
        .common(.sessionStopReq(.init(header: header, chargingSession: kind)))
    }

    func selection(_ service: UInt16, _ set: UInt16, additional: [(UInt16, UInt16)] = []) -> ISO20Edition.Message {
        let list = additional.map { ISO20Common.SelectedService(serviceID: $0.0, parameterSetID: $0.1) }
        return .common(
            .serviceSelectionReq(
                .init(
                    header: header, selectedEnergyTransferService: .init(serviceID: service, parameterSetID: set),
                    selectedVASList: list.isEmpty ? nil : .init(selectedService: .init(unchecked: list)))))
    }

    func acParameters(isBidirectional: Bool, minimum: Double = 1_400) -> ISO20Edition.Message {
        .ac(
            .acChargeParameterDiscoveryReq(
                .init(
                    header: header,
                    acCPDReqEnergyTransferMode: isBidirectional
                        ? .bptACCPDReqEnergyTransferMode(
                            .init(
                                evMaximumChargePower: Self.number(11_000), evMinimumChargePower: Self.number(minimum),
                                evMaximumDischargePower: Self.number(11_000), evMinimumDischargePower: Self.number(0)))
                        : .acCPDReqEnergyTransferMode(
                            .init(
                                evMaximumChargePower: Self.number(11_000), evMinimumChargePower: Self.number(minimum))))
            ))
    }

    func dcParameters(isBidirectional: Bool, minimumVoltage: Double = 200, maximumVoltage: Double = 450)
        -> ISO20Edition.Message
    {
        let mode: ISO20DC.DCCPDReqEnergyTransferModeVariant =
            isBidirectional
            ? .bptDCCPDReqEnergyTransferMode(
                .init(
                    evMaximumChargePower: Self.number(80_000), evMinimumChargePower: Self.number(0),
                    evMaximumChargeCurrent: Self.number(200), evMinimumChargeCurrent: Self.number(0),
                    evMaximumVoltage: Self.number(maximumVoltage), evMinimumVoltage: Self.number(minimumVoltage),
                    evMaximumDischargePower: Self.number(40_000), evMinimumDischargePower: Self.number(0),
                    evMaximumDischargeCurrent: Self.number(100), evMinimumDischargeCurrent: Self.number(0)))
            : .dcCPDReqEnergyTransferMode(
                .init(
                    evMaximumChargePower: Self.number(80_000), evMinimumChargePower: Self.number(0),
                    evMaximumChargeCurrent: Self.number(200), evMinimumChargeCurrent: Self.number(0),
                    evMaximumVoltage: Self.number(maximumVoltage), evMinimumVoltage: Self.number(minimumVoltage)))
        return .dc(.dcChargeParameterDiscoveryReq(.init(header: header, dcCPDReqEnergyTransferMode: mode)))
    }

    func scheduleExchange(isDynamic: Bool, points: UInt16 = 1_024) throws -> ISO20Edition.Message {
        .common(
            .scheduleExchangeReq(
                .init(
                    header: header, maximumSupportingPoints: try .init(points),
                    seReqControlMode: isDynamic
                        ? .dynamicSEReqControlMode(
                            .init(
                                departureTime: 7_200, evTargetEnergyRequest: Self.number(20_000),
                                evMaximumEnergyRequest: Self.number(30_000), evMinimumEnergyRequest: Self.number(5_000))
                        )
                        : .scheduledSEReqControlMode(.init()))))
    }

    /// One tuple of 50 kW (11 kW AC) for a day.
    var schedules: ISO20Edition.Schedules {
        if setup.isDynamic { return .init(offer: .dynamic(.init())) }
        return .init(offer: .scheduled([tuple(1, power: setup.isDC ? 50_000 : 11_000)]))
    }

    func tuple(_ id: UInt32, power: Double, tolerance: Double? = nil) -> ISO20Common.ScheduleTuple {
        .init(
            scheduleTupleID: .init(unchecked: id),
            chargingSchedule: .init(
                powerSchedule: .init(
                    timeAnchor: UInt64(pki.now.seconds), powerTolerance: tolerance.map { Self.number($0) },
                    powerScheduleEntries: .init(
                        powerScheduleEntry: .init(unchecked: [.init(duration: 86_400, power: Self.number(power))])))))
    }

    func powerDelivery(
        _ progress: ISO20Common.ChargeProgress, processing: ISO20.Processing = .finished, tuple: UInt32 = 1,
        power: Double = 10_000, profile: Bool = true, channel: ISO20Common.ChannelSelection? = nil,
        tolerance: ISO20Common.PowerToleranceAcceptance? = nil
    ) -> ISO20Edition.Message {
        let entries = ISO20Common.EVPowerProfileEntryList(
            evPowerProfileEntry: .init(unchecked: [.init(duration: 3_600, power: Self.number(power))]))
        let mode: ISO20Common.EVPowerProfile.EVPPTControlMode =
            setup.isDynamic
            ? .dynamicEVPPTControlMode(.init())
            : .scheduledEVPPTControlMode(
                .init(selectedScheduleTupleID: .init(unchecked: tuple), powerToleranceAcceptance: tolerance))
        return .common(
            .powerDeliveryReq(
                .init(
                    header: header, evProcessing: processing, chargeProgress: progress,
                    evPowerProfile: profile && progress == .start
                        ? .init(
                            timeAnchor: UInt64(pki.now.seconds), evPPTControlMode: mode, evPowerProfileEntries: entries)
                        : nil, bptChannelSelection: channel)))
    }

    func dcLoop(
        voltage: Double = 400, current: Double = 100, meter: Bool = false, mode: ISO20DC.CLReqControlMode? = nil
    ) -> ISO20Edition.Message {
        .dc(
            .dcChargeLoopReq(
                .init(
                    header: header, meterInfoRequested: meter, evPresentVoltage: Self.number(400),
                    clReqControlMode: mode
                        ?? dcMode(setup.isDynamic, setup.isBidirectional, voltage: voltage, current: current))))
    }

    func dcMode(
        _ isDynamic: Bool, _ isBidirectional: Bool, voltage: Double = 400, current: Double = 100
    ) -> ISO20DC.CLReqControlMode {
        let n = Self.number
        switch (isDynamic, isBidirectional) {
        case (false, false):
            return .scheduledDCCLReqControlMode(.init(evTargetCurrent: n(current), evTargetVoltage: n(voltage)))
        case (false, true):
            return .bptScheduledDCCLReqControlMode(.init(evTargetCurrent: n(current), evTargetVoltage: n(voltage)))
        case (true, false):
            return .dynamicDCCLReqControlMode(
                .init(
                    evTargetEnergyRequest: n(20_000), evMaximumEnergyRequest: n(30_000), evMinimumEnergyRequest: n(0),
                    evMaximumChargePower: n(80_000), evMinimumChargePower: n(0), evMaximumChargeCurrent: n(current),
                    evMaximumVoltage: n(450), evMinimumVoltage: n(200)))
        case (true, true):
            return .bptDynamicDCCLReqControlMode(
                .init(
                    evTargetEnergyRequest: n(20_000), evMaximumEnergyRequest: n(30_000), evMinimumEnergyRequest: n(0),
                    evMaximumChargePower: n(80_000), evMinimumChargePower: n(0), evMaximumChargeCurrent: n(current),
                    evMaximumVoltage: n(450), evMinimumVoltage: n(200), evMaximumDischargePower: n(40_000),
                    evMinimumDischargePower: n(0), evMaximumDischargeCurrent: n(100)))
        }
    }

    func acLoop(meter: Bool = false, mode: ISO20AC.CLReqControlMode? = nil) -> ISO20Edition.Message {
        .ac(
            .acChargeLoopReq(
                .init(
                    header: header, meterInfoRequested: meter,
                    clReqControlMode: mode ?? acMode(setup.isDynamic, setup.isBidirectional))))
    }

    func acMode(_ isDynamic: Bool, _ isBidirectional: Bool) -> ISO20AC.CLReqControlMode {
        let n = Self.number
        switch (isDynamic, isBidirectional) {
        case (false, false): return .scheduledACCLReqControlMode(.init(evPresentActivePower: n(7_000)))
        case (false, true): return .bptScheduledACCLReqControlMode(.init(evPresentActivePower: n(7_000)))
        case (true, false):
            return .dynamicACCLReqControlMode(
                .init(
                    evTargetEnergyRequest: n(20_000), evMaximumEnergyRequest: n(30_000), evMinimumEnergyRequest: n(0),
                    evMaximumChargePower: n(11_000), evMinimumChargePower: n(1_400), evPresentActivePower: n(7_000),
                    evPresentReactivePower: n(0)))
        case (true, true):
            return .bptDynamicACCLReqControlMode(
                .init(
                    evTargetEnergyRequest: n(20_000), evMaximumEnergyRequest: n(30_000), evMinimumEnergyRequest: n(0),
                    evMaximumChargePower: n(11_000), evMinimumChargePower: n(1_400), evPresentActivePower: n(7_000),
                    evPresentReactivePower: n(0), evMaximumDischargePower: n(11_000), evMinimumDischargePower: n(0)))
        }
    }
}
