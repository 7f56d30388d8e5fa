/// A contract identifier in the older form of DIN 91286: country, provider, six characters and a check digit.
///
/// It lives on inside an eMAID: a contract that began in this form carries it in the instance part.
public struct DINContractID: Sendable, Hashable, LosslessStringConvertible {
    /// How the older identifier is placed inside an eMAID's nine instance characters.
    public enum Embedding: Sendable, Hashable, CaseIterable {
        /// `00`, the six characters, the check digit (ISO 15118).
        case iso
        /// `C0`, the six characters, the check digit (eMI3).
        case emi3

        var prefix: [UInt8] { self == .iso ? Array("00".utf8) : Array("C0".utf8) }
    }

    /// 12 characters with the check digit, in upper case and without separators.
    public let normalized: String

    /// Reads an identifier with or without `-` or `*` between its parts, in any case. A check digit that is left out
    /// is added; `nil` when the form is another or the check digit is wrong.
    public init?(_ text: String) {
        var scanner = IdentifierScanner(text)
        guard scanner.take(2, where: ASCII.isLetter) else { return nil }
        scanner.skipDINSeparator()
        guard scanner.take(3, where: ASCII.isAlphanumeric) else { return nil }
        scanner.skipDINSeparator()
        guard scanner.take(6, where: ASCII.isAlphanumeric) else { return nil }
        var characters = scanner.collected
        let expected = Self.checkDigit(of: characters)
        if !scanner.isAtEnd {
            scanner.skipDINSeparator()
            guard scanner.take(1, where: { ASCII.uppercased($0) == expected }), scanner.isAtEnd else { return nil }
        }
        characters.append(expected)
        normalized = characters.asciiText
    }

    /// Takes the older identifier out of an eMAID that carries one; `nil` when its instance does not start with `00`
    /// or `C0` or the embedded check digit is wrong.
    public init?(embeddedIn emaid: EMAID) {
        let characters = Array(emaid.normalized.utf8.prefix(14))
        let marker = Array(characters[5..<7])
        guard Embedding.allCases.contains(where: { $0.prefix == marker }) else { return nil }
        self.init((characters[0..<5] + characters[7...]).map { $0 }.asciiText)
    }

    public var description: String { normalized }

    public var countryCode: String { String(normalized.prefix(2)) }
    public var providerID: String { String(normalized.dropFirst(2).prefix(3)) }
    public var instance: String { String(normalized.dropFirst(5).prefix(6)) }
    public var checkDigit: Character { normalized.last ?? "X" }

    /// The eMAID that stands for this contract, with its own check digit; `nil` never happens for a parsed value.
    public func emaid(_ embedding: Embedding = .iso) -> EMAID? {
        let characters = Array(normalized.utf8)
        return EMAID((characters[0..<5] + embedding.prefix + characters[5...]).map { $0 }.asciiText)?.withCheckDigit
    }

    /// The check digit over country, provider and six characters: a weighted sum modulo 11, ten written as `X`.
    static func checkDigit(of characters: [UInt8]) -> UInt8 {
        var sum = 0
        var power = 0
        for character in characters {
            let value = ASCII.base36(character) ?? 0
            if ASCII.isDigit(character) {
                sum += value << power
                power += 1
            } else {
                sum += (value / 10) << power + (value % 10) << (power + 1)
                power += 2
            }
        }
        let rest = sum % 11
        return rest == 10 ? UInt8(ascii: "X") : ASCII.base36Digit(rest)
    }
}

extension IdentifierScanner {
    /// The older form was written with dashes or with stars.
    fileprivate mutating func skipDINSeparator() {
        if !skip(ASCII.dash) { skip(ASCII.star) }
    }
}
