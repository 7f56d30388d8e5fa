import EXICodec
import SchemaTypes
import Testing

/// Elements without content: by the end of the second level, or with characters of length zero.
@Suite struct EmptyContentTests {
    private func octets(_ emptyContent: EmptyContent, _ body: (inout EXIWriter) -> Void) throws -> [UInt8] {
        var buffer = EXIBuffer()
        try buffer.encode(form: EXIForm(emptyContent: emptyContent), body)
        return buffer.array
    }

    /// 1 for the escape, 000 for EE of five productions; or 0 for CH, the length, 0 for EE.
    @Test func emptyElementsHaveTwoForms() throws {
        let text = Text<0, 8>(unchecked: "")
        let base64 = try Base64Binary<0, 8>([])
        let hex = try HexBinary<0, 8>([])
        #expect(try octets(.end) { $0.element(text) } == [0b1000_0000])
        #expect(try octets(.end) { $0.element(base64) } == [0b1000_0000])
        #expect(try octets(.end) { $0.element(hex) } == [0b1000_0000])
        #expect(try octets(.characters) { $0.element(text) } == [0b0000_0001, 0])
        #expect(try octets(.characters) { $0.element(base64) } == [0, 0])
        #expect(try octets(.characters) { $0.element(hex) } == [0, 0])
    }

    @Test(arguments: [EmptyContent.end, .characters])
    func bothFormsAreRead(_ form: EmptyContent) throws {
        let text = try octets(form) { $0.element(Text<0, 8>(unchecked: "")) }
        let back = try reading(text) { (reader) throws(EXIError) in try reader.element(as: Text<0, 8>.self, "t") }
        #expect(back.value.string.isEmpty)
        #expect(back.end == (form == .end ? 4 : 10))
        let binary = try octets(form) { $0.element(Base64Binary<0, 8>(unchecked: [])) }
        let base64 = try reading(binary) { (reader) throws(EXIError) in
            try reader.element(as: Base64Binary<0, 8>.self, "b")
        }
        #expect(base64.value.count == 0)
        let hex = try reading(binary) { (reader) throws(EXIError) in try reader.element(as: HexBinary<0, 8>.self, "b") }
        #expect(hex.value.count == 0)
    }

    @Test func contentIsTheSameInBothForms() throws {
        let value = try Base64Binary<0, 8>([1, 2, 3])
        let end = try octets(.end) { $0.element(value) }
        #expect(try octets(.characters) { $0.element(value) } == end)
        let back = try reading(end) { (reader) throws(EXIError) in try reader.element(as: Base64Binary<0, 8>.self, "b")
        }
        #expect(back.value == value)
        let name = Text<0, 8>(unchecked: "name")
        let text = try octets(.end) { $0.element(name) }
        let again = try reading(text) { (reader) throws(EXIError) in try reader.element(as: Text<0, 8>.self, "t") }
        #expect(again.value == name)
    }

    /// An element ends with one code; another is not the end of the bytes, which only follows here.
    @Test func whatFollowsContentIsNotTakenForTheEndOfTheBytes() throws {
        let whole = try octets(.end) { $0.element(Text<0, 8>(unchecked: "a")) }
        var bent = whole  // CH, three octets of length and text, and EE at bit 17
        bent[2] |= 0b0100_0000
        let refused = refusal(bent) { (reader) throws(EXIError) in try reader.element(as: Text<0, 8>.self, "t") }
        #expect(refused == EXIError(.deviation, bit: 17, expected: ""))
        #expect(refused?.expected == "t")
        let cut = refusal(Array(whole.dropLast())) { (reader) throws(EXIError) in
            try reader.element(as: Text<0, 8>.self, "t")
        }
        #expect(cut?.code == .truncated)
    }

    /// The escape leads to other productions as well, all of which are deviations from the schema.
    @Test(arguments: 1..<8 as Range<UInt8>)
    func otherEscapesAreDeviations(_ code: UInt8) {
        let error = refusal([0b1000_0000 | code << 4]) { (reader) throws(EXIError) in
            try reader.element(as: Text<0, 8>.self, "t")
        }
        #expect(error == EXIError(.deviation, bit: 1, expected: ""))
    }
}
