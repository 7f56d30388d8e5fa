import SchemaTypes
import Testing

/// Text is compared code point by code point, unlike `String`, for which the Kelvin sign is the letter K.
@Suite struct ExactTextTests {
    private enum Answer: UInt8, SchemaEnumeration {
        case ok
        static let schemaNames = ["OK"]
    }

    @Test(arguments: [("K", "\u{212A}"), ("\u{E9}", "e\u{301}")])
    func equivalentTextIsNotEqual(_ one: String, _ other: String) throws {
        #expect(one == other)
        #expect(try XMLString(one) == XMLString(one))
        #expect(try XMLString(one) != XMLString(other))
        #expect(try XMLID(one) == XMLID(one))
        #expect(try XMLID(one) != XMLID(other))
        #expect(try Set([XMLString(one), XMLString(other)]).count == 2)
        #expect(try Set([XMLID(one), XMLID(other)]).count == 2)
    }

    @Test func aNameOfAnEnumerationIsExact() {
        #expect(Answer(schemaName: "OK") == .ok)
        #expect(Answer(schemaName: "O\u{212A}") == nil)
    }

    @Test(arguments: [8, 9, 10, 17, 18, 19, 27, 100])
    func longIntegersKeepTheirZeros(_ digits: Int) throws {
        for text in [
            "1" + String(repeating: "0", count: digits), String(repeating: "9", count: digits),
            "90" + String(repeating: "1", count: digits),
        ] {
            #expect(try UnboundedInteger(decimal: text).description == text)
            #expect(try UnboundedInteger(decimal: "-000000000000" + text).description == "-" + text)
        }
    }
}
