public import V2GKeys

/// Verifies the signatures that the product accepts: P-256 by swift-crypto, P-521 and Ed448 by OpenSSL.
///
/// Making a key handle from raw bytes costs more than hashing and looking it up, and a PKI verifies with few keys
/// again and again, so handles are kept. Thread-safe.
public struct ProductSignatureVerifier: SignatureVerifier {
    private let cache: VerificationKeyCache

    /// - Parameter cachedKeys: Most key handles kept, at least 1; the least recently used goes first.
    public init(cachedKeys: Int = 256) {
        cache = VerificationKeyCache(capacity: max(1, cachedKeys))
    }

    public func isValid(
        signature: [UInt8], algorithm: SignatureAlgorithm, over message: [UInt8], by key: PublicKey
    ) -> Bool {
        guard algorithm.keyAlgorithm == key.algorithm, let ready = cache.key(for: key) else { return false }
        return ready.isValid(signature: signature, over: message)
    }

    public func isProof(signature: [UInt8], hash: ProofHash, over message: [UInt8], by key: PublicKey) -> Bool {
        // An invalid key proves nothing; why it is invalid does not matter here.
        guard key.algorithm == .p256 || key.algorithm == .p521, let ready = try? PKey.make(key) else { return false }
        return ready.isValid(signature: signature, over: message, digest: hash.rawValue)
    }

    /// Makes a handle and keeps none: keys of many requests would push out those of the CAs.
    public func isValid(
        signature: [UInt8], algorithm: SignatureAlgorithm, over message: [UInt8], byOneTime key: PublicKey
    ) -> Bool {
        guard algorithm.keyAlgorithm == key.algorithm, let ready = VerificationKey(key) else { return false }
        return ready.isValid(signature: signature, over: message)
    }
}

/// A public key made ready for verification.
enum VerificationKey: Sendable {
    case swiftCrypto(P256VerificationKey)
    case openSSL(PKey)

    /// `nil` when the key is not a valid point, or cannot verify.
    init?(_ key: PublicKey) {
        switch key.algorithm {
        case .p256:
            guard let made = P256VerificationKey(key) else { return nil }
            self = .swiftCrypto(made)
        case .p521, .ed448:
            // An invalid key verifies nothing; why it is invalid does not matter here.
            guard let made = try? PKey.make(key) else { return nil }
            self = .openSSL(made)
        case .x448:
            return nil
        }
    }

    func isValid(signature: [UInt8], over message: [UInt8]) -> Bool {
        switch self {
        case .swiftCrypto(let key): key.isValid(signature: signature, over: message)
        case .openSSL(let key): key.isValid(signature: signature, over: message)
        }
    }
}
