import SchemaTypes
import Testing
import V2GMessageText

/// Messages as JSON, both ways.
struct JSONTests {
    private static let full =
        #"{"V2G_Message":{"SessionID":"1A00","Note":"a<b","MeterInfo":[{"Id":"id1","lang":"de","value":"#
        + #"18446744073709551615},{"value":0}],"Signature":{"Final":true,"Serial":"-18446744073709551617","#
        + #""content":["one ",{"KeyName":"key"}," two"]}}}"#

    @Test
    func jsonKeepsTheOrderOfTheSchemaAndAllDigits() throws {
        #expect(try MessageText.json(Sample.Element.full()) == Self.full)
    }

    @Test
    func jsonReadsBackToTheSameValue() throws {
        let value = try Sample.Element.full()
        #expect(try MessageText.decode(Sample.Element.self, json: Self.full) == value)
        #expect(try MessageText.decode(Sample.Element.self, json: MessageText.json(value, pretty: true)) == value)
    }

    @Test
    func fieldsAreReadInAnyOrder() throws {
        let json = #"{"V2G_Message":{"Amount":-9223372036854775808,"SessionID":""}}"#
        let expected = Sample.Element.message(
            .init(session: try HexBinary([]), meters: try BoundedList([]), choice: .amount(.min)))
        #expect(try MessageText.decode(json: json) == expected)
    }

    @Test
    func prettyJSONIsIndentedByTwo() throws {
        let value = Sample.Element.meter(.init(language: "de", value: 7))
        let expected = """
            {
              "MeterInfo": {
                "lang": "de",
                "value": 7
              }
            }
            """
        #expect(try MessageText.json(value, pretty: true) == expected)
    }

    @Test
    func emptyObjectsAndArraysStayShortInPrettyJSON() throws {
        #expect(try MessageText.json([String](), pretty: true) == "[]")
        #expect(try MessageText.json([String: Int](), pretty: true) == "{}")
    }

    @Test
    func textIsEscapedSoThatItStaysOnOneLine() throws {
        let text = "\"\\/\u{1}\t\r\n\u{7F}\u{85}\u{2028}\u{2029}é😀"
        let json = try MessageText.json(text)
        #expect(json == #""\"\\/\u0001\t\r\n\u007f\u0085\u2028\u2029é😀""#)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, #"""# + "\\/\u{8}\u{C}\n\r\t"),
        (#""\u00e9\ud83d\ude00""#, "é😀"),
        (#""é😀""#, "é😀"),
    ])
    func escapesAreRead(json: String, text: String) throws {
        // Characters that XML forbids are refused by the decoder; here only the JSON itself is looked at.
        guard !text.unicodeScalars.contains("\u{8}") else {
            let error = #expect(throws: MessageTextError.self) { try MessageText.decode(String.self, json: json) }
            #expect(error?.code == .notOfSchema)
            return
        }
        #expect(try MessageText.decode(String.self, json: json) == text)
    }

    @Test
    func numbersAtTheirLimitsAreExact() throws {
        #expect(try MessageText.decode(UInt64.self, json: "18446744073709551615") == .max)
        #expect(try MessageText.decode(Int64.self, json: "-9223372036854775808") == .min)
        #expect(try MessageText.decode(Int8.self, json: "-0") == 0)
        #expect(try MessageText.decode(Double.self, json: "-1.5e3") == -1500)
        #expect(try MessageText.decode(Float.self, json: "\"INF\"") == .infinity)
        #expect(try MessageText.json([Double.nan, -.infinity, 0.25]) == #"["NaN","-INF",0.25]"#)
    }

    @Test
    func integersWithoutBoundsAreReadFromStringsAndNumbers() throws {
        let expected = UnboundedInteger(Int64(-5))
        #expect(try MessageText.decode(UnboundedInteger.self, json: "\"-5\"") == expected)
        #expect(try MessageText.decode(UnboundedInteger.self, json: "-5") == expected)
        #expect(
            try MessageText.decode(UnboundedInteger.self, json: "18446744073709551615") == UnboundedInteger(UInt64.max))
    }

    @Test
    func aFieldThatIsWrittenTwiceIsAnError() throws {
        struct Twice: Encodable {
            func encode(to encoder: any Encoder) throws {
                var writer = FieldWriter(encoder)
                try writer.write(1, FieldKey("A", in: ""))
                try writer.write(2, FieldKey("A", in: "urn:other"))
            }
        }
        let error = #expect(throws: MessageTextError.self) { try MessageText.json(Twice()) }
        #expect(error?.code == .notEncodable)
        #expect(error?.path == "A")
    }
}
