public import V2GDER

/// `BasicConstraints` (RFC 5280 4.2.1.9).
public struct BasicConstraints: Sendable, Hashable {
    public let isCA: Bool
    /// How many sub-CA certificates may follow, `nil` without a limit.
    public let pathLength: Int?

    public init(isCA: Bool, pathLength: Int? = nil) {
        self.isCA = isCA
        self.pathLength = pathLength
    }
}

/// `AuthorityKeyIdentifier` (RFC 5280 4.2.1.1).
public struct AuthorityKeyIdentifier: Sendable, Hashable {
    public let keyIdentifier: [UInt8]?
    public let issuer: [GeneralName]
    public let serialNumber: SerialNumber?
}

/// One `AccessDescription` of the authority information access extension (RFC 5280 4.2.2.1).
public struct AccessDescription: Sendable, Hashable {
    public let method: ObjectIdentifier
    public let location: GeneralName
}

extension ExtensionHolder {
    /// Basic constraints, `nil` when absent (RFC 5280 4.2.1.9).
    public func basicConstraints() throws(DERError) -> BasicConstraints? {
        try decode(.basicConstraints) { (reader) throws(DERError) in
            var inner = try reader.readSequence()
            let flagOffset = inner.offset
            var isCA = false
            if inner.nextTag == .boolean {
                isCA = try inner.readBoolean()
                guard isCA else { throw DERError(.badValue("an encoded default (cA FALSE)"), at: flagOffset) }
            }
            let pathLength = inner.nextTag == .integer ? try inner.readSmallInteger() : nil
            try inner.finish()
            return BasicConstraints(isCA: isCA, pathLength: pathLength)
        }
    }

    /// Key usage, `nil` when absent (RFC 5280 4.2.1.3).
    public func keyUsage() throws(DERError) -> KeyUsage? {
        try decode(.keyUsage) { (reader) throws(DERError) in KeyUsage(rawValue: try reader.readNamedBits()) }
    }

    /// The purposes, 1 to 64 of them.
    public func extendedKeyUsage() throws(DERError) -> [ObjectIdentifier]? {
        try decode(.extendedKeyUsage) { (reader) throws(DERError) in
            var inner = try reader.readSequence()
            var found: [ObjectIdentifier] = []
            while !inner.isAtEnd {
                guard found.count < 64 else { throw DERError(.tooMany("key purposes"), at: inner.offset) }
                found.append(try inner.readObjectIdentifier())
            }
            guard !found.isEmpty else { throw DERError(.badValue("an empty list of key purposes"), at: inner.offset) }
            return found
        }
    }

    /// Subject key identifier, `nil` when absent (RFC 5280 4.2.1.2).
    public func subjectKeyIdentifier() throws(DERError) -> [UInt8]? {
        try decode(.subjectKeyIdentifier) { (reader) throws(DERError) in Array(try reader.readOctetString()) }
    }

    /// Authority key identifier, `nil` when absent (RFC 5280 4.2.1.1).
    public func authorityKeyIdentifier() throws(DERError) -> AuthorityKeyIdentifier? {
        try decode(.authorityKeyIdentifier) { (reader) throws(DERError) in
            var inner = try reader.readSequence()
            let key = try inner.readOptional(.contextPrimitive(0)).map { Array(inner.content(of: $0)) }
            var issuer: [GeneralName] = []
            if let names = try inner.readOptional(.contextConstructed(1)) {
                var list = inner.reader(inside: names)
                issuer = try GeneralName.list(&list)
            }
            var serial: SerialNumber?
            if inner.nextTag == .contextPrimitive(2) {
                serial = SerialNumber(content: try inner.readIntegerBytes(.contextPrimitive(2)))
            }
            try inner.finish()
            return AuthorityKeyIdentifier(keyIdentifier: key, issuer: issuer, serialNumber: serial)
        }
    }

    /// Subject alternative names, 1 to 256, `nil` when absent (RFC 5280 4.2.1.6).
    public func subjectAlternativeNames() throws(DERError) -> [GeneralName]? {
        try decode(.subjectAlternativeName) { (reader) throws(DERError) in
            var inner = try reader.readSequence()
            return try GeneralName.list(&inner)
        }
    }

    /// Access descriptions, 1 to 64, `nil` when absent (RFC 5280 4.2.2.1).
    public func authorityInformationAccess() throws(DERError) -> [AccessDescription]? {
        try decode(.authorityInformationAccess) { (reader) throws(DERError) in
            var inner = try reader.readSequence()
            var found: [AccessDescription] = []
            while !inner.isAtEnd {
                guard found.count < 64 else { throw DERError(.tooMany("access descriptions"), at: inner.offset) }
                var pair = try inner.readSequence()
                let method = try pair.readObjectIdentifier()
                found.append(AccessDescription(method: method, location: try GeneralName(reading: &pair)))
                try pair.finish()
            }
            guard !found.isEmpty else { throw DERError(.badValue("an empty list of access methods"), at: inner.offset) }
            return found
        }
    }

    /// The full names of the CRL distribution points; names relative to an issuer and reason subsets are passed over.
    public func crlDistributionPoints() throws(DERError) -> [GeneralName]? {
        try decode(.crlDistributionPoints) { (reader) throws(DERError) in
            var inner = try reader.readSequence()
            var found: [GeneralName] = []
            while !inner.isAtEnd {
                guard found.count < 256 else { throw DERError(.tooMany("distribution points"), at: inner.offset) }
                var point = try inner.readSequence()
                if let name = try point.readOptional(.contextConstructed(0)) {
                    found += try GeneralName.fullNames(inside: name, of: point)
                }
                while !point.isAtEnd { _ = try point.read() }
            }
            return found
        }
    }

    /// The policies' identifiers, qualifiers passed over.
    public func certificatePolicies() throws(DERError) -> [ObjectIdentifier]? {
        try decode(.certificatePolicies) { (reader) throws(DERError) in
            var inner = try reader.readSequence()
            var found: [ObjectIdentifier] = []
            while !inner.isAtEnd {
                guard found.count < 64 else { throw DERError(.tooMany("policies"), at: inner.offset) }
                var policy = try inner.readSequence()
                found.append(try policy.readObjectIdentifier())
                if !policy.isAtEnd { _ = try policy.read() }
                try policy.finish()
            }
            guard !found.isEmpty else { throw DERError(.badValue("an empty list of policies"), at: inner.offset) }
            return found
        }
    }

    /// The OCSP responders that the authority information access extension names.
    public var ocspURLs: [String] { locations(.accessOCSP) }
    /// Where the issuer's certificate can be fetched.
    public var caIssuerURLs: [String] { locations(.accessCAIssuers) }

    private func locations(_ method: ObjectIdentifier) -> [String] {
        // A malformed extension is reported by lint; here it names no place.
        let access = (try? authorityInformationAccess()) ?? []
        return access.compactMap { entry in
            guard entry.method == method, case .uri(let uri) = entry.location else { return nil }
            return uri
        }
    }
}

extension GeneralName {
    /// The `fullName` form of a `DistributionPointName`; the relative form gives nothing.
    static func fullNames(inside element: DERElement, of reader: DERReader) throws(DERError) -> [GeneralName] {
        var choice = reader.reader(inside: element)
        let form = try choice.read()
        try choice.finish()
        guard form.tag == .contextConstructed(0) else { return [] }
        var names = choice.reader(inside: form)
        return try list(&names)
    }
}
