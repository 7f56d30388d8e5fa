import EXICodec
import SchemaTypes
import V2GMessagesISO2
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GMessagesXMLDSig

/// The messages that are measured: of the sizes that the figures of other encoders were taken with.
enum EXIMessages {
    static func sessionSetupReq() throws -> ISO2.Element {
        try iso2(.sessionSetupReq(ISO2.SessionSetupReq(evccID: HexBinary([0x02, 0x00, 0x5E, 0x10, 0x20, 0x30]))))
    }

    /// A contract chain of three certificates of 600 octets.
    static func paymentDetailsReq() throws -> ISO2.Element {
        try iso2(
            .paymentDetailsReq(
                ISO2.PaymentDetailsReq(emaid: Text("DE8AAA1B2C3D4E5"), contractSignatureCertChain: chain(nil, 600, 3))))
    }

    /// One schedule of ten entries, and everything that a DC station says of itself.
    static func chargeParameterDiscoveryRes() throws -> ISO2.Element {
        var entries: [ISO2.PMaxScheduleEntry] = []
        for index in 0..<10 {
            entries.append(
                ISO2.PMaxScheduleEntry(
                    timeInterval: .relativeTimeInterval(
                        ISO2.RelativeTimeInterval(start: try Ranged(UInt32(index * 900)))),
                    pMax: try physical(11_000, .w)))
        }
        let tuple = ISO2.SAScheduleTuple(
            saScheduleTupleID: try Ranged(1),
            pMaxSchedule: ISO2.PMaxSchedule(pMaxScheduleEntry: try BoundedList(entries)))
        return try iso2(
            .chargeParameterDiscoveryRes(
                ISO2.ChargeParameterDiscoveryRes(
                    responseCode: .ok, evseProcessing: .finished,
                    saSchedules: .saScheduleList(ISO2.SAScheduleList(saScheduleTuple: BoundedList([tuple]))),
                    evseChargeParameter: .dcEVSEChargeParameter(
                        ISO2.DCEVSEChargeParameter(
                            dcEVSEStatus: stationStatus, evseMaximumCurrentLimit: physical(200, .a),
                            evseMaximumPowerLimit: physical(15_000, .w, 1),
                            evseMaximumVoltageLimit: physical(920, .v), evseMinimumCurrentLimit: physical(1, .a),
                            evseMinimumVoltageLimit: physical(150, .v),
                            evseCurrentRegulationTolerance: physical(2, .a), evsePeakCurrentRipple: physical(1, .a),
                            evseEnergyToBeDelivered: physical(30_000, .wh))))))
    }

    /// Every optional element is there.
    static func currentDemandReq() throws -> ISO2.Element {
        try iso2(
            .currentDemandReq(
                ISO2.CurrentDemandReq(
                    dcEVStatus: ISO2.DCEVStatus(evReady: true, evErrorCode: .noError, evRESSSOC: Ranged(57)),
                    evTargetCurrent: physical(125, .a), evMaximumVoltageLimit: physical(920, .v),
                    evMaximumCurrentLimit: physical(200, .a), evMaximumPowerLimit: physical(15_000, .w, 1),
                    bulkChargingComplete: false, chargingComplete: false,
                    remainingTimeToFullSoC: physical(1_800, .s), remainingTimeToBulkSoC: physical(900, .s),
                    evTargetVoltage: physical(400, .v))))
    }

    /// With limits and a meter.
    static func currentDemandRes() throws -> ISO2.Element {
        try iso2(
            .currentDemandRes(
                ISO2.CurrentDemandRes(
                    responseCode: .ok, dcEVSEStatus: stationStatus, evsePresentVoltage: physical(400, .v),
                    evsePresentCurrent: physical(125, .a), evseCurrentLimitAchieved: false,
                    evseVoltageLimitAchieved: false, evsePowerLimitAchieved: false,
                    evseMaximumVoltageLimit: physical(920, .v), evseMaximumCurrentLimit: physical(200, .a),
                    evseMaximumPowerLimit: physical(15_000, .w, 1), evseID: Text("DE*ABC*E1234567*1"),
                    saScheduleTupleID: Ranged(1),
                    meterInfo: ISO2.MeterInfo(
                        meterID: Text("METER-000123"), meterReading: 12_345_678, meterStatus: 0,
                        tMeter: 1_700_000_000), receiptRequired: false)))
    }

    /// Two chains of three certificates of 600 octets; four references are signed.
    static func certificateInstallationRes() throws -> ISO2.Element {
        try iso2(
            .certificateInstallationRes(
                ISO2.CertificateInstallationRes(
                    responseCode: .ok, saProvisioningCertificateChain: chain(nil, 600, 3),
                    contractSignatureCertChain: chain("id1", 600, 3),
                    contractSignatureEncryptedPrivateKey: ISO2.ContractSignatureEncryptedPrivateKey(
                        id: XMLID("id2"), value: Base64Binary(octets(48))),
                    dhPublicKey: ISO2.DiffieHellmanPublickey(id: XMLID("id3"), value: Base64Binary(octets(65))),
                    emaid: ISO2.EMAID(id: XMLID("id4"), value: Text("DE8AAA1B2C3D4E5")))),
            signature: signature(["#id1", "#id2", "#id3", "#id4"]))
    }

