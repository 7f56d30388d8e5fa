/// A few octets that are written in hexadecimal, such as a SessionID (8) or an EVCCID (at most 6 in -2).
///
/// XML Schema part 2, 3.2.15. The octets lie in the value itself; no heap is used.
@frozen
public struct HexBinary<let lower: Int, let upper: Int>: Sendable {
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

extension HexBinary: Hashable {
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

extension HexBinary: CustomStringConvertible {
    /// Upper-case hexadecimal, the canonical form of `xs:hexBinary`.
    public var description: String { Hexadecimal.string(octets) }
}

extension HexBinary: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(Hexadecimal.octets(of: decoder.singleValueContainer().decode(String.self)))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Hexadecimal as text.
public enum Hexadecimal {
    /// `octets` in upper case, without separators.
    public static func string(_ octets: some Collection<UInt8>) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(octets.count * 2)
        for octet in octets {
            text.append(digits[Int(octet >> 4)])
            text.append(digits[Int(octet & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The octets of `text`, in either case; throws ``SchemaViolation`` for an odd length or another character.
    public static func octets(of text: String) throws(SchemaViolation) -> [UInt8] {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 2) else {
            throw SchemaViolation("hexadecimal text has \(characters.count) digits; two are needed for each octet")
        }
        var octets: [UInt8] = []
        octets.reserveCapacity(characters.count / 2)
        var high: UInt8?
        for (index, character) in characters.enumerated() {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = character - UInt8(ascii: "A") + 10
            default: throw SchemaViolation("character \(index) is not a hexadecimal digit")
            }
            if let first = high {
                octets.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return octets
    }
}
