/// What a peer showed of itself.
package struct PeerCertificates: Sendable {
    /// DER exactly as received, leaf first.
    package let chain: [[UInt8]]
    /// One for each certificate of ``chain``: the stapled OCSP answer in DER, `nil` where there was none. TLS 1.2 has
    /// one for the leaf at most.
    package let staples: [[UInt8]?]
    package let isTLS13: Bool

    package init(chain: [[UInt8]], staples: [[UInt8]?], isTLS13: Bool) {
        self.chain = chain
        self.staples = staples
        self.isTLS13 = isTLS13
    }
}

/// The judge's verdict about a peer.
package enum PeerVerdict: Sendable {
    case accepted
    /// - Parameter reason: For the log: role and rule.
    case refused(alert: TLSAlert, reason: String)
}

/// Gives the stored OCSP answer for a certificate in DER, `nil` when there is no fresh one. Called on the thread of the
/// connection for each handshake whose client asked: it must not block.
package typealias StapleSource = @Sendable (_ certificate: [UInt8]) -> [UInt8]?

/// Judges a peer's chain. Called on the thread of the connection; there is no other verification.
package typealias PeerJudge = @Sendable (PeerCertificates) -> PeerVerdict

/// Takes a line of the key log without its line end. For development only: whoever reads it reads the sessions.
package typealias KeyLog = @Sendable (String) -> Void
