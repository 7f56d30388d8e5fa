/// The name of a station's communication controller (ISO 15118-20): country, operator, `S`, and a controller number of
/// at least 32 letters or digits, optionally with a check digit. As text it has 39...64 characters.
///
/// How the check digit is computed is in no public source, so it is kept and never judged.
public struct SECCID: Sendable, Hashable, LosslessStringConvertible {
    /// In upper case and without dashes.
    public let normalized: String

    /// Reads an identifier with or without dashes, in any case; `nil` when it does not have the form.
    public init?(_ text: String) {
        var scanner = IdentifierScanner(text)
        guard (39...64).contains(scanner.length), scanner.take(2, where: ASCII.isLetter) else { return nil }
        scanner.skip(ASCII.dash)
        guard scanner.take(3, where: ASCII.isAlphanumeric) else { return nil }
        scanner.skip(ASCII.dash)
        guard scanner.take(letter: UInt8(ascii: "S")) else { return nil }
        scanner.skip(ASCII.dash)
        guard scanner.takeAlphanumerics() >= 32 else { return nil }
        if !scanner.isAtEnd {
            guard scanner.skip(ASCII.dash), scanner.take(1, where: ASCII.isAlphanumeric) else { return nil }
        }
        guard scanner.isAtEnd else { return nil }
        normalized = scanner.collected.asciiText
    }

    public var description: String { normalized }

    /// ISO 3166-1 alpha-2 country code.
    public var countryCode: String { String(normalized.prefix(2)) }
    /// The charge point operator's three characters.
    public var operatorID: String { String(normalized.dropFirst(2).prefix(3)) }
    /// What follows the `S`, with the check digit if there is one.
    public var controller: String { String(normalized.dropFirst(6)) }
}

extension SECCID: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeIdentifier("SECCID") { SECCID($0) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(normalized)
    }
}
