import SchemaTypes
import Testing

/// Integers of any size, as in serial numbers of certificates.
@Suite struct UnboundedIntegerTests {
    @Test(arguments: [
        "0", "1", "-1", "127", "128", "255", "256", "-256", "65535", "9223372036854775807", "-9223372036854775808",
        "18446744073709551615", "18446744073709551616", "-18446744073709551616",
        "1461501637330902918203684832716283019655932542975", "1461501637330902918203684832716283019655932542976",
    ])
    func decimalTextComesBack(_ text: String) throws {
        #expect(try UnboundedInteger(decimal: text).description == text)
    }

    @Test func otherSpellingsAreMadeCanonical() throws {
        for (text, canonical) in [("+7", "7"), ("007", "7"), ("-0", "0"), ("-007", "-7"), ("000", "0")] {
            #expect(try UnboundedInteger(decimal: text).description == canonical)
        }
    }

    @Test(arguments: ["", "-", "+", "--1", "1-", "0x1", "1.0", "1e3", " 1", "1 ", "\u{661}", "1_000"])
    func whatIsNoIntegerIsRefused(_ text: String) {
        #expect(throws: SchemaViolation.self) { try UnboundedInteger(decimal: text) }
    }

    @Test func machineIntegersKeepTheirValue() throws {
        for value in [0, 1, -1, 255, 256, -256, .max, .min] as [Int64] {
            #expect(UnboundedInteger(value).description == "\(value)")
            #expect(try UnboundedInteger(decimal: "\(value)") == UnboundedInteger(value))
        }
        #expect(UnboundedInteger(UInt64.max).description == "18446744073709551615")
    }

    @Test func oneValueHasOneForm() throws {
        let five = try UnboundedInteger(magnitude: [0, 0, 5])
        #expect(five == UnboundedInteger(5))
        #expect(five.magnitude == [5])
        let zero = try UnboundedInteger(isNegative: true, magnitude: [0, 0])
        #expect(zero == UnboundedInteger(0))
        #expect(!zero.isNegative)
    }

    @Test func sizeIsLimited() throws {
        let largest = [UInt8](repeating: 0xFF, count: UnboundedInteger.maximumOctets)
        let value = try UnboundedInteger(magnitude: [0] + largest)
        #expect(try UnboundedInteger(decimal: value.description) == value)
        #expect(throws: SchemaViolation.self) { try UnboundedInteger(magnitude: [1] + largest) }
        #expect(throws: SchemaViolation.self) { try UnboundedInteger(decimal: "1" + value.description) }
        #expect(throws: SchemaViolation.self) { try UnboundedInteger(decimal: String(repeating: "9", count: 100_000)) }
    }
}
