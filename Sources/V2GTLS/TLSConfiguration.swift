/// A station's side.
package struct TLSServerConfiguration: Sendable {
    /// Chains of edition -2 (P-256), for TLS 1.2; the first one that the car trusts is shown.
    package var iso2Chains: [TLSCredential] = []
    /// Chains of edition -20 (P-521 or Ed448), for TLS 1.3.
    package var iso20Chains: [TLSCredential] = []
    /// Names (DER) of the V2G and OEM roots that vehicle certificates may come from, for the CertificateRequest.
    package var clientAuthorities: [[UInt8]] = []
    package var allowsTLS12 = true
    package var allowsTLS13 = true
    /// Quirk `josev`: P-256 key exchange, P-256 certificates and signatures and `TLS_AES_128_GCM_SHA256` in TLS 1.3 too,
    /// after what edition -20 asks for.
    package var quirkJosev = false
    /// A client that offers both versions, but nothing of TLS 1.3 that edition -20 allows, is served on TLS 1.2 and not
    /// refused. Off by default: it lowers security, and ``TLSSummary/loweredFromTLS13`` reports it.
    package var allowsTLS12ForMismatchedTLS13 = false
    package var staples: StapleSource = { _ in nil }
    package var keyLog: KeyLog?
    /// Judges vehicle chains (TLS 1.3).
    package var verifyPeer: PeerJudge

    package init(verifyPeer: @escaping PeerJudge) { self.verifyPeer = verifyPeer }
}

/// A car's side.
package struct TLSClientConfiguration: Sendable {
    /// Roots (DER certificates) that the station's chain may end in: named in `trusted_ca_keys` (TLS 1.2) and
    /// `certificate_authorities` (TLS 1.3).
    package var roots: [[UInt8]] = []
    /// How a root is named in `trusted_ca_keys`.
    package var trustedCAKeysForm: TrustedAuthority.Kind = .certificateSHA1
    /// Vehicle chains for TLS 1.3; the first one that the station asks for is shown.
    package var vehicleChains: [TLSCredential] = []
    /// Edition -2.
    package var allowsTLS12 = true
    /// Edition -20.
    package var allowsTLS13 = true
    package var quirkJosev = false
    /// Whether an OCSP answer is asked for. Whether it may be missing is for the judge to say.
    package var asksForStaple = true
    /// 512, 1024, 2048 or 4096 octets (RFC 6066 section 4), `nil` not to ask.
    package var maximumFragmentLength: Int?
    package var keyLog: KeyLog?
    /// Judges the station's chain and staples.
    package var verifyPeer: PeerJudge

    package init(verifyPeer: @escaping PeerJudge) { self.verifyPeer = verifyPeer }
}
