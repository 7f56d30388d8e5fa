internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
internal import V2GPrimitives
internal import V2GSession
internal import V2GSignatures

/// Responses that refuse: of the request's own type and variant, valid in the schema, with dummies where the schema
/// wants values that nobody will use.
enum ISO20Refusal {
    typealias Message = ISO20Edition.Message

    /// `nil` for what is no request.
    static func response(
        to request: Message, _ code: ISO20.ResponseCode, header: ISO20.MessageHeader, offer: StationOffer
    ) -> Message? {
        switch request {
        case .common(let element): common(element, code, header, offer)
        case .ac(let element): ac(element, code, header).map(Message.ac)
        case .dc(let element): dc(element, code, header).map(Message.dc)
        }
    }

    private static func common(
        _ request: ISO20Common.Element, _ code: ISO20.ResponseCode, _ header: ISO20.MessageHeader,
        _ offer: StationOffer
    ) -> Message? {
        switch request {
        case .sessionSetupReq:
            .common(
                .sessionSetupRes(
                    .init(
                        header: header, responseCode: code, evseID: .init(clipping: offer.evseID.separated))))
        case .authorizationSetupReq:
            .common(
                .authorizationSetupRes(
                    .init(
                        header: header, responseCode: code, authorizationServices: BoundedList(unchecked: [.eim]),
                        certificateInstallationService: false,
                        asResAuthorizationMode: .eimASResAuthorizationMode(.init()))))
        case .authorizationReq:
            .common(.authorizationRes(.init(header: header, responseCode: code, evseProcessing: .finished)))
        case .serviceDiscoveryReq:
            .common(
                .serviceDiscoveryRes(
                    .init(
                        header: header, responseCode: code, serviceRenegotiationSupported: false,
                        energyTransferServiceList: .init(
                            service: BoundedList(unchecked: [
                                .init(serviceID: ISO20ServiceCatalog.charging(offer), freeService: false)
                            ])))))
        case .serviceDetailReq(let request):
            .common(
                .serviceDetailRes(
                    .init(
                        header: header, responseCode: code, serviceID: request.serviceID,
                        serviceParameterList: .init(
                            parameterSet: BoundedList(unchecked: [
                                .init(
                                    parameterSetID: 0,
                                    parameter: BoundedList(unchecked: [
                                        .init(name: .init(clipping: "None"), parameterValue: .intValue(0))
                                    ]))
                            ])))))
        case .serviceSelectionReq: .common(.serviceSelectionRes(.init(header: header, responseCode: code)))
        case .scheduleExchangeReq(let request):
            .common(
                .scheduleExchangeRes(
                    .init(
                        header: header, responseCode: code, evseProcessing: .finished,
                        seResControlMode: schedules(for: request, header.timeStamp))))
        case .powerDeliveryReq: .common(.powerDeliveryRes(.init(header: header, responseCode: code)))
        case .meteringConfirmationReq: .common(.meteringConfirmationRes(.init(header: header, responseCode: code)))
        case .sessionStopReq: .common(.sessionStopRes(.init(header: header, responseCode: code)))
        case .certificateInstallationReq:
            installation(code, .finished, header)
        case .vehicleCheckInReq: .common(.vehicleCheckInRes(.init(header: header, responseCode: code)))
        case .vehicleCheckOutReq:
            .common(
                .vehicleCheckOutRes(.init(header: header, responseCode: code, evseCheckOutStatus: .completed)))
        default: nil
        }
    }

    /// Without contract: while the backend works on one, and when there is none.
    static func installation(
        _ code: ISO20.ResponseCode, _ processing: ISO20.Processing, _ header: ISO20.MessageHeader
    ) -> Message? {
        (try? ContractInstaller20.placeholderResponse(code, processing: processing, header: header))
            .map { .common(.certificateInstallationRes($0)) }
    }

