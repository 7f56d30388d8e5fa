import SchemaTypes
import Testing

/// Base64 and hexadecimal as text.
@Suite struct BinaryTextTests {
    /// RFC 4648, 10.
    static let base64Vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: base64Vectors)
    func base64IsThatOfTheRFC(_ plain: String, _ text: String) throws {
        #expect(Base64.string(Array(plain.utf8)) == text)
        #expect(try Base64.octets(of: text) == Array(plain.utf8))
    }

    @Test func base64OfEveryOctetAtEveryPlaceComesBack() throws {
        for length in 1...6 {
            for place in 0..<length {
                for value in UInt8.min...UInt8.max {
                    var octets = [UInt8](repeating: 0xA5, count: length)
                    octets[place] = value
                    #expect(try Base64.octets(of: Base64.string(octets)) == octets)
                }
            }
        }
    }

    @Test func whiteSpaceInBase64IsSkipped() throws {
        #expect(try Base64.octets(of: " Zm9\n\tvYg\r= = ") == Array("foob".utf8))
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "=", "====", "Zm9v=", "Zm9vYg==Zg==", "Zm=v", "Zm9v-_==", "Zh==", "Zm9=", "Zg==!",
        "Zm9vYmE\u{E9}", "Zm9vYmF\u{0}",
    ])
    func whatIsNotBase64IsRefused(_ text: String) {
        #expect(throws: SchemaViolation.self) { try Base64.octets(of: text) }
    }

    @Test func hexadecimalIsWrittenInUpperCaseAndReadInBoth() throws {
        #expect(Hexadecimal.string([0x00, 0x9F, 0xAB, 0xFF]) == "009FABFF")
        #expect(try Hexadecimal.octets(of: "009fAbFf") == [0x00, 0x9F, 0xAB, 0xFF])
        #expect(try Hexadecimal.octets(of: "") == [])
    }

    @Test(arguments: ["0", "000", "0x", "0g", " 00", "0-", "\u{FF10}\u{FF10}", "00 "])
    func whatIsNotHexadecimalIsRefused(_ text: String) {
        #expect(throws: SchemaViolation.self) { try Hexadecimal.octets(of: text) }
    }

    @Test func binaryTypesKeepTheirBounds() throws {
        #expect(throws: SchemaViolation.self) { try Base64Binary<2, 3>([1]) }
        #expect(throws: SchemaViolation.self) { try Base64Binary<2, 3>([1, 2, 3, 4]) }
        #expect(try Base64Binary<2, 3>([1, 2, 3]).count == 3)
        #expect(throws: SchemaViolation.self) { try HexBinary<1, 8>([UInt8]()) }
        #expect(throws: SchemaViolation.self) { try HexBinary<1, 8>([UInt8](repeating: 0, count: 9)) }
        let id = try HexBinary<0, 8>([0, 1, 2])
        #expect(id.octets == [0, 1, 2])
        #expect(!id.isZero)
        #expect(try HexBinary<0, 8>([0]) != HexBinary<0, 8>([0, 0]))
        #expect(try HexBinary<0, 8>([0, 0]).isZero)
        #expect(try HexBinary<0, 8>([0xAB]).description == "AB")
    }
}
