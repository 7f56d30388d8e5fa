internal import V2GPrimitives

/// A GenChallenge: 16 bytes of the system's generator, good for one answer ([V2G2-697], [V2G20-2565]).
package struct Challenge: Sendable {
    /// The challenge's length on the wire.
    package static let size = 16

    package let bytes: [UInt8]
    private var isOpen = true

    package init(_ source: RandomSource) { bytes = source.bytes(Self.size) }

    /// Compares an answer in constant time and closes the challenge, whatever the outcome: an answer is judged once.
    package mutating func consume(_ answer: [UInt8]?) -> ChallengeMatch? {
        guard isOpen else { return nil }
        isOpen = false
        guard let answer, constantTimeEquals(bytes, answer) else { return nil }
        return ChallengeMatch()
    }
}

/// The proof that a peer repeated the challenge it was given. Only ``Challenge`` makes it.
package struct ChallengeMatch: Sendable {
    fileprivate init() {}
}
