package import V2GFraming
package import V2GTLS

/// Why a connection ended; reported once.
package struct LinkEnd: Error, Sendable, CustomStringConvertible {
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        // In order.
        /// The peer closed first: close_notify with TLS, FIN without.
        case closedByPeer
        /// We closed, as our own side asked.
        case closedByUs
        /// Our side waited for the peer to close first, and it did not in time.
        case peerDidNotClose

        // The peer went away.
        /// FIN without close_notify, between two frames: known cars do it; with TLS it may also be a cut.
        case closedWithoutNotify
        /// The stream ended inside a frame.
        case closedInsideFrame
        /// The peer closed before the first frame, or before the handshake was done.
        case closedBeforeFirstFrame
        /// RST, or an error of the network.
        case reset

        // The peer was refused.
        /// A bad V2GTP header; nothing was answered.
        case badFrame
        /// The first byte is neither a TLS record nor V2GTP.
        case unknownProtocol
        /// Plain V2GTP where only TLS is allowed.
        case plainRefused
        /// TLS where only plain connections are allowed.
        case tlsRefused
        /// The TLS handshake failed.
        case handshakeFailed
        /// The TLS connection failed after the handshake.
        case tlsFailed

        // The peer was too slow or too greedy.
        /// No TLS handshake, or no first byte, in time.
        case handshakeTimeout
        /// No first frame in time.
        case firstFrameTimeout
        /// A frame or a TLS record came too slowly.
        case frameTimeout
        /// The peer does not read what we send.
        case outputStalled
        /// Dropped in favor of a newer connection, since too many had not said anything useful.
        case evicted

        // We.
        /// The connection could not be served: settings, or no peer for it.
        case unavailable
        /// The listener was stopped.
        case stopped
    }

    package let reason: Reason
    /// For people; no key material, no personal data.
    package let detail: String
    /// Where the stream lost its boundaries, for ``Reason/badFrame`` and ``Reason/closedInsideFrame``.
    package let framingError: FramingError?
    /// What TLS said, for ``Reason/handshakeFailed`` and ``Reason/tlsFailed``.
    package let tlsFailure: TLSFailure?

    package init(
        _ reason: Reason, _ detail: String = "", framingError: FramingError? = nil, tlsFailure: TLSFailure? = nil
    ) {
        self.reason = reason
        self.detail = detail
        self.framingError = framingError
        self.tlsFailure = tlsFailure
    }

    /// Whether both sides closed as the standard asks, the peer or we first.
    package var isOrderly: Bool { reason == .closedByPeer || reason == .closedByUs }

    package var description: String { detail.isEmpty ? reason.rawValue : "\(reason.rawValue): \(detail)" }
}
