import EXICodec
import SchemaTypes
import Testing

/// Unsigned Integer and Integer (EXI 1.0, 7.1.5, 7.1.6).
@Suite struct IntegerTests {
    /// Around every power of two: each number of octets, and each width of a machine integer.
    static let boundaries: [UInt64] = {
        var values: Set<UInt64> = [0, .max]
        for power in 0..<64 as Range<UInt64> {
            values.formUnion([(1 << power) - 1, 1 << power, (1 << power) + 1])
        }
        return values.sorted()
    }()

    @Test(arguments: 0..<8)
    func unsignedIntegersAreThoseOfTheStandard(_ offset: Int) throws {
        var numbers = FixedNumbers(UInt64(offset))
        let random = (0..<1000).map { _ in numbers.next() >> UInt64.random(in: 0..<64, using: &numbers) }
        for value in Self.boundaries + random {
            var reference = BitString.ones(offset)
            reference.append(unsigned: value)
            let octets = try written(after: offset) { $0.unsigned(value) }
            #expect(octets == reference.octets)
            let back = try reading(octets, after: offset) { (reader) throws(EXIError) in try reader.unsigned("v") }
            #expect(back == (value, reference.count))
        }
    }

    @Test(arguments: 0..<8)
    func signedIntegersAreThoseOfTheStandard(_ offset: Int) throws {
        var numbers = FixedNumbers(UInt64(offset))
        let random = (0..<1000).map { _ in numbers.next() >> UInt64.random(in: 0..<64, using: &numbers) }
        for word in Self.boundaries + random {
            for value in [Int64(bitPattern: word), 0 &- Int64(bitPattern: word)] {
                var reference = BitString.ones(offset)
                reference.append(signed: value)
                let octets = try written(after: offset) { $0.signed(value) }
                #expect(octets == reference.octets)
                let back = try reading(octets, after: offset) { (reader) throws(EXIError) in
                    try reader.signed(as: Int64.self, "v")
                }
                #expect(back == (value, reference.count))
            }
        }
    }

