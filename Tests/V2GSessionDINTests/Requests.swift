import SchemaTypes
import V2GMessagesDIN
import V2GSession
import V2GSessionDIN

/// Requests as an ordinary car sends them.
enum Request {
    static let status = DIN.DCEVStatus(evReady: true, evErrorCode: .noError, evRESSSOC: DIN.PercentValue(clamping: 50))

    static func sessionSetup() -> DIN.BodyElement {
        .sessionSetupReq(DIN.SessionSetupReq(evccID: DIN.EvccID(unchecked: 0x0200_0000_0001_0000, count: 6)))
    }

    static func selection(
        _ payment: DIN.PaymentOption = .externalPayment, services: [UInt16] = [1]
    ) -> DIN.BodyElement {
        .servicePaymentSelectionReq(
            DIN.ServicePaymentSelectionReq(
                selectedPaymentOption: payment,
                selectedServiceList: DIN.SelectedServiceList(
                    selectedService: BoundedList(unchecked: services.map { DIN.SelectedService(serviceID: $0) }))))
    }

    static func parameters(
        _ transfer: DIN.EVRequestedEnergyTransfer = .dcExtended, volts: Volts = Volts(450),
        amperes: Amperes = Amperes(200),
        change: (inout DIN.DCEVChargeParameter) -> Void = { _ in }
    ) -> DIN.BodyElement {
        var parameter = DIN.DCEVChargeParameter(
            dcEVStatus: status, evMaximumCurrentLimit: .init(amperes), evMaximumVoltageLimit: .init(volts))
        change(&parameter)
        return .chargeParameterDiscoveryReq(
            DIN.ChargeParameterDiscoveryReq(
                evRequestedEnergyTransferType: transfer, evChargeParameter: .dcEVChargeParameter(parameter)))
    }

    static func parametersOfAC() -> DIN.BodyElement {
        .chargeParameterDiscoveryReq(
            DIN.ChargeParameterDiscoveryReq(
                evRequestedEnergyTransferType: .dcExtended,
                evChargeParameter: .acEVChargeParameter(
                    DIN.ACEVChargeParameter(
                        departureTime: 0, eAmount: .init(WattHours(10_000)), evMaxVoltage: .init(Volts(400)),
                        evMaxCurrent: .init(Amperes(32)), evMinCurrent: .init(Amperes(6))))))
    }

    static func preCharge(_ volts: Volts = Volts(400), _ amperes: Amperes = Amperes(2)) -> DIN.BodyElement {
        .preChargeReq(
            DIN.PreChargeReq(dcEVStatus: status, evTargetVoltage: .init(volts), evTargetCurrent: .init(amperes)))
    }

    static func powerDelivery(_ isReady: Bool, tuple: DIN.SAID? = nil, power: Int16 = 1_000) -> DIN.BodyElement {
        let profile = tuple.map {
            DIN.ChargingProfile(
                saScheduleTupleID: $0,
                profileEntry: BoundedList(unchecked: [
                    DIN.ProfileEntry(chargingProfileEntryStart: 0, chargingProfileEntryMaxPower: power)
                ]))
        }
        return .powerDeliveryReq(
            DIN.PowerDeliveryReq(
                readyToChargeState: isReady, chargingProfile: profile,
                evPowerDeliveryParameter: .dcEVPowerDeliveryParameter(
                    DIN.DCEVPowerDeliveryParameter(dcEVStatus: status, chargingComplete: false))))
    }

    static func currentDemand(
        _ volts: DIN.PhysicalValue = .init(Volts(400)), _ amperes: DIN.PhysicalValue = .init(Amperes(100))
    ) -> DIN.BodyElement {
        .currentDemandReq(
            DIN.CurrentDemandReq(
                dcEVStatus: status, evTargetCurrent: amperes, chargingComplete: false, evTargetVoltage: volts))
    }

    /// One request of each kind that the schema has.
    static func ordinary(_ pair: DINPair) -> DIN.BodyElement {
        switch pair {
        case .sessionSetup: sessionSetup()
        case .serviceDiscovery: .serviceDiscoveryReq(DIN.ServiceDiscoveryReq(serviceScope: nil, serviceCategory: nil))
        case .serviceDetail: .serviceDetailReq(DIN.ServiceDetailReq(serviceID: 1))
        case .servicePaymentSelection: selection()
        case .certificateInstallation:
            .certificateInstallationReq(
                DIN.CertificateInstallationReq(
                    id: nil, oemProvisioningCert: DIN.Certificate(unchecked: [1]), listOfRootCertificateIDs: roots,
                    dhParams: DIN.DHParams(unchecked: [1])))
        case .certificateUpdate:
            .certificateUpdateReq(
                DIN.CertificateUpdateReq(
                    id: nil, contractSignatureCertChain: chain, contractID: DIN.ContractID(unchecked: "X"),
                    listOfRootCertificateIDs: roots, dhParams: DIN.DHParams(unchecked: [1])))
        case .paymentDetails:
            .paymentDetailsReq(
                DIN.PaymentDetailsReq(contractID: DIN.ContractID(unchecked: "X"), contractSignatureCertChain: chain))
        case .contractAuthentication: .contractAuthenticationReq(DIN.ContractAuthenticationReq())
        case .chargeParameterDiscovery: parameters()
        case .powerDelivery: powerDelivery(true)
        case .chargingStatus: .chargingStatusReq(DIN.ChargingStatusReq())
        case .meteringReceipt:
            .meteringReceiptReq(
                DIN.MeteringReceiptReq(
                    id: nil, sessionID: V2GSessionID.zero.din, saScheduleTupleID: nil,
                    meterInfo: DIN.MeterInfo(meterID: DIN.MeterID(unchecked: "M"))))
        case .cableCheck: .cableCheckReq(DIN.CableCheckReq(dcEVStatus: status))
        case .preCharge: preCharge()
        case .currentDemand: currentDemand()
        case .weldingDetection: .weldingDetectionReq(DIN.WeldingDetectionReq(dcEVStatus: status))
        case .sessionStop: .sessionStopReq(DIN.SessionStop())
        }
    }

    private static let chain = DIN.CertificateChain(certificate: DIN.Certificate(unchecked: [1]))
    private static let roots = DIN.ListOfRootCertificateIDs(
        rootCertificateID: BoundedList(unchecked: [DIN.RootCertificateID(unchecked: "root")]))
}
