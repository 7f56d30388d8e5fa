/// A whole V2GTP message: payload type and payload.
public struct V2GTPFrame: Sendable, Hashable {
    public let payloadType: V2GTPPayloadType
    public let payload: [UInt8]

    public init(payloadType: V2GTPPayloadType, payload: [UInt8]) {
        self.payloadType = payloadType
        self.payload = payload
    }

    /// Reads exactly one message.
    ///
    /// - Throws: ``FramingError`` for a bad header, a payload over the limit, missing bytes and bytes that are left over.
    public init(
        decoding bytes: Span<UInt8>, payloadLimit: Int = V2GTPReader.defaultPayloadLimit
    ) throws(FramingError) {
        let (type, range) = try Self.layout(of: bytes, payloadLimit: payloadLimit)
        var payload: [UInt8] = []
        payload.reserveCapacity(range.count)
        payload.append(copying: bytes.extracting(range))
        self.init(payloadType: type, payload: payload)
    }

    /// Where the payload of the one message in `bytes` stands, without copying it.
    public static func layout(
        of bytes: Span<UInt8>, payloadLimit: Int = V2GTPReader.defaultPayloadLimit
    ) throws(FramingError) -> (payloadType: V2GTPPayloadType, payload: Range<Int>) {
        let header = try V2GTPHeader(decoding: bytes, payloadLimit: payloadLimit)
        let present = UInt64(bytes.count)
        guard present >= header.messageLength else {
            throw FramingError(.truncated(needed: header.messageLength, present: present), at: 0 as UInt64)
        }
        guard present == header.messageLength else {
            throw FramingError(
                .trailingBytes(count: Int(clamping: present - header.messageLength)), at: header.messageLength)
        }
        return (header.payloadType, V2GTPHeader.size..<bytes.count)
    }

    /// The message as bytes.
    ///
    /// - Throws: ``FramingError/Kind-swift.enum/payloadTooLong(length:limit:)`` from 2^32 payload bytes on.
    public func encoded() throws(FramingError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(V2GTPHeader.size + payload.count)
        try append(to: &bytes)
        return bytes
    }

    /// Appends the message; when it throws, `buffer` is as it was.
    public func append(to buffer: inout [UInt8]) throws(FramingError) {
        let header = try V2GTPHeader(payloadType: payloadType, payloadCount: payload.count)
        header.append(to: &buffer)
        buffer.append(contentsOf: payload)
    }

    /// Appends a message whose payload `body` appends: the header is filled in afterwards, so nothing is copied.
    ///
    /// When `body` throws, `buffer` is cut back to what it was and the error is passed on.
    ///
    /// - Parameter body: Must only append; taking away what it found is a fault of the caller.
    /// - Throws: What `body` throws, as ``AppendFault/body(_:)``; ``AppendFault/framing(_:)`` from 2^32 bytes on.
    public static func append<Failure: Error>(
        _ payloadType: V2GTPPayloadType, to buffer: inout [UInt8],
        body: (inout [UInt8]) throws(Failure) -> Void
    ) throws(AppendFault<Failure>) {
        let start = buffer.count
        V2GTPHeader(payloadType: payloadType, payloadLength: 0).append(to: &buffer)
        let payloadStart = buffer.count
        do {
            try body(&buffer)
        } catch {
            buffer.removeLast(max(0, buffer.count - start))
            throw AppendFault.body(error)
        }
        precondition(buffer.count >= payloadStart, "the body of a message took bytes away from the buffer")
        do throws(FramingError) {
            let header = try V2GTPHeader(payloadType: payloadType, payloadCount: buffer.count - payloadStart)
            var span = buffer.mutableSpan
            header.write(into: &span, at: start)
        } catch {
            buffer.removeLast(max(0, buffer.count - start))
            throw AppendFault.framing(error)
        }
    }

    /// Why a message was not appended.
    public enum AppendFault<Failure: Error>: Error {
        /// The payload's writer failed.
        case body(Failure)
        /// The payload does not fit a message.
        case framing(FramingError)
    }
}

extension [UInt8] {
    /// Appends what a span borrows, in one copy.
    mutating func append(copying bytes: Span<UInt8>) {
        // The pointer does not leave the closure, and the array copies from it before it ends.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
