/// A few octets that are written in hexadecimal, such as a SessionID (8) or an EVCCID (at most 6 in -2).
///
/// XML Schema part 2, 3.2.15. The octets lie in one word of the value itself, which every header has; `upper` is 8 at
/// most, and ``LongHexBinary`` is for more.
@frozen
public struct HexBinary<let lower: Int, let upper: Int>: Sendable {
    /// The octets from the top of the word down; the rest of it is zero.
    @usableFromInline
    package let word: UInt64
    @usableFromInline
    let length: UInt8

    /// Number of octets, `lower...upper`.
    @inlinable
    public var count: Int { Int(length) }

    /// Takes the octets, or throws ``SchemaViolation`` when there are too few or too many.
    public init(_ octets: some Collection<UInt8>) throws(SchemaViolation) {
        let count = octets.count
        guard count >= lower, count <= min(upper, 8) else {
            throw .count(count, of: "octets", outside: lower, min(upper, 8))
        }
        var word: UInt64 = 0
        for (index, octet) in octets.enumerated() { word |= UInt64(octet) << UInt64(56 - 8 * index) }
        self.word = word
        length = UInt8(count)
    }

    /// Octets from a codec, which has checked that `count` lies in `lower...upper` and left the rest of `word` zero.
    @inlinable
    package init(unchecked word: UInt64, count: Int) {
        self.word = word
        length = UInt8(truncatingIfNeeded: count)
    }

    /// The octets, copied.
    public var octets: [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }

    /// Whether every octet is zero. An all-zero SessionID of any length means "new session" in field practice.
    @inlinable
    public var isZero: Bool { word == 0 }
}

extension HexBinary: Hashable {}

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
