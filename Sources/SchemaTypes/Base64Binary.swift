/// Octets that are written in base64, such as a certificate (at most 800 in -2) or a GenChallenge (exactly 16).
///
/// XML Schema part 2, 3.2.16. `upper` is ``unbounded`` where the schema gives no bound.
@frozen
public struct Base64Binary<let lower: Int, let upper: Int>: Hashable, Sendable {
    /// The octets.
    public let octets: [UInt8]

    /// Number of octets, `lower...upper`.
    @inlinable
    public var count: Int { octets.count }

    /// Takes the octets, or throws ``SchemaViolation`` when there are too few or too many.
    public init(_ octets: [UInt8]) throws(SchemaViolation) {
        guard octets.count >= lower, octets.count <= upper else {
            throw .count(octets.count, of: "octets", outside: lower, upper)
        }
        self.octets = octets
    }

    /// Octets from a codec that checked their number itself.
    @inlinable
    package init(unchecked octets: [UInt8]) {
        self.octets = octets
    }
}

extension Base64Binary: CustomStringConvertible {
    public var description: String { Base64.string(octets) }
}

extension Base64Binary: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(Base64.octets(of: decoder.singleValueContainer().decode(String.self)))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Base64 as text (RFC 4648, 4), in the canonical form of `xs:base64Binary`: no white space, padded.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// `octets` as text.
    public static func string(_ octets: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count + 2) / 3 * 4)
        var start = 0
        while start < octets.count {
            let count = min(3, octets.count - start)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(octets[start + offset]) : 0) }
            for digit in 0..<4 {
                text.append(digit <= count ? alphabet[Int(group >> UInt32(18 - 6 * digit) & 63)] : UInt8(ascii: "="))
            }
            start += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The octets of `text`. White space is skipped; throws ``SchemaViolation`` for anything else that is not base64.
    public static func octets(of text: String) throws(SchemaViolation) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.utf8.count / 4 * 3)
        var group: UInt32 = 0
        var digits = 0
        var padding = 0
        for (index, character) in text.utf8.enumerated() {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            case UInt8(ascii: "="):
                padding += 1
                continue
            case 0x20, 0x9, 0xA, 0xD: continue
            default: throw SchemaViolation("character \(index) is not base64")
            }
            guard padding == 0 else { throw SchemaViolation("base64 goes on after its padding at character \(index)") }
            group = group << 6 | UInt32(digit)
            digits += 1
            if digits == 4 {
                octets.append(UInt8(truncatingIfNeeded: group >> 16))
                octets.append(UInt8(truncatingIfNeeded: group >> 8))
                octets.append(UInt8(truncatingIfNeeded: group))
                group = 0
                digits = 0
            }
        }
        switch (digits, padding) {
        case (0, 0): break
        case (2, 2) where group & 15 == 0: octets.append(UInt8(truncatingIfNeeded: group >> 4))
        case (3, 1) where group & 3 == 0:
            octets.append(UInt8(truncatingIfNeeded: group >> 10))
            octets.append(UInt8(truncatingIfNeeded: group >> 2))
        default: throw SchemaViolation("base64 ends in the middle of an octet, or with wrong padding")
        }
        return octets
    }
}

/// Octets without a bound in the schema (`xs:base64Binary`).
public typealias Octets = Base64Binary<0, 2147483647>
