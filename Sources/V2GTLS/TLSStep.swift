package import V2GKeys

/// What a connection came to. Whatever the step, ``TLSConnection/takeOutput()`` may have bytes for the wire.
package enum TLSStep: Sendable {
    /// Nothing to do until more bytes arrive.
    case needsMore
    /// The handshake is done, once. On a TLS 1.3 client the server may still refuse our certificate: it says so on the
    /// next steps.
    case handshakeDone(TLSSummary)
    case plaintext([UInt8])
    /// Sign ``PendingTLSSignature/message``, then call ``TLSConnection/provide(signature:)`` and go on.
    case pendingSignature(PendingTLSSignature)
    /// The peer sent close_notify.
    case peerClosed
    case failed(TLSFailure)
}

/// A signature that a key outside this process has to make.
package struct PendingTLSSignature: Sendable {
    package let key: any SigningKey
    /// What is to be signed, whole: ``SigningKey/sign(_:)`` hashes it. Nothing in it is secret.
    package let message: [UInt8]
}

/// What was negotiated.
package struct TLSSummary: Sendable {
    package enum Version: String, Sendable, Hashable { case tls12 = "TLS 1.2", tls13 = "TLS 1.3" }

    package let version: Version
    /// The registry's name, such as `TLS_AES_256_GCM_SHA384`.
    package let suite: String
    /// Such as `secp521r1`.
    package let group: String
    /// Which of our chains was shown, `nil` for none: its index in the configuration's list for this version. With the
    /// quirk `josev`, chains of -2 are counted after those of -20 in TLS 1.3.
    package let chainIndex: Int?
    /// What the peer showed, after it was accepted; `nil` when it was not asked.
    package let peer: PeerCertificates?
    /// Whether our chain was chosen because the peer named an authority of it; on a client, whether the server
    /// acknowledged `trusted_ca_keys`.
    package let matchedAuthority: Bool
    /// OCSP answers that this side stapled.
    package let staplesSent: Int
    /// The client asked for answers for the whole chain by `status_request_v2`, which stock OpenSSL cannot give.
    package let askedForStatusV2: Bool
    /// Served on TLS 1.2 although the client offers TLS 1.3, by ``TLSServerConfiguration/allowsTLS12ForMismatchedTLS13``.
    package let loweredFromTLS13: Bool
}
