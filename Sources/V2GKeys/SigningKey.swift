public import V2GPrimitives

/// A private key that can sign, wherever it lives.
public protocol SigningKey: Sendable {
    var publicKey: PublicKey { get }

    /// Signs a message with the algorithm that belongs to the key.
    ///
    /// - Returns: The signature as X.509 carries it: a DER `ECDSA-Sig-Value` for the NIST curves, 114 raw bytes for
    ///   Ed448.
    /// - Throws: ``KeyError`` with `unsupported` for a key that cannot sign, `tokenUnavailable`, `tokenMisbehaved` or
    ///   `operationFailed`.
    func sign(_ message: [UInt8]) async throws(KeyError) -> [UInt8]
}

/// A private key that can agree on a shared secret, wherever it lives.
public protocol AgreementKey: Sendable {
    var publicKey: PublicKey { get }

    /// Computes the Diffie-Hellman shared secret with a peer's public key of the same algorithm.
    ///
    /// - Returns: The x coordinate, 32 bytes (P-256) or 66 bytes (P-521), or the 56 bytes of X448, big endian as the
    ///   curve defines it. An all-zero X448 result is an error.
    func agree(with peer: PublicKey) async throws(KeyError) -> SecretBytes
}

/// A place where keys live: files, a PKCS#11 token.
public protocol KeyProvider: Sendable {
    /// Opens the signing key that a reference names.
    func signingKey(_ reference: KeyReference) async throws(KeyError) -> any SigningKey
    /// Opens the agreement key that a reference names.
    func agreementKey(_ reference: KeyReference) async throws(KeyError) -> any AgreementKey
    /// Makes a key where it will live. Never overwrites.
    ///
    /// - Returns: The public key. The private key stays where it was made.
    func generate(_ reference: KeyReference, algorithm: KeyAlgorithm) async throws(KeyError) -> PublicKey
    /// What a reference names, without using it.
    func describe(_ reference: KeyReference) async throws(KeyError) -> KeyDescription
}

/// What is known of a key without using it.
public struct KeyDescription: Sendable, Hashable {
    public let publicKey: PublicKey
    /// Where it lives, for people: a path, or token label and object label.
    public let place: String
    /// Whether the private key is in hardware (or a software token that acts as such) and cannot be read out.
    public let isInToken: Bool

    public init(publicKey: PublicKey, place: String, isInToken: Bool) {
        self.publicKey = publicKey
        self.place = place
        self.isInToken = isInToken
    }
}

/// Checks signatures. Pluggable, so that conformance suites can add algorithms that the product refuses.
public protocol SignatureVerifier: Sendable {
    /// Whether `signature` (X.509 form) over `message` was made by `key`. Malformed input is `false`, never an error.
    func isValid(signature: [UInt8], algorithm: SignatureAlgorithm, over message: [UInt8], by key: PublicKey) -> Bool

    /// Whether `key`, a NIST one, made an ECDSA `signature` over `message` with this hash. Only for proofs of
    /// possession: certificates have one hash for each curve. Without an implementation, nothing is proven.
    func isProof(signature: [UInt8], hash: ProofHash, over message: [UInt8], by key: PublicKey) -> Bool

    /// What ``isValid(signature:algorithm:over:by:)`` says, for a key that is not expected again, such as that of a
    /// certification request: a verifier that keeps keys need not keep it. The default does not tell them apart.
    func isValid(
        signature: [UInt8], algorithm: SignatureAlgorithm, over message: [UInt8], byOneTime key: PublicKey
    ) -> Bool
}

extension SignatureVerifier {
    public func isValid(
        signature: [UInt8], algorithm: SignatureAlgorithm, over message: [UInt8], byOneTime key: PublicKey
    ) -> Bool {
        isValid(signature: signature, algorithm: algorithm, over: message, by: key)
    }

    public func isProof(signature: [UInt8], hash: ProofHash, over message: [UInt8], by key: PublicKey) -> Bool { false }
}

/// The hashes that a certification request may be signed with, whatever its key: common tools take SHA-256 for P-521.
public enum ProofHash: String, Sendable, Hashable, CaseIterable {
    case sha256 = "SHA256"
    case sha384 = "SHA384"
    case sha512 = "SHA512"
}
