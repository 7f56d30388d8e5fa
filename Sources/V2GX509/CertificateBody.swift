public import V2GDER
public import V2GPrimitives

/// The to-be-signed part of a certificate (RFC 5280 4.1.2), parsed once and never changed.
///
/// A body may be whatever its bytes say: a profile's lint rules judge it, the parser only asks for DER.
public final class CertificateBody: Sendable, ExtensionHolder {
    /// The body's own encoding: what is signed.
    public let der: [UInt8]
    /// 1, 2 or 3 (the wire's value plus one).
    public let version: Int
    public let serialNumber: SerialNumber
    /// The signature algorithm that the body announces.
    public let signatureAlgorithm: AlgorithmIdentifier
    public let issuer: DistinguishedName
    public let notBefore: Timestamp
    public let notAfter: Timestamp
    public let subject: DistinguishedName
    public let subjectPublicKeyInfo: SubjectPublicKeyInfo
    public let extensions: [CertificateExtension]

    /// Reads a whole encoding of a body.
    public convenience init(der: [UInt8]) throws(DERError) {
        var reader = DERReader(der)
        try self.init(reading: &reader)
        try reader.finish()
    }

    init(reading reader: inout DERReader) throws(DERError) {
        let element = try reader.read(.sequence)
        der = Array(reader.encoding(of: element))
        var inner = reader.reader(inside: element)
        if let explicit = try inner.readOptional(.contextConstructed(0)) {
            var wrapped = inner.reader(inside: explicit)
            let number = try wrapped.readSmallInteger()
            try wrapped.finish()
            guard (1...2).contains(number) else {
                throw DERError(.badValue("a version other than 1, 2 or 3"), at: explicit.content.lowerBound)
            }
            version = number + 1
        } else {
            version = 1
        }
        serialNumber = SerialNumber(content: try inner.readIntegerBytes())
        signatureAlgorithm = try AlgorithmIdentifier(reading: &inner)
        issuer = try DistinguishedName(reading: &inner)
        var validity = try inner.readSequence()
        notBefore = try validity.readTime()
        notAfter = try validity.readTime()
        try validity.finish()
        subject = try DistinguishedName(reading: &inner)
        subjectPublicKeyInfo = try SubjectPublicKeyInfo(reading: &inner)
        // The unique identifiers of version 2 are legal to parse and used by nobody.
        _ = try inner.readOptional(.contextPrimitive(1))
        _ = try inner.readOptional(.contextPrimitive(2))
        if let explicit = try inner.readOptional(.contextConstructed(3)) {
            var wrapped = inner.reader(inside: explicit)
            extensions = try CertificateExtension.list(&wrapped)
            try wrapped.finish()
        } else {
            extensions = []
        }
        try inner.finish()
    }

    /// Whether issuer and subject are the same name.
    public var isSelfIssued: Bool { issuer.matches(subject) }
}
