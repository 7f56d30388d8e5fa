public import V2GDER
public import V2GPrimitives

/// Why a certificate was revoked (RFC 5280 5.3.1).
public enum RevocationReason: Int, Sendable, Hashable, CaseIterable, Codable {
    case unspecified = 0
    case keyCompromise = 1
    case cACompromise = 2
    case affiliationChanged = 3
    case superseded = 4
    case cessationOfOperation = 5
    case certificateHold = 6
    case removeFromCRL = 8
    case privilegeWithdrawn = 9
    case aACompromise = 10

    /// The name RFC 5280 gives it, which the command line takes.
    public var name: String { "\(self)" }

    /// Finds a reason by its name; case does not count.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name.lowercased() == name.lowercased() }) else { return nil }
        self = found
    }
}

/// An X.509 CRL (RFC 5280 5), parsed once and never changed.
public final class CertificateRevocationList: Sendable, ExtensionHolder {
    /// One revoked certificate.
    public struct Entry: Sendable, Hashable {
        public let serialNumber: SerialNumber
        public let revokedAt: Timestamp
        public let reason: RevocationReason?
        /// The names of the certificate issuer extension: only indirect CRLs have it.
        public let certificateIssuer: [GeneralName]?
        /// Whether the entry has a critical extension that this code does not know.
        public let hasUnknownCriticalExtension: Bool
    }

    /// Most bytes a CRL may have: about four million entries.
    public static let maximumLength = 160 << 20

    public let der: [UInt8]
    /// The part that is signed.
    public let body: [UInt8]
    public let version: Int
    public let issuer: DistinguishedName
    public let thisUpdate: Timestamp
    public let nextUpdate: Timestamp?
    public let entries: [Entry]
    public let extensions: [CertificateExtension]
    /// The algorithm that the signed part announces.
    public let bodySignatureAlgorithm: AlgorithmIdentifier
    public let signatureAlgorithm: AlgorithmIdentifier
    public let signature: [UInt8]
    private let index: [SerialNumber: Int]

