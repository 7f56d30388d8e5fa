/// An integer without a bound in the schema (`xs:integer`), such as the serial number of a certificate.
///
/// Sign and magnitude. Zero is not negative, and the magnitude has no leading zero octet.
public struct UnboundedInteger: Hashable, Sendable {
    /// Largest magnitude in octets that is read from anywhere. Serial numbers have 20 (RFC 5280, 4.1.2.2).
    public static let maximumOctets = 2048

    /// Whether the integer is below zero.
    public let isNegative: Bool
    /// The magnitude, most significant octet first; empty for zero.
    public let magnitude: [UInt8]

    /// Takes sign and magnitude; leading zero octets are dropped and zero loses its sign.
    /// Throws ``SchemaViolation`` above ``maximumOctets``.
    public init(isNegative: Bool = false, magnitude: [UInt8]) throws(SchemaViolation) {
        let significant = Array(magnitude.drop { $0 == 0 })
        guard significant.count <= Self.maximumOctets else {
            throw .count(significant.count, of: "octets of an integer", outside: 0, Self.maximumOctets)
        }
        self.magnitude = significant
        self.isNegative = isNegative && !significant.isEmpty
    }

    /// The same value as a machine integer.
    public init(_ value: some BinaryInteger & FixedWidthInteger) {
        isNegative = value < 0
        var rest = value.magnitude
        var octets: [UInt8] = []
        while rest != 0 {
            octets.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
        magnitude = octets.reversed()
    }

    /// Decimal digits that are converted at a time: the time taken grows with the square of their number.
    private static let digitsOfGroup = 9

    /// Reads decimal text, such as `-18446744073709551616`.
    public init(decimal text: String) throws(SchemaViolation) {
        var digits = text.utf8[...]
        let sign = digits.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { digits = digits.dropFirst() }
        // Three digits need at least 9 bits: refuses what cannot fit before any arithmetic.
        guard !digits.isEmpty, digits.count <= Self.maximumOctets * 3 else {
            throw SchemaViolation("an integer needs 1 to \(Self.maximumOctets * 3) decimal digits")
        }
        var words: [UInt32] = []  // least significant first
        while !digits.isEmpty {
            var carry: UInt64 = 0
            var scale: UInt64 = 1
            for digit in digits.prefix(Self.digitsOfGroup) {
                guard case UInt8(ascii: "0")...UInt8(ascii: "9") = digit else {
                    throw SchemaViolation("an integer holds decimal digits only")
                }
                carry = carry * 10 + UInt64(digit - UInt8(ascii: "0"))
                scale *= 10
            }
            digits = digits.dropFirst(Self.digitsOfGroup)
            for index in words.indices {
                carry += UInt64(words[index]) * scale
                words[index] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
            if carry != 0 { words.append(UInt32(truncatingIfNeeded: carry)) }
        }
        let octets = words.reversed().flatMap { word in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
        try self.init(isNegative: sign == UInt8(ascii: "-"), magnitude: octets)
    }
}

extension UnboundedInteger: CustomStringConvertible {
    /// Decimal text.
    public var description: String {
        var words: [UInt32] = []  // least significant first
        for (place, octet) in magnitude.reversed().enumerated() {
            if place % 4 == 0 { words.append(0) }
            words[place / 4] |= UInt32(octet) << UInt32(place % 4 * 8)
        }
        var digits: [UInt8] = []
        while !words.isEmpty {
            var remainder: UInt64 = 0
            for index in words.indices.reversed() {
                let value = remainder << 32 | UInt64(words[index])
                words[index] = UInt32(truncatingIfNeeded: value / 1_000_000_000)
                remainder = value % 1_000_000_000
            }
            for _ in 0..<Self.digitsOfGroup {
                digits.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder % 10))
                remainder /= 10
            }
            while words.last == 0 { words.removeLast() }
        }
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if digits.isEmpty { digits = [UInt8(ascii: "0")] }
        return (isNegative ? "-" : "") + String(decoding: digits.reversed(), as: UTF8.self)
    }
}

extension UnboundedInteger: Codable {
    /// Reads a decimal string, or a number that fits into 64 bits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {  // a number is tried next, with its own error
            try self.init(decimal: text)
        } else if let number = try? container.decode(Int64.self) {
            self.init(number)
        } else {
            self.init(try container.decode(UInt64.self))
        }
    }

    /// Writes a decimal string: many JSON readers round larger numbers.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
