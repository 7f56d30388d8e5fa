import EXICodec
import Testing
import V2GFraming

@testable import v2g

/// Every schema set by its name, on documents that EXIficient encoded from random messages of our generator.
struct MessageSetTests {
    private static let documents: [(set: EXISchemaSet, hex: String, json: String)] = [
        (
            .sap, "8000311b4b2188adbbe4b70c1030100023544840",
            ##"{"supportedAppProtocolReq":{"AppProtocol":[{"ProtocolNamespace":"#id1","VersionNumberMajor":3338214829,"##
                + #""VersionNumberMinor":2097153,"SchemaID":213,"Priority":19}]}}"#
        ),
        (
            .din, "809a01c00000000000000094f160039608080010",
            #"{"V2G_Message":{"Header":{"SessionID":"00000000000000","Notification":"#
                + #"{"FaultCode":"NoTLSRootCertificatAvailable"}},"Body":{"SessionSetupRes":"#
                + #"{"ResponseCode":"FAILED_WrongEnergyTransferType","EVSEID":"CB","DateTimeNow":16384}}}}"#
        ),
        (
            .iso2, "8098443c064d5332474201bb01fc207f9fc1fe3e00",
            #"{"V2G_Message":{"Header":{"SessionID":""},"Body":{"MeteringReceiptReq":{"Id":"MS2G","SessionID":"","#
                + #""MeterInfo":{"MeterID":"v","MeterReading":127,"SigMeterReading":"","MeterStatus":-16383,"#
                + #""TMeter":4095}}}}}"#
        ),
        (
            .iso20Common, "8044047fffffffffffffff8808080808080800123800",
            #"{"MeteringConfirmationRes":{"Header":{"SessionID":"FFFFFFFFFFFFFFFF","TimeStamp":562949953421312},"#
                + #""ResponseCode":"FAILED_NoServiceRenegotiationSupported"}}"#
        ),
        (
            .iso20AC, "80003f850338902102400eb1feff0112007fdfc0",
            #"{"AC_CPDReqEnergyTransferMode":{"EVMaximumChargePower":{"Exponent":-1,"Value":13216},"#
                + #""EVMaximumChargePower_L3":{"Exponent":1,"Value":4097},"EVMinimumChargePower":"#
                + #"{"Exponent":107,"Value":-32767},"EVMinimumChargePower_L3":{"Exponent":0,"Value":-16384}}}"#
        ),
        (
            .iso20DC, "804c047b4b96cc7a3d916f099a6eca88a8a02220",
            #"{"DC_WeldingDetectionReq":{"Header":{"SessionID":"F6972D98F47B22DE","TimeStamp":9142460420889},"#
                + #""EVProcessing":"Ongoing"}}"#
        ),
        (
            .iso20ACDP, "800404526e43152a9030e60808080800124e1084",
            #"{"ACDP_ConnectRes":{"Header":{"SessionID":"A4DC862A552061CC","TimeStamp":268435456},"#
                + #""ResponseCode":"FAILED_WrongChargeParameter","EVSEProcessing":"Ongoing","#
                + #""EVSEElectricalChargingDeviceStatus":"State_B","EVSEMechanicalChargingDeviceStatus":"Moving"}}"#
        ),
        (
            .iso20WPT, "806404416db2673ba7aef28b591818b980124510",
            #"{"WPT_AlignmentCheckReq":{"Header":{"SessionID":"82DB64CE774F5DE5","TimeStamp":40825276597},"#
                + #""EVProcessing":"Ongoing_WaitingForCustomerInteraction","EVResultCode":"EVResultFailed"}}"#
        ),
        (
            .xmldsig, "80800839da5d1bb8139dd6d27913bcf414bd18dd10312244",
            #"{"SignatureMethod":{"Algorithm":"","content":[{"HMACOutputLength":"#
                + #""-196769486157492348827623337748735662369103"}]}}"#
        ),
    ]

    private func decoder(_ set: EXISchemaSet, form: MessageCodec.Form = .json) -> FrameDecoder {
        FrameDecoder(
            source: .payload(set, .document), form: form, options: EXIOptions(), maximum: DocumentBound.standard)
    }

    private func encoder(_ set: EXISchemaSet) -> FrameEncoder {
        FrameEncoder(set: set, grammar: .document, payloadType: nil, maximum: DocumentBound.standard)
    }

