internal import V2GPrimitives

/// The identifier of a session as it came or goes on the wire: one to eight bytes ([V2G2-295], -20 exactly eight).
///
/// Sessions are compared byte by byte and in constant time. All-zero of any length means "new session"; some cars send
/// a single zero byte.
package struct V2GSessionID: Sendable, Hashable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// `nil` unless there are one to eight bytes.
    package init?(_ bytes: [UInt8]) {
        guard (1...8).contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// Eight zero bytes: what a car sends that has no session.
    package static let zero = V2GSessionID(unchecked: [UInt8](repeating: 0, count: 8))

    /// Eight bytes of the system's generator, never zero.
    package static func drawn(from source: RandomSource) -> V2GSessionID {
        var bytes = source.bytes(8)
        // Zero means "new session"; a source that gives nothing else must not hang us.
        if bytes.allSatisfy({ $0 == 0 }) { bytes = source.bytes(7) + [1] }
        return V2GSessionID(unchecked: bytes)
    }

    package var isZero: Bool { bytes.allSatisfy { $0 == 0 } }

    /// In constant time.
    package func matches(_ other: [UInt8]) -> Bool { constantTimeEquals(bytes, other) }

    package static func == (left: Self, right: Self) -> Bool { constantTimeEquals(left.bytes, right.bytes) }

    package var description: String { Hex.encode(bytes) }
}

/// Where identifiers and challenges come from: the system's generator. A parameter, since cores draw nothing by
/// themselves.
package struct RandomSource: Sendable {
    private let draw: @Sendable (Int) -> [UInt8]

    package init(_ draw: @escaping @Sendable (Int) -> [UInt8]) { self.draw = draw }

    package static let system = RandomSource { SystemRandom.bytes(count: $0) }

    package func bytes(_ count: Int) -> [UInt8] {
        let bytes = draw(count)
        precondition(bytes.count == count, "the random source gave \(bytes.count) of \(count) bytes")
        return bytes
    }
}