    /// In the request's control mode: the schema forces one, even while the schedules are made.
    static func schedules(
        for request: ISO20Common.ScheduleExchangeReq, _ time: UInt64
    ) -> ISO20Common.ScheduleExchangeRes.SEResControlMode {
        switch request.seReqControlMode {
        case .dynamicSEReqControlMode: .dynamicSEResControlMode(.init())
        case .scheduledSEReqControlMode:
            .scheduledSEResControlMode(
                .init(
                    scheduleTuple: BoundedList(unchecked: [
                        .init(
                            scheduleTupleID: ISO20.NumericID(unchecked: 1),
                            chargingSchedule: .init(
                                powerSchedule: .init(
                                    timeAnchor: time,
                                    powerScheduleEntries: .init(
                                        powerScheduleEntry: BoundedList(unchecked: [
                                            .init(duration: 86_400, power: .zero)
                                        ])))))
                    ])))
        }
    }

    private static func ac(
        _ request: ISO20AC.Element, _ code: ISO20.ResponseCode, _ header: ISO20.MessageHeader
    ) -> ISO20AC.Element? {
        switch request {
        case .acChargeParameterDiscoveryReq(let request):
            let mode: ISO20AC.ACCPDResEnergyTransferModeVariant =
                switch request.acCPDReqEnergyTransferMode {
                case .acCPDReqEnergyTransferMode:
                    .acCPDResEnergyTransferMode(
                        .init(evseMaximumChargePower: .zero, evseMinimumChargePower: .zero, evseNominalFrequency: .zero)
                    )
                case .bptACCPDReqEnergyTransferMode:
                    .bptACCPDResEnergyTransferMode(
                        .init(
                            evseMaximumChargePower: .zero, evseMinimumChargePower: .zero, evseNominalFrequency: .zero,
                            evseMaximumDischargePower: .zero, evseMinimumDischargePower: .zero))
                }
            return .acChargeParameterDiscoveryRes(
                .init(header: header, responseCode: code, acCPDResEnergyTransferMode: mode))
        case .acChargeLoopReq(let request):
            let mode: ISO20AC.CLResControlMode =
                switch request.clReqControlMode {
                case .bptDynamicACCLReqControlMode: .bptDynamicACCLResControlMode(.init(evseTargetActivePower: .zero))
                case .dynamicACCLReqControlMode: .dynamicACCLResControlMode(.init(evseTargetActivePower: .zero))
                case .bptScheduledACCLReqControlMode: .bptScheduledACCLResControlMode(.init())
                case .scheduledACCLReqControlMode: .scheduledACCLResControlMode(.init())
                }
            return .acChargeLoopRes(.init(header: header, responseCode: code, clResControlMode: mode))
        default: return nil
        }
    }

    private static func dc(
        _ request: ISO20DC.Element, _ code: ISO20.ResponseCode, _ header: ISO20.MessageHeader
    ) -> ISO20DC.Element? {
        switch request {
        case .dcChargeParameterDiscoveryReq(let request):
            let mode: ISO20DC.DCCPDResEnergyTransferModeVariant =
                switch request.dcCPDReqEnergyTransferMode {
                case .dcCPDReqEnergyTransferMode: .dcCPDResEnergyTransferMode(ISO20Limits.none.chargeOnlyDC)
                case .bptDCCPDReqEnergyTransferMode: .bptDCCPDResEnergyTransferMode(ISO20Limits.none.bidirectionalDC)
                }
            return .dcChargeParameterDiscoveryRes(
                .init(header: header, responseCode: code, dcCPDResEnergyTransferMode: mode))
        case .dcCableCheckReq:
            return .dcCableCheckRes(.init(header: header, responseCode: code, evseProcessing: .finished))
        case .dcPreChargeReq:
            return .dcPreChargeRes(.init(header: header, responseCode: code, evsePresentVoltage: .zero))
        case .dcChargeLoopReq(let request):
            return .dcChargeLoopRes(
                .init(
                    header: header, responseCode: code, evsePresentCurrent: .zero, evsePresentVoltage: .zero,
                    evsePowerLimitAchieved: false, evseCurrentLimitAchieved: false, evseVoltageLimitAchieved: false,
                    clResControlMode: ISO20Limits.none.loopDC(for: request.clReqControlMode)))
        case .dcWeldingDetectionReq:
            return .dcWeldingDetectionRes(.init(header: header, responseCode: code, evsePresentVoltage: .zero))
        default: return nil
        }
    }
}
