/// A signing key that checks each of its signatures before letting it out, so that a fault of memory or arithmetic
/// becomes an error and not a signature that leaks the key or fails in the field. Meant for issuing CAs.
public struct VerifiedSigningKey: SigningKey {
    private let key: any SigningKey
    private let verifier: any SignatureVerifier

    public init(_ key: any SigningKey, verifier: any SignatureVerifier) {
        self.key = key
        self.verifier = verifier
    }

    public var publicKey: PublicKey { key.publicKey }

    /// Signs as the key does, then verifies.
    ///
    /// - Throws: What the key throws, and ``KeyError`` with `operationFailed` when the signature does not verify.
    public func sign(_ message: [UInt8]) async throws(KeyError) -> [UInt8] {
        let signature = try await key.sign(message)
        guard let algorithm = publicKey.algorithm.signatureAlgorithm,
            verifier.isValid(signature: signature, algorithm: algorithm, over: message, by: publicKey)
        else {
            throw KeyError(
                .operationFailed,
                "A fresh signature does not verify and was dropped. Check the machine's memory, then the key.")
        }
        return signature
    }
}
