import SchemaTypes
import V2GMessagesISO20
import V2GMessagesISO20AC
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GPrimitives
import V2GSession
import V2GSessionISO20

/// A station by script: it answers every request well, unless told otherwise.
struct ScriptedStation {
    typealias Message = ISO20Edition.Message

    var id = V2GSessionID([1, 2, 3, 4, 5, 6, 7, 8]) ?? .zero
    var setupCode = ISO20.ResponseCode.okNewSessionEstablished
    var methods: [ISO20Common.Authorization] = [.pnC, .eim]
    var installs = false
    var services: [UInt16] = [1, 2]
    var renegotiates = true
    /// Connector, control mode, mobility needs mode of each parameter set, identifiers from 1.
    var sets: [(Int32, Int32, Int32)] = [(2, 1, 1), (2, 2, 1)]
    /// How often a response says Ongoing before it says Finished.
    var ongoing: [ISO20Pair: Int] = [:]
    var processing = ISO20.Processing.ongoing
    /// What a charge loop response says beside, by its number from 1.
    var notifications: [Int: ISO20.EvseNotification] = [:]
    var meters = true
    var tuples: [ISO20Common.ScheduleTuple] = [Self.tuple(1, watts: 11_000)]
    var scheduleSignature: ISO20.MessageHeader?
    var goToPause: Bool?
    var voltage = 400.0
    var current = 100.0
    var maximumVoltage = 1_000.0
    var remaining: UInt8 = 0
    /// The whole answer to an installation request.
    var installation: ISO20Common.CertificateInstallationRes?
    /// Changes answers; `nil` is silence.
    var bend: (ISO20Pair, Message) -> Message? = { $1 }

    var loops = 0
    var answered: [ISO20Pair: Int] = [:]
    var energy: UInt64 = 1_000

    static func tuple(_ id: UInt32, watts: Double, seconds: UInt32 = 86_400, anchor: UInt64 = 0)
        -> ISO20Common.ScheduleTuple
    {
        .init(
            scheduleTupleID: .init(unchecked: id),
            chargingSchedule: .init(
                powerSchedule: .init(
                    timeAnchor: anchor,
                    powerScheduleEntries: .init(
                        powerScheduleEntry: .init(unchecked: [.init(duration: seconds, power: .init(Watts(watts)))])))))
    }

    mutating func answer(_ request: Message, at wall: Timestamp) -> Message? {
        guard let outline = ISO20Edition.outline(of: request) else { return nil }
        answered[outline.pair, default: 0] += 1
        guard let response = response(to: request, outline.pair, .init(session: id, at: wall)) else { return nil }
        return bend(outline.pair, response)
    }

    private mutating func processing(_ pair: ISO20Pair) -> ISO20.Processing {
        guard let left = ongoing[pair], left > 0 else { return .finished }
        ongoing[pair] = left - 1
        return processing
    }

    private mutating func response(to request: Message, _ pair: ISO20Pair, _ header: ISO20.MessageHeader) -> Message? {
        switch request {
        case .common(.sessionSetupReq):
            .common(
                .sessionSetupRes(
                    .init(header: header, responseCode: setupCode, evseID: .init(clipping: "DE*ABC*E0001"))))
        case .common(.authorizationSetupReq):
            .common(
                .authorizationSetupRes(
                    .init(
                        header: header, responseCode: .ok, authorizationServices: .init(unchecked: methods),
                        certificateInstallationService: installs,
                        asResAuthorizationMode: methods.contains(.pnC)
                            ? .pncASResAuthorizationMode(
                                .init(genChallenge: .init(unchecked: [UInt8](repeating: 7, count: 16))))
                            : .eimASResAuthorizationMode(.init()))))
        case .common(.certificateInstallationReq): installationResponse(header)
        case .common(.authorizationReq):
            .common(
                .authorizationRes(.init(header: header, responseCode: .ok, evseProcessing: processing(pair))))
        case .common(.serviceDiscoveryReq):
            .common(
                .serviceDiscoveryRes(
                    .init(
                        header: header, responseCode: .ok, serviceRenegotiationSupported: renegotiates,
                        energyTransferServiceList: .init(
                            service: .init(unchecked: services.map { .init(serviceID: $0, freeService: false) })))))
        case .common(.serviceDetailReq(let request)):
            .common(
                .serviceDetailRes(
                    .init(
                        header: header, responseCode: .ok, serviceID: request.serviceID,
                        serviceParameterList: .init(parameterSet: .init(unchecked: parameterSets)))))
        case .common(.serviceSelectionReq):
            .common(.serviceSelectionRes(.init(header: header, responseCode: .ok)))
        case .common(.scheduleExchangeReq(let request)): schedules(request, pair, header)
        case .common(.powerDeliveryReq):
            .common(.powerDeliveryRes(.init(header: header, responseCode: .ok)))
        case .common(.meteringConfirmationReq):
            .common(.meteringConfirmationRes(.init(header: header, responseCode: .ok)))
        case .common(.sessionStopReq):
            .common(.sessionStopRes(.init(header: header, responseCode: .ok)))
        case .ac(let element): acResponse(to: element, header)
        case .dc(let element): dcResponse(to: element, pair, header)
        default: nil
        }
    }

