internal import CPKCS11
internal import V2GKeys

/// A Cryptoki mechanism that we use, with the name that people find in the token's manual.
struct Mechanism: Sendable {
    let type: CK_MECHANISM_TYPE
    let name: String
    /// The capability that the token must state for it.
    let flag: CK_FLAGS

    static let ecdsa = Mechanism(type: CKM_ECDSA, name: "CKM_ECDSA", flag: CKF_SIGN)
    static let eddsa = Mechanism(type: CKM_EDDSA, name: "CKM_EDDSA", flag: CKF_SIGN)
    static let ecdh = Mechanism(type: CKM_ECDH1_DERIVE, name: "CKM_ECDH1_DERIVE", flag: CKF_DERIVE)
    static let ecKeyPair = Mechanism(
        type: CKM_EC_KEY_PAIR_GEN, name: "CKM_EC_KEY_PAIR_GEN", flag: CKF_GENERATE_KEY_PAIR)
    static let edwardsKeyPair = Mechanism(
        type: CKM_EC_EDWARDS_KEY_PAIR_GEN, name: "CKM_EC_EDWARDS_KEY_PAIR_GEN", flag: CKF_GENERATE_KEY_PAIR)
    // PKCS#11 3.0; p11-kit's header does not name it in every version.
    static let montgomeryKeyPair = Mechanism(
        type: 0x1056, name: "CKM_EC_MONTGOMERY_KEY_PAIR_GEN", flag: CKF_GENERATE_KEY_PAIR)

    static func signing(_ algorithm: KeyAlgorithm) -> Mechanism? {
        switch algorithm {
        case .p256, .p521: .ecdsa
        case .ed448: .eddsa
        case .x448: nil
        }
    }

    static func agreement(_ algorithm: KeyAlgorithm) -> Mechanism? {
        algorithm.canAgree ? .ecdh : nil
    }

    static func generation(_ algorithm: KeyAlgorithm) -> Mechanism {
        switch algorithm {
        case .p256, .p521: .ecKeyPair
        case .ed448: .edwardsKeyPair
        case .x448: .montgomeryKeyPair
        }
    }
}

extension KeyAlgorithm {
    /// Key size in bits, as `C_GetMechanismInfo` counts for elliptic curves.
    var bits: UInt {
        switch self {
        case .p256: 256
        case .p521: 521
        case .ed448, .x448: 448
        }
    }

    /// Values of `CKA_EC_PARAMS` that name the curve, the one to generate with first (PKCS#11 3.0 section 2.3.3 allows
    /// an OID or, for Edwards and Montgomery curves, a name).
    var ecParameters: [[UInt8]] {
        switch self {
        case .p256: [[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]]
        case .p521: [[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23]]
        case .ed448: [[0x06, 0x03, 0x2b, 0x65, 0x71], [0x13, 0x0a] + Array("edwards448".utf8)]
        case .x448: [[0x06, 0x03, 0x2b, 0x65, 0x6f], [0x13, 0x08] + Array("curve448".utf8)]
        }
    }

    /// DER of the `AlgorithmIdentifier` in a `SubjectPublicKeyInfo` (RFC 5480, RFC 8410).
    var algorithmIdentifier: [UInt8] {
        switch self {
        case .p256, .p521:
            let content = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] + (ecParameters.first ?? [])
            return [0x30, UInt8(truncatingIfNeeded: content.count)] + content
        case .ed448, .x448:
            return [0x30, 0x05] + (ecParameters.first ?? [])
        }
    }

    /// The kind that a value of `CKA_EC_PARAMS` names.
    init?(ecParameters: [UInt8]) {
        guard let found = KeyAlgorithm.allCases.first(where: { $0.ecParameters.contains(ecParameters) }) else {
            return nil
        }
        self = found
    }
}
