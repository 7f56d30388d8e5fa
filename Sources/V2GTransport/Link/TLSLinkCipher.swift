package import NIOCore
package import V2GKeys
package import V2GTLS

/// The TLS engine as a link takes it.
package final class TLSLinkCipher: LinkCipher {
    private let connection: TLSConnection

    private init(_ connection: TLSConnection) { self.connection = connection }

    /// The station's ends. The closure is asked for each connection, so that a reload of certificates holds for the next
    /// one, while live connections keep what they have.
    package static func stations(_ context: @escaping @Sendable () -> TLSServerContext) -> LinkCipherFactory {
        { TLSLinkCipher(try TLSConnection.server(context())) }
    }

    /// The car's end.
    package static func car(_ context: TLSClientContext) -> LinkCipherFactory {
        { TLSLinkCipher(try TLSConnection.client(context)) }
    }

    package func receive(_ bytes: Span<UInt8>) { connection.receive(bytes) }

    package func step() -> LinkCipherStep {
        switch connection.step() {
        case .needsMore: .needsMore
        case .handshakeDone(let summary): .handshakeDone(.tls(summary))
        case .plaintext(let bytes): .plaintext(bytes)
        case .pendingSignature(let pending):
            .needsSignature {
                do throws(KeyError) {
                    return .success(try await pending.key.sign(pending.message))
                } catch {
                    return .failure(error)
                }
            }
        case .peerClosed: .peerClosed
        case .failed(let failure): .failed(failure)
        }
    }

    package func send(_ plaintext: Span<UInt8>) -> Bool {
        do throws(TLSError) {
            try connection.send(plaintext)
            return true
        } catch {
            // The next step tells the reason.
            return false
        }
    }

    package func takeOutput(into buffer: inout ByteBuffer) {
        guard connection.hasOutput else { return }
        buffer.writeBytes(connection.takeOutput())
    }

    package func close() { connection.close() }

    package func provide(signature: Result<[UInt8], KeyError>) { connection.provide(signature: signature) }
}
