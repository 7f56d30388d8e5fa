public import V2GDER
public import V2GKeys

/// An X.509 certificate, parsed once and never changed. Parsing says nothing about trust.
public final class Certificate: Sendable, Hashable {
    /// The whole encoding.
    public let der: [UInt8]
    public let body: CertificateBody
    /// The signature algorithm outside the body.
    public let signatureAlgorithm: AlgorithmIdentifier
    public let signature: [UInt8]

    /// Reads a whole encoding; bytes after its end are an error of their own
    /// (``DERError/Kind-swift.enum/trailingBytes(count:)``).
    public convenience init(der: [UInt8]) throws(DERError) {
        var reader = DERReader(der)
        try self.init(reading: &reader)
        try reader.finish()
    }

    init(reading reader: inout DERReader) throws(DERError) {
        let element = try reader.read(.sequence)
        der = element.range == 0..<reader.bytes.count ? reader.bytes : Array(reader.encoding(of: element))
        var inner = reader.reader(inside: element)
        body = try CertificateBody(reading: &inner)
        signatureAlgorithm = try AlgorithmIdentifier(reading: &inner)
        signature = Array(try inner.readBitStringBytes())
        try inner.finish()
    }

    /// Puts a body and its signature together.
    ///
    /// - Parameters:
    ///   - body: The encoding that was signed.
    ///   - signature: In X.509 form: a DER `ECDSA-Sig-Value`, or 114 bytes for Ed448.
    public static func assemble(body: [UInt8], algorithm: SignatureAlgorithm, signature: [UInt8]) -> [UInt8] {
        SignedStructure.assemble(body: body, algorithm: algorithm, signature: signature)
    }

    public var subject: DistinguishedName { body.subject }
    public var issuer: DistinguishedName { body.issuer }
    public var publicKey: PublicKey? { body.subjectPublicKeyInfo.key }

    public static func == (left: Certificate, right: Certificate) -> Bool {
        left === right || left.der == right.der
    }

    /// The bytes at once: an array would be hashed byte by byte.
    public func hash(into hasher: inout Hasher) {
        unsafe der.withUnsafeBytes { buffer in unsafe hasher.combine(bytes: buffer) }
    }
}

/// The shape that certificates, requests, CRLs and OCSP answers share: body, algorithm, signature.
enum SignedStructure {
    static func assemble(body: [UInt8], algorithm: SignatureAlgorithm, signature: [UInt8]) -> [UInt8] {
        var writer = DERWriter(reserving: body.count + signature.count + 32)
        writer.writeSequence { inner in
            inner.write(encoded: body)
            AlgorithmIdentifier(algorithm).write(to: &inner)
            inner.writeBitString(signature)
        }
        return writer.bytes
    }
}
