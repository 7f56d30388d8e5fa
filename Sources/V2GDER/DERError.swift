/// Bytes that are not the DER they should be, with the place.
public struct DERError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with the bytes.
    public enum Kind: Sendable, Hashable {
        /// Fewer bytes remain than the element needs.
        case truncated
        /// Bytes follow the end of the element.
        case trailingBytes(count: Int)
        /// Another tag stands where `expected` should.
        case unexpectedTag(found: UInt8, expected: UInt8)
        /// A tag number over 30, which nothing in X.509 uses.
        case highTagNumber
        /// A length that is indefinite, not minimal, or over four bytes.
        case badLength
        /// A value that breaks the encoding rules of its type; the text names the rule.
        case badValue(String)
        /// More elements than the reader's bound allows.
        case tooMany(String)
    }

    public let kind: Kind
    /// Byte offset from the start of the input.
    public let offset: Int

    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    public var description: String {
        switch kind {
        case .truncated: "the data ends inside an element at byte \(offset)"
        case .trailingBytes(let count): "\(count) bytes follow the end of the structure at byte \(offset)"
        case .unexpectedTag(let found, let expected):
            "tag 0x\(String(found, radix: 16)) at byte \(offset) where 0x\(String(expected, radix: 16)) is expected"
        case .highTagNumber: "a multi-byte tag at byte \(offset)"
        case .badLength: "a length at byte \(offset) that DER does not allow"
        case .badValue(let rule): "\(rule) at byte \(offset)"
        case .tooMany(let what): "too many \(what) at byte \(offset)"
        }
    }
}
