/// Writes DER from the front. Content is written in place and its length put before it afterwards.
///
/// What writes a closure or an array is inlinable: as calls through generics they took a third of an issue's own time.
public struct DERWriter: Sendable {
    @usableFromInline var storage: [UInt8] = []

    public var bytes: [UInt8] { storage }

    public init(reserving capacity: Int = 0) { storage.reserveCapacity(capacity) }

    /// Writes an element whose content `body` writes.
    @inlinable public mutating func write<E: Error>(
        _ tag: DERTag, _ body: (inout DERWriter) throws(E) -> Void
    ) throws(E) {
        storage.append(tag.rawValue)
        storage.append(0)
        let start = storage.count
        try body(&self)
        setLength(from: start)
    }

    /// Puts the length of the content that begins at `start` before it.
    @usableFromInline mutating func setLength(from start: Int) {
        let length = storage.count - start
        if length < 0x80 {
            storage[start - 1] = UInt8(length)
            return
        }
        let width = Self.width(of: length)
        storage[start - 1] = 0x80 | UInt8(width)
        storage.insert(contentsOf: repeatElement(0, count: width), at: start)
        for index in 0..<width {
            storage[start + index] = UInt8(truncatingIfNeeded: length >> (8 * (width - 1 - index)))
        }
    }

    /// Bytes of a length in its long form.
    private static func width(of length: Int) -> Int {
        var width = 1
        while width < 8, length >> (8 * width) > 0 { width += 1 }
        return width
    }

    /// Writes an element with ready content.
    public mutating func write(_ tag: DERTag, _ content: some Collection<UInt8>) {
        writeHeader(tag, length: content.count)
        storage.append(contentsOf: content)
    }

    /// Writes an element with ready content.
    public mutating func write(_ tag: DERTag, _ content: [UInt8]) {
        writeHeader(tag, length: content.count)
        storage.append(contentsOf: content)
    }

    private mutating func writeHeader(_ tag: DERTag, length: Int) {
        storage.append(tag.rawValue)
        if length < 0x80 {
            storage.append(UInt8(length))
        } else {
            let width = Self.width(of: length)
            storage.append(0x80 | UInt8(width))
            for shift in (0..<width).reversed() { storage.append(UInt8(truncatingIfNeeded: length >> (8 * shift))) }
        }
    }

    /// Writes bytes that are DER already.
    public mutating func write(encoded: [UInt8]) { storage.append(contentsOf: encoded) }

    /// Writes bytes that are DER already.
    public mutating func write(encoded: some Collection<UInt8>) { storage.append(contentsOf: encoded) }

    /// Writes a `SEQUENCE` whose content `body` writes.
    @inlinable public mutating func writeSequence<E: Error>(_ body: (inout DERWriter) throws(E) -> Void) throws(E) {
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
        writeHeader(.bitString, length: content.count + 1)
        storage.append(0)
        storage.append(contentsOf: content)
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
