/// The name of a car's communication controller. In edition -2 it is the controller's MAC address, in edition -20 a
/// text that starts with the world manufacturer identifier.
///
/// No public source gives the exact syntax of edition -20, so 4...64 letters and digits are taken; dashes and colons
/// are dropped and case does not matter.
public struct EVCCID: Sendable, Hashable, LosslessStringConvertible {
    /// In upper case and without separators.
    public let normalized: String

    /// Reads either form; `nil` when characters other than letters, digits, dashes and colons occur, or the number of
    /// letters and digits is not 4...64.
    public init?(_ text: String) {
        var scanner = IdentifierScanner(text)
        guard scanner.length <= 128 else { return nil }
        while !scanner.isAtEnd {
            if scanner.skip(ASCII.dash) || scanner.skip(UInt8(ascii: ":")) { continue }
            guard scanner.take(1, where: ASCII.isAlphanumeric) else { return nil }
        }
        guard (4...64).contains(scanner.collected.count) else { return nil }
        normalized = scanner.collected.asciiText
    }

    /// Names a controller of edition -2 by its MAC address; `nil` unless it has six bytes.
    public init?(macAddress: [UInt8]) {
        guard macAddress.count == 6 else { return nil }
        normalized = Hex.encode(macAddress, uppercase: true)
    }

    public var description: String { normalized }

    /// The MAC address, when the text is one: exactly 12 hexadecimal digits.
    public var macAddress: [UInt8]? {
        guard normalized.utf8.count == 12 else { return nil }
        return Hex.decode(normalized)
    }
}

extension EVCCID: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeIdentifier("EVCCID") { EVCCID($0) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(normalized)
    }
}
