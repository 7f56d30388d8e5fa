/// A provisioning certificate identifier, the name of a car towards contract installation: a world manufacturer
/// identifier of three characters, 14 letters or digits, and optionally a check digit.
///
/// How the check digit is computed is in no public source, so it is kept and never judged.
public struct PCID: Sendable, Hashable, LosslessStringConvertible {
    /// 17 or 18 characters in upper case and without dashes.
    public let normalized: String

    /// Reads an identifier, with or without dashes between its parts, in any case; `nil` when it does not have the
    /// form.
    public init?(_ text: String) {
        var scanner = IdentifierScanner(text)
        guard scanner.take(3, where: ASCII.isAlphanumeric) else { return nil }
        scanner.skip(ASCII.dash)
        guard scanner.take(14, where: ASCII.isAlphanumeric) else { return nil }
        if !scanner.isAtEnd {
            scanner.skip(ASCII.dash)
            guard scanner.take(1, where: ASCII.isAlphanumeric) else { return nil }
        }
        guard scanner.isAtEnd else { return nil }
        normalized = scanner.collected.asciiText
    }

    public var description: String { normalized }

    /// World manufacturer identifier.
    public var manufacturerID: String { String(normalized.prefix(3)) }
    /// The 18th character, `nil` when there is none.
    public var checkDigit: Character? { normalized.utf8.count == 18 ? normalized.last : nil }
}

extension PCID: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeIdentifier("PCID") { PCID($0) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(normalized)
    }
}
