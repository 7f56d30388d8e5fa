/// The name of a charging point: country, operator, `E` and an outlet number (ISO 15118-2 Annex H, DIN 91286).
///
/// `*` between the parts may be given or left out, and case does not matter but for the `E`: without a `*` before it,
/// it must be upper-case, or half the dictionary would be station names. Two values are equal when their
/// ``normalized`` forms are. As text it has 7...37 characters.
public struct EVSEID: Sendable, Hashable, LosslessStringConvertible {
    /// In upper case and without `*`.
    public let normalized: String

    /// Reads an identifier with or without `*`, in any case; `nil` when it does not have the form.
    public init?(_ text: String) {
        var scanner = IdentifierScanner(text)
        guard (7...37).contains(scanner.length), scanner.take(2, where: ASCII.isLetter) else { return nil }
        scanner.skip(ASCII.star)
        guard scanner.take(3, where: ASCII.isAlphanumeric) else { return nil }
        let isMarked = scanner.skip(ASCII.star)
        guard isMarked ? scanner.take(letter: UInt8(ascii: "E")) : scanner.take(1, where: { $0 == UInt8(ascii: "E") }),
            (1...30).contains(scanner.remaining)
        else { return nil }
        var outletLength = 0
        while !scanner.isAtEnd {
            if scanner.skip(ASCII.star) { continue }
            guard scanner.take(1, where: ASCII.isAlphanumeric) else { return nil }
            outletLength += 1
        }
        guard outletLength > 0 else { return nil }
        normalized = scanner.collected.asciiText
    }

    public var description: String { normalized }

    /// ISO 3166-1 alpha-2 country code.
    public var countryCode: String { String(normalized.prefix(2)) }
    /// The charge point operator's three characters.
    public var operatorID: String { String(normalized.dropFirst(2).prefix(3)) }
    /// What follows the `E`, without `*`.
    public var outlet: String { String(normalized.dropFirst(6)) }

    /// With `*` between country, operator and outlet: `CC*OOO*E...`.
    public var separated: String { "\(countryCode)*\(operatorID)*E\(outlet)" }
}

extension EVSEID: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeIdentifier("EVSEID") { EVSEID($0) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(normalized)
    }
}