    private var parameterSets: [ISO20Common.ParameterSet] {
        sets.enumerated().map { index, set in
            let values: [(String, Int32)] = [
                ("Connector", set.0), ("ControlMode", set.1), ("MobilityNeedsMode", set.2), ("Pricing", 0),
            ]
            return .init(
                parameterSetID: UInt16(index + 1),
                parameter: .init(
                    unchecked: values.map { .init(name: .init(clipping: $0.0), parameterValue: .intValue($0.1)) }))
        }
    }

    private mutating func installationResponse(_ header: ISO20.MessageHeader) -> Message? {
        let octets: (Int) -> [UInt8] = { [UInt8](repeating: 1, count: $0) }
        var response =
            installation
            ?? .init(
                header: header, responseCode: .ok, evseProcessing: .finished,
                cpsCertificateChain: .init(certificate: .init(unchecked: [1])),
                signedInstallationData: .init(
                    id: Self.id,
                    contractCertificateChain: .init(
                        certificate: .init(unchecked: [1]),
                        subCertificates: .init(certificate: .init(unchecked: [.init(unchecked: [1])]))),
                    ecdhCurve: .secp521, dhPublicKey: .init(unchecked: octets(133)),
                    encryptedPrivateKey: .secp521EncryptedPrivateKey(.init(unchecked: octets(94)))),
                remainingContractCertificateChains: 0)
        response.header.sessionID = header.sessionID
        response.evseProcessing = processing(.certificateInstallation)
        response.remainingContractCertificateChains = remaining
        if response.evseProcessing == .finished, remaining > 0 { remaining -= 1 }
        return .common(.certificateInstallationRes(response))
    }

    private static let id = { () -> XMLID in
        guard let id = try? XMLID("id1") else { preconditionFailure("id1 is an identifier") }
        return id
    }()

    private mutating func schedules(
        _ request: ISO20Common.ScheduleExchangeReq, _ pair: ISO20Pair, _ header: ISO20.MessageHeader
    ) -> Message {
        let mode: ISO20Common.ScheduleExchangeRes.SEResControlMode =
            switch request.seReqControlMode {
            case .dynamicSEReqControlMode: .dynamicSEResControlMode(.init())
            case .scheduledSEReqControlMode:
                .scheduledSEResControlMode(
                    .init(
                        scheduleTuple: .init(
                            unchecked: tuples.map { tuple in
                                var tuple = tuple
                                if tuple.chargingSchedule.powerSchedule.timeAnchor == 0 {
                                    tuple.chargingSchedule.powerSchedule.timeAnchor = header.timeStamp
                                }
                                return tuple
                            })))
            }
        var header = header
        header.signature = scheduleSignature?.signature
        return .common(
            .scheduleExchangeRes(
                .init(
                    header: header, responseCode: .ok, evseProcessing: processing(pair), goToPause: goToPause,
                    seResControlMode: mode)))
    }

    private mutating func status() -> (ISO20.EVSEStatus?, ISO20.MeterInfo?) {
        loops += 1
        energy += 10
        let meter = ISO20.MeterInfo(meterID: .init(clipping: "M1"), chargedEnergyReadingWh: energy)
        return (
            notifications[loops].map { ISO20.EVSEStatus(notificationMaxDelay: 0, evseNotification: $0) },
            meters ? meter : nil
        )
    }

    private mutating func acResponse(to element: ISO20AC.Element, _ header: ISO20.MessageHeader) -> Message? {
        switch element {
        case .acChargeParameterDiscoveryReq(let request):
            let limit = ISO20.RationalNumber(Watts(22_000))
            let low = ISO20.RationalNumber(Watts(1_380))
            let frequency = ISO20.RationalNumber(exponent: 0, value: 50)
            let mode: ISO20AC.ACCPDResEnergyTransferModeVariant =
                switch request.acCPDReqEnergyTransferMode {
                case .acCPDReqEnergyTransferMode:
                    .acCPDResEnergyTransferMode(
                        .init(
                            evseMaximumChargePower: limit, evseMinimumChargePower: low,
                            evseNominalFrequency: frequency))
                case .bptACCPDReqEnergyTransferMode:
                    .bptACCPDResEnergyTransferMode(
                        .init(
                            evseMaximumChargePower: limit, evseMinimumChargePower: low,
                            evseNominalFrequency: frequency, evseMaximumDischargePower: limit,
                            evseMinimumDischargePower: low))
                }
            return .ac(
                .acChargeParameterDiscoveryRes(
                    .init(header: header, responseCode: .ok, acCPDResEnergyTransferMode: mode)))
        case .acChargeLoopReq(let request):
            let (status, meter) = status()
            let target = ISO20.RationalNumber(Watts(7_000))
            let mode: ISO20AC.CLResControlMode =
                switch request.clReqControlMode {
                case .scheduledACCLReqControlMode: .scheduledACCLResControlMode(.init())
                case .bptScheduledACCLReqControlMode: .bptScheduledACCLResControlMode(.init())
                case .dynamicACCLReqControlMode: .dynamicACCLResControlMode(.init(evseTargetActivePower: target))
                case .bptDynamicACCLReqControlMode:
                    .bptDynamicACCLResControlMode(.init(evseTargetActivePower: target))
                }
            return .ac(
                .acChargeLoopRes(
                    .init(
                        header: header, responseCode: .ok, evseStatus: status, meterInfo: meter,
                        clResControlMode: mode)))
        default: return nil
        }
    }

