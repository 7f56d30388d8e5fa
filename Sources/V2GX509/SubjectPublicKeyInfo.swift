public import V2GDER
public import V2GKeys

/// A `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7, RFC 5480, RFC 8410).
public struct SubjectPublicKeyInfo: Sendable, Hashable {
    public let der: [UInt8]
    public let algorithm: AlgorithmIdentifier
    /// The content of the BIT STRING: what OCSP and key identifiers hash.
    public let keyBits: [UInt8]
    /// The key, if it is of a kind V2G knows, of the right length and uncompressed.
    public let key: PublicKey?

    /// Encodes a key.
    public init(_ key: PublicKey) {
        var writer = DERWriter(reserving: 160)
        let algorithm = AlgorithmIdentifier(key.algorithm)
        writer.writeSequence { inner in
            algorithm.write(to: &inner)
            inner.writeBitString(key.bytes)
        }
        der = writer.bytes
        self.algorithm = algorithm
        keyBits = key.bytes
        self.key = key
    }

    /// Reads a whole encoding.
    public init(der: [UInt8]) throws(DERError) {
        var reader = DERReader(der)
        try self.init(reading: &reader)
        try reader.finish()
    }

    package init(reading reader: inout DERReader) throws(DERError) {
        let element = try reader.read(.sequence)
        der = Array(reader.encoding(of: element))
        var inner = reader.reader(inside: element)
        algorithm = try AlgorithmIdentifier(reading: &inner)
        keyBits = Array(try inner.readBitStringBytes())
        try inner.finish()
        key = algorithm.keyAlgorithm.flatMap { [keyBits] in PublicKey(algorithm: $0, bytes: keyBits) }
    }

    /// For people: `P-256`, `RSA (2048 bits)`, `P-384`, or the object identifier.
    public var keyDescription: String {
        if algorithm.algorithm == .rsaEncryption { return "RSA (\(rsaModulusBits.map { "\($0)" } ?? "?") bits)" }
        if let known = algorithm.keyAlgorithm { return known.displayName + (key == nil ? " (malformed point)" : "") }
        if algorithm.algorithm == .ecPublicKey {
            if algorithm.parameters == ObjectIdentifier.secp384r1.encoded { return "P-384" }
            return "an elliptic curve that is neither P-256 nor P-521"
        }
        return algorithm.algorithm == .ed25519 ? "Ed25519" : "key type \(algorithm.algorithm)"
    }

    /// The size of an RSA modulus, `nil` for other keys.
    public var rsaModulusBits: Int? {
        guard algorithm.algorithm == .rsaEncryption else { return nil }
        var reader = DERReader(keyBits)
        guard var inner = try? reader.readSequence(),  // a malformed key has no size to tell
            let modulus = try? inner.readIntegerBytes()
        else { return nil }
        let digits = modulus.drop { $0 == 0 }
        return digits.count * 8 - (digits.first?.leadingZeroBitCount ?? 0)
    }
}

extension AlgorithmIdentifier {
    /// The identifier for a public key.
    public init(_ key: KeyAlgorithm) {
        switch key {
        case .p256: self.init(algorithm: .ecPublicKey, parameters: ObjectIdentifier.secp256r1.encoded)
        case .p521: self.init(algorithm: .ecPublicKey, parameters: ObjectIdentifier.secp521r1.encoded)
        case .ed448: self.init(algorithm: .ed448)
        case .x448: self.init(algorithm: .x448)
        }
    }

    /// The kind of key, if it is one that V2G knows.
    public var keyAlgorithm: KeyAlgorithm? {
        if algorithm == .ecPublicKey {
            if parameters == ObjectIdentifier.secp256r1.encoded { return .p256 }
            return parameters == ObjectIdentifier.secp521r1.encoded ? .p521 : nil
        }
        guard parameters == nil else { return nil }
        if algorithm == .ed448 { return .ed448 }
        return algorithm == .x448 ? .x448 : nil
    }
}

extension ObjectIdentifier {
    /// The whole DER element.
    package var encoded: [UInt8] { [DERTag.objectIdentifier.rawValue, UInt8(content.count)] + content }
}

extension KeyAlgorithm {
    /// The name people know the curve by.
    public var displayName: String {
        switch self {
        case .p256: "P-256"
        case .p521: "P-521"
        case .ed448: "Ed448"
        case .x448: "X448"
        }
    }
}
