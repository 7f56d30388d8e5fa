/// Text whose length in characters (Unicode code points) is bounded, such as a MeterID (at most 32).
///
/// XML Schema part 2, 4.3.1 to 4.3.3. Every character is one that XML 1.0 allows (2.2). Texts are equal when their code
/// points are, unlike those of `String`: what differs in bytes must not pass for what was signed.
@frozen
public struct Text<let lower: Int, let upper: Int>: Sendable {
    /// The text.
    public let string: String

    /// Takes `string`, or throws ``SchemaViolation`` when it is too short or long, or holds a character XML forbids.
    public init(_ string: String) throws(SchemaViolation) {
        let count = string.unicodeScalars.count
        guard count >= lower, count <= upper else {
            throw .count(count, of: "characters", outside: lower, upper)
        }
        try XMLCharacters.check(string)
        self.string = string
    }

    /// Text from a codec that checked length and characters itself.
    @inlinable
    package init(unchecked string: String) {
        self.string = string
    }
}

extension Text: Hashable {
    public static func == (left: Self, right: Self) -> Bool { ExactString(left.string) == ExactString(right.string) }

    public func hash(into hasher: inout Hasher) { ExactString(string).hash(into: &hasher) }
}

extension Text: CustomStringConvertible {
    public var description: String { string }
}

extension Text: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(string)
    }
}

/// The characters that an XML 1.0 document can hold (XML 1.0, production 2).
public enum XMLCharacters {
    /// Whether `scalar` may stand in a document.
    @inlinable
    public static func allows(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0xD7FF, 0x9, 0xA, 0xD, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    /// Throws ``SchemaViolation`` for the first character of `string` that XML forbids.
    public static func check(_ string: String) throws(SchemaViolation) {
        for (index, scalar) in string.unicodeScalars.enumerated() where !allows(scalar) {
            let code = String(scalar.value, radix: 16, uppercase: true)
            throw SchemaViolation("character \(index) is U+\(code), which XML forbids; remove it")
        }
    }
}

/// Text without a bound in the schema (`xs:string`, `xs:anyURI`).
public typealias XMLString = Text<0, 2147483647>
