public import SchemaTypes

/// The datatype representations of EXI 1.0, 7.1.
extension EXIWriter {
    /// Writes an Unsigned Integer (7.1.6).
    @inlinable
    @inline(__always)
    package mutating func unsigned(_ value: some FixedWidthInteger) {
        let value = UInt64(truncatingIfNeeded: value)
        if value < 0x80 { bits(value, 8) } else { longUnsigned(value) }
    }

    @usableFromInline
    mutating func longUnsigned(_ value: UInt64) {
        if value < 0x4000 {
            bits((value & 0x7F | 0x80) << 8 | value >> 7, 16)
            return
        }
        if value < 0x20_0000 {
            bits((value & 0x7F | 0x80) << 16 | (value >> 7 & 0x7F | 0x80) << 8 | value >> 14, 24)
            return
        }
        var rest = value
        while rest >= 0x80 {
            bits(rest & 0x7F | 0x80, 8)
            rest >>= 7
        }
        bits(rest, 8)
    }

    /// Writes an Integer (7.1.5): a sign bit, then the magnitude, less one when negative.
    @inlinable
    @inline(__always)
    package mutating func signed(_ value: some FixedWidthInteger) {
        let value = Int64(truncatingIfNeeded: value)
        let sign = UInt64(bitPattern: value) &>> 63
        let magnitude = UInt64(bitPattern: value ^ (value &>> 63))
        if magnitude < 0x80 {
            bits(sign &<< 8 | magnitude, 9)
        } else {
            bits(sign, 1)
            longUnsigned(magnitude)
        }
    }

    /// Writes an Integer without bound.
    package mutating func integer(_ value: UnboundedInteger) {
        bits(value.isNegative ? 1 : 0, 1)
        var magnitude = Array(value.magnitude.reversed())  // least significant first
        if value.isNegative {  // less one
            for index in magnitude.indices {
                magnitude[index] &-= 1
                if magnitude[index] != 0xFF { break }
            }
        }
        while magnitude.last == 0 { magnitude.removeLast() }
        var pending: UInt64 = 0
        var count: UInt64 = 0
        var groups: [UInt8] = []
        for octet in magnitude {
            pending |= UInt64(octet) << count
            count += 8
            while count >= 7 {
                groups.append(UInt8(truncatingIfNeeded: pending & 0x7F))
                pending >>= 7
                count -= 7
            }
        }
        groups.append(UInt8(truncatingIfNeeded: pending))
        while groups.count > 1, groups.last == 0 { groups.removeLast() }
        for group in groups.dropLast() { bits(UInt64(group) | 0x80, 8) }
        bits(UInt64(groups.last ?? 0), 8)
    }

    /// Writes a string as a literal (7.1.10, 7.3.3): its length plus two, then the code points.
    @usableFromInline
    package mutating func string(_ value: String) {
        var value = value
        value.makeContiguousUTF8()
        let utf8 = value.utf8.span
        let octets = unsafe utf8.bytes
        if isASCII(octets) {
            unsigned(octets.byteCount &+ 2)
            copy(octets)
            return
        }
        unsigned(value.unicodeScalars.count &+ 2)
        for scalar in value.unicodeScalars { unsigned(scalar.value) }
    }

    /// Writes bounded text.
    @inlinable
    package mutating func text<let lower: Int, let upper: Int>(_ value: Text<lower, upper>) {
        string(value.string)
    }

    /// Writes binary (7.1.1).
    @inlinable
    package mutating func octets<let lower: Int, let upper: Int>(_ value: Base64Binary<lower, upper>) {
        unsigned(value.count)
        unsafe copy(value.octets.span.bytes)
    }

    /// Writes binary (7.1.1).
    @inlinable
    package mutating func octets<let lower: Int, let upper: Int>(_ value: HexBinary<lower, upper>) {
        bits(UInt64(truncatingIfNeeded: value.count), 8)
        var rest = value.word
        var width = value.count &* 8
        if width > 32 {
            bits(rest &>> 32, 32)
            rest &<<= 32
            width &-= 32
        }
        if width > 0 { bits(rest &>> UInt64(truncatingIfNeeded: 64 &- width), width) }
    }

    /// Writes binary (7.1.1).
    @inlinable
    package mutating func octets<let lower: Int, let upper: Int>(_ value: LongHexBinary<lower, upper>) {
        unsigned(value.count)
        var index = 0
        while index < value.count {
            var word: UInt64 = 0
            let part = min(7, value.count &- index)
            for offset in 0..<part { word = word &<< 8 | UInt64(value.octet(index &+ offset)) }
            bits(word, part &* 8)
            index &+= part
        }
    }

    private func isASCII(_ octets: RawSpan) -> Bool {
        var index = 0
        var seen: UInt64 = 0
        while index + 8 <= octets.byteCount {
            seen |= unsafe octets.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < octets.byteCount {
            seen |= UInt64(unsafe octets.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self))
            index += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }

    /// Writes octets as they are, at any bit position, eight at a time.
    @usableFromInline
    mutating func copy(_ source: RawSpan) {
        let length = source.byteCount
        guard octet + length <= limit else {
            octet += length  // too small: count only
            return
        }
        guard length >= 16 else { return copyOneByOne(source, from: 0) }
        bits(UInt64(unsafe source.unsafeLoad(fromUncheckedByteOffset: 0, as: UInt8.self)), 8)
        // Eight octets at a time, none waiting for the one before: of each the bits that stay in their octet, and those
        // that the octet before leaves over.
        let stay: UInt64 = 0x0101_0101_0101_0101 &* (0xFF >> count)
        let words = (length - 1) >> 3
        for word in 0..<words {
            let place = 1 &+ word &* 8
            let here = unsafe source.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt64.self)
            let before = unsafe source.unsafeLoadUnaligned(fromUncheckedByteOffset: place &- 1, as: UInt64.self)
            let octets = here &>> count & stay | before << (8 - count) & ~stay
            unsafe base.storeBytes(of: octets, toByteOffset: octet &+ word &* 8, as: UInt64.self)
        }
        octet += words * 8
        let last = UInt64(unsafe source.unsafeLoad(fromUncheckedByteOffset: words * 8, as: UInt8.self))
        partial = last << (64 - count)
        copyOneByOne(source, from: 1 + words * 8)
    }

    /// Writes the octets from `start` on.
    private mutating func copyOneByOne(_ source: RawSpan, from start: Int) {
        unsafe base.storeBytes(of: partial.bigEndian, toByteOffset: octet, as: UInt64.self)
        var index = start
        while index < source.byteCount {
            bits(UInt64(unsafe source.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)), 8)
            index += 1
        }
    }
}
