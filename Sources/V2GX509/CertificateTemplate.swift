internal import V2GDER
public import V2GPrimitives

/// Everything that goes into a certificate body, to be encoded.
public struct CertificateTemplate: Sendable {
    public var serialNumber: SerialNumber
    public var signatureAlgorithm: AlgorithmIdentifier
    public var issuer: DistinguishedName
    public var notBefore: Timestamp
    public var notAfter: Timestamp
    public var subject: DistinguishedName
    public var subjectPublicKeyInfo: SubjectPublicKeyInfo
    public var extensions: [CertificateExtension]
    /// 1...3; anything but 3 is for tests of refusal.
    public var version = 3

    public init(
        serialNumber: SerialNumber, signatureAlgorithm: AlgorithmIdentifier, issuer: DistinguishedName,
        notBefore: Timestamp, notAfter: Timestamp, subject: DistinguishedName,
        subjectPublicKeyInfo: SubjectPublicKeyInfo, extensions: [CertificateExtension]
    ) {
        self.serialNumber = serialNumber
        self.signatureAlgorithm = signatureAlgorithm
        self.issuer = issuer
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.subject = subject
        self.subjectPublicKeyInfo = subjectPublicKeyInfo
        self.extensions = extensions
    }

    /// The body's DER.
    public func encoded() -> [UInt8] {
        var writer = DERWriter(reserving: 768)
        writer.writeSequence { body in
            if version > 1 { body.write(.contextConstructed(0)) { $0.write(version - 1) } }
            body.write(.integer, serialNumber.content)
            signatureAlgorithm.write(to: &body)
            body.write(encoded: issuer.der)
            body.writeSequence { validity in
                validity.write(notBefore)
                validity.write(notAfter)
            }
            body.write(encoded: subject.der)
            body.write(encoded: subjectPublicKeyInfo.der)
            if !extensions.isEmpty {
                body.write(.contextConstructed(3)) { wrapped in
                    wrapped.writeSequence { list in
                        for entry in extensions { entry.write(to: &list) }
                    }
                }
            }
        }
        return writer.bytes
    }
}
