/// The identifier of a signed element (`xs:ID`, `xs:IDREF`): a name without a colon, such as `id1`.
///
/// XML Schema part 2, 3.3.8. Peers differ in case and style (`ID1`, `id1`); an identifier is compared as it is, code point
/// by code point.
@frozen
public struct XMLID: Sendable, CustomStringConvertible {
    /// The name.
    public let string: String

    public var description: String { string }

    /// Takes `string`, or throws ``SchemaViolation`` when it is no NCName (Namespaces in XML 1.0, production 4).
    public init(_ string: String) throws(SchemaViolation) {
        guard Self.isName(string) else {
            throw SchemaViolation(
                "an identifier starts with a letter or '_' and goes on with letters, digits, '.', '-', '_' (xs:ID)")
        }
        self.string = string
    }

    /// Takes `string`, or nothing when it is no NCName.
    @inlinable
    package init?(name string: String) {
        guard Self.isName(string) else { return nil }
        self.string = string
    }

    /// A name from a caller that wrote it out itself.
    package init(unchecked string: String) { self.string = string }

    @usableFromInline
    static func isName(_ string: String) -> Bool {
        var isStart = true
        for octet in string.utf8 {
            switch octet {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): break
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
                if isStart { return false }
            default: return isNameOfAnyCharacters(string)
            }
            isStart = false
        }
        return !isStart
    }

    private static func isNameOfAnyCharacters(_ string: String) -> Bool {
        guard let first = string.unicodeScalars.first, isNameStart(first) else { return false }
        return string.unicodeScalars.dropFirst().allSatisfy(isNamePart)
    }

    /// NameStartChar without the colon (XML 1.0, production 4).
    private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x41...0x5A, 0x5F, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF,
            0x200C...0x200D, 0x2070...0x218F, 0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD,
            0x10000...0xEFFFF:
            true
        default: false
        }
    }

    /// NameChar without the colon (XML 1.0, production 4a).
    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2D...0x2E, 0x30...0x39, 0xB7, 0x300...0x36F, 0x203F...0x2040: true
        default: isNameStart(scalar)
        }
    }
}

extension XMLID: Hashable {
    public static func == (left: XMLID, right: XMLID) -> Bool { ExactString(left.string) == ExactString(right.string) }

    public func hash(into hasher: inout Hasher) { ExactString(string).hash(into: &hasher) }
}

extension XMLID: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(string)
    }
}
