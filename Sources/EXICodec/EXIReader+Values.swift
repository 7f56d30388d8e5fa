public import SchemaTypes

/// The datatype representations of EXI 1.0, 7.1.
extension EXIReader {
    /// Reads an Unsigned Integer (7.1.6): 7 bits an octet, least significant first.
    ///
    /// Refuses more than 64 bits of value, and a last octet of zero: no encoder needs it, and one value has one encoding.
    @inlinable
    package mutating func unsigned(_ expected: StaticString) throws(EXIError) -> UInt64 {
        let word = window
        let first = word &>> 56
        guard first < 0x80, position &+ 8 <= end else {
            let (value, octets) = try EXIReader.longUnsigned(bytes, at: position, word, end, expected)
            position &+= octets &* 8
            return value
        }
        position &+= 8
        return first
    }

    /// Reads an Unsigned Integer of several octets at `position`.
    ///
    /// - Parameter start: the bits from there on, 56 at least.
    /// - Returns: the value, and the number of octets.
    @usableFromInline
    @inline(never)
    static func longUnsigned(
        _ bytes: RawSpan, at position: Int, _ start: UInt64, _ end: Int, _ expected: StaticString
    ) throws(EXIError) -> (value: UInt64, octets: Int) {
        // Two octets, the second neither going on nor zero: most numbers.
        let second = start &>> 48 & 0xFF
        if start &>> 63 != 0, second < 0x80, second != 0, position &+ 16 <= end {
            return (second &<< 7 | start &>> 56 & 0x7F, 2)
        }
        var word = start
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var octets = 0
        while true {
            if octets == 7 { word = EXIReader.word(bytes, at: position &+ 56) }
            let octet = word &>> 56
            octets += 1
            guard position + octets * 8 <= end else { throw EXIError(.truncated, bit: position, expected: expected) }
            // The tenth octet carries bit 63 only.
            guard octets < 10 || octet <= 1 else {
                throw EXIError(.badInteger, bit: position, expected: expected, found: UInt64(octets))
            }
            value |= (octet & 0x7F) << shift
            if octet < 0x80 {
                guard octet != 0 || octets == 1 else {
                    throw EXIError(.badInteger, bit: position, expected: expected, found: UInt64(octets))
                }
                return (value, octets)
            }
            word <<= 8
            shift += 7
        }
    }

    /// Reads an Unsigned Integer that fits into `Value`.
    @inlinable
    package mutating func unsigned<Value: FixedWidthInteger & UnsignedInteger>(
        as type: Value.Type, _ expected: StaticString
    ) throws(EXIError) -> Value {
        let start = position
        let value = try unsigned(expected)
        guard let result = Value(exactly: value) else {
            try EXIReader.fail(.valueOutOfRange, bit: start, expected, found: value)
        }
        return result
    }

    /// Reads an Integer (7.1.5) that fits into `Value`: a sign bit, then the magnitude, less one when negative.
    @inlinable
    @inline(__always)
    package mutating func signed<Value: FixedWidthInteger & SignedInteger>(
        as type: Value.Type, _ expected: StaticString
    ) throws(EXIError) -> Value {
        let word = window
        let sign = Int64(bitPattern: word) &>> 63
        let first = word &>> 55 & 0xFF
        let second = word &>> 47 & 0xFF
        let magnitude: UInt64
        let start = position
        if first < 0x80, position &+ 9 <= end {
            position &+= 9
            magnitude = first
        } else if first >= 0x80, second &- 1 < 0x7F, position &+ 17 <= end {
            // Two octets, the second neither going on nor zero: most numbers.
            position &+= 17
            magnitude = second &<< 7 | first & 0x7F
        } else {
            let (value, octets) = try EXIReader.longSigned(bytes, at: position, word, end, expected)
            position &+= octets &* 8 &+ 1
            magnitude = value
        }
        guard let value = Value(exactly: magnitude) else {
            try EXIReader.fail(.valueOutOfRange, bit: start, expected, found: magnitude)
        }
        return value ^ Value(truncatingIfNeeded: sign)
    }

    /// Reads the magnitude of an Integer of more than two octets at `position`, where its sign stands.
    @usableFromInline
    @inline(never)
    static func longSigned(
        _ bytes: RawSpan, at position: Int, _ start: UInt64, _ end: Int, _ expected: StaticString
    ) throws(EXIError) -> (value: UInt64, octets: Int) {
        guard position < end else { throw EXIError(.truncated, bit: position, expected: expected) }
        return try longUnsigned(bytes, at: position &+ 1, start &<< 1, end, expected)
    }

