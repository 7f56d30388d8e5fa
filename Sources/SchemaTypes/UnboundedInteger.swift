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

    /// Reads decimal text, such as `-18446744073709551616`.
    public init(decimal text: String) throws(SchemaViolation) {
        var digits = text.utf8[...]
        let sign = digits.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { digits = digits.dropFirst() }
        // Three digits need at least 9 bits: refuses what cannot fit before any arithmetic.
        guard !digits.isEmpty, digits.count <= Self.maximumOctets * 3 else {
            throw SchemaViolation("an integer needs 1 to \(Self.maximumOctets * 3) decimal digits")
        }
        var octets: [UInt8] = []  // least significant first
        for digit in digits {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = digit else {
                throw SchemaViolation("an integer holds decimal digits only")
            }
            var carry = UInt16(digit - UInt8(ascii: "0"))
            for index in octets.indices {
                carry += UInt16(octets[index]) * 10
                octets[index] = UInt8(truncatingIfNeeded: carry)
                carry >>= 8
            }
            if carry != 0 { octets.append(UInt8(truncatingIfNeeded: carry)) }
        }
        try self.init(isNegative: sign == UInt8(ascii: "-"), magnitude: octets.reversed())
    }
}

extension UnboundedInteger: CustomStringConvertible {
    /// Decimal text.
    public var description: String {
        var rest = magnitude
        var digits: [UInt8] = []
        while !rest.isEmpty {
            var remainder: UInt16 = 0
            for index in rest.indices {
                let value = remainder << 8 | UInt16(rest[index])
                rest[index] = UInt8(truncatingIfNeeded: value / 10)
                remainder = value % 10
            }
            digits.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder))
            if rest.first == 0 { rest.removeFirst() }
        }
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