    private mutating func dcResponse(
        to element: ISO20DC.Element, _ pair: ISO20Pair, _ header: ISO20.MessageHeader
    ) -> Message? {
        let volts = ISO20.RationalNumber(Volts(voltage))
        switch element {
        case .dcChargeParameterDiscoveryReq(let request): return dcParameters(request, header)
        case .dcCableCheckReq:
            return .dc(
                .dcCableCheckRes(.init(header: header, responseCode: .ok, evseProcessing: processing(pair))))
        case .dcPreChargeReq:
            let isLow = processing(pair) != .finished
            return .dc(
                .dcPreChargeRes(
                    .init(header: header, responseCode: .ok, evsePresentVoltage: isLow ? .zero : volts)))
        case .dcWeldingDetectionReq:
            let isHigh = processing(pair) != .finished
            return .dc(
                .dcWeldingDetectionRes(
                    .init(header: header, responseCode: .ok, evsePresentVoltage: isHigh ? volts : .zero)))
        case .dcChargeLoopReq(let request):
            let (status, meter) = status()
            let limit = ISO20.RationalNumber(Watts(100_000))
            let amperes = ISO20.RationalNumber(Amperes(200))
            let mode: ISO20DC.CLResControlMode =
                switch request.clReqControlMode {
                case .scheduledDCCLReqControlMode: .scheduledDCCLResControlMode(.init())
                case .bptScheduledDCCLReqControlMode: .bptScheduledDCCLResControlMode(.init())
                case .dynamicDCCLReqControlMode:
                    .dynamicDCCLResControlMode(
                        .init(
                            evseMaximumChargePower: limit, evseMinimumChargePower: .zero,
                            evseMaximumChargeCurrent: amperes, evseMaximumVoltage: .init(Volts(1_000))))
                case .bptDynamicDCCLReqControlMode:
                    .bptDynamicDCCLResControlMode(
                        .init(
                            evseMaximumChargePower: limit, evseMinimumChargePower: .zero,
                            evseMaximumChargeCurrent: amperes, evseMaximumVoltage: .init(Volts(1_000)),
                            evseMaximumDischargePower: limit, evseMinimumDischargePower: .zero,
                            evseMaximumDischargeCurrent: amperes, evseMinimumVoltage: .init(Volts(150))))
                }
            return .dc(
                .dcChargeLoopRes(
                    .init(
                        header: header, responseCode: .ok, evseStatus: status, meterInfo: meter,
                        evsePresentCurrent: .init(Amperes(current)), evsePresentVoltage: volts,
                        evsePowerLimitAchieved: false, evseCurrentLimitAchieved: false,
                        evseVoltageLimitAchieved: false, clResControlMode: mode)))
        default: return nil
        }
    }

    private func dcParameters(
        _ request: ISO20DC.DCChargeParameterDiscoveryReq, _ header: ISO20.MessageHeader
    ) -> Message {
        let power = ISO20.RationalNumber(Watts(150_000))
        let amperes = ISO20.RationalNumber(Amperes(300))
        let (high, low) = (ISO20.RationalNumber(Volts(maximumVoltage)), ISO20.RationalNumber(Volts(150)))
        let mode: ISO20DC.DCCPDResEnergyTransferModeVariant =
            switch request.dcCPDReqEnergyTransferMode {
            case .dcCPDReqEnergyTransferMode:
                .dcCPDResEnergyTransferMode(
                    .init(
                        evseMaximumChargePower: power, evseMinimumChargePower: .zero, evseMaximumChargeCurrent: amperes,
                        evseMinimumChargeCurrent: .zero, evseMaximumVoltage: high, evseMinimumVoltage: low))
            case .bptDCCPDReqEnergyTransferMode:
                .bptDCCPDResEnergyTransferMode(
                    .init(
                        evseMaximumChargePower: power, evseMinimumChargePower: .zero, evseMaximumChargeCurrent: amperes,
                        evseMinimumChargeCurrent: .zero, evseMaximumVoltage: high, evseMinimumVoltage: low,
                        evseMaximumDischargePower: power, evseMinimumDischargePower: .zero,
                        evseMaximumDischargeCurrent: amperes, evseMinimumDischargeCurrent: .zero))
            }
        return .dc(
            .dcChargeParameterDiscoveryRes(.init(header: header, responseCode: .ok, dcCPDResEnergyTransferMode: mode)))
    }
}
