import SchemaTypes
import Testing

/// Values with bounds of the schema: numbers, text, lists, names.
@Suite struct BoundTests {
    @Test func rangesTakeTheirBoundsAndNothingElse() throws {
        for value in Int16(-200)...200 {
            let ranged = Ranged<Int16, -20, 100>(exactly: value)
            #expect((ranged != nil) == (-20...100).contains(value))
            #expect(ranged.map(\.value) ?? value == value)
            #expect(Ranged<Int16, -20, 100>(clamping: value).value == min(max(value, -20), 100))
        }
        #expect(Ranged<Int8, -100, 100>(exactly: 300) == nil)
        #expect(Ranged<UInt8, 1, 20>(exactly: -1) == nil)
        #expect(Ranged<Int8, -100, 100>(clamping: UInt64.max).value == 100)
        #expect(Ranged<Int8, -100, 100>(clamping: Int64.min).value == -100)
        let violation = #expect(throws: SchemaViolation.self) { try Ranged<UInt8, 1, 20>(21) }
        #expect(violation?.message.contains("1...20") == true)
        #expect(try Ranged<UInt8, 1, 20>(3) < Ranged<UInt8, 1, 20>(4))
    }

    @Test func positiveNumbersAreAboveZero() throws {
        #expect(throws: SchemaViolation.self) { try Positive<UInt32>(0) }
        #expect(try Positive<UInt32>(.max).value == .max)
    }

    @Test func textIsCountedInCodePoints() throws {
        #expect(throws: SchemaViolation.self) { try Text<2, 3>("a") }
        #expect(throws: SchemaViolation.self) { try Text<2, 3>("abcd") }
        #expect(try Text<2, 3>("\u{1F600}\u{1F600}").string.utf8.count == 8)
        // One character for a reader, two code points for the schema.
        #expect(throws: SchemaViolation.self) { try Text<1, 1>("e\u{301}") }
        #expect(try Text<2, 2>("\r\n").string == "\r\n")
    }

    @Test func textHoldsOnlyWhatXMLAllows() {
        for value in [0, 1, 8, 0xB, 0xC, 0xE, 0x1F, 0xFFFE, 0xFFFF] as [UInt32] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(!XMLCharacters.allows(scalar))
            let violation = #expect(throws: SchemaViolation.self) { try Text<0, 9>("ab\(Character(scalar))") }
            #expect(violation?.message.contains("character 2") == true)
        }
        for value in [9, 0xA, 0xD, 0x20, 0x7F, 0x85, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF] as [UInt32] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(XMLCharacters.allows(scalar))
            #expect(throws: Never.self) { try XMLCharacters.check(String(Character(scalar))) }
        }
    }

    @Test(arguments: ["id1", "ID1", "_", "a-b.c_d", "\u{C0}", "\u{10000}", "a\u{B7}", "a\u{301}"])
    func namesAreIdentifiers(_ name: String) throws {
        #expect(try XMLID(name).string == name)
    }

    @Test(arguments: [
        "", "1", "-a", ".a", "a:b", ":", "a b", " a", "a ", "\u{D7}", "\u{F7}", "\u{301}a", "\u{37E}", "a\u{0}",
    ])
    func otherTextIsNoIdentifier(_ text: String) {
        #expect(throws: SchemaViolation.self) { try XMLID(text) }
    }

    @Test func listsKeepTheirBounds() throws {
        #expect(throws: SchemaViolation.self) { try BoundedList<Int, 1, 3>([]) }
        #expect(throws: SchemaViolation.self) { try BoundedList<Int, 1, 3>([1, 2, 3, 4]) }
        let list = try BoundedList<Int, 1, 3>([1, 2, 3])
        #expect(list.map { $0 * 2 } == [2, 4, 6])
        #expect(list.last == 3)
    }

    @Test func violationsTellTheBound() {
        let range = #expect(throws: SchemaViolation.self) { try BoundedList<Int, 1, 3>([]) }
        #expect(range?.message == "0 elements, but the schema allows 1 to 3")
        let exact = #expect(throws: SchemaViolation.self) { try Base64Binary<16, 16>([]) }
        #expect(exact?.message == "0 octets, but the schema allows exactly 16")
        let open = #expect(throws: SchemaViolation.self) { try BoundedList<Int, 1, 2147483647>([]) }
        #expect(open?.message == "0 elements, but the schema allows at least 1")
    }
}
