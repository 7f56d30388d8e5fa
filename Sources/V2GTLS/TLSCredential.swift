package import CryptoOpenSSL
package import V2GKeys

/// Where the private key of a chain is.
package enum TLSKey: Sendable {
    /// In this process; used by OpenSSL directly.
    case software(SoftwareKey)
    /// Elsewhere, such as in a token: the connection stops with ``TLSStep/pendingSignature(_:)`` and the private key never
    /// enters the process.
    case external(any SigningKey)

    package var publicKey: PublicKey {
        switch self {
        case .software(let key): key.publicKey
        case .external(let key): key.publicKey
        }
    }
}

/// A chain that this side can show, and its key.
package struct TLSCredential: Sendable {
    /// DER, leaf first, without the root: leaf, Sub2, Sub1.
    package let chain: [[UInt8]]
    package let key: TLSKey
    /// The root above the chain in DER, to match `trusted_ca_keys`; never sent.
    package let root: [UInt8]?

    package init(chain: [[UInt8]], key: TLSKey, root: [UInt8]? = nil) {
        self.chain = chain
        self.key = key
        self.root = root
    }
}
