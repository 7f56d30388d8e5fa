internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GPrimitives
internal import V2GSession

// A response that refuses has all the elements that the schema asks for [V2G2-736]. They mean nothing.
extension ISO2SECC {
    func refusal(of pair: ISO2Pair, _ code: ISO2.ResponseCode) -> ISO2.BodyElement {
        switch pair {
        case .sessionSetup:
            .sessionSetupRes(ISO2.SessionSetupRes(responseCode: code, evseID: offer.iso2EVSEID))
        case .serviceDiscovery: .serviceDiscoveryRes(serviceDiscoveryRes(code, services: []))
        case .serviceDetail:
            .serviceDetailRes(ISO2.ServiceDetailRes(responseCode: code, serviceID: StationOffer.chargeService))
        case .paymentServiceSelection:
            .paymentServiceSelectionRes(ISO2.PaymentServiceSelectionRes(responseCode: code))
        case .certificateInstallation: .certificateInstallationRes(.refusal(code))
        case .certificateUpdate: .certificateUpdateRes(.refusal(code))
        case .paymentDetails:
            .paymentDetailsRes(
                ISO2.PaymentDetailsRes(
                    responseCode: code, genChallenge: ISO2.GenChallenge(unchecked: [UInt8](repeating: 0, count: 16)),
                    evseTimeStamp: now?.wall.seconds ?? 0))
        case .authorization:
            .authorizationRes(ISO2.AuthorizationRes(responseCode: code, evseProcessing: .finished))
        case .chargeParameterDiscovery:
            .chargeParameterDiscoveryRes(
                ISO2.ChargeParameterDiscoveryRes(
                    responseCode: code, evseProcessing: .finished, evseChargeParameter: chargeParameter(.notReady)))
        case .powerDelivery:
            .powerDeliveryRes(ISO2.PowerDeliveryRes(responseCode: code, evseStatus: status(.notReady)))
        case .chargingStatus: .chargingStatusRes(chargingStatusRes(code, meter: nil, receipt: nil))
        case .meteringReceipt:
            .meteringReceiptRes(ISO2.MeteringReceiptRes(responseCode: code, evseStatus: status(.notReady)))
        case .cableCheck:
            .cableCheckRes(
                ISO2.CableCheckRes(
                    responseCode: code, dcEVSEStatus: dcStatus(.notReady), evseProcessing: .finished))
        case .preCharge:
            .preChargeRes(
                ISO2.PreChargeRes(
                    responseCode: code, dcEVSEStatus: dcStatus(.notReady),
                    evsePresentVoltage: ISO2.PhysicalValue(readings.voltage)))
        case .currentDemand: .currentDemandRes(currentDemandRes(code, .notReady))
        case .weldingDetection:
            .weldingDetectionRes(
                ISO2.WeldingDetectionRes(
                    responseCode: code, dcEVSEStatus: dcStatus(.notReady),
                    evsePresentVoltage: ISO2.PhysicalValue(readings.voltage)))
        case .sessionStop: .sessionStopRes(ISO2.SessionStopRes(responseCode: code))
        }
    }
}

/// What fills a provisioning response that carries no contract.
private enum Dummy {
    static let chain = ISO2.CertificateChain(
        id: XMLID(unchecked: "id1"), certificate: ISO2.Certificate(unchecked: [0]))
    static let key = ISO2.ContractSignatureEncryptedPrivateKey(
        id: XMLID(unchecked: "id2"), value: ISO2.PrivateKey(unchecked: [UInt8](repeating: 0, count: 48)))
    static let dhPublicKey = ISO2.DiffieHellmanPublickey(
        id: XMLID(unchecked: "id3"), value: ISO2.DHpublickey(unchecked: [UInt8](repeating: 0, count: 65)))
    static let emaid = ISO2.EMAID(
        id: XMLID(unchecked: "id4"), value: ISO2.EMAIDString(unchecked: "XX000000000000"))
}

extension ISO2.CertificateInstallationRes {
    fileprivate static func refusal(_ code: ISO2.ResponseCode) -> Self {
        Self(
            responseCode: code, saProvisioningCertificateChain: Dummy.chain, contractSignatureCertChain: Dummy.chain,
            contractSignatureEncryptedPrivateKey: Dummy.key, dhPublicKey: Dummy.dhPublicKey, emaid: Dummy.emaid)
    }
}

extension ISO2.CertificateUpdateRes {
    fileprivate static func refusal(_ code: ISO2.ResponseCode) -> Self {
        Self(
            responseCode: code, saProvisioningCertificateChain: Dummy.chain, contractSignatureCertChain: Dummy.chain,
            contractSignatureEncryptedPrivateKey: Dummy.key, dhPublicKey: Dummy.dhPublicKey, emaid: Dummy.emaid)
    }
}