    @Test(arguments: Self.documents)
    func documentsOfEverySetAreReadAndWritten(set: EXISchemaSet, hex: String, json: String) throws {
        let (result, remark) = try decoder(set).decode(hex: hex.utf8)
        #expect(result == json)
        #expect(remark == nil)
        #expect(try encoder(set).encode(json: Array(json.utf8)) == hex)
    }

    @Test
    func everySetHasADocument() {
        #expect(Set(Self.documents.map(\.set)) == Set(EXISchemaSet.allCases))
    }

    @Test
    func xmlHasTheNamespacesOfTheSchemas() throws {
        let hex = "8098443c064d5332474201bb01fc207f9fc1fe3e00"
        let expected =
            #"<msg:V2G_Message xmlns:msg="urn:iso:15118:2:2013:MsgDef" xmlns:head="urn:iso:15118:2:2013:MsgHeader" "#
            + #"xmlns:body="urn:iso:15118:2:2013:MsgBody" xmlns:data="urn:iso:15118:2:2013:MsgDataTypes"><msg:Header>"#
            + #"<head:SessionID/></msg:Header><msg:Body><body:MeteringReceiptReq body:Id="MS2G"><body:SessionID/>"#
            + #"<body:MeterInfo><data:MeterID>v</data:MeterID><data:MeterReading>127</data:MeterReading>"#
            + #"<data:SigMeterReading/><data:MeterStatus>-16383</data:MeterStatus><data:TMeter>4095</data:TMeter>"#
            + #"</body:MeterInfo></body:MeteringReceiptReq></msg:Body></msg:V2G_Message>"#
        #expect(try decoder(.iso2, form: .xml).decode(hex: hex.utf8).result == expected)
    }

    @Test(arguments: Self.documents)
    func everyCutGivesAnErrorWithItsBit(set: EXISchemaSet, hex: String, json: String) {
        for count in stride(from: 2, to: hex.utf8.count - 2, by: 2) {
            do throws(DocumentFailure) {
                _ = try decoder(set).decode(hex: hex.utf8.prefix(count))
                Issue.record("a cut after \(count / 2) octets was taken")
            } catch {
                #expect((error.bit ?? .max) <= count * 4)
                #expect(error.message.hasPrefix("at bit "))
            }
        }
    }

    @Test
    func emptyTextIsWrittenAsThePeerNeedsIt() throws {
        let json = Self.documents[2].json
        let form = EXIForm(emptyContent: .characters)
        let encoder = FrameEncoder(
            set: .iso2, grammar: .document, payloadType: nil, form: form, maximum: DocumentBound.standard)
        let hex = try encoder.encode(json: Array(json.utf8))
        #expect(hex != Self.documents[2].hex)
        #expect(try decoder(.iso2).decode(hex: hex.utf8).result == json)
    }

    @Test(arguments: [AmbiguousFragments.elementFragment, .typed])
    func fragmentsOfEMAIDComeInBothForms(grammar: AmbiguousFragments) throws {
        let json = #"{"eMAID":{"Id":"id1","value":"DE8AA1A2B3C4D5"}}"#
        let encoder = FrameEncoder(
            set: .iso2, grammar: .fragment, payloadType: nil, form: EXIForm(ambiguousFragments: grammar),
            maximum: DocumentBound.standard)
        let hex = try encoder.encode(json: Array(json.utf8))
        func decoder(_ grammar: AmbiguousFragments) -> FrameDecoder {
            FrameDecoder(
                source: .payload(.iso2, .fragment), form: .json, options: EXIOptions(ambiguousFragments: grammar),
                maximum: DocumentBound.standard)
        }
        #expect(try decoder(grammar).decode(hex: hex.utf8).result == json)
        let other: AmbiguousFragments = grammar == .typed ? .elementFragment : .typed
        #expect((try? decoder(other).decode(hex: hex.utf8).result) != json)
    }

    @Test
    func textsGivenByReferenceAreRemarkedAndRefusedOnRequest() throws {
        // The namespace of the second entry is a reference to that of the first, which is all that the table holds.
        let hex = "80003bab9371d3c002000004000000040000100880".utf8
        let (result, remark) = try decoder(.sap).decode(hex: hex)
        #expect(result.split(separator: #""ProtocolNamespace":"urn:x""#).count == 3)
        #expect(remark?.contains("reference") == true)
        let strict = FrameDecoder(
            source: .payload(.sap, .document), form: .json, options: EXIOptions(acceptsStringTableHits: false),
            maximum: DocumentBound.standard)
        let refused = #expect(throws: DocumentFailure.self) { try strict.decode(hex: hex) }
        #expect(refused?.bit == 116)
    }
}
