public import V2GKeys
public import V2GPrimitives

/// A private key in this process's memory: P-256, P-521, Ed448 or X448.
///
/// P-256 is computed by swift-crypto, the others by OpenSSL: for each the faster of the two. Wiped when released.
public final class SoftwareKey: SigningKey, AgreementKey {
    public let publicKey: PublicKey
    let handle: PKey
    private let p256: P256PrivateKey?

    /// Makes a new key.
    public static func generate(_ algorithm: KeyAlgorithm) throws(KeyError) -> SoftwareKey {
        try SoftwareKey(try PKey.generate(algorithm))
    }

    /// A key from its scalar (NIST curves, big endian in field length) or raw private bytes (Ed448 57, X448 56).
    ///
    /// - Throws: ``KeyError`` with `unreadable` when length or range is wrong.
    package convenience init(privateScalar: SecretBytes, algorithm: KeyAlgorithm) throws(KeyError) {
        try self.init(try PKey.make(privateScalar: privateScalar, algorithm: algorithm))
    }

    init(_ handle: PKey) throws(KeyError) {
        let stated = try handle.publicKey()
        let scalar = try handle.privateScalar()
        // A PKCS#8 file may carry a public key that does not belong to its private key, and OpenSSL believes it.
        guard try PKey.make(privateScalar: scalar, algorithm: stated.algorithm).publicKey() == stated else {
            throw KeyError(
                .unreadable,
                "The public and private halves of the \(stated.algorithm.rawValue) key do not belong together.")
        }
        publicKey = stated
        p256 = stated.algorithm == .p256 ? try P256PrivateKey(scalar: scalar) : nil
        self.handle = handle
    }

    public var algorithm: KeyAlgorithm { publicKey.algorithm }

    /// Signs in the calling thread. See ``SigningKey/sign(_:)`` for the form of the result.
    public func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        if let p256 { return try p256.sign(message) }
        return try handle.sign(message)
    }

    /// Agrees in the calling thread. See ``AgreementKey/agree(with:)`` for the form of the result.
    public func agree(with peer: PublicKey) throws(KeyError) -> SecretBytes {
        if let p256 { return try p256.agree(with: peer) }
        return try handle.agree(with: try PKey.make(peer))
    }

    /// The private scalar, big endian in field length, or the raw private key of Ed448 and X448.
    ///
    /// Only for keys that are made to be delivered: contract keys and EST server-side keys. Every other private key
    /// stays where it was made.
    package func exportPrivateScalar() throws(KeyError) -> SecretBytes { try handle.privateScalar() }
}
