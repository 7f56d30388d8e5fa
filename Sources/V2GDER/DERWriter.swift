/// Writes DER from the front. Content is written in place and its length put before it afterwards.
public struct DERWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Writes an element whose content `body` writes.
    public mutating func write<E: Error>(_ tag: DERTag, _ body: (inout DERWriter) throws(E) -> Void) throws(E) {
        bytes.append(tag.rawValue)
        bytes.append(0)
        let start = bytes.count
        try body(&self)
        let length = bytes.count - start
        if length < 0x80 {
            bytes[start - 1] = UInt8(length)
            return
        }
        var prefix: [UInt8] = []
        var rest = length
        while rest > 0 {
            prefix.insert(UInt8(rest & 0xff), at: 0)
            rest >>= 8
        }
        bytes[start - 1] = 0x80 | UInt8(prefix.count)
        bytes.insert(contentsOf: prefix, at: start)
    }

    /// Writes an element with ready content.
    public mutating func write(_ tag: DERTag, _ content: some Collection<UInt8>) {
        bytes.append(tag.rawValue)
        let length = content.count
        if length < 0x80 {
            bytes.append(UInt8(length))
        } else {
            var width = 1
            while width < 8, length >> (8 * width) > 0 { width += 1 }
            bytes.append(0x80 | UInt8(width))
            for shift in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: length >> (8 * shift))) }
        }
        bytes.append(contentsOf: content)
    }

    /// Writes bytes that are DER already.
    public mutating func write(encoded: some Collection<UInt8>) { bytes.append(contentsOf: encoded) }

    /// Writes a `SEQUENCE` whose content `body` writes.
    public mutating func writeSequence<E: Error>(_ body: (inout DERWriter) throws(E) -> Void) throws(E) {
        try write(.sequence, body)
    }

    /// Writes an `OBJECT IDENTIFIER`.
    public mutating func write(_ identifier: ObjectIdentifier) { write(.objectIdentifier, identifier.content) }

    /// Writes a `BOOLEAN`: `00` or `FF`.
    public mutating func write(_ value: Bool) { write(.boolean, CollectionOfOne(value ? 0xff : 0x00)) }

    /// Writes a `NULL`.
    public mutating func writeNull() { write(.null, EmptyCollection<UInt8>()) }

    /// Writes a non-negative `INTEGER`, or another tag in its encoding.
    public mutating func write(_ value: Int, tag: DERTag = .integer) {
        var content: [UInt8] = []
        var rest = UInt(max(value, 0))
        repeat {
            content.insert(UInt8(rest & 0xff), at: 0)
            rest >>= 8
        } while rest > 0
        write(unsigned: content, tag: tag)
    }

    /// Writes a non-negative `INTEGER` from its big-endian magnitude; leading zeros are dropped.
    public mutating func write(unsigned magnitude: some Collection<UInt8>, tag: DERTag = .integer) {
        var content = Array(magnitude.drop { $0 == 0 })
        if content.first.map({ $0 >= 0x80 }) ?? true { content.insert(0, at: 0) }
        write(tag, content)
    }

    /// Writes a `BIT STRING` of whole bytes.
    public mutating func writeBitString(_ content: some Collection<UInt8>) {
        write(.bitString) { writer in
            writer.bytes.append(0)
            writer.bytes.append(contentsOf: content)
        }
    }

    /// Writes a `BIT STRING` of named bits: bit 0 of `bits` is bit 0 of the string; trailing zeros are left out.
    public mutating func writeNamedBits(_ bits: UInt32, tag: DERTag = .bitString) {
        var content: [UInt8] = [0]
        if bits != 0 {
            let used = 32 - bits.leadingZeroBitCount
            content[0] = UInt8((8 - used % 8) % 8)
            content.append(contentsOf: repeatElement(0, count: (used + 7) / 8))
            for bit in 0..<used where bits & (1 << UInt32(bit)) != 0 { content[1 + bit / 8] |= 0x80 >> UInt8(bit % 8) }
        }
        write(tag, content)
    }
}
