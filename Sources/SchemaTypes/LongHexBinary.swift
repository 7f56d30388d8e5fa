/// Octets that are written in hexadecimal, of which there can be more than eight, such as the EVSEID of DIN (32).
///
/// XML Schema part 2, 3.2.15. The octets lie in the value itself; no heap is used. ``HexBinary`` is for up to eight.
@frozen
public struct LongHexBinary<let lower: Int, let upper: Int>: Sendable {
    @usableFromInline
    var storage: InlineArray<upper, UInt8>
    /// Number of octets, `lower...upper`.
    public let count: Int

    /// Takes the octets, or throws ``SchemaViolation`` when there are too few or too many.
    public init(_ octets: some Collection<UInt8>) throws(SchemaViolation) {
        let count = octets.count
        guard count >= lower, count <= upper else { throw .count(count, of: "octets", outside: lower, upper) }
        storage = InlineArray(repeating: 0)
        self.count = count
        for (index, octet) in octets.enumerated() where index < upper { storage[index] = octet }
    }

    /// Octets from a codec, which has checked that `count` lies in `lower...upper` and left the rest of `storage` zero.
    @inlinable
    package init(unchecked storage: InlineArray<upper, UInt8>, count: Int) {
        self.storage = storage
        self.count = count
    }

    /// The octet at `index`, `0..<count`; zero beyond the count.
    @inlinable
    package func octet(_ index: Int) -> UInt8 { index < upper ? storage[index] : 0 }

    /// The octets, copied.
    public var octets: [UInt8] { (0..<count).map { storage[$0] } }

    /// Whether every octet is zero. An all-zero SessionID of any length means "new session" in field practice.
    public var isZero: Bool { (0..<count).allSatisfy { storage[$0] == 0 } }
}

extension LongHexBinary: Hashable {
    @inlinable
    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<upper where left.storage[index] != right.storage[index] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for index in 0..<count { hasher.combine(storage[index]) }
    }
}

extension LongHexBinary: CustomStringConvertible {
    /// Upper-case hexadecimal, the canonical form of `xs:hexBinary`.
    public var description: String { Hexadecimal.string(octets) }
}

extension LongHexBinary: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(Hexadecimal.octets(of: decoder.singleValueContainer().decode(String.self)))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
