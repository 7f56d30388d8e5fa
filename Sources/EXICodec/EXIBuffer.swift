public import SchemaTypes

/// Memory to encode into, again and again without allocating.
public struct EXIBuffer: ~Copyable, Sendable {
    private var storage: [UInt8]
    /// Number of octets of the document that was encoded last.
    public private(set) var count = 0

    /// A buffer for documents of up to `capacity` octets; it grows when one is larger, and keeps its size.
    public init(capacity: Int = 4096) {
        storage = [UInt8](repeating: 0, count: max(64, capacity + 8))
    }

    /// The document that was encoded last.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span.extracting(0..<count) }
    }

    /// The document that was encoded last, copied.
    public var array: [UInt8] { Array(storage[0..<count]) }

    /// Runs `body` with a writer on this buffer, once more with a larger buffer when it was too small.
    ///
    /// - Throws: ``SchemaViolation`` for an element of a wildcard that cannot stand there; the buffer is then empty.
    @usableFromInline
    package mutating func encode(
        context: EXIContext? = nil, form: EXIForm = EXIForm(), _ body: (inout EXIWriter) -> Void
    ) throws(SchemaViolation) {
        count = 0
        while true {
            var violation: SchemaViolation?
            let needed = unsafe storage.withUnsafeMutableBytes { buffer in
                guard let address = buffer.baseAddress else { return 0 }
                var writer = unsafe EXIWriter(buffer, at: address, context: context, form: form)
                body(&writer)
                violation = writer.violation
                return writer.octetCount
            }
            if let violation { throw violation }
            if needed + 8 <= storage.count {
                count = needed
                return
            }
            storage = [UInt8](repeating: 0, count: needed * 2 + 8)
        }
    }
}
