import CryptoOpenSSL
import EXICodec
import SchemaTypes
import V2GMessagesISO20AC
import V2GMessagesISO20DC
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GMessagesXMLDSig
import V2GSession
import V2GSessionISO20
import V2GSignatures

// What the car signs.
extension TestCar {
    var externalAuthorization: ISO20Edition.Message {
        .common(
            .authorizationReq(
                .init(
                    header: header, selectedAuthorizationService: .eim,
                    aReqAuthorizationMode: .eimAReqAuthorizationMode(.init()))))
    }

    func contractAuthorization(
        challenge: [UInt8]? = nil, key: SoftwareKey? = nil, isSigned: Bool = true, id: String = "id1",
        as service: ISO20Common.Authorization = .pnC
    ) throws -> ISO20Edition.Message {
        let mode = ISO20Common.PnCAReqAuthorizationMode(
            id: try XMLID(id), genChallenge: try .init(challenge ?? self.challenge),
            contractCertificateChain: try .init(der: pki.contract))
        let signature =
            isSigned ? try pki.sign([.pncAReqAuthorizationMode(mode)], with: key ?? pki.contractKey) : nil
        return .common(
            .authorizationReq(
                .init(
                    header: .init(session: session, at: pki.now, signature: signature),
                    selectedAuthorizationService: service, aReqAuthorizationMode: .pncAReqAuthorizationMode(mode))))
    }

    func installationRequest(key: SoftwareKey? = nil, isSigned: Bool = true) throws -> ISO20Edition.Message {
        let chain = try ISO20Common.SignedCertificateChain(der: pki.provisioning, id: try XMLID("id1"))
        let signature =
            isSigned ? try pki.sign([.oemProvisioningCertificateChain(chain)], with: key ?? pki.provisioningKey) : nil
        let root = XMLDSig.X509IssuerSerial(
            x509IssuerName: try XMLString("CN=Root"), x509SerialNumber: UnboundedInteger(7))
        return .common(
            .certificateInstallationReq(
                .init(
                    header: .init(session: session, at: pki.now, signature: signature),
                    oemProvisioningCertificateChain: chain,
                    listOfRootCertificateIDs: .init(rootCertificateID: try .init([root])),
                    maximumContractCertificateChains: 3)))
    }

    /// What a backend answers; its content is the car's business.
    func installation(
        session: V2GSessionID, remaining: UInt8 = 0, code: ISO20.ResponseCode = .ok,
        processing: ISO20.Processing = .finished
    ) throws -> [UInt8] {
        var response = try ContractInstaller20.placeholderResponse(
            code, processing: processing, header: .init(session: session, at: pki.now))
        response.remainingContractCertificateChains = remaining
        return try ISO20Common.Element.certificateInstallationRes(response).encodedDocument()
    }

    /// Confirms the reading of the last loop's response.
    func meteringConfirmation(
        key: SoftwareKey? = nil, isSigned: Bool = true,
        change: (inout ISO20Common.SignedMeteringData) throws -> Void = { _ in }
    ) throws -> ISO20Edition.Message {
        var info = ISO20.MeterInfo(meterID: try .init("none"), chargedEnergyReadingWh: 0)
        if case .ac(.acChargeLoopRes(let response))? = lastLoop, let shown = response.meterInfo { info = shown }
        if case .dc(.dcChargeLoopRes(let response))? = lastLoop, let shown = response.meterInfo { info = shown }
        var data = ISO20Common.SignedMeteringData(
            id: try XMLID("id1"), sessionID: .init(session), meterInfo: info,
            smdtControlMode: setup.isDynamic
                ? .dynamicSMDTControlMode(.init())
                : .scheduledSMDTControlMode(.init(selectedScheduleTupleID: try .init(1))))
        try change(&data)
        let signature = isSigned ? try pki.sign([.signedMeteringData(data)], with: key ?? pki.contractKey) : nil
        return .common(
            .meteringConfirmationReq(
                .init(header: .init(session: session, at: pki.now, signature: signature), signedMeteringData: data)))
    }
}
