import EXICodec
import SchemaTypes
import Testing
import V2GFraming

@testable import v2g

/// What `v2g exi` does with one document, with a schema set in miniature.
struct FrameTests {
    private func decoder(
        _ source: FrameDecoder.Source, form: MessageCodec.Form = .json, maximum: Int = 64
    ) -> FrameDecoder {
        FrameDecoder(
            source: source, form: form, options: EXIOptions(), maximum: maximum, codec: { _ in EchoElement.codec })
    }

    private func encoder(
        _ grammar: MessageCodec.Grammar, _ payloadType: V2GTPPayloadType? = nil, maximum: Int = 64
    ) -> FrameEncoder {
        FrameEncoder(
            set: .sap, grammar: grammar, payloadType: payloadType, maximum: maximum,
            codec: { _ in EchoElement.codec })
    }

    private func failure(_ body: () throws(DocumentFailure) -> Void) -> DocumentFailure? {
        do throws(DocumentFailure) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test
    func aDocumentBecomesJSONPrettyJSONOrXML() throws {
        let hex = try EchoElement.hex("a").utf8
        let source = FrameDecoder.Source.payload(.sap, .document)
        #expect(try decoder(source).decode(hex: hex).result == #"{"Echo":"a"}"#)
        #expect(try decoder(source, form: .prettyJSON).decode(hex: hex).result == "{\n  \"Echo\": \"a\"\n}")
        #expect(
            try decoder(source, form: .xml).decode(hex: hex).result == #"<ns1:Echo xmlns:ns1="urn:echo">a</ns1:Echo>"#)
    }

    @Test
    func jsonBecomesTheDocumentAgain() throws {
        #expect(try encoder(.document).encode(json: Array(#"{"Echo":"a"}"#.utf8)) == EchoElement.hex("a"))
    }

    @Test
    func fragmentsHoldElementsThatDocumentsDoNot() throws {
        let json = #"{"Part":7}"#
        let hex = try encoder(.fragment).encode(json: Array(json.utf8))
        #expect(try decoder(.payload(.sap, .fragment)).decode(hex: hex.utf8).result == json)
        let refused = failure { () throws(DocumentFailure) in
            _ = try encoder(.document).encode(json: Array(json.utf8))
        }
        #expect(refused?.bit == nil)
        #expect(refused?.message.isEmpty == false)
    }

    @Test
    func aFrameIsMadeAndRead() throws {
        let json = #"{"Echo":"a"}"#
        let hex = try encoder(.document, .sapOrISO2).encode(json: Array(json.utf8))
        #expect(hex.hasPrefix("01fe800100000004"))
        #expect(try decoder(.message(.iso2)).decode(hex: hex.utf8).result == json)
    }

    @Test
    func payloadType0x8001NeedsTheProtocol() throws {
        let hex = try encoder(.document, .sapOrISO2).encode(json: Array(#"{"Echo":"a"}"#.utf8))
        let refused = failure { () throws(DocumentFailure) in _ = try decoder(.message(nil)).decode(hex: hex.utf8) }
        #expect(refused?.isUsage == true)
        #expect(refused?.message.contains("--protocol") == true)
    }

    @Test(arguments: [
        (V2GTPPayloadType.sapOrISO2, AgreedProtocol.sap, EXISchemaSet.sap), (.sapOrISO2, .din, .din),
        (.sapOrISO2, .iso2, .iso2), (.iso20Common, .iso2, .iso20Common), (.iso20AC, .sap, .iso20AC),
        (.iso20DC, .sap, .iso20DC), (.iso20ACDP, .sap, .iso20ACDP), (.iso20WPT, .sap, .iso20WPT),
        (.iso20ScheduleRenegotiation, .sap, .iso20Common), (.iso20MeteringConfirmation, .sap, .iso20Common),
        (.iso20ACDPSystemStatus, .sap, .iso20ACDP), (.iso20ParkingStatus, .sap, .iso20ACDP),
    ])
    func setsFollowFromPayloadTypes(type: V2GTPPayloadType, agreed: AgreedProtocol, set: EXISchemaSet) throws {
        #expect(try FrameDecoder.set(of: type, agreed) == set)
        if type != .sapOrISO2 { #expect(try FrameDecoder.set(of: type, nil) == set) }
    }

    @Test(arguments: [0x0000, 0x8000, 0x8007, 0x8010, 0x9000, 0x9006, 0xA000, 0xFFFF] as [UInt16])
    func otherPayloadTypesAreRefused(type: UInt16) {
        let refused = failure { () throws(DocumentFailure) in
            _ = try FrameDecoder.set(of: V2GTPPayloadType(rawValue: type), .iso2)
        }
        #expect(refused?.bit == 16)
        #expect(refused?.isUsage == false)
    }

    @Test
    func bitsOfAFrameCountFromItsHeader() {
        let refused = failure { () throws(DocumentFailure) in
            _ = try decoder(.message(.sap)).decode(hex: "01fe80010000000181".utf8)
        }
        #expect(refused?.bit == 64)
        #expect(refused?.message.hasPrefix("at bit 64 (octet 8): ") == true)
    }

    @Test(arguments: [
        ("02fe800100000000", 0), ("01ff800100000000", 8), ("01fe80010000ffff", 32), ("01fe8001", 0),
        ("01fe80010000000280", 0), ("01fe8001000000008000", 64),
    ])
    func brokenFramesAreRefusedAtTheirBit(hex: String, bit: Int) {
        let refused = failure { () throws(DocumentFailure) in _ = try decoder(.message(.sap)).decode(hex: hex.utf8) }
        #expect(refused?.bit == bit)
    }

    @Test
    func truncationTellsTheBitAndWhatWasExpected() throws {
        let refused = failure { () throws(DocumentFailure) in
            _ = try decoder(.payload(.sap, .document)).decode(hex: "80".utf8)
        }
        #expect(refused?.bit == 8)
        #expect(refused?.message.contains("SE of a global element was expected") == true)
    }

    @Test
    func sizesAreBoundedBothWays() throws {
        let hex = try EchoElement.hex("abc")
        let size = hex.utf8.count / 2
        #expect(try decoder(.payload(.sap, .document), maximum: size).decode(hex: hex.utf8).remark == nil)
        #expect(
            failure { () throws(DocumentFailure) in
                _ = try decoder(.payload(.sap, .document), maximum: size - 1).decode(hex: hex.utf8)
            }?.bit == (size - 1) * 8)
        let json = Array(#"{"Echo":"abc"}"#.utf8)
        #expect(try encoder(.document, maximum: size).encode(json: json) == hex)
        #expect(
            failure { () throws(DocumentFailure) in
                _ = try encoder(.document, maximum: size - 1).encode(json: json)
            }?.message.contains("--max-bytes") == true)
    }

    @Test
    func zeroOctetsBehindTheDocumentAreRemarked() throws {
        let hex = try EchoElement.hex("a") + "0000"
        let (result, remark) = try decoder(.payload(.sap, .document)).decode(hex: hex.utf8)
        #expect(result == #"{"Echo":"a"}"#)
        #expect(remark == "warning: 2 zero octets behind the end of the document")
    }
}
