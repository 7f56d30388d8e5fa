/// Secret bytes (a shared secret, a private scalar, a PIN) that are wiped when the last owner lets go.
@safe public final class SecretBytes: Sendable, CustomStringConvertible, CustomReflectable {
    // Never mutated after init except by deinit, which has no concurrent readers.
    nonisolated(unsafe) private let storage: UnsafeMutableBufferPointer<UInt8>

    /// Copies `bytes`; the caller wipes its own copy.
    public init(copying bytes: [UInt8]) {
        unsafe storage = .allocate(capacity: bytes.count)
        _ = unsafe storage.initialize(from: bytes)
    }

    deinit {
        // A volatile-like wipe: the barrier keeps the stores from being removed as dead.
        for index in unsafe storage.indices { unsafe storage[index] = 0 }
        unsafe withExtendedLifetime(storage) {}
        unsafe storage.deallocate()
    }

    public var count: Int { unsafe storage.count }
    public var description: String { "<secret, \(count) bytes>" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The only way in; easy to find in review.
    public func withExposed<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try unsafe body(storage.span)
    }
}
