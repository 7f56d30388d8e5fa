/// How the OCSP responder answers. Lives and ages are in seconds.
package struct OCSPSettings: Sendable {
    /// What to say of a serial number that an authority of ours never issued.
    package enum NeverIssued: Sendable, Hashable {
        /// A signed `unknown` (RFC 6960 2.2). The default: nobody takes it for good, and nobody on the way can forge it.
        case unknown
        /// The unsigned `unauthorized` (RFC 5019 2.2.3), which costs no signature.
        case unauthorized
    }

    /// What to do with a nonce over 32 bytes.
    package enum LongNonce: Sendable, Hashable {
        /// `malformedRequest` (RFC 8954 2.1).
        case refused
        /// An answer without nonce, as for a responder that knows none.
        case ignored
    }

    /// From thisUpdate to nextUpdate of an answer, 120 s or more.
    ///
    /// Stations fetch once a week ([V2G2-649], [V2G20-1021]) and some never look at nextUpdate: an answer that is served
    /// until a quarter of ten days has passed stays valid for 180 hours, longer than a week.
    package var life: Int64 = 10 * 86_400
    /// The same for a status `unknown`, which may turn good at any moment. Such answers are not kept.
    package var unknownLife: Int64 = 120
    /// Most seconds that HTTP caches may keep an answer, so that a revocation gets past them as well.
    package var cacheableSeconds: Int64 = 3_600
    package var neverIssued = NeverIssued.unknown
    package var longNonce = LongNonce.refused
    /// How many of the most asked answers are renewed before somebody asks again.
    package var presignedCount = 10_000
    /// Most bytes of memory for kept answers.
    package var cacheBytes = 64 << 20
    /// Most answers being signed at once; above it the answer is `tryLater`.
    package var maximumSigning = 1_024
    /// Most requests waiting for a signature that another request has asked for.
    package var maximumWaiting = 4_096
    /// How old the knowledge of the store may be before nothing is signed from it any more.
    package var maximumStoreAge: Int64 = 60
    /// How long before its signer expires an answer's life is not worth signing.
    package static let minimumLife: Int64 = 60
    /// Longest nonce (RFC 8954 2.1), in bytes.
    package static let maximumNonceLength = 32

    package init() {}

    func check() throws(RevocationError) {
        guard life >= 2 * Self.minimumLife, unknownLife >= Self.minimumLife, cacheableSeconds >= 0,
            presignedCount >= 0, cacheBytes >= 0, maximumSigning > 0, maximumWaiting >= 0, maximumStoreAge > 0
        else {
            throw RevocationError(
                .badSettings,
                """
                The OCSP settings are out of range: an answer's life is \(life) s (at least \(2 * Self.minimumLife)), \
                of an unknown serial \(unknownLife) s (at least \(Self.minimumLife)); counts and sizes are not negative. \
                Correct the settings.
                """)
        }
    }
}
