public import V2GDER

/// Names a certificate to an OCSP responder (RFC 6960 4.1.1).
public struct OCSPCertID: Sendable, Hashable {
    public let hashAlgorithm: AlgorithmIdentifier
    /// Hash of the issuer's name encoding.
    public let issuerNameHash: [UInt8]
    /// Hash of the issuer's key bits (without tag, length and unused-bits byte).
    public let issuerKeyHash: [UInt8]
    public let serialNumber: SerialNumber

    public init(
        hashAlgorithm: ObjectIdentifier, issuerNameHash: [UInt8], issuerKeyHash: [UInt8], serialNumber: SerialNumber
    ) {
        // RFC 4055 2.1, RFC 3370 2.1: absent or NULL are both seen; NULL is what peers send and compare.
        self.hashAlgorithm = AlgorithmIdentifier(algorithm: hashAlgorithm, parameters: [0x05, 0x00])
        self.issuerNameHash = issuerNameHash
        self.issuerKeyHash = issuerKeyHash
        self.serialNumber = serialNumber
    }

    init(reading reader: inout DERReader) throws(DERError) {
        var inner = try reader.readSequence()
        hashAlgorithm = try AlgorithmIdentifier(reading: &inner)
        issuerNameHash = Array(try inner.readOctetString())
        issuerKeyHash = Array(try inner.readOctetString())
        serialNumber = SerialNumber(content: try inner.readIntegerBytes())
        try inner.finish()
    }

    func write(to writer: inout DERWriter) {
        writer.writeSequence { inner in
            hashAlgorithm.write(to: &inner)
            inner.write(.octetString, issuerNameHash)
            inner.write(.octetString, issuerKeyHash)
            inner.write(.integer, serialNumber.content)
        }
    }

    /// Whether both name the same certificate; how absent parameters are written does not count.
    public func namesSame(as other: OCSPCertID) -> Bool {
        hashAlgorithm.algorithm == other.hashAlgorithm.algorithm && issuerNameHash == other.issuerNameHash
            && issuerKeyHash == other.issuerKeyHash && serialNumber == other.serialNumber
    }
}
