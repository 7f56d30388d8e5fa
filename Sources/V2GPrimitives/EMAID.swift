/// An e-mobility account identifier, the name of a charging contract (ISO 15118-2 Annex H).
///
/// Two letters of country, three letters or digits of provider, nine of instance, and optionally a check digit. Dashes
/// between the parts may be given or left out, and case does not matter; two values are equal when their
/// ``normalized`` forms are.
///
/// A wrong check digit does not make a value invalid: identifiers with one are in the field, and a station must not
/// turn a car away for it. Ask ``checkDigitState``.
public struct EMAID: Sendable, Hashable, LosslessStringConvertible {
    /// What can be said of the check digit.
    public enum CheckDigitState: Sendable, Hashable {
        /// The identifier was written without one (14 characters).
        case absent
        /// The 15th character is the right one.
        case valid
        /// The 15th character should be another one.
        case wrong(expected: Character)
    }

    /// 14 characters, or 15 with a check digit, in upper case and without separators.
    public let normalized: String

    /// Reads an identifier with or without dashes, in any case; `nil` when it does not have the form.
    public init?(_ text: String) {
        var scanner = IdentifierScanner(text)
        guard scanner.take(2, where: ASCII.isLetter) else { return nil }
        scanner.skip(ASCII.dash)
        guard scanner.take(3, where: ASCII.isAlphanumeric) else { return nil }
        scanner.skip(ASCII.dash)
        guard scanner.take(9, where: ASCII.isAlphanumeric) else { return nil }
        if !scanner.isAtEnd {
            scanner.skip(ASCII.dash)
            guard scanner.take(1, where: ASCII.isAlphanumeric) else { return nil }
        }
        guard scanner.isAtEnd else { return nil }
        normalized = scanner.collected.asciiText
    }

    private init(normalized: [UInt8]) { self.normalized = normalized.asciiText }

    public var description: String { normalized }

    /// ISO 3166-1 alpha-2 country code.
    public var countryCode: String { String(normalized.prefix(2)) }
    /// The mobility operator's three characters.
    public var providerID: String { String(normalized.dropFirst(2).prefix(3)) }
    /// Nine characters that name the contract within its provider.
    public var instance: String { String(normalized.dropFirst(5).prefix(9)) }
    /// The check digit, `nil` when none was given.
    public var checkDigit: Character? { normalized.utf8.count == 15 ? normalized.last : nil }

    /// With dashes: `CC-PPP-IIIIIIIII`, and `-X` when there is a check digit.
    public var separated: String {
        let head = "\(countryCode)-\(providerID)-\(instance)"
        return checkDigit.map { "\(head)-\($0)" } ?? head
    }

    /// The check digit that belongs to the first 14 characters.
    public var expectedCheckDigit: Character {
        Character(UnicodeScalar(EMAIDCheckDigit.compute(normalized.utf8.prefix(14))))
    }

    public var checkDigitState: CheckDigitState {
        guard let checkDigit else { return .absent }
        let expected = expectedCheckDigit
        return checkDigit == expected ? .valid : .wrong(expected: expected)
    }

    /// The same contract written with its right check digit, whatever stood there.
    public var withCheckDigit: EMAID {
        var characters = Array(normalized.utf8.prefix(14))
        characters.append(EMAIDCheckDigit.compute(characters))
        return EMAID(normalized: characters)
    }

    /// Whether both name one contract: equal, or equal but for a check digit that one of them leaves out.
    public func namesSameContract(as other: EMAID) -> Bool {
        guard normalized.utf8.prefix(14).elementsEqual(other.normalized.utf8.prefix(14)) else { return false }
        guard let checkDigit, let otherDigit = other.checkDigit else { return true }
        return checkDigit == otherDigit
    }
}

extension EMAID: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeIdentifier("eMAID") { EMAID($0) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(normalized)
    }
}

extension Decoder {
    /// Reads an identifier from a single string, for the `Codable` of the identifier types.
    func decodeIdentifier<Identifier>(_ name: String, _ parse: (String) -> Identifier?) throws -> Identifier {
        let container = try singleValueContainer()
        guard let value = parse(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "the text is not a valid \(name)")
        }
        return value
    }
}
