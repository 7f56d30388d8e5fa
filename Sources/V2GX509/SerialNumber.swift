internal import V2GPrimitives

/// A certificate serial number (RFC 5280 4.1.2.2), kept as its DER content so that odd ones can be reported.
public struct SerialNumber: Sendable, Hashable, CustomStringConvertible {
    /// Two's complement, minimal, never empty.
    public let content: [UInt8]

    init(content: some Collection<UInt8>) { self.content = Array(content) }

    /// A positive serial from its big-endian magnitude; leading zeros are dropped.
    public init(magnitude: some Collection<UInt8>) {
        var content = Array(magnitude.drop { $0 == 0 })
        if content.first.map({ $0 >= 0x80 }) ?? true { content.insert(0, at: 0) }
        self.content = content
    }

    public var isNegative: Bool { content.first.map { $0 >= 0x80 } ?? false }
    public var isZero: Bool { content.allSatisfy { $0 == 0 } }

    /// Big endian without leading zeros; meaningful for serials that are not negative.
    public var magnitude: [UInt8] { Array(content.drop { $0 == 0 }) }

    /// Lower-case hexadecimal without leading zero digits, as OCPP 2.0.1 writes serials; `0` for zero.
    public var hex: String {
        let digits = Hex.encode(content)
        let trimmed = digits.drop { $0 == "0" }
        return trimmed.isEmpty ? "0" : String(trimmed)
    }

    public var description: String { hex }
}
