/// What public sources leave open about contract key delivery in -20. Each default is our reading; see
/// docs/open-questions.md.
package struct Wrap20Options: Sendable, Hashable {
    /// How the 256-bit session key comes from the shared secret.
    package enum KDF: String, Sendable, Hashable, CaseIterable {
        /// Concatenation KDF with SHA-512 and the OtherInfo of edition -2.
        case concatSHA512 = "concat-sha512"
        /// Concatenation KDF with SHA-512 and no OtherInfo.
        case concatSHA512WithoutInfo = "concat-sha512-without-info"
        /// Concatenation KDF with SHA-256 and the OtherInfo of edition -2.
        case concatSHA256 = "concat-sha256"
        /// HKDF with SHA-256, without salt and info.
        case hkdfSHA256 = "hkdf-sha256"
    }

    /// What is authenticated with the key: PCID and subject key identifier (SKI) of the contract.
    package enum AAD: String, Sendable, Hashable, CaseIterable {
        /// PCID and 16 upper-case hex digits: the SKI of RFC 5280 method 2, computed from the contract's key.
        case pcidAndShortSKI = "pcid-and-short-ski"
        /// PCID and the SKI as it stands in the contract certificate, in upper-case hex digits.
        case pcidAndCertificateSKI = "pcid-and-certificate-ski"
        /// Nothing.
        case none
    }

    /// Where the 56 octets of an X448 key lie in the `DHPublicKey` field, which has 133.
    package enum X448Padding: String, Sendable, Hashable, CaseIterable {
        /// The key first, zeros after it.
        case trailingZeros = "trailing-zeros"
        /// Zeros first, the key at the end.
        case leadingZeros = "leading-zeros"
    }

    package var kdf: KDF
    package var aad: AAD
    package var x448Padding: X448Padding

    package init(
        kdf: KDF = .concatSHA512, aad: AAD = .pcidAndShortSKI, x448Padding: X448Padding = .trailingZeros
    ) {
        self.kdf = kdf
        self.aad = aad
        self.x448Padding = x448Padding
    }
}
