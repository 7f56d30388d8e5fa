/// The eight bytes in front of every V2GTP payload, big endian: version 0x01, its inverse 0xFE, payload type, payload
/// length (ISO 15118-2 7.8.3). DIN 70121 and both editions of ISO 15118 use the same.
public struct V2GTPHeader: Sendable, Hashable {
    /// Bytes of a header.
    public static let size = 8
    /// The only protocol version there is.
    public static let version: UInt8 = 0x01
    /// The bitwise inverse of ``version``, as the second byte.
    public static let inverseVersion: UInt8 = 0xfe

    public let payloadType: V2GTPPayloadType
    /// Bytes of the payload alone.
    public let payloadLength: UInt32

    public init(payloadType: V2GTPPayloadType, payloadLength: UInt32) {
        self.payloadType = payloadType
        self.payloadLength = payloadLength
    }

    /// A header for a payload of `count` bytes.
    ///
    /// - Throws: ``FramingError/Kind-swift.enum/payloadTooLong(length:limit:)`` when the length field cannot hold it.
    public init(payloadType: V2GTPPayloadType, payloadCount count: Int) throws(FramingError) {
        guard let length = UInt32(exactly: count) else {
            throw FramingError(
                .payloadTooLong(length: UInt64(clamping: count), limit: UInt64(UInt32.max)), at: 4 as UInt64)
        }
        self.init(payloadType: payloadType, payloadLength: length)
    }

    /// Reads the header at the front of `bytes`; what follows it is not looked at.
    ///
    /// - Parameter payloadLimit: The longest payload that is accepted.
    /// - Throws: ``FramingError`` with the offset from the start of `bytes`. A wrong version is reported even when the
    ///   header is not complete.
    public init(
        decoding bytes: Span<UInt8>, payloadLimit: Int = V2GTPReader.defaultPayloadLimit
    ) throws(FramingError) {
        var prefix = Prefix()
        var index = 0
        while index < bytes.count, prefix.count < Self.size {
            try prefix.append(bytes[index])
            index += 1
        }
        guard prefix.count == Self.size else {
            throw FramingError(.truncated(needed: UInt64(Self.size), present: UInt64(prefix.count)), at: 0 as UInt64)
        }
        self = try prefix.header(payloadLimit: payloadLimit)
    }

    /// The whole message: header and payload.
    public var messageLength: UInt64 { UInt64(payloadLength) + UInt64(Self.size) }

    /// The eight bytes as a number, first byte on top.
    private var bits: UInt64 {
        UInt64(Self.version) << 56 | UInt64(Self.inverseVersion) << 48 | UInt64(payloadType.rawValue) << 32
            | UInt64(payloadLength)
    }

    /// Appends the eight bytes.
    public func append(to buffer: inout [UInt8]) {
        let bits = bits
        for shift in stride(from: 56, through: 0, by: -8) { buffer.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }

    /// Writes the eight bytes into a buffer that already has room for them, so that the payload behind them need not
    /// be copied. Room for eight bytes from `offset` on is the caller's duty.
    public func write(into buffer: inout MutableSpan<UInt8>, at offset: Int = 0) {
        precondition(
            offset >= 0 && offset <= buffer.count && buffer.count - offset >= Self.size,
            "a V2GTP header needs \(Self.size) bytes from offset \(offset) of a buffer of \(buffer.count)")
        let bits = bits
        for index in 0..<Self.size {
            buffer[offset + index] = UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * index))
        }
    }
}

extension V2GTPHeader {
    /// The bytes of a header that have arrived so far, each judged as it comes.
    struct Prefix: Sendable, Hashable {
        private var bits: UInt64 = 0
        private(set) var count = 0

        /// Takes the next byte; eight at most.
        mutating func append(_ byte: UInt8) throws(FramingError) {
            if count == 0, byte != V2GTPHeader.version {
                throw FramingError(.badVersion(found: byte), at: 0 as UInt64)
            }
            if count == 1, byte != V2GTPHeader.inverseVersion {
                throw FramingError(.badInverse(found: byte), at: 1 as UInt64)
            }
            bits = bits << 8 | UInt64(byte)
            count += 1
        }

        /// The complete header, once ``count`` is eight.
        func header(payloadLimit: Int) throws(FramingError) -> V2GTPHeader {
            let length = UInt32(truncatingIfNeeded: bits)
            guard UInt64(length) <= UInt64(clamping: payloadLimit) else {
                throw FramingError(
                    .payloadTooLong(length: UInt64(length), limit: UInt64(clamping: payloadLimit)), at: 4 as UInt64)
            }
            return V2GTPHeader(
                payloadType: V2GTPPayloadType(rawValue: UInt16(truncatingIfNeeded: bits >> 32)), payloadLength: length)
        }
    }
}