    static func chargeLoopReq() throws -> ISO20DC.Element {
        .dcChargeLoopReq(
            ISO20DC.DCChargeLoopReq(
                header: try header20(), meterInfoRequested: true, evPresentVoltage: rational(4_000, -1),
                clReqControlMode: .dynamicDCCLReqControlMode(
                    ISO20DC.DynamicDCCLReqControlMode(
                        departureTime: 7_200, evTargetEnergyRequest: rational(40), evMaximumEnergyRequest: rational(60),
                        evMinimumEnergyRequest: rational(1), evMaximumChargePower: rational(150),
                        evMinimumChargePower: rational(1), evMaximumChargeCurrent: rational(300),
                        evMaximumVoltage: rational(900), evMinimumVoltage: rational(150)))))
    }

    static func chargeLoopRes() throws -> ISO20DC.Element {
        .dcChargeLoopRes(
            ISO20DC.DCChargeLoopRes(
                header: try header20(), responseCode: .ok, evsePresentCurrent: rational(1_250, -1),
                evsePresentVoltage: rational(4_000, -1), evsePowerLimitAchieved: false,
                evseCurrentLimitAchieved: false, evseVoltageLimitAchieved: false,
                clResControlMode: .dynamicDCCLResControlMode(
                    ISO20DC.DynamicDCCLResControlMode(
                        departureTime: 7_200, minimumSOC: try Ranged(30), targetSOC: try Ranged(80), ackMaxDelay: 30,
                        evseMaximumChargePower: rational(150), evseMinimumChargePower: rational(1),
                        evseMaximumChargeCurrent: rational(300), evseMaximumVoltage: rational(920)))))
    }

    /// A contract chain of three certificates of 900 octets, signed.
    static func authorizationReq() throws -> ISO20Common.Element {
        let mode = ISO20Common.PnCAReqAuthorizationMode(
            id: try XMLID("id1"), genChallenge: try Base64Binary(octets(16)),
            contractCertificateChain: ISO20Common.ContractCertificateChain(
                certificate: try Base64Binary(octets(900)),
                subCertificates: ISO20Common.SubCertificates(
                    certificate: try BoundedList([Base64Binary(octets(900)), Base64Binary(octets(900))]))))
        return .authorizationReq(
            ISO20Common.AuthorizationReq(
                header: try header20(signature(["#id1"])), selectedAuthorizationService: .pnC,
                aReqAuthorizationMode: .pncAReqAuthorizationMode(mode)))
    }

    private static func iso2(_ body: ISO2.BodyElement, signature: XMLDSig.Signature? = nil) throws -> ISO2.Element {
        .v2gMessage(
            ISO2.V2GMessage(
                header: ISO2.MessageHeader(sessionID: try HexBinary(octets(8)), signature: signature),
                body: ISO2.Body(bodyElement: body)))
    }

    private static func header20(_ signature: XMLDSig.Signature? = nil) throws -> ISO20.MessageHeader {
        ISO20.MessageHeader(
            sessionID: try HexBinary(octets(8)), timeStamp: 1_700_000_000, signature: signature)
    }

    /// A signature as ISO 15118 has it: canonical EXI, SHA-256, ECDSA on P-256.
    private static func signature(_ references: [String]) throws -> XMLDSig.Signature {
        let canonical = try XMLString("http://www.w3.org/TR/canonical-exi/")
        var list: [XMLDSig.Reference] = []
        for reference in references {
            list.append(
                XMLDSig.Reference(
                    uri: try XMLString(reference),
                    transforms: XMLDSig.Transforms(
                        transform: try BoundedList([XMLDSig.Transform(algorithm: canonical)])),
                    digestMethod: try XMLDSig.DigestMethod(
                        algorithm: XMLString("http://www.w3.org/2001/04/xmlenc#sha256")),
                    digestValue: try Base64Binary(octets(32))))
        }
        return XMLDSig.Signature(
            signedInfo: XMLDSig.SignedInfo(
                canonicalizationMethod: try XMLDSig.CanonicalizationMethod(algorithm: canonical),
                signatureMethod: try XMLDSig.SignatureMethod(
                    algorithm: XMLString("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")),
                reference: try BoundedList(list)),
            signatureValue: XMLDSig.SignatureValue(value: try Base64Binary(octets(64))))
    }

    private static func chain(_ id: String?, _ length: Int, _ count: Int) throws -> ISO2.CertificateChain {
        let certificate: ISO2.Certificate = try Base64Binary(octets(length))
        return ISO2.CertificateChain(
            id: try id.map { (text) throws(SchemaViolation) in try XMLID(text) }, certificate: certificate,
            subCertificates: ISO2.SubCertificates(
                certificate: try BoundedList(Array(repeating: certificate, count: count - 1))))
    }

    private static let stationStatus = ISO2.DCEVSEStatus(
        notificationMaxDelay: 0, evseNotification: .none, evseIsolationStatus: .valid, evseStatusCode: .evSEReady)

    private static func physical(
        _ value: Int16, _ unit: ISO2.UnitSymbol, _ multiplier: Int8 = 0
    ) throws -> ISO2.PhysicalValue {
        ISO2.PhysicalValue(multiplier: try Ranged(multiplier), unit: unit, value: value)
    }

    private static func rational(_ value: Int16, _ exponent: Int8 = 0) -> ISO20.RationalNumber {
        ISO20.RationalNumber(exponent: exponent, value: value)
    }

    /// Octets that look like anything.
    private static func octets(_ count: Int) -> [UInt8] {
        var state: UInt32 = 0x1234_5678
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }
}