    /// Reads an Unsigned Integer of a restricted range.
    @inlinable
    package mutating func unsigned<Base: FixedWidthInteger & Sendable & Codable, let lower: Int, let upper: Int>(
        in type: Ranged<Base, lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> Ranged<Base, lower, upper> {
        let start = position
        let value = try unsigned(expected)
        guard lower <= 0 || value >= UInt64(truncatingIfNeeded: lower), value <= UInt64(truncatingIfNeeded: upper)
        else { try EXIReader.fail(.valueOutOfRange, bit: start, expected, found: value) }
        return Ranged(unchecked: Base(truncatingIfNeeded: value))
    }

    /// Reads an Unsigned Integer above zero.
    @inlinable
    package mutating func unsigned<Base: FixedWidthInteger & UnsignedInteger & Sendable & Codable>(
        in type: Positive<Base>.Type, _ expected: StaticString
    ) throws(EXIError) -> Positive<Base> {
        let start = position
        let value = try unsigned(expected)
        guard value > 0, let value = Base(exactly: value) else {
            try EXIReader.fail(.valueOutOfRange, bit: start, expected, found: value)
        }
        return Positive(unchecked: value)
    }

    /// Reads an Integer of a restricted range.
    @inlinable
    package mutating func signed<Base: FixedWidthInteger & Sendable & Codable, let lower: Int, let upper: Int>(
        in type: Ranged<Base, lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> Ranged<Base, lower, upper> {
        let start = position
        let value = try signed(as: Int64.self, expected)
        guard value >= Int64(lower), value <= Int64(upper) else {
            try EXIReader.fail(.valueOutOfRange, bit: start, expected, found: UInt64(bitPattern: value))
        }
        return Ranged(unchecked: Base(truncatingIfNeeded: value))
    }

    /// Takes the n-bit representation of a range of at most 4096 values (7.1.9), an offset from the lower bound, out of
    /// a group that was just read.
    ///
    /// - Parameters:
    ///   - shift: bits of the group below the field.
    ///   - width: bits of the field.
    @inlinable
    @inline(__always)
    package func ranged<Base: FixedWidthInteger & Sendable & Codable, let lower: Int, let upper: Int>(
        _ group: UInt64, _ shift: Int, _ width: Int, as type: Ranged<Base, lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> Ranged<Base, lower, upper> {
        let field = group &>> UInt64(truncatingIfNeeded: shift) & (1 &<< UInt64(truncatingIfNeeded: width) &- 1)
        guard field <= UInt64(truncatingIfNeeded: upper &- lower) else {
            try EXIReader.fail(.valueOutOfRange, bit: position &- shift &- width, expected, found: field)
        }
        return Ranged(unchecked: Base(truncatingIfNeeded: lower &+ Int(truncatingIfNeeded: field)))
    }

    /// Takes an enumeration's index (7.2) out of a group that was just read.
    @inlinable
    @inline(__always)
    package func enumeration<Value: SchemaEnumeration>(
        _ group: UInt64, _ shift: Int, _ width: Int, as type: Value.Type, _ expected: StaticString
    ) throws(EXIError) -> Value {
        let field = group &>> UInt64(truncatingIfNeeded: shift) & (1 &<< UInt64(truncatingIfNeeded: width) &- 1)
        guard let value = Value(rawValue: UInt8(truncatingIfNeeded: field)) else {
            try EXIReader.fail(.valueOutOfRange, bit: position &- shift &- width, expected, found: field)
        }
        return value
    }

    /// Reads event codes of states with one production each, all zero: `width` bits.
    @inlinable
    @inline(__always)
    package mutating func expect(_ width: Int, _ layout: StaticString) throws(EXIError) {
        _ = try group(width, mask: .max, codes: 0, layout)
    }

    /// Reads an Integer without bound.
    package mutating func integer(_ expected: StaticString) throws(EXIError) -> UnboundedInteger {
        let start = position
        let isNegative = try bits(1, expected) != 0
        var groups: [UInt8] = []  // 7 bits each, least significant first
        while true {
            let octet = UInt8(truncatingIfNeeded: try bits(8, expected))
            groups.append(octet & 0x7F)
            // Seven bits of the magnitude in each.
            guard groups.count <= (UnboundedInteger.maximumOctets * 8 + 6) / 7 else {
                throw EXIError(.badInteger, bit: start, expected: expected, found: UInt64(groups.count))
            }
            if octet < 0x80 { break }
        }
        guard groups.count == 1 || groups.last != 0 else {
            throw EXIError(.badInteger, bit: start, expected: expected, found: UInt64(groups.count))
        }
        var magnitude: [UInt8] = []  // least significant first
        var pending: UInt16 = 0
        var count: UInt16 = 0
        for group in groups {
            pending |= UInt16(group) << count
            count += 7
            if count >= 8 {
                magnitude.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                count -= 8
            }
        }
        magnitude.append(UInt8(truncatingIfNeeded: pending))
        if isNegative {  // the magnitude was written less one
            var index = 0
            while index < magnitude.count {
                magnitude[index] &+= 1
                if magnitude[index] != 0 { break }
                index += 1
            }
            if index == magnitude.count { magnitude.append(1) }
        }
        do {
            return try UnboundedInteger(isNegative: isNegative, magnitude: magnitude.reversed())
        } catch {
            throw EXIError(.badInteger, bit: start, expected: expected, found: UInt64(groups.count))
        }
    }
}
