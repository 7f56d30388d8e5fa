import EXICodec
import Testing

/// n-bit unsigned integers, event codes and groups.
@Suite struct BitTests {
    /// Every width at every position of inputs that are shorter and longer than a word, up to the last bit.
    @Test(arguments: 1...20)
    func bitsAreReadAtEveryPositionUpToTheEnd(_ count: Int) {
        var numbers = FixedNumbers(UInt64(count))
        let octets = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        let reference = BitString(octets)
        for offset in 0..<count * 8 {
            var prefix = 0
            for width in 1...57 {
                var reader = unsafe EXIReader(octets.span.bytes)
                prefix = offset
                do throws(EXIError) {
                    while prefix > 0 {
                        _ = try reader.bits(min(prefix, 57), "the bits before")
                        prefix -= min(prefix, 57)
                    }
                    let value = try reader.bits(width, "a field")
                    #expect(value == reference.value(at: offset, width: width))
                    #expect(offset + width <= count * 8)
                } catch {
                    #expect(error == EXIError(.truncated, bit: offset, expected: ""))
                    #expect(offset + width > count * 8)
                    #expect(reader.remainingBits == count * 8 - offset)
                }
            }
        }
    }

    @Test func bitsAreWrittenAtEveryOffsetInEveryWidth() throws {
        var numbers = FixedNumbers(1)
        for offset in 0..<8 {
            for width in 1...56 {
                let value = UInt64.random(in: 0..<1 << UInt64(width), using: &numbers)
                var reference = BitString.ones(offset)
                reference.append(value, width: width)
                reference.append(1, width: 1)
                let octets = try written(after: offset) { writer in
                    writer.bits(value, width)
                    writer.bits(1, 1)
                }
                #expect(octets == reference.octets)
            }
        }
    }

    @Test func eventCodesHaveOneMoreValueForTheSecondLevel() {
        for count in 1...300 {
            var width = 0
            while 1 << width < count + 1 { width += 1 }
            #expect(EventCode.width(of: count) == width)
        }
    }

    @Test(arguments: 1...40)
    func eventsComeBackAndOtherCodesAreTold(_ count: Int) throws {
        let width = EventCode.width(of: count)
        for offset in 0..<8 {
            for code in 0..<1 << width {
                var bits = BitString.ones(offset)
                bits.append(UInt64(code), width: width)
                if code < count {
                    #expect(try written(after: offset) { $0.event(code, of: count) } == bits.octets)
                    let event = try reading(bits.octets, after: offset) { (reader) throws(EXIError) in
                        try reader.event(of: count, "an event")
                    }
                    #expect(event == (code, offset + width))
                } else {
                    let error = refusal(bits.octets, after: offset) { (reader) throws(EXIError) in
                        try reader.event(of: count, "an event")
                    }
                    let expected: EXIError.Code = code == count ? .deviation : .unexpectedEvent
                    #expect(error == EXIError(expected, bit: offset, expected: ""))
                    #expect(error?.found == UInt64(code))
                }
            }
        }
    }

    /// A group of three event codes around two values: 1 bit, 1 bit, 5 bits of value, 2 bits, 8 bits of value.
    private static let layout: StaticString = "1 SE(a)|1 CH|5 value|2 SE(b)|8 other"
    private static let mask: UInt64 = 0b11_00000_11_0000_0000
    private static let codes: UInt64 = 0b00_00000_01_0000_0000

    private static func group(_ reader: inout EXIReader) throws(EXIError) -> UInt64 {
        try reader.group(17, mask: mask, codes: codes, layout)
    }

    @Test func groupsGiveTheirFieldsAtEveryOffset() throws {
        for offset in 0..<8 {
            for value in [0, 1, 0x15, 0x1F] as [UInt64] {
                var bits = BitString.ones(offset)
                let fields = value << 10 | 1 << 8 | (value ^ 0xA5)
                bits.append(fields, width: 17)
                let group = try reading(bits.octets, after: offset, Self.group)
                #expect(group == (fields, offset + 17))
            }
        }
    }

    @Test(arguments: [
        (0b1_0_00000_01_00000000, EXIError.Code.deviation, 0, "SE(a)"),
        (0b0_1_00000_01_00000000, .deviation, 1, "CH"),
        (0b1_1_00000_11_00000000, .deviation, 0, "SE(a)"),
        (0b0_0_11111_10_00000000, .deviation, 7, "SE(b)"),
        (0b0_0_11111_11_00000000, .unexpectedEvent, 7, "SE(b)"),
        (0b0_0_11111_00_11111111, .unexpectedEvent, 7, "SE(b)"),
    ])
    func groupsNameTheEventThatIsWrong(_ fields: UInt64, _ code: EXIError.Code, _ bit: Int, _ expected: String) {
        for offset in 0..<8 {
            var bits = BitString.ones(offset)
            bits.append(fields, width: 17)
            let error = refusal(bits.octets, after: offset, Self.group)
            #expect(error == EXIError(code, bit: offset + bit, expected: ""))
            #expect(error?.expected == expected)
        }
    }

    @Test func groupsNameTheItemThatIsCutOff() {
        let ends = [(1, "SE(a)"), (2, "CH"), (7, "value"), (9, "SE(b)"), (17, "other")]
        for offset in 0..<8 {
            var bits = BitString.ones(offset)
            bits.append(0b00_11111_01_1010_0101, width: 17)
            for count in 0..<bits.octets.count where count * 8 >= offset {
                let error = refusal(Array(bits.octets[..<count]), after: offset, Self.group)
                let left = count * 8 - offset
                let item = ends.first { $0.0 > left }
                #expect(error?.code == .truncated)
                #expect(error?.expected == item?.1)
            }
        }
    }

    @Test func aWrongEventBeforeTheCutIsToldFirst() {
        let error = refusal([0b1000_0000], Self.group)
        #expect(error == EXIError(.deviation, bit: 0, expected: ""))
    }

    @Test func whatFollowsTheEndIsCheckedBitByBit() {
        for position in 1...16 {
            for length in 2...4 {
                for bit in position..<length * 8 {
                    var octets = [UInt8](repeating: 0, count: length)
                    octets[bit / 8] = 0x80 >> UInt8(bit % 8)
                    let error = refusal(octets, after: position) { (reader) throws(EXIError) in try reader.finish() }
                    #expect(error?.code == .trailingData)
                }
                let zero = [UInt8](repeating: 0, count: length)
                let rest = try? reading(zero, after: position) { (reader) throws(EXIError) in try reader.finish() }
                #expect(rest?.value == length - (position + 7) / 8)
            }
        }
    }

    @Test func errorsSayWhereWhatAndWhy() {
        let text = EXIError(.badLength, bit: 19, expected: "MeterID", found: 99).description
        #expect(text.contains("bit 19") && text.contains("octet 2") && text.contains("99") && text.contains("MeterID"))
    }
}
