internal import SchemaTypes
internal import V2GMessagesDIN
internal import V2GPrimitives
internal import V2GSession

// A response that refuses has all the elements that the schema asks for. They mean nothing.
extension DINSECC {
    func refusal(of pair: DINPair, _ code: DIN.ResponseCode) -> DIN.BodyElement {
        switch pair {
        case .sessionSetup: .sessionSetupRes(DIN.SessionSetupRes(responseCode: code, evseID: Self.noEVSEID))
        case .serviceDiscovery: .serviceDiscoveryRes(serviceDiscoveryRes(code))
        case .serviceDetail: .serviceDetailRes(DIN.ServiceDetailRes(responseCode: code, serviceID: Self.chargeService))
        case .servicePaymentSelection: .servicePaymentSelectionRes(DIN.ServicePaymentSelectionRes(responseCode: code))
        case .certificateInstallation: .certificateInstallationRes(.refusal(code))
        case .certificateUpdate: .certificateUpdateRes(.refusal(code))
        case .paymentDetails:
            .paymentDetailsRes(
                DIN.PaymentDetailsRes(
                    responseCode: code, genChallenge: DIN.GenChallenge(unchecked: ""),
                    dateTimeNow: now?.wall.seconds ?? 0))
        case .contractAuthentication:
            .contractAuthenticationRes(DIN.ContractAuthenticationRes(responseCode: code, evseProcessing: .finished))
        case .chargeParameterDiscovery:
            .chargeParameterDiscoveryRes(chargeParameterDiscoveryRes(code, .finished, nil, .notReady))
        case .powerDelivery:
            .powerDeliveryRes(DIN.PowerDeliveryRes(responseCode: code, evseStatus: .dcEVSEStatus(status(.notReady))))
        case .chargingStatus:
            .chargingStatusRes(
                DIN.ChargingStatusRes(
                    responseCode: code, evseID: Self.noEVSEID, saScheduleTupleID: selectedTuple ?? 1,
                    receiptRequired: false, acEVSEStatus: Self.noACStatus))
        case .meteringReceipt:
            .meteringReceiptRes(DIN.MeteringReceiptRes(responseCode: code, acEVSEStatus: Self.noACStatus))
        case .cableCheck:
            .cableCheckRes(
                DIN.CableCheckRes(responseCode: code, dcEVSEStatus: status(.notReady), evseProcessing: .finished))
        case .preCharge:
            .preChargeRes(
                DIN.PreChargeRes(
                    responseCode: code, dcEVSEStatus: status(.notReady),
                    evsePresentVoltage: DIN.PhysicalValue(readings.voltage)))
        case .currentDemand: .currentDemandRes(currentDemandRes(code, .notReady))
        case .weldingDetection:
            .weldingDetectionRes(
                DIN.WeldingDetectionRes(
                    responseCode: code, dcEVSEStatus: status(.notReady),
                    evsePresentVoltage: DIN.PhysicalValue(readings.voltage)))
        case .sessionStop: .sessionStopRes(DIN.SessionStopRes(responseCode: code))
        }
    }

    private static let noACStatus = DIN.ACEVSEStatus(
        powerSwitchClosed: false, rcd: false, notificationMaxDelay: 0, evseNotification: .none)
}

/// What fills a provisioning response that carries no contract.
private enum Dummy {
    static let id = XMLID(unchecked: "id1")
    static let chain = DIN.CertificateChain(certificate: DIN.Certificate(unchecked: [0]))
    static let key = DIN.PrivateKey(unchecked: [0])
    static let dhParams = DIN.DHParams(unchecked: [0])
    static let contractID = DIN.ContractID(unchecked: "0")
}

extension DIN.CertificateInstallationRes {
    fileprivate static func refusal(_ code: DIN.ResponseCode) -> Self {
        Self(
            id: Dummy.id, responseCode: code, contractSignatureCertChain: Dummy.chain,
            contractSignatureEncryptedPrivateKey: Dummy.key, dhParams: Dummy.dhParams, contractID: Dummy.contractID)
    }
}

extension DIN.CertificateUpdateRes {
    fileprivate static func refusal(_ code: DIN.ResponseCode) -> Self {
        Self(
            id: Dummy.id, responseCode: code, contractSignatureCertChain: Dummy.chain,
            contractSignatureEncryptedPrivateKey: Dummy.key, dhParams: Dummy.dhParams, contractID: Dummy.contractID,
            retryCounter: 0)
    }
}
