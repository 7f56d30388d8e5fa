import Testing

@testable import EXISchemaCompiler

/// The names that users of the generated types write, pinned: a change here changes the API.
@Suite struct SwiftNamesTests {
    @Test(arguments: [
        ("DC_EVStatusType", "DCEVStatus"), ("SessionSetupReqType", "SessionSetupReq"), ("V2G_Message", "V2GMessage"),
        ("responseCodeType", "ResponseCode"), ("SAScheduleTupleType", "SAScheduleTuple"), ("EMAIDType", "EMAID"),
        ("eMAIDType", "EMAIDString"), ("eMAID", "EMAID"),
        ("BPT_AC_CPDReqEnergyTransferModeType", "BPTACCPDReqEnergyTransferMode"),
        ("PnC_AReqAuthorizationModeType", "PnCAReqAuthorizationMode"), ("X509IssuerSerialType", "X509IssuerSerial"),
        ("EIM_ASResAuthorizationModeType", "EIMASResAuthorizationMode"), ("faultCodeType", "FaultCode"),
        ("Type", "Type"),
    ])
    func typesKeepTheirNameWithoutUnderscoresAndSuffix(_ schema: String, _ swift: String) {
        #expect(SwiftNames.type(schema) == swift)
    }

    @Test(arguments: [
        ("EVSEID", "evseID"), ("EVCCID", "evccID"), ("eMAID", "emaid"), ("EMAID", "emaid"),
        ("SAScheduleTupleID", "saScheduleTupleID"), ("DC_EVStatus", "dcEVStatus"), ("AC_EVSEStatus", "acEVSEStatus"),
        ("EVRESSSOC", "evRESSSOC"), ("EVSEStatus", "evseStatus"), ("TMeter", "tMeter"), ("PMax", "pMax"),
        ("URI", "uri"),
        ("Id", "id"), ("SessionID", "sessionID"), ("X509SerialNumber", "x509SerialNumber"),
        ("DHpublickey", "dhPublicKey"), ("ContractSignatureCertChain", "contractSignatureCertChain"),
        ("PnC_AReqAuthorizationMode", "pncAReqAuthorizationMode"), ("CLReqControlMode", "clReqControlMode"),
        ("SECP521_EncryptedPrivateKey", "secp521EncryptedPrivateKey"), ("SSID", "ssid"), ("RCD", "rcd"), ("A", "a"),
    ])
    func propertiesBeginWithTheirFirstWordInLowerCase(_ schema: String, _ swift: String) {
        #expect(SwiftNames.property(schema) == swift)
    }

    @Test(arguments: [
        ("OK", "ok"), ("FAILED", "failed"), ("FAILED_SequenceError", "failedSequenceError"),
        ("OK_NewSessionEstablished", "okNewSessionEstablished"), ("NO_ERROR", "noError"),
        ("FAILED_RESSTemperatureInhibit", "failedRESSTemperatureInhibit"), ("AC_three_phase_core", "acThreePhaseCore"),
        ("DC_combo_core", "dcComboCore"), ("Failed_NoNegotiation", "failedNoNegotiation"), ("NONE", "none"),
    ])
    func enumerationsAreTheirWordsInSwiftCase(_ schema: String, _ swift: String) {
        #expect(SwiftNames.property(schema) == swift)
    }

    @Test func keywordsAreQuotedAndDigitsInFrontAreMadeNames() {
        #expect(SwiftNames.property("Default") == "`default`")
        #expect(SwiftNames.property("Import") == "`import`")
        #expect(SwiftNames.property("3") == "_3")
    }
}
