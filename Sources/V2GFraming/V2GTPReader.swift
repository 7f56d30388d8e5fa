/// Cuts a byte stream into V2GTP messages, whatever pieces it arrives in.
///
/// Feed it what a socket gives, in order. One message may come in many pieces and one piece may hold many messages.
/// The reader keeps the message that is not complete yet and nothing else: at most a header and ``payloadLimit`` bytes.
///
/// - A length over the limit is refused when the header is complete, before anything is allocated or kept for it.
/// - Memory grows with the bytes that arrived, never with the length that was announced: a peer that announces the limit
///   and then sends nothing costs nothing.
/// - Each byte is copied a bounded number of times on average, however small the pieces are.
/// - A bad header is final. The stream has lost its boundaries, so each later call throws the same error again; answer
///   nothing and close the connection.
///
/// The reader does not judge payload types: it hands out reserved ones too, so that a session can name what it refuses.
public struct V2GTPReader: Sendable {
    /// The longest payload that is accepted unless the caller says otherwise: 64 KiB, about five times what the longest
    /// message known from the field needs.
    public static let defaultPayloadLimit = 65_536
    /// Where the limit ends, whatever the caller asks for: what the length field, and half an address space, can hold.
    private static let largestPayloadLimit = Int(clamping: UInt64(UInt32.max))

    /// The longest payload that this reader accepts, in bytes.
    public let payloadLimit: Int
    /// The error that ended the stream; sticky.
    public private(set) var failure: FramingError?
    /// Where in the stream the message that is being read starts: the bytes of all messages handed out so far.
    public private(set) var frameOffset: UInt64 = 0

    private var prefix = V2GTPHeader.Prefix()
    private var header: V2GTPHeader?
    private var payload: [UInt8] = []

    /// - Parameter payloadLimit: In bytes; negative counts as 0, and the length field ends it at 2^32 - 1.
    public init(payloadLimit: Int = V2GTPReader.defaultPayloadLimit) {
        self.payloadLimit = min(max(0, payloadLimit), Self.largestPayloadLimit)
    }

    /// Reads on from `position` of `chunk` and returns the next message as soon as it is complete.
    ///
    /// `nil` means that the chunk is used up and more has to arrive. Call it until then; `position` moves on. This is the
    /// call for a receiver that handles one message at a time, and stops reading the socket meanwhile.
    ///
    /// - Throws: ``FramingError`` with an offset in the stream, for a bad header; from then on always the same.
    public mutating func next(
        in chunk: Span<UInt8>, from position: inout Int
    ) throws(FramingError) -> V2GTPFrame? {
        if let failure { throw failure }
        precondition(position >= 0 && position <= chunk.count, "position \(position) is outside the chunk")
        guard let header = try readHeader(in: chunk, from: &position) else { return nil }

        let length = Int(clamping: header.payloadLength)
        let taken = min(length - payload.count, chunk.count - position)
        if taken > 0 {
            reserve(payload.count + taken, of: length)
            payload.append(copying: chunk.extracting(position..<position + taken))
            position += taken
        }
        guard payload.count == length else { return nil }
        let frame = V2GTPFrame(payloadType: header.payloadType, payload: payload)
        frameOffset &+= header.messageLength
        startOver()
        return frame
    }

    /// Reads all of `chunk` and appends the messages that it completes to `frames`.
    ///
    /// - Throws: ``FramingError`` as ``next(in:from:)``; messages in front of the fault are in `frames` all the same.
    public mutating func feed(_ chunk: Span<UInt8>, into frames: inout [V2GTPFrame]) throws(FramingError) {
        var position = 0
        while let frame = try next(in: chunk, from: &position) { frames.append(frame) }
    }

    /// Reads all of `chunk` and returns the messages that it completes. When it throws they are lost; use
    /// ``feed(_:into:)`` to have the messages in front of a fault.
    public mutating func feed(_ chunk: [UInt8]) throws(FramingError) -> [V2GTPFrame] {
        var frames: [V2GTPFrame] = []
        try feed(chunk.span, into: &frames)
        return frames
    }

    /// Says that the stream has ended.
    ///
    /// - Throws: ``FramingError/Kind-swift.enum/truncated(needed:present:)`` when it ended inside a message, or the
    ///   error that had ended it before.
    public mutating func finish() throws(FramingError) {
        if let failure { throw failure }
        guard !isAtBoundary else { return }
        let error = FramingError(
            .truncated(needed: header?.messageLength ?? UInt64(V2GTPHeader.size), present: UInt64(bufferedBytes)),
            at: frameOffset)
        throw fail(error)
    }

    /// Whether no byte of a message has arrived without its end.
    public var isAtBoundary: Bool { prefix.count == 0 }

    /// Bytes that must at least arrive before ``next(in:from:)`` can say more: the rest of the header, then the rest of
    /// the payload. 0 after a failure.
    public var missing: Int {
        guard failure == nil else { return 0 }
        guard let header else { return V2GTPHeader.size - prefix.count }
        return Int(clamping: header.payloadLength) - payload.count
    }

    /// The header of the message that is being read, once it is complete.
    public var currentHeader: V2GTPHeader? { header }

    /// Bytes of the incomplete message that the reader holds, header included.
    public var bufferedBytes: Int { prefix.count + payload.count }

    /// Bytes that are allocated for the incomplete message.
    package var allocatedBytes: Int { payload.capacity }

    private mutating func readHeader(
        in chunk: Span<UInt8>, from position: inout Int
    ) throws(FramingError) -> V2GTPHeader? {
        if let header { return header }
        do {
            while prefix.count < V2GTPHeader.size {
                guard position < chunk.count else { return nil }
                try prefix.append(chunk[position])
                position += 1
            }
            let complete = try prefix.header(payloadLimit: payloadLimit)
            header = complete
            return complete
        } catch {
            throw fail(error.shifted(by: frameOffset))
        }
    }

    /// Makes room for `needed` of `length` bytes: all at once when all are there, by doubling when they drip in.
    private mutating func reserve(_ needed: Int, of length: Int) {
        let capacity = payload.capacity
        guard needed > capacity else { return }
        let doubled = capacity > length / 2 ? length : capacity * 2
        payload.reserveCapacity(min(length, max(needed, doubled)))
    }

    private mutating func fail(_ error: FramingError) -> FramingError {
        failure = error
        startOver()
        return error
    }

    private mutating func startOver() {
        prefix = V2GTPHeader.Prefix()
        header = nil
        payload = []
    }
}