    private static func narrow<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type) {
        for offset in 0..<8 {
            for value in boundaries {
                var bits = BitString.ones(offset)
                bits.append(unsigned: value)
                let result = Result { () throws(EXIError) in
                    try reading(bits.octets, after: offset) { (reader) throws(EXIError) in
                        try reader.unsigned(as: Value.self, "v")
                    }
                }
                if let fitting = Value(exactly: value) {
                    #expect((try? result.get())?.value == fitting)
                } else {
                    #expect(throws: EXIError(.valueOutOfRange, bit: offset, expected: "")) { try result.get() }
                }
            }
        }
    }

    @Test func unsignedIntegersKeepToTheirType() {
        Self.narrow(UInt8.self)
        Self.narrow(UInt16.self)
        Self.narrow(UInt32.self)
        Self.narrow(UInt64.self)
    }

    private static func narrow<Value: FixedWidthInteger & SignedInteger>(signed type: Value.Type) {
        for offset in 0..<8 {
            for magnitude in boundaries {
                for isNegative in [false, true] {
                    var bits = BitString.ones(offset)
                    bits.append(isNegative ? 1 : 0, width: 1)
                    bits.append(unsigned: magnitude)
                    let result = Result { () throws(EXIError) in
                        try reading(bits.octets, after: offset) { (reader) throws(EXIError) in
                            try reader.signed(as: Value.self, "v")
                        }
                    }
                    if let fitting = Value(exactly: magnitude) {
                        #expect((try? result.get())?.value == (isNegative ? -1 - fitting : fitting))
                    } else {
                        #expect(throws: EXIError(.valueOutOfRange, bit: offset, expected: "")) { try result.get() }
                    }
                }
            }
        }
    }

    @Test func signedIntegersKeepToTheirType() {
        Self.narrow(signed: Int8.self)
        Self.narrow(signed: Int16.self)
        Self.narrow(signed: Int32.self)
        Self.narrow(signed: Int64.self)
    }

    @Test func rangesAreKeptInEveryRepresentation() throws {
        for value in 0...300 as ClosedRange<UInt64> {
            var bits = BitString()
            bits.append(unsigned: value)
            let result = try? reading(bits.octets) { (reader) throws(EXIError) in
                try reader.unsigned(in: Ranged<UInt16, 5, 200>.self, "v")
            }
            #expect(result?.value.value == ((5...200).contains(value) ? UInt16(value) : nil))
        }
        for value in -300...300 as ClosedRange<Int64> {
            var bits = BitString()
            bits.append(signed: value)
            let result = try? reading(bits.octets) { (reader) throws(EXIError) in
                try reader.signed(in: Ranged<Int16, -20, 200>.self, "v")
            }
            #expect(result?.value.value == ((-20...200).contains(value) ? Int16(value) : nil))
        }
        for field in 0..<8 as Range<UInt64> {
            let result = try? reading([UInt8(field << 5)]) { (reader) throws(EXIError) in
                let group = try reader.bits(3, "v")
                return try reader.ranged(group, 0, 3, as: Ranged<Int8, -3, 3>.self, "v")
            }
            #expect(result?.value.value == (field < 7 ? Int8(field) - 3 : nil))
        }
    }

    /// Cutting octets off at every offset cuts at every bit.
    @Test func truncatedIntegersAreRefused() throws {
        for offset in 0..<8 {
            for value in Self.boundaries {
                let octets = try written(after: offset) { $0.unsigned(value) }
                let signed = try written(after: offset) { $0.signed(Int64(bitPattern: value)) }
                for (whole, isSigned) in [(octets, false), (signed, true)] {
                    for count in 0..<whole.count where count * 8 >= offset {
                        let error = refusal(Array(whole[..<count]), after: offset) { (reader) throws(EXIError) in
                            if isSigned {
                                _ = try reader.signed(as: Int64.self, "v")
                            } else {
                                _ = try reader.unsigned("v")
                            }
                        }
                        #expect(error?.code == .truncated)
                    }
                }
            }
        }
    }

    @Test func integersLongerThanTheirValueAreRefused() {
        for offset in 0..<8 {
            for octets in 2...10 {
                var bits = BitString.ones(offset)
                for _ in 1..<octets { bits.append(0x81, width: 8) }
                bits.append(0, width: 8)
                let error = refusal(bits.octets, after: offset) { (reader) throws(EXIError) in try reader.unsigned("v")
                }
                #expect(error?.code == .badInteger)
            }
        }
    }

    @Test func integersAbove64BitsAreRefused() {
        for offset in 0..<8 {
            for last in [0x02, 0x03, 0x7F, 0x80, 0x81, 0xFF] as [UInt64] {
                var bits = BitString.ones(offset)
                for _ in 0..<9 { bits.append(0xFF, width: 8) }
                bits.append(last, width: 8)
                bits.append(0x0101, width: 16)
                let error = refusal(bits.octets, after: offset) { (reader) throws(EXIError) in try reader.unsigned("v")
                }
                #expect(error?.code == .badInteger)
            }
        }
    }

    private static func naive(_ value: UnboundedInteger) -> BitString {
        // Binary digits of the magnitude, least significant first; less one when negative.
        var digits = value.magnitude.reversed().flatMap { octet in (0..<8).map { octet >> UInt8($0) & 1 } }
        if value.isNegative, let one = digits.firstIndex(of: 1) {
            for index in 0...one { digits[index] ^= 1 }
        }
        while digits.last == 0 { digits.removeLast() }
        var bits = BitString()
        bits.append(value.isNegative ? 1 : 0, width: 1)
        var start = 0
        repeat {
            let group = digits[min(start, digits.count)..<min(start + 7, digits.count)].reversed().reduce(0) {
                $0 << 1 | UInt64($1)
            }
            start += 7
            bits.append(start < digits.count ? group | 0x80 : group, width: 8)
        } while start < digits.count
        return bits
    }

    @Test func integersWithoutBoundAreThoseOfTheStandard() throws {
        var numbers = FixedNumbers(5)
        var values = [UnboundedInteger(0)]
        for count in Array(1...40) + [127, 128, 255, 1024, UnboundedInteger.maximumOctets] {
            for first in [0x01, 0x7F, 0x80, 0xFF] as [UInt8] {
                for rest in [0x00, 0xFF, UInt8.random(in: 0...255, using: &numbers)] {
                    let magnitude = [first] + [UInt8](repeating: rest, count: count - 1)
                    values.append(try UnboundedInteger(magnitude: magnitude))
                    values.append(try UnboundedInteger(isNegative: true, magnitude: magnitude))
                }
            }
        }
        for value in values {
            let reference = Self.naive(value)
            let octets = try written(capacity: 4096) { $0.integer(value) }
            #expect(octets == reference.octets)
            let back = try reading(octets) { (reader) throws(EXIError) in try reader.integer("v") }
            #expect(back == (value, reference.count))
        }
    }

    @Test func integersWithoutBoundHaveALimitAllTheSame() {
        var bits = BitString()
        bits.append(0, width: 1)
        for _ in 0..<5000 { bits.append(0xFF, width: 8) }
        bits.append(1, width: 8)
        #expect(refusal(bits.octets) { (reader) throws(EXIError) in try reader.integer("v") }?.code == .badInteger)
        var padded = BitString()
        padded.append(0, width: 1)
        padded.append(0x8100, width: 16)
        #expect(refusal(padded.octets) { (reader) throws(EXIError) in try reader.integer("v") }?.code == .badInteger)
        #expect(refusal([0x40, 0x80]) { (reader) throws(EXIError) in try reader.integer("v") }?.code == .truncated)
    }
}
