public import V2GDER

/// One extension, undecoded (RFC 5280 4.2). The typed views are in `CertificateExtensions+*.swift`.
public struct CertificateExtension: Sendable, Hashable {
    public let type: ObjectIdentifier
    public let isCritical: Bool
    /// The DER inside the OCTET STRING.
    public let value: [UInt8]

    public init(type: ObjectIdentifier, isCritical: Bool = false, value: [UInt8]) {
        self.type = type
        self.isCritical = isCritical
        self.value = value
    }

    package init(
        type: ObjectIdentifier, isCritical: Bool = false, _ body: (inout DERWriter) -> Void
    ) {
        var writer = DERWriter(reserving: 48)
        body(&writer)
        self.init(type: type, isCritical: isCritical, value: writer.bytes)
    }

    init(reading reader: inout DERReader) throws(DERError) {
        var inner = try reader.readSequence()
        type = try inner.readObjectIdentifier()
        let flagOffset = inner.offset
        if inner.nextTag == .boolean {
            isCritical = try inner.readBoolean()
            // X.690 11.5: a default value is not encoded.
            guard isCritical else { throw DERError(.badValue("an encoded default (critical FALSE)"), at: flagOffset) }
        } else {
            isCritical = false
        }
        value = Array(try inner.readOctetString())
        try inner.finish()
    }

    func write(to writer: inout DERWriter) {
        writer.writeSequence { inner in
            inner.write(type)
            if isCritical { inner.write(true) }
            inner.write(.octetString, value)
        }
    }

    /// Reads an `Extensions` sequence of 1 to 64 entries, duplicates included: lint reports them.
    static func list(_ reader: inout DERReader) throws(DERError) -> [CertificateExtension] {
        var inner = try reader.readSequence()
        var found: [CertificateExtension] = []
        while !inner.isAtEnd {
            guard found.count < 64 else { throw DERError(.tooMany("extensions"), at: inner.offset) }
            found.append(try CertificateExtension(reading: &inner))
        }
        guard !found.isEmpty else { throw DERError(.badValue("an empty list of extensions"), at: inner.offset) }
        return found
    }
}

/// What holds extensions: certificate bodies, CRLs, requests.
public protocol ExtensionHolder {
    var extensions: [CertificateExtension] { get }
}

extension ExtensionHolder {
    /// The first extension of a type.
    public func firstExtension(_ type: ObjectIdentifier) -> CertificateExtension? {
        for candidate in extensions where candidate.type == type { return candidate }
        return nil
    }

    /// Decodes an extension with `body`, which must consume it wholly; `nil` when it is absent.
    package func decode<T>(
        _ type: ObjectIdentifier, _ body: (inout DERReader) throws(DERError) -> T
    ) throws(DERError) -> T? {
        guard let found = firstExtension(type) else { return nil }
        var reader = DERReader(found.value)
        let value = try body(&reader)
        try reader.finish()
        return value
    }
}
