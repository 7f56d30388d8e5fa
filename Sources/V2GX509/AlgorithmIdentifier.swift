public import V2GDER
public import V2GKeys

/// An `AlgorithmIdentifier` (RFC 5280 4.1.1.2).
public struct AlgorithmIdentifier: Sendable, Hashable {
    public let algorithm: ObjectIdentifier
    /// The parameters' DER, `nil` when absent.
    public let parameters: [UInt8]?

    public init(algorithm: ObjectIdentifier, parameters: [UInt8]? = nil) {
        self.algorithm = algorithm
        self.parameters = parameters
    }

    /// The identifier for a signature: no parameters (RFC 5758 3.2, RFC 8410 3).
    public init(_ signature: SignatureAlgorithm) {
        switch signature {
        case .ecdsaSHA256: self.init(algorithm: .ecdsaWithSHA256)
        case .ecdsaSHA512: self.init(algorithm: .ecdsaWithSHA512)
        case .ed448: self.init(algorithm: .ed448)
        }
    }

    package init(reading reader: inout DERReader) throws(DERError) {
        var inner = try reader.readSequence()
        algorithm = try inner.readObjectIdentifier()
        if inner.isAtEnd {
            parameters = nil
        } else {
            let element = try inner.read()
            parameters = Array(inner.encoding(of: element))
        }
        try inner.finish()
    }

    package func write(to writer: inout DERWriter) {
        writer.writeSequence { inner in
            inner.write(algorithm)
            if let parameters { inner.write(encoded: parameters) }
        }
    }

    /// The signature algorithm, if it is one that V2G knows and its parameters are absent as they must be.
    public var signatureAlgorithm: SignatureAlgorithm? {
        guard parameters == nil else { return nil }
        if algorithm == .ecdsaWithSHA256 { return .ecdsaSHA256 }
        if algorithm == .ecdsaWithSHA512 { return .ecdsaSHA512 }
        return algorithm == .ed448 ? .ed448 : nil
    }

    /// The hash of an ECDSA signature, for proofs of possession, which are not bound to one hash for each curve.
    public var ecdsaProofHash: ProofHash? {
        guard parameters == nil else { return nil }
        if algorithm == .ecdsaWithSHA256 { return .sha256 }
        if algorithm == .ecdsaWithSHA384 { return .sha384 }
        return algorithm == .ecdsaWithSHA512 ? .sha512 : nil
    }
}
