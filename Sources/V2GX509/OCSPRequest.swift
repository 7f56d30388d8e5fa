public import V2GDER

/// An OCSP request (RFC 6960 4.1). A signature on it is read past: no V2G peer signs requests, and the answer is the
/// same for everybody.
public struct OCSPRequest: Sendable, ExtensionHolder {
    /// Most bytes a request may have.
    public static let maximumLength = 16_384
    /// Most certificates that may be asked for at once.
    public static let maximumCount = 64

    public let certIDs: [OCSPCertID]
    public let extensions: [CertificateExtension]

    public init(certIDs: [OCSPCertID], nonce: [UInt8]? = nil) {
        self.certIDs = certIDs
        extensions = nonce.map { [.ocspNonce($0)] } ?? []
    }

    /// Reads a whole encoding: 1 to ``maximumCount`` certificates.
    public init(der: [UInt8]) throws(DERError) {
        guard der.count <= Self.maximumLength else { throw DERError(.tooMany("bytes in an OCSP request"), at: 0) }
        var outer = DERReader(der)
        var request = try outer.readSequence()
        try outer.finish()
        var body = try request.readSequence()
        if let signature = try request.readOptional(.contextConstructed(0)) {
            var inner = request.reader(inside: signature)
            _ = try inner.read(.sequence)
            try inner.finish()
        }
        try request.finish()

        let versionOffset = body.offset
        if let explicit = try body.readOptional(.contextConstructed(0)) {
            var wrapped = body.reader(inside: explicit)
            guard try wrapped.readSmallInteger() == 0 else {
                throw DERError(.badValue("an OCSP version other than 1"), at: versionOffset)
            }
            try wrapped.finish()
        }
        _ = try body.readOptional(.contextConstructed(1))
        var list = try body.readSequence()
        var found: [OCSPCertID] = []
        while !list.isAtEnd {
            guard found.count < Self.maximumCount else {
                throw DERError(.tooMany("certificates in an OCSP request"), at: list.offset)
            }
            var single = try list.readSequence()
            found.append(try OCSPCertID(reading: &single))
            _ = try single.readOptional(.contextConstructed(0))
            try single.finish()
        }
        guard !found.isEmpty else { throw DERError(.badValue("an OCSP request for nothing"), at: list.offset) }
        certIDs = found
        if let explicit = try body.readOptional(.contextConstructed(2)) {
            var wrapped = body.reader(inside: explicit)
            extensions = try CertificateExtension.list(&wrapped)
            try wrapped.finish()
        } else {
            extensions = []
        }
        try body.finish()
    }

    /// The whole DER.
    public func encoded() -> [UInt8] {
        var writer = DERWriter(reserving: 256)
        writer.writeSequence { request in
            request.writeSequence { body in
                body.writeSequence { list in
                    for certID in certIDs { list.writeSequence { certID.write(to: &$0) } }
                }
                guard !extensions.isEmpty else { return }
                body.write(.contextConstructed(2)) { wrapped in
                    wrapped.writeSequence { list in
                        for entry in extensions { entry.write(to: &list) }
                    }
                }
            }
        }
        return writer.bytes
    }

    /// The nonce's bytes: inside an OCTET STRING (RFC 8954), or raw as older peers send it.
    public var nonce: [UInt8]? { ocspNonce }
}

extension ExtensionHolder {
    var ocspNonce: [UInt8]? {
        guard let found = firstExtension(.ocspNonce) else { return nil }
        var reader = DERReader(found.value)
        guard let inner = try? reader.readOctetString(), reader.isAtEnd else { return found.value }  // older form
        return Array(inner)
    }
}

extension CertificateExtension {
    /// The nonce extension (RFC 8954): 1...32 bytes inside an OCTET STRING.
    public static func ocspNonce(_ nonce: [UInt8]) -> CertificateExtension {
        CertificateExtension(type: .ocspNonce) { $0.write(.octetString, nonce) }
    }
}
