/// Bytes that are not the V2GTP or SDP message that they should be, with the place.
public struct FramingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with the bytes.
    public enum Kind: Sendable, Hashable {
        /// The input ends before the message does.
        case truncated(needed: UInt64, present: UInt64)
        /// Bytes follow the end of the only message that may be there.
        case trailingBytes(count: Int)
        /// The first byte of a header is not version 1.
        case badVersion(found: UInt8)
        /// The second byte of a header is not the inverse of the first.
        case badInverse(found: UInt8)
        /// A payload is longer than its reader or writer allows.
        case payloadTooLong(length: UInt64, limit: UInt64)
        /// A payload type that has no place here; `expected` says which would.
        case unexpectedPayloadType(found: V2GTPPayloadType, expected: String)
        /// A payload whose length does not fit its type.
        case badSize(what: String, found: Int, expected: String)
        /// A number that its field does not allow.
        case badValue(field: String, found: UInt16, allowed: String)
        /// A byte in a text field that is not printable ASCII, or padding with text after it.
        case badText(field: String, found: UInt8)
    }

    public let kind: Kind
    /// Where: bytes from the start of the stream or datagram, or of the payload where only that was given.
    public let offset: UInt64

    public init(_ kind: Kind, at offset: UInt64) {
        self.kind = kind
        self.offset = offset
    }

    init(_ kind: Kind, at offset: Int) {
        self.init(kind, at: UInt64(clamping: offset))
    }

    /// The same fault in a message that starts `distance` bytes into the input.
    func shifted(by distance: UInt64) -> FramingError { FramingError(kind, at: offset &+ distance) }

    public var description: String {
        switch kind {
        case .truncated(let needed, let present):
            "the message that starts at byte \(offset) ends after \(present) of \(needed) bytes; the peer stopped in "
                + "the middle, or the capture is cut"
        case .trailingBytes(let count):
            "\(count) bytes follow the end of the message at byte \(offset); a datagram holds exactly one message"
        case .badVersion(let found):
            "V2GTP version \(Self.hex(found)) at byte \(offset), where 0x01 must stand; this is no V2GTP, or an earlier "
                + "length was wrong. Close the connection: such a stream cannot be picked up again"
        case .badInverse(let found):
            "byte \(offset) is \(Self.hex(found)), where 0xfe, the inverse of the version, must stand. Close the "
                + "connection: such a stream cannot be picked up again"
        case .payloadTooLong(let length, let limit):
            "the length at byte \(offset) announces \(length) payload bytes, more than the limit of \(limit); nothing "
                + "was buffered. Raise the limit only if the peer is known to need it"
        case .unexpectedPayloadType(let found, let expected):
            "payload type \(found) at byte \(offset), where \(expected) is expected"
        case .badSize(let what, let found, let expected):
            "\(what) has \(found) bytes at byte \(offset), where \(expected) are expected"
        case .badValue(let field, let found, let allowed):
            "\(field) is 0x\(String(found, radix: 16)) at byte \(offset); allowed is \(allowed)"
        case .badText(let field, let found):
            "\(field) holds the byte \(Self.hex(found)) at byte \(offset), where printable ASCII padded with zero bytes "
                + "is expected"
        }
    }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0x0" : "0x") + String(byte, radix: 16) }
}
