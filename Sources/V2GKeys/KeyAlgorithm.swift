/// The kinds of key an ISO 15118 PKI knows. RSA is absent on purpose: no edition allows it.
public enum KeyAlgorithm: String, Sendable, Hashable, CaseIterable, Codable {
    /// secp256r1, edition -2.
    case p256
    /// secp521r1, edition -20.
    case p521
    /// Ed448 signatures, edition -20.
    case ed448
    /// X448 key agreement, edition -20.
    case x448

    /// Whether a key of this kind can make signatures.
    public var canSign: Bool { self != .x448 }
    /// Whether a key of this kind can take part in a Diffie-Hellman exchange.
    public var canAgree: Bool { self != .ed448 }

    /// The signature algorithm that this key makes in X.509 structures, `nil` for ``x448``.
    public var signatureAlgorithm: SignatureAlgorithm? {
        switch self {
        case .p256: .ecdsaSHA256
        case .p521: .ecdsaSHA512
        case .ed448: .ed448
        case .x448: nil
        }
    }

    /// Length in bytes of ``PublicKey/bytes``: `04 || X || Y` for the NIST curves, the raw key for the others.
    public var publicKeyLength: Int {
        switch self {
        case .p256: 65
        case .p521: 133
        case .ed448: 57
        case .x448: 56
        }
    }
}

/// The signatures an ISO 15118 PKI knows (ISO 15118-2 Annex F, ISO 15118-20 Annex B).
public enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable, Codable {
    case ecdsaSHA256 = "ecdsa-with-SHA256"
    case ecdsaSHA512 = "ecdsa-with-SHA512"
    case ed448 = "Ed448"

    /// The kind of key that makes this signature.
    public var keyAlgorithm: KeyAlgorithm {
        switch self {
        case .ecdsaSHA256: .p256
        case .ecdsaSHA512: .p521
        case .ed448: .ed448
        }
    }
}
