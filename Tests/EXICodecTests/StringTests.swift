import EXICodec
import SchemaTypes
import Testing

/// Strings and binary (EXI 1.0, 7.1.1, 7.1.10).
@Suite struct StringTests {
    /// One character of each length in UTF-8 and of each length on the wire, at their bounds.
    static let characters: [Unicode.Scalar] = [
        "\t", "\n", "\r", " ", "~", "\u{7F}", "\u{80}", "\u{FF}", "\u{7FF}", "\u{800}", "\u{3FFF}", "\u{4000}",
        "\u{D7FF}", "\u{E000}", "\u{FFFD}", "\u{10000}", "\u{1F600}", "\u{10FFFF}",
    ]

    private static func string(_ reader: inout EXIReader) throws(EXIError) -> String { try reader.string("s") }

    private func check(_ string: String, after offset: Int) throws {
        var reference = BitString.ones(offset)
        reference.append(string: string)
        let octets = try written(after: offset) { $0.string(string) }
        #expect(octets == reference.octets)
        let back = try reading(octets, after: offset, Self.string)
        #expect(back.value.unicodeScalars.elementsEqual(string.unicodeScalars))
        #expect(back.end == reference.count)
    }

    @Test(arguments: 0..<8)
    func stringsOfEveryCharacterComeBack(_ offset: Int) throws {
        for character in Self.characters {
            for count in [1, 2, 6, 7, 8, 9, 63, 64] {
                try check(String(String.UnicodeScalarView(repeatElement(character, count: count))), after: offset)
            }
            try check("plain \(Character(character)) plain", after: offset)
        }
    }

    @Test(arguments: 0..<8)
    func plainStringsOfEveryLengthComeBack(_ offset: Int) throws {
        let alphabet = (0x20..<0x7F).map { Character(Unicode.Scalar($0)) }
        for count in Array(0...70) + [125, 126, 127, 500] {
            try check(String((0..<count).map { alphabet[($0 * 7) % alphabet.count] }), after: offset)
        }
    }

