/// A public key of one of the allowed kinds, with its length checked. That the point lies on its curve is checked by
/// whoever computes with it (``SignatureVerifier``, key agreement).
public struct PublicKey: Sendable, Hashable {
    public let algorithm: KeyAlgorithm
    /// `04 || X || Y` for P-256 (65 bytes) and P-521 (133 bytes), the raw key for Ed448 (57) and X448 (56).
    public let bytes: [UInt8]

    /// `nil` when the length is wrong for the algorithm, or a NIST point is not in uncompressed form.
    public init?(algorithm: KeyAlgorithm, bytes: [UInt8]) {
        guard bytes.count == algorithm.publicKeyLength else { return nil }
        if algorithm == .p256 || algorithm == .p521 {
            guard bytes[0] == 4 else { return nil }
        }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    public static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.algorithm == right.algorithm && left.bytes == right.bytes
    }

    /// The bytes at once: an array would be hashed byte by byte. Their number tells the algorithm.
    public func hash(into hasher: inout Hasher) {
        unsafe bytes.withUnsafeBytes { buffer in unsafe hasher.combine(bytes: buffer) }
    }
}
