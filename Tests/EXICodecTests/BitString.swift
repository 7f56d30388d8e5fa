import EXICodec
import SchemaTypes

/// The datatype representations of EXI 1.0, 7.1, bit by bit and as plainly as the standard describes them: what the
/// codec is compared with.
struct BitString: Equatable {
    private(set) var bits: [Bool] = []

    var count: Int { bits.count }

    /// The bits with zero padding to whole octets.
    var octets: [UInt8] {
        var octets = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
        for (index, bit) in bits.enumerated() where bit { octets[index / 8] |= 0x80 >> UInt8(index % 8) }
        return octets
    }

    init() {}

    init(_ octets: [UInt8]) {
        for octet in octets { append(UInt64(octet), width: 8) }
    }

    /// The first bits.
    func prefix(_ count: Int) -> BitString {
        var part = BitString()
        part.bits = Array(bits.prefix(count))
        return part
    }

    /// The number in `width` bits from `start` on; zero beyond the end.
    func value(at start: Int, width: Int) -> UInt64 {
        (start..<start + width).reduce(0) { $0 << 1 | ($1 < bits.count && bits[$1] ? 1 : 0) }
    }

    mutating func append(_ value: UInt64, width: Int) {
        for bit in (0..<width).reversed() { bits.append(value >> UInt64(bit) & 1 != 0) }
    }

    mutating func append(unsigned value: UInt64) {
        var rest = value
        while rest >= 128 {
            append(rest % 128 + 128, width: 8)
            rest /= 128
        }
        append(rest, width: 8)
    }

    mutating func append(signed value: Int64) {
        append(value < 0 ? 1 : 0, width: 1)
        append(unsigned: value < 0 ? value.magnitude - 1 : value.magnitude)
    }

    mutating func append(string: String) {
        append(unsigned: UInt64(string.unicodeScalars.count) + 2)
        for scalar in string.unicodeScalars { append(unsigned: UInt64(scalar.value)) }
    }

    mutating func append(octets: [UInt8]) {
        append(unsigned: UInt64(octets.count))
        for octet in octets { append(UInt64(octet), width: 8) }
    }

    /// Ones, so that what follows cannot hide behind zeros.
    static func ones(_ count: Int) -> BitString {
        var bits = BitString()
        bits.append((1 << UInt64(count)) - 1, width: count)
        return bits
    }
}

/// What `body` writes after `offset` bits of ones.
func written(
    after offset: Int = 0, capacity: Int = 256, _ body: (inout EXIWriter) -> Void
) throws(SchemaViolation) -> [UInt8] {
    var buffer = EXIBuffer(capacity: capacity)
    try buffer.encode { writer in
        if offset > 0 { writer.bits((1 << UInt64(offset)) - 1, offset) }
        body(&writer)
    }
    return buffer.array
}

/// What `body` reads from `octets` after `offset` bits, and the position behind it.
func reading<Value>(
    _ octets: [UInt8], after offset: Int = 0, _ body: (inout EXIReader) throws(EXIError) -> Value
) throws(EXIError) -> (value: Value, end: Int) {
    var reader = unsafe EXIReader(octets.span.bytes)
    if offset > 0 { _ = try reader.bits(offset, "the bits before") }
    let value = try body(&reader)
    return (value, octets.count * 8 - reader.remainingBits)
}

/// The error of `body`, which must throw one.
func refusal<Value>(
    _ octets: [UInt8], after offset: Int = 0, _ body: (inout EXIReader) throws(EXIError) -> Value
) -> EXIError? {
    do throws(EXIError) {
        _ = try reading(octets, after: offset, body)
        return nil
    } catch {
        return error
    }
}

/// Numbers that come out the same in every run (SplitMix64).
struct FixedNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
