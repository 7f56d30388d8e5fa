package import NIOCore
package import V2GKeys
package import V2GTLS

/// What a link needs of TLS: bytes in, bytes out, no sockets, no waiting. One owner, on one event loop.
package protocol LinkCipher: AnyObject {
    /// Ciphertext has arrived.
    func receive(_ bytes: Span<UInt8>)
    /// Goes on as far as it can; called until it says ``LinkCipherStep/needsMore`` or something final.
    func step() -> LinkCipherStep
    /// Encrypts; `false` when the connection can no longer send.
    func send(_ plaintext: Span<UInt8>) -> Bool
    /// Moves the ciphertext that has to be sent to the end of `buffer`.
    func takeOutput(into buffer: inout ByteBuffer)
    /// Makes the close_notify.
    func close()
    /// Answers ``LinkCipherStep/needsSignature(_:)``.
    func provide(signature: Result<[UInt8], KeyError>)
}

package enum LinkCipherStep {
    /// Nothing to do before more bytes arrive.
    case needsMore
    /// Frames can flow.
    case handshakeDone(LinkSecurity)
    case plaintext([UInt8])
    /// The key of the station is somewhere else; the link asks, and goes on when the answer is there.
    case needsSignature(@Sendable () async -> Result<[UInt8], KeyError>)
    /// The peer's close_notify.
    case peerClosed
    /// Final. An alert may wait in the output.
    case failed(TLSFailure)
}

/// Makes the TLS end of a connection, or says why there is none.
package typealias LinkCipherFactory = @Sendable () throws -> any LinkCipher
