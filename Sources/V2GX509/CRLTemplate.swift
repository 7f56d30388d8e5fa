internal import V2GDER
public import V2GKeys
public import V2GPrimitives

/// Everything that goes into a CRL, to be encoded entry by entry so that millions fit in memory once.
public struct CRLTemplate: Sendable {
    private let issuer: DistinguishedName
    private let signatureAlgorithm: SignatureAlgorithm
    private let thisUpdate: Timestamp
    private let nextUpdate: Timestamp
    /// The CRL number, 1 or more; grows with each CRL of the issuer.
    private let number: Int
    private let authorityKeyIdentifier: [UInt8]
    private let distributionPoint: IssuingDistributionPoint
    private var entries = DERWriter()

    public init(
        issuer: DistinguishedName, signatureAlgorithm: SignatureAlgorithm, thisUpdate: Timestamp,
        nextUpdate: Timestamp, number: Int, authorityKeyIdentifier: [UInt8],
        distributionPoint: IssuingDistributionPoint
    ) {
        self.issuer = issuer
        self.signatureAlgorithm = signatureAlgorithm
        self.thisUpdate = thisUpdate
        self.nextUpdate = nextUpdate
        self.number = number
        self.authorityKeyIdentifier = authorityKeyIdentifier
        self.distributionPoint = distributionPoint
    }

    /// Adds a revoked certificate. The reason `unspecified` is left out, as RFC 5280 5.3.1 asks.
    public mutating func append(serialNumber: SerialNumber, revokedAt: Timestamp, reason: RevocationReason) {
        entries.writeSequence { entry in
            entry.write(.integer, serialNumber.content)
            entry.write(revokedAt)
            guard reason != .unspecified else { return }
            entry.writeSequence { list in
                CertificateExtension(type: .reasonCode) { $0.write(reason.rawValue, tag: .enumerated) }
                    .write(to: &list)
            }
        }
    }

    /// The part to be signed.
    public func encodedBody() -> [UInt8] {
        var writer = DERWriter(reserving: entries.bytes.count + 512)
        writer.writeSequence { list in
            list.write(1)
            AlgorithmIdentifier(signatureAlgorithm).write(to: &list)
            list.write(encoded: issuer.der)
            list.write(thisUpdate)
            list.write(nextUpdate)
            if !entries.bytes.isEmpty { list.write(.sequence, entries.bytes) }
            list.write(.contextConstructed(0)) { wrapped in
                wrapped.writeSequence { extensions in
                    CertificateExtension.authorityKeyIdentifier(authorityKeyIdentifier).write(to: &extensions)
                    CertificateExtension(type: .crlNumber) { $0.write(number) }.write(to: &extensions)
                    distributionPoint.certificateExtension.write(to: &extensions)
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
