import Testing

@testable import v2g

/// Hexadecimal text as people write it.
struct HexTextTests {
    private func octets(_ text: String, maximum: Int = 8) throws(DocumentFailure) -> [UInt8] {
        try HexText.octets(of: text.utf8, maximum: maximum)
    }

    @Test(arguments: [
        "809aFf", "0x809aff", "0X809AFF", "80 9a ff", "80:9A:fF", " 809a\tff \t", "0x80 9a  ff", "809a:ff",
        "80: 9a :ff",
    ])
    func formsOfTheSameOctets(text: String) throws {
        #expect(try octets(text) == [0x80, 0x9A, 0xFF])
    }

    @Test(arguments: [
        ("", 0), ("  \t", 0), ("0x", 0), ("8", 0), ("809", 8), ("8 0", 0), ("80 9 a", 8), (":80", 0), ("80:", 8),
        ("80::9a", 8), ("80: :9a", 8), ("80-9a", 8), ("80,9a", 8), ("zz", 0), ("800x9a", 8), ("80 0x9a", 8),
        ("80\u{0}", 8), ("80é", 8), ("８０", 0), ("0x0x80", 0), ("x80", 0), ("h80", 0),
    ])
    func whatIsAmbiguousOrNoHexIsRefusedAtItsBit(text: String, bit: Int) {
        let failure = #expect(throws: DocumentFailure.self) { try octets(text) }
        #expect(failure?.bit == bit)
        #expect(failure?.isUsage == false)
    }

    @Test
    func sizeIsBounded() throws {
        #expect(try octets(String(repeating: "00", count: 8)).count == 8)
        let failure = #expect(throws: DocumentFailure.self) { try octets(String(repeating: "00 ", count: 9)) }
        #expect(failure?.bit == 64)
        #expect(failure?.message.contains("--max-bytes") == true)
    }

    @Test
    func digitsAreWrittenInLowerCase() {
        #expect(HexText.text(of: [0x0A, 0xBC]) == "0abc")
    }
}
