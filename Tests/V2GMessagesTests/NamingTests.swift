import EXICodec
import SchemaTypes
import Testing
import V2GMessagesAppProtocol
import V2GMessagesDIN
import V2GMessagesISO2
import V2GMessagesISO20
import V2GMessagesISO20AC
import V2GMessagesISO20ACDP
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GMessagesISO20WPT
import V2GMessagesXMLDSig

/// Names that users of the messages write. That this file compiles is half of the test.
@Suite struct NamingTests {
    @Test func propertiesHaveTheirWordsInSwiftCase() {
        let paths: [AnyKeyPath] = [
            \SAP.AppProtocol.schemaID, \SAP.AppProtocol.versionNumberMajor, \SAP.SupportedAppProtocolReq.appProtocol,
            \DIN.DCEVStatus.evRESSSOC, \DIN.SessionSetupReq.evccID, \DIN.SessionSetupRes.evseID,
            \ISO2.SessionSetupRes.evseID, \ISO2.SAScheduleTuple.saScheduleTupleID, \ISO2.PaymentDetailsReq.emaid,
            \ISO2.CertificateInstallationRes.dhPublicKey, \ISO2.CurrentDemandReq.dcEVStatus,
            \ISO2.MeterInfo.meterID, \ISO2.MeterInfo.tMeter, \ISO2.AuthorizationReq.id,
            \ISO20.MessageHeader.timeStamp, \ISO20Common.SessionSetupReq.evccID,
            \ISO20DC.DCChargeLoopRes.evsePowerLimitAchieved, \ISO20AC.ACChargeLoopReq.clReqControlMode,
            \ISO20WPT.WPTPairingReq.evProcessing, \ISO20ACDP.ACDPConnectReq.header,
            \XMLDSig.SignedInfo.canonicalizationMethod, \XMLDSig.Reference.uri,
            \XMLDSig.X509IssuerSerial.x509SerialNumber,
        ]
        #expect(paths.count == 23)
    }

    @Test func enumerationsAreInLowerCaseAndKeepTheirSchemaName() {
        let pins: [(any SchemaEnumeration, String)] = [
            (ISO2.ResponseCode.failedSequenceError, "FAILED_SequenceError"),
            (ISO2.ResponseCode.okNewSessionEstablished, "OK_NewSessionEstablished"),
            (ISO2.ResponseCode.ok, "OK"),
            (ISO2.EnergyTransferMode.dcExtended, "DC_extended"),
            (ISO2.EnergyTransferMode.acThreePhaseCore, "AC_three_phase_core"),
            (ISO2.DCEVErrorCode.noError, "NO_ERROR"),
            (ISO2.PaymentOption.externalPayment, "ExternalPayment"),
            (ISO2.ChargeProgress.renegotiate, "Renegotiate"),
            (SAP.ResponseCode.failedNoNegotiation, "Failed_NoNegotiation"),
            (ISO20.ResponseCode.failedUnknownSession, "FAILED_UnknownSession"),
            (ISO20.Processing.ongoingWaitingForCustomerInteraction, "Ongoing_WaitingForCustomerInteraction"),
        ]
        for (value, name) in pins {
            #expect(value.schemaName == name)
        }
    }

    @Test func typesLoseUnderscoresAndSuffix() {
        let pins: [(Any.Type, String)] = [
            (ISO2.DCEVStatus.self, "DCEVStatus"), (ISO2.ACEVSEStatus.self, "ACEVSEStatus"), (ISO2.EMAID.self, "EMAID"),
            (ISO2.V2GMessage.self, "V2GMessage"), (ISO2.SAScheduleTuple.self, "SAScheduleTuple"),
            (ISO20AC.BPTACCPDReqEnergyTransferMode.self, "BPTACCPDReqEnergyTransferMode"),
            (ISO20Common.PnCAReqAuthorizationMode.self, "PnCAReqAuthorizationMode"),
            (ISO20ACDP.ACDPConnectReq.self, "ACDPConnectReq"), (XMLDSig.X509IssuerSerial.self, "X509IssuerSerial"),
        ]
        for (type, name) in pins { #expect("\(type)" == name) }
    }

    @Test func choicesAreEnumerations() throws {
        let parameter = ISO2.Parameter(name: try Text("Protocol"), parameterValue: .intValue(7))
        #expect(parameter.parameterValue == .intValue(7))
        let body = ISO2.Body(bodyElement: .sessionStopReq(ISO2.SessionStopReq(chargingSession: .terminate)))
        guard case .sessionStopReq(let stop)? = body.bodyElement else {
            Issue.record("the body holds another message")
            return
        }
        #expect(stop.chargingSession == .terminate)
    }

    @Test func setsShareHeaderAndSignature() {
        // One Swift type whatever set it came in, so that a session needs no conversions.
        #expect(type(of: \ISO20DC.DCCableCheckReq.header).valueType == ISO20.MessageHeader.self)
        #expect(type(of: \ISO20Common.SessionSetupReq.header).valueType == ISO20.MessageHeader.self)
        #expect(type(of: \ISO2.MessageHeader.signature).valueType == XMLDSig.Signature?.self)
        #expect(type(of: \DIN.MessageHeader.signature).valueType == XMLDSig.Signature?.self)
    }
}
