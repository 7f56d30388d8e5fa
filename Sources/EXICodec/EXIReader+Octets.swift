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
        return HexBinary(unchecked: storage, count: count)
    }

    /// Copies `count` octets that were checked to be there, eight at a time.
    @usableFromInline
    mutating func take(octets count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        let start = position >> 3
        let shift = UInt64(position & 7)
        let source = bytes
        let result = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            unsafe EXIReader.copy(source, from: start, shift: shift, into: UnsafeMutableRawBufferPointer(buffer))
            initialized = count
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
        var index = 0
        while index + 8 <= count, start + index + 9 <= available {
            let high = unsafe source.unsafeLoadUnaligned(
                fromUncheckedByteOffset: start + index, as: UInt64.self
            ).bigEndian
            let low = unsafe source.unsafeLoad(fromUncheckedByteOffset: start + index + 8, as: UInt8.self)
            let word = high &<< shift | UInt64(low) >> (8 - shift)
            unsafe target.storeBytes(of: word.bigEndian, toByteOffset: index, as: UInt64.self)
            index += 8
        }
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
