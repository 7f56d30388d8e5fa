internal import V2GKeys
public import V2GX509

/// How a subject key identifier is derived from the bits of the public key.
public enum KeyIdentifierMethod: String, Sendable, Hashable, CaseIterable {
    /// SHA-1, 20 bytes (RFC 5280 4.2.1.2, method 1).
    case sha1
    /// `0100` and the last 60 bits of SHA-1, 8 bytes (RFC 5280 4.2.1.2, method 2).
    case truncatedSHA1 = "sha1-60"
    /// The first 20 bytes of SHA-256 (RFC 7093 2, method 1).
    case sha256 = "sha256-160"

    /// The identifier of a key. SHA-1 only names the key here; nothing rests on its strength.
    public func identifier(of key: SubjectPublicKeyInfo) -> [UInt8] {
        switch self {
        case .sha1: return key.keyIdentifier
        case .truncatedSHA1:
            var tail = Array(key.keyIdentifier.suffix(8))
            tail[0] = 0x40 | (tail[0] & 0x0f)
            return tail
        case .sha256: return Array(HashAlgorithm.sha256.hash(key.keyBits).prefix(20))
        }
    }

    /// Whether the identifier was derived from the key by one of the known methods.
    public static func isDerived(_ identifier: [UInt8], from key: SubjectPublicKeyInfo) -> Bool {
        switch identifier.count {
        case 8: identifier == truncatedSHA1.identifier(of: key)
        case 20: identifier == sha1.identifier(of: key) || identifier == sha256.identifier(of: key)
        default: false
        }
    }
}