    /// Reads a whole encoding.
    public init(der: [UInt8]) throws(DERError) {
        guard der.count <= Self.maximumLength else { throw DERError(.tooMany("bytes in a CRL"), at: 0) }
        self.der = der
        var outer = DERReader(der)
        var list = try outer.readSequence()
        try outer.finish()
        let signed = try list.read(.sequence)
        body = Array(list.encoding(of: signed))
        var inner = list.reader(inside: signed)
        let versionOffset = inner.offset
        version = inner.nextTag == .integer ? try inner.readSmallInteger() + 1 : 1
        guard version <= 2 else { throw DERError(.badValue("a CRL version other than 1 or 2"), at: versionOffset) }
        bodySignatureAlgorithm = try AlgorithmIdentifier(reading: &inner)
        issuer = try DistinguishedName(reading: &inner)
        thisUpdate = try inner.readTime()
        nextUpdate = inner.nextTag == .utcTime || inner.nextTag == .generalizedTime ? try inner.readTime() : nil
        var entries: [Entry] = []
        if inner.nextTag == .sequence {
            var revoked = try inner.readSequence()
            while !revoked.isAtEnd { entries.append(try Entry(reading: &revoked)) }
        }
        if let explicit = try inner.readOptional(.contextConstructed(0)) {
            var wrapped = inner.reader(inside: explicit)
            extensions = try CertificateExtension.list(&wrapped)
            try wrapped.finish()
        } else {
            extensions = []
        }
        try inner.finish()
        signatureAlgorithm = try AlgorithmIdentifier(reading: &list)
        signature = Array(try list.readBitStringBytes())
        try list.finish()
        self.entries = entries
        index = Dictionary(
            entries.enumerated().map { ($0.element.serialNumber, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// The entry for a serial, whatever issuer it belongs to.
    public func entry(for serialNumber: SerialNumber) -> Entry? { index[serialNumber].map { entries[$0] } }

    /// The CRL number extension's value, big endian without leading zeros.
    public func number() throws(DERError) -> [UInt8]? {
        try decode(.crlNumber) { (reader) throws(DERError) in Array(try reader.readIntegerBytes().drop { $0 == 0 }) }
    }

    /// The issuing distribution point, `nil` when the CRL has none (RFC 5280 5.2.5).
    public func issuingDistributionPoint() throws(DERError) -> IssuingDistributionPoint? {
        try decode(.issuingDistributionPoint) { (reader) throws(DERError) in
            try IssuingDistributionPoint(reading: &reader)
        }
    }
}

extension CertificateRevocationList.Entry {
    fileprivate init(reading reader: inout DERReader) throws(DERError) {
        var inner = try reader.readSequence()
        serialNumber = SerialNumber(content: try inner.readIntegerBytes())
        revokedAt = try inner.readTime()
        var reason: RevocationReason?
        var issuer: [GeneralName]?
        var hasUnknown = false
        if !inner.isAtEnd {
            for entry in try CertificateExtension.list(&inner) {
                var value = DERReader(entry.value)
                switch entry.type {
                case .reasonCode:
                    let code = try value.readSmallInteger(.enumerated)
                    try value.finish()
                    guard let known = RevocationReason(rawValue: code) else {
                        throw DERError(.badValue("an unknown revocation reason"), at: inner.offset)
                    }
                    reason = known
                case .certificateIssuer:
                    var names = try value.readSequence()
                    issuer = try GeneralName.list(&names)
                    try value.finish()
                case .invalidityDate: break
                default: hasUnknown = hasUnknown || entry.isCritical
                }
            }
        }
        try inner.finish()
        self.reason = reason
        certificateIssuer = issuer
        hasUnknownCriticalExtension = hasUnknown
    }
}

/// The issuing distribution point extension of a CRL (RFC 5280 5.2.5).
public struct IssuingDistributionPoint: Sendable, Hashable {
    public var fullName: [GeneralName]
    /// Whether the point is named relative to the issuer, a form that is not resolved here.
    public var hasRelativeName = false
    public var onlyContainsUserCerts = false
    public var onlyContainsCACerts = false
    /// Whether the CRL covers only some reasons.
    public var hasOnlySomeReasons = false
    public var isIndirect = false
    public var onlyContainsAttributeCerts = false

    public init(fullName: [GeneralName]) { self.fullName = fullName }

    init(reading reader: inout DERReader) throws(DERError) {
        var inner = try reader.readSequence()
        fullName = []
        if let name = try inner.readOptional(.contextConstructed(0)) {
            fullName = try GeneralName.fullNames(inside: name, of: inner)
            hasRelativeName = fullName.isEmpty
        }
        func flag(_ number: UInt8) throws(DERError) -> Bool {
            guard let element = try inner.readOptional(.contextPrimitive(number)) else { return false }
            // A default FALSE is not encoded, so only FF may stand here.
            guard Array(inner.content(of: element)) == [0xff] else {
                throw DERError(.badValue("a flag that is not TRUE"), at: element.range.lowerBound)
            }
            return true
        }
        onlyContainsUserCerts = try flag(1)
        onlyContainsCACerts = try flag(2)
        hasOnlySomeReasons = try inner.readOptional(.contextPrimitive(3)) != nil
        isIndirect = try flag(4)
        onlyContainsAttributeCerts = try flag(5)
        try inner.finish()
    }

    /// The extension, critical as RFC 5280 5.2.5 asks.
    public var certificateExtension: CertificateExtension {
        CertificateExtension(type: .issuingDistributionPoint, isCritical: true) { writer in
            writer.writeSequence { inner in
                if !fullName.isEmpty {
                    inner.write(.contextConstructed(0)) { point in
                        point.write(.contextConstructed(0)) { names in
                            for name in fullName { name.write(to: &names) }
                        }
                    }
                }
                let flags = [
                    (UInt8(1), onlyContainsUserCerts), (2, onlyContainsCACerts), (4, isIndirect),
                    (5, onlyContainsAttributeCerts),
                ]
                for (number, isSet) in flags where isSet {
                    inner.write(.contextPrimitive(number), CollectionOfOne(0xff))
                }
            }
        }
    }
}
