public import SchemaTypes

/// Memory to encode into, again and again without allocating.
@safe
public struct EXIBuffer: ~Copyable, @unchecked Sendable {
    // Its own memory rather than an array's: nothing has to be asked of it before a message is written. Noncopyable, so
    // that whoever holds the buffer is the only one to reach it.
    @usableFromInline
    var base: UnsafeMutableRawPointer
    @usableFromInline
    var capacity: Int
    /// Number of octets of the document that was encoded last.
    @inlinable
    public var count: Int { octetCount }
    @usableFromInline
    var octetCount = 0

    /// A buffer for documents of up to `capacity` octets; it grows when one is larger, and keeps its size.
    public init(capacity: Int = 4096) {
        self.capacity = max(64, capacity + 8)
        unsafe base = Self.memory(self.capacity)
    }

    deinit { unsafe base.deallocate() }

    /// The document that was encoded last.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let octets = unsafe UnsafeRawBufferPointer(start: base, count: count).assumingMemoryBound(to: UInt8.self)
            return unsafe _overrideLifetime(Span(_unsafeElements: octets), borrowing: self)
        }
    }

    /// The document that was encoded last, copied.
    public var array: [UInt8] { unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count)) }

    /// Runs `body` with a writer on this buffer, once more with a larger buffer when it was too small.
    ///
    /// - Throws: ``SchemaViolation`` for an element of a wildcard that cannot stand there; the buffer is then empty.
    @inlinable
    @inline(__always)
    package mutating func encode(
        context: EXIContext? = nil, form: EXIForm = EXIForm(), _ body: (inout EXIWriter) -> Void
    ) throws(SchemaViolation) {
        octetCount = 0
        while true {
            var writer = unsafe EXIWriter(base, capacity: capacity, context: context, form: form)
            body(&writer)
            if let violation = writer.violation { throw violation }
            let needed = writer.octetCount
            if needed + 8 <= capacity {
                octetCount = needed
                return
            }
            grow(to: needed * 2 + 8)
        }
    }

    @usableFromInline
    mutating func grow(to capacity: Int) {
        unsafe base.deallocate()
        self.capacity = capacity
        unsafe base = Self.memory(capacity)
    }

    /// Zeros.
    private static func memory(_ capacity: Int) -> UnsafeMutableRawPointer {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: capacity)
        return unsafe memory
    }
}
