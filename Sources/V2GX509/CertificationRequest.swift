public import V2GDER
public import V2GKeys

/// A PKCS#10 certification request (RFC 2986), parsed. Proof of possession is for the reader to check.
public struct CertificationRequest: Sendable {
    /// Most bytes a request may have.
    public static let maximumLength = 16_384

    public let der: [UInt8]
    /// The part that is signed.
    public let body: [UInt8]
    public let subject: DistinguishedName
    public let subjectPublicKeyInfo: SubjectPublicKeyInfo
    /// The types of all attributes, in order.
    public let attributeTypes: [ObjectIdentifier]
    /// The extensions that the requester asks for.
    public let requestedExtensions: [CertificateExtension]
    public let signatureAlgorithm: AlgorithmIdentifier
    public let signature: [UInt8]

    /// Reads a whole encoding.
    public init(der: [UInt8]) throws(DERError) {
        guard der.count <= Self.maximumLength else { throw DERError(.tooMany("bytes in a request"), at: 0) }
        self.der = der
        var outer = DERReader(der)
        var request = try outer.readSequence()
        try outer.finish()
        let info = try request.read(.sequence)
        body = Array(request.encoding(of: info))
        var inner = request.reader(inside: info)
        let versionOffset = inner.offset
        guard try inner.readSmallInteger() == 0 else {
            throw DERError(.badValue("a request version other than 1"), at: versionOffset)
        }
        subject = try DistinguishedName(reading: &inner)
        subjectPublicKeyInfo = try SubjectPublicKeyInfo(reading: &inner)
        var types: [ObjectIdentifier] = []
        var requested: [CertificateExtension] = []
        if let attributes = try inner.readOptional(.contextConstructed(0)) {
            var list = inner.reader(inside: attributes)
            while !list.isAtEnd {
                guard types.count < 32 else { throw DERError(.tooMany("request attributes"), at: list.offset) }
                var attribute = try list.readSequence()
                let type = try attribute.readObjectIdentifier()
                let values = try attribute.read(.set)
                try attribute.finish()
                types.append(type)
                if type == .extensionRequest {
                    var value = attribute.reader(inside: values)
                    requested += try CertificateExtension.list(&value)
                    try value.finish()
                }
            }
        }
        try inner.finish()
        attributeTypes = types
        requestedExtensions = requested
        signatureAlgorithm = try AlgorithmIdentifier(reading: &request)
        signature = Array(try request.readBitStringBytes())
        try request.finish()
    }

    /// Encodes the part to be signed.
    public static func body(
        subject: DistinguishedName, key: PublicKey, extensions: [CertificateExtension] = []
    ) -> [UInt8] {
        var writer = DERWriter(reserving: 512)
        writer.writeSequence { info in
            info.write(0)
            info.write(encoded: subject.der)
            info.write(encoded: SubjectPublicKeyInfo(key).der)
            info.write(.contextConstructed(0)) { attributes in
                guard !extensions.isEmpty else { return }
                attributes.writeSequence { attribute in
                    attribute.write(ObjectIdentifier.extensionRequest)
                    attribute.write(.set) { values in
                        values.writeSequence { list in
                            for entry in extensions { entry.write(to: &list) }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    /// Puts a body and its signature together.
    public static func assemble(body: [UInt8], algorithm: SignatureAlgorithm, signature: [UInt8]) -> [UInt8] {
        SignedStructure.assemble(body: body, algorithm: algorithm, signature: signature)
    }
}
