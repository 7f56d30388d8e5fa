public import V2GDER
public import V2GKeys

extension SubjectPublicKeyInfo {
    /// The key identifier by method 1 of RFC 5280 4.2.1.2: SHA-1 of the key bits, 20 bytes.
    public var keyIdentifier: [UInt8] { HashAlgorithm.sha1.hash(keyBits) }

    /// SHA-256 of the whole encoding: how anchors and keys are told apart, since names can collide.
    public var fingerprint: [UInt8] { HashAlgorithm.sha256.hash(der) }
}

extension Certificate {
    /// SHA-256 of the whole encoding.
    public var fingerprint: [UInt8] { HashAlgorithm.sha256.hash(der) }
}

extension HashAlgorithm {
    public init?(_ identifier: ObjectIdentifier) {
        switch identifier {
        case .sha1: self = .sha1
        case .sha256: self = .sha256
        case .sha384: self = .sha384
        case .sha512: self = .sha512
        default: return nil
        }
    }

    public var objectIdentifier: ObjectIdentifier {
        switch self {
        case .sha1: .sha1
        case .sha256: .sha256
        case .sha384: .sha384
        case .sha512: .sha512
        }
    }
}

extension OCSPCertID {
    /// Names a certificate of `issuer` by its serial.
    public init(serialNumber: SerialNumber, issuer: CertificateBody, hash: HashAlgorithm) {
        self.init(
            hashAlgorithm: hash.objectIdentifier, issuerNameHash: hash.hash(issuer.subject.der),
            issuerKeyHash: hash.hash(issuer.subjectPublicKeyInfo.keyBits), serialNumber: serialNumber)
    }
}
