public import SchemaTypes

/// Binary (EXI 1.0, 7.1.1): a length and that many octets, which start at any bit.
extension EXIReader {
    /// Reads the length of a binary value and checks it against its bounds and the bytes that are left.
    @inlinable
    mutating func octetCount(_ lower: Int, _ upper: Int, _ expected: StaticString) throws(EXIError) -> Int {
        let start = position
        let count = try unsigned(expected)
        guard count >= UInt64(truncatingIfNeeded: lower), count <= UInt64(truncatingIfNeeded: upper) else {
            try EXIReader.fail(.badLength, bit: start, expected, found: count)
        }
        guard count <= UInt64(truncatingIfNeeded: (end &- position) >> 3) else {
            try EXIReader.fail(.truncated, bit: position, expected)
        }
        return Int(truncatingIfNeeded: count)
    }

    /// Reads binary of bounded length into an array, the only allocation.
    @inlinable
    package mutating func octets<let lower: Int, let upper: Int>(
        as type: Base64Binary<lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> Base64Binary<lower, upper> {
        let count = try octetCount(lower, upper, expected)
        return Base64Binary(unchecked: take(octets: count))
    }

    /// Reads binary of bounded length into the value itself.
    @inlinable
    package mutating func octets<let lower: Int, let upper: Int>(
        as type: HexBinary<lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> HexBinary<lower, upper> {
        let count = try octetCount(lower, min(upper, 8), expected)
        let word = EXIReader.octets(bytes, at: position, count: count)
        position &+= count &* 8
        return HexBinary(unchecked: word, count: count)
    }

    /// The `count` octets, 0 to 8, from bit `position` on, in the top of a word.
    @inlinable
    @inline(__always)
    static func octets(_ bytes: RawSpan, at position: Int, count: Int) -> UInt64 {
        if count == 0 { return 0 }
        // A window holds seven octets whatever the bit.
        var word = EXIReader.word(bytes, at: position)
        if count == 8 { word = word & ~0xFF | EXIReader.word(bytes, at: position &+ 56) &>> 56 }
        return word & UInt64.max &<< UInt64(truncatingIfNeeded: 64 &- count &* 8)
    }

    /// Reads binary of bounded length into the value itself.
    @inlinable
    package mutating func octets<let lower: Int, let upper: Int>(
        as type: LongHexBinary<lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> LongHexBinary<lower, upper> {
        let count = try octetCount(lower, upper, expected)
        var storage = InlineArray<upper, UInt8>(repeating: 0)
        var index = 0
        while index < count {
            var word = window
            var part = min(7, count &- index)
            position &+= part &* 8
            while part > 0 {
                storage[index] = UInt8(truncatingIfNeeded: word &>> 56)
                word &<<= 8
                index &+= 1
                part &-= 1
            }
        }
        return LongHexBinary(unchecked: storage, count: count)
    }

    /// Copies `count` octets that were checked to be there, eight at a time.
    @usableFromInline
    mutating func take(octets count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        let start = position >> 3
        let shift = UInt64(position & 7)
        let source = bytes
        // A copy of octets, unlike an array of zeros or of nothing, is made without looking its type up at run time.
        var result = unsafe source.extracting(start..<(start + count)).withUnsafeBytes { unsafe [UInt8]($0) }
        if shift > 0 {
            unsafe result.withUnsafeMutableBytes { buffer in
                unsafe EXIReader.copy(source, from: start, shift: shift, into: buffer)
            }
        }
        position += count * 8
        return result
    }

    /// Copies octets that start `shift` bits into the octet at `start` of `source`, which holds them all.
    @usableFromInline
    static func copy(
        _ source: RawSpan, from start: Int, shift: UInt64, into target: UnsafeMutableRawBufferPointer
    ) {
        let count = target.count
        let available = source.byteCount
        // Eight octets at a time: of each the bits that stay, and those that come from the next one.
        let stay: UInt64 = 0x0101_0101_0101_0101 &* (0xFF << shift & 0xFF)
        let words = max(0, min(count, available - start - 1)) >> 3
        for word in 0..<words {
            let place = start &+ word &* 8
            let here = unsafe source.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt64.self)
            let next = unsafe source.unsafeLoadUnaligned(fromUncheckedByteOffset: place &+ 1, as: UInt64.self)
            let octets = here &<< shift & stay | next >> (8 - shift) & ~stay
            unsafe target.storeBytes(of: octets, toByteOffset: word &* 8, as: UInt64.self)
        }
        var index = words * 8
        while index < count {
            let high = unsafe source.unsafeLoad(fromUncheckedByteOffset: start + index, as: UInt8.self)
            var octet = UInt64(high) << shift
            if shift > 0, start + index + 1 < available {
                let low = unsafe source.unsafeLoad(fromUncheckedByteOffset: start + index + 1, as: UInt8.self)
                octet |= UInt64(low) >> (8 - shift)
            }
            unsafe target[index] = UInt8(truncatingIfNeeded: octet)
            index += 1
        }
    }
}
