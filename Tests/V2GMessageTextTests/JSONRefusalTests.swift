import SchemaTypes
import Testing
import V2GMessageText

/// JSON that is refused, with its place; each beside JSON that is taken.
struct JSONRefusalTests {
    private func refusal(of json: String) -> MessageTextError? {
        refusal(of: Array(json.utf8))
    }

    private func refusal(of json: [UInt8]) -> MessageTextError? {
        do throws(MessageTextError) {
            _ = try MessageText.decode(Sample.Element.self, json: json)
            return nil
        } catch {
            return error
        }
    }

    @Test
    func theControlIsTaken() {
        #expect(refusal(of: #" { "V2G_Message" : { "SessionID" : "00" } } "# + "\r\n\t") == nil)
        #expect(refusal(of: #"{"V2G_Message":{"SessionID":"00","Note":null}}"#) == nil)
    }

    @Test(arguments: [
        ("", 0), ("nul", 0), ("{", 1), ("[1,]", 3), (#"{"a":1,}"#, 7), (#"{"a" 1}"#, 5), (#"{"a":1 "b":2}"#, 7),
        ("[1 2]", 3), ("01", 1), ("-", 1), ("1.", 2), (".5", 0), ("1e", 2), ("+1", 0), ("1 2", 2), ("{} x", 3),
        (#""abc"#, 4), ("\"a\nb\"", 2), (#""\x""#, 2), (#""\u12g4""#, 5), (#""\ud800""#, 7), (#""\ude00""#, 7),
        (#""\ud800\u0041""#, 13), ("{'a':1}", 1), ("// c\n1", 0), ("NaN", 0), ("\u{FEFF}{}", 0),
    ])
    func whatIsNoJSONIsRefusedAtItsOctet(json: String, offset: Int) {
        let error = refusal(of: json)
        #expect(error?.code == .notJSON)
        #expect(error?.offset == offset)
    }

    @Test(arguments: [
        [0xC3, 0x28], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82],
    ])
    func invalidUTF8IsRefused(octets: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(refusal(of: [quote] + octets + [quote])?.code == .notJSON)
        #expect(refusal(of: octets)?.code == .notJSON)
    }

    @Test
    func aKeyThatComesTwiceIsRefused() {
        let error = refusal(of: #"{"V2G_Message":{"SessionID":"00","Note":"a","Note":"b"}}"#)
        #expect(error?.code == .duplicateKey)
        #expect(error?.path == "V2G_Message.Note")
    }

    @Test
    func aKeyThatComesTwiceByEscapesIsRefused() {
        #expect(refusal(of: #"{"V2G_Message":{"SessionID":"00","Note":"a","N\u006fte":"b"}}"#)?.code == .duplicateKey)
    }

    @Test
    func anUnknownFieldIsRefusedWithItsPath() {
        let error = refusal(of: #"{"V2G_Message":{"SessionID":"00","SesionID":"01"}}"#)
        #expect(error?.code == .notOfSchema)
        #expect(error?.path == "V2G_Message.SesionID")
    }

    @Test
    func aMissingFieldIsNamed() {
        let error = refusal(of: #"{"V2G_Message":{}}"#)
        #expect(error?.code == .notOfSchema)
        #expect(error?.path == "V2G_Message.SessionID")
    }

    @Test(arguments: [
        (#"{"V2G_Message":{"SessionID":"001"}}"#, "V2G_Message.SessionID"),
        (#"{"V2G_Message":{"SessionID":"000000000000000000"}}"#, "V2G_Message.SessionID"),
        (#"{"V2G_Message":{"SessionID":7}}"#, "V2G_Message.SessionID"),
        (#"{"V2G_Message":{"SessionID":null}}"#, "V2G_Message.SessionID"),
        (#"{"V2G_Message":{"SessionID":"","Note":"\u0000"}}"#, "V2G_Message.Note"),
        (#"{"V2G_Message":{"SessionID":"","MeterInfo":{"value":1}}}"#, "V2G_Message.MeterInfo"),
        (#"{"V2G_Message":{"SessionID":"","MeterInfo":[{"value":1},{"value":-1}]}}"#, "V2G_Message.MeterInfo[1].value"),
        (
            #"{"V2G_Message":{"SessionID":"","MeterInfo":[{"value":1},{"Id":"1","value":1}]}}"#,
            "V2G_Message.MeterInfo[1].Id"
        ),
        (
            #"{"V2G_Message":{"SessionID":"","MeterInfo":[{"value":1},{"value":1},{"value":1},{"value":1}]}}"#,
            "V2G_Message.MeterInfo"
        ),
        (#"{"V2G_Message":{"SessionID":"","Amount":9223372036854775808}}"#, "V2G_Message.Amount"),
        (#"{"V2G_Message":{"SessionID":"","Amount":1.0}}"#, "V2G_Message.Amount"),
        (#"{"V2G_Message":{"SessionID":"","Amount":"1"}}"#, "V2G_Message.Amount"),
        (#"{"V2G_Message":{"SessionID":"","Amount":true}}"#, "V2G_Message.Amount"),
        (#"{"V2G_Message":[]}"#, "V2G_Message"), (#"{"Other":{}}"#, ""), ("{}", ""), ("[]", ""),
        (#"{"V2G_Message":{"SessionID":""},"MeterInfo":{"value":1}}"#, ""),
    ])
    func whatTheSchemaForbidsIsRefusedWithItsPath(json: String, path: String) {
        let error = refusal(of: json)
        #expect(error?.code == .notOfSchema)
        #expect(error?.path == path)
        #expect(error?.offset == nil)
    }

    @Test
    func nestingIsBounded() {
        let depth = MessageText.maximumJSONDepth
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(refusal(of: nested(depth))?.code == .notOfSchema)
        #expect(refusal(of: nested(depth + 1))?.code == .tooDeep)
        #expect(refusal(of: String(repeating: "{\"a\":", count: 100_000))?.code == .tooDeep)
    }

    /// `String` takes the Kelvin sign for the letter K.
    @Test
    func namesOfFieldsAreExact() {
        struct Key: Decodable {
            init(from decoder: any Decoder) throws {
                var reader = try FieldReader(decoder)
                _ = try reader.optional(FieldKey("K", in: ""), as: Int.self)
                try reader.finish()
            }
        }
        #expect(throws: Never.self) { try MessageText.decode(Key.self, json: #"{"K":1}"#) }
        let error = #expect(throws: MessageTextError.self) {
            try MessageText.decode(Key.self, json: "{\"\u{212A}\":1}")
        }
        #expect(error?.code == .notOfSchema)
    }

    /// Names are found by a table where they are many; to look at each would take minutes here.
    @Test(.timeLimit(.minutes(1)))
    func manyFieldsTakeNoMoreTimeEach() throws {
        struct Names: Codable {
            var count = 100_000

            init() {}

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: FieldKey.self)
                count = 0
                for key in container.allKeys { count += try container.decode(Int.self, forKey: key) }
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: FieldKey.self)
                for index in 0..<count { try container.encode(1, forKey: FieldKey("n\(index)", in: "")) }
            }
        }
        let json = try MessageText.json(Names())
        #expect(try MessageText.decode(Names.self, json: json).count == 100_000)
        #expect(throws: MessageTextError.self) {
            try MessageText.decode(Names.self, json: json.dropLast() + ",\"n77\":1}")
        }
    }

    @Test
    func sizeIsBounded() throws {
        let spaces = [UInt8](repeating: 0x20, count: MessageText.maximumJSONOctets - 2)
        #expect(refusal(of: spaces + Array("{}".utf8))?.code == .notOfSchema)
        #expect(refusal(of: spaces + Array("{} ".utf8))?.code == .tooLarge)
        #expect(try MessageText.decode(Int.self, json: Array("12".utf8), maximum: 2) == 12)
        #expect(throws: MessageTextError.self) {
            try MessageText.decode(Int.self, json: Array("123".utf8), maximum: 2)
        }
    }

    @Test
    func errorsSayWhereWhyAndWhatToDo() {
        let error = refusal(of: #"{"V2G_Message":{"SessionID":"001"}}"#)
        #expect(
            error?.description
                == "V2G_Message.SessionID: hexadecimal text has 3 digits; two are needed for each octet; "
                + "give what the schema allows here")
        #expect(refusal(of: "{")?.description.hasPrefix("octet 1: ") == true)
    }

    @Test
    func namesFromTheTextAreCutAndCleanedInErrors() {
        let name = String(repeating: "x", count: 5000)
        let error = refusal(of: #"{"V2G_Message":{"SessionID":"","\n\#(name)":1}}"#)
        #expect((error?.path.count ?? .max) < 120)
        #expect(error?.path.contains("\n") == false)
    }
}
