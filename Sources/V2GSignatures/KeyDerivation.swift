internal import Crypto
internal import V2GKeys
internal import V2GPrimitives

/// How a wrapping key comes from a shared secret.
enum KeyDerivation {
    /// AlgorithmID 0x01, PartyUInfo 'U', PartyVInfo 'V', without length prefixes: what edition -2 feeds the KDF.
    static let otherInfo: [UInt8] = [0x01, 0x55, 0x56]

    /// The one-step concatenation KDF (NIST SP 800-56A 5.8.1, one round): the first `count` octets of
    /// H(00000001 || Z || OtherInfo).
    ///
    /// - Parameter count: At most the length of the digest.
    static func concatenation(
        _ secret: SecretBytes, hash: HashAlgorithm, otherInfo: [UInt8], count: Int
    ) -> SecretBytes {
        var shared = secret.copy()
        // All of it at once: a growing array would leave copies of the secret behind.
        var input: [UInt8] = []
        input.reserveCapacity(4 + shared.count + otherInfo.count)
        input += [0, 0, 0, 1]
        input += shared
        input += otherInfo
        var digest = hash.hash(input)
        var key = Array(digest.prefix(count))
        defer {
            shared.wipe()
            input.wipe()
            digest.wipe()
        }
        return SecretBytes(taking: &key)
    }

    /// HKDF with SHA-256, without salt or info (RFC 5869).
    static func hkdfSHA256(_ secret: SecretBytes, count: Int) -> SecretBytes {
        var shared = secret.copy()
        defer { shared.wipe() }
        let derived = HKDF<SHA256>.deriveKey(inputKeyMaterial: SymmetricKey(data: shared), outputByteCount: count)
        var key = unsafe derived.withUnsafeBytes { buffer in unsafe [UInt8](buffer) }
        return SecretBytes(taking: &key)
    }
}