    @Test func codePointsThatXMLForbidsAreRefusedWhereTheyStand() {
        let forbidden: [UInt64] = [
            0, 1, 8, 0xB, 0xC, 0xE, 0x1F, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xFFFE, 0xFFFF, 0x110000, 0x1F_FFFF,
            1 << 32 | 0x41, .max,
        ]
        for offset in 0..<8 {
            for code in forbidden {
                for before in 0...9 {
                    var bits = BitString.ones(offset)
                    bits.append(unsigned: UInt64(before) + 3)
                    for _ in 0..<before { bits.append(unsigned: 0x61) }
                    let position = bits.count
                    bits.append(unsigned: code)
                    #expect(
                        refusal(bits.octets, after: offset, Self.string)
                            == EXIError(.invalidCharacter, bit: position, expected: ""))
                }
            }
        }
    }

    @Test func truncatedStringsAreRefused() throws {
        for string in ["a", "abcdefgh", "abc\u{20AC}defgh", "\u{1F600}\u{1F600}"] {
            for offset in 0..<8 {
                let octets = try written(after: offset) { $0.string(string) }
                for count in 0..<octets.count where count * 8 >= offset {
                    #expect(refusal(Array(octets[..<count]), after: offset, Self.string)?.code == .truncated)
                }
            }
        }
    }

    /// A length far beyond the input must not make the reader ask for memory.
    @Test func lengthsBeyondTheInputAreRefusedBeforeAnythingIsAllocated() {
        for length in [100, 1 << 30, 1 << 31, 1 << 40, 1 << 62, UInt64(Int.max), .max] as [UInt64] {
            var bits = BitString()
            bits.append(unsigned: length)
            for _ in 0..<20 { bits.append(unsigned: 0x41) }
            let octets = bits.octets
            #expect(refusal(octets, Self.string)?.code == (length == .max ? .badLength : .truncated))
            let binary = refusal(octets) { (reader) throws(EXIError) in
                try reader.octets(as: Octets.self, "b")
            }
            #expect(binary?.code == (length <= UInt64(unbounded) ? .truncated : .badLength))
            let bounded = refusal(octets) { (reader) throws(EXIError) in
                try reader.text(as: Text<0, 64>.self, "t")
            }
            #expect(bounded == EXIError(.badLength, bit: 0, expected: ""))
        }
    }

    @Test func lengthsOfTextAreKept() throws {
        for count in 0...6 {
            let octets = try written { $0.string(String(repeating: "\u{E9}", count: count)) }
            let result = try? reading(octets) { (reader) throws(EXIError) in try reader.text(as: Text<2, 4>.self, "t") }
            #expect((result != nil) == (2...4).contains(count))
        }
    }

    @Test func identifiersAreNames() throws {
        for (name, isName) in [("id1", true), ("_", true), ("", false), ("1", false), ("a:b", false), ("a b", false)] {
            let octets = try written { $0.string(name) }
            if isName {
                let back = try reading(octets) { (reader) throws(EXIError) in try reader.identifier("Id") }
                #expect(back.value.string == name)
            } else {
                let error = refusal(octets) { (reader) throws(EXIError) in try reader.identifier("Id") }
                #expect(error == EXIError(.invalidName, bit: 0, expected: ""))
            }
        }
    }

    @Test(arguments: 0..<8)
    func octetsOfEveryLengthComeBack(_ offset: Int) throws {
        var numbers = FixedNumbers(UInt64(offset))
        for count in Array(0...40) + [127, 128, 129, 799, 800] {
            let octets = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            var reference = BitString.ones(offset)
            reference.append(octets: octets)
            let value = try Base64Binary<0, 800>(octets)
            let bytes = try written(after: offset, capacity: 1000) { $0.octets(value) }
            #expect(bytes == reference.octets)
            let back = try reading(bytes, after: offset) { (reader) throws(EXIError) in
                try reader.octets(as: Base64Binary<0, 800>.self, "b")
            }
            #expect(back == (value, reference.count))
            guard count <= 20 else { continue }
            let long = try LongHexBinary<0, 20>(octets)
            #expect(try written(after: offset) { $0.octets(long) } == reference.octets)
            let hex = try reading(bytes, after: offset) { (reader) throws(EXIError) in
                try reader.octets(as: LongHexBinary<0, 20>.self, "b")
            }
            #expect(hex == (long, reference.count))
            guard count <= 8 else { continue }
            let short = try HexBinary<0, 8>(octets)
            #expect(short.octets == octets)
            #expect(try written(after: offset) { $0.octets(short) } == reference.octets)
            let few = try reading(bytes, after: offset) { (reader) throws(EXIError) in
                try reader.octets(as: HexBinary<0, 8>.self, "b")
            }
            #expect(few == (short, reference.count))
        }
    }

    @Test func lengthsOfOctetsAreKept() {
        for count in 0...10 {
            var bits = BitString()
            bits.append(octets: [UInt8](repeating: 1, count: count))
            let base64 = try? reading(bits.octets) { (reader) throws(EXIError) in
                try reader.octets(as: Base64Binary<3, 8>.self, "b")
            }
            #expect((base64 != nil) == (3...8).contains(count))
            let hex = try? reading(bits.octets) { (reader) throws(EXIError) in
                try reader.octets(as: HexBinary<3, 8>.self, "b")
            }
            #expect((hex != nil) == (3...8).contains(count))
            let long = try? reading(bits.octets) { (reader) throws(EXIError) in
                try reader.octets(as: LongHexBinary<3, 8>.self, "b")
            }
            #expect((long != nil) == (3...8).contains(count))
        }
    }

    @Test func truncatedOctetsAreRefused() throws {
        let value = try Base64Binary<0, 20>(Array(1...20))
        for offset in 0..<8 {
            let octets = try written(after: offset) { $0.octets(value) }
            for count in 0..<octets.count where count * 8 >= offset {
                let part = Array(octets[..<count])
                let base64 = refusal(part, after: offset) { (reader) throws(EXIError) in
                    try reader.octets(as: Base64Binary<0, 20>.self, "b")
                }
                let hex = refusal(part, after: offset) { (reader) throws(EXIError) in
                    try reader.octets(as: LongHexBinary<0, 20>.self, "b")
                }
                #expect(base64?.code == .truncated)
                #expect(hex?.code == .truncated)
            }
        }
    }
}
