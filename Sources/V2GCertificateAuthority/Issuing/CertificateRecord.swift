public import V2GCertificates
public import V2GPrimitives
public import V2GX509

/// One line of what an authority issued, for people and machines.
public struct CertificateRecord: Sendable, Codable {
    /// Lower-case hexadecimal without leading zeros.
    public let serial: String
    public let authority: String
    public let role: String
    public let edition: String
    public let subject: String
    /// `planned`, `issued`, `cancelled`, `revoked` or `hold`.
    public let state: String
    public let notAfter: String
    public let plannedAt: String
    public let revokedAt: String?
    public let reason: String?
}

extension CertificateAuthority {
    /// What to list. `nil` means any.
    public struct Selection: Sendable {
        public var authority: String?
        public var role: String?
        public var subjectContains: String?
        public var serialPrefix: String?
        public var isRevoked: Bool?
        public var expiresBefore: Timestamp?
        /// Also those that were planned or cancelled.
        public var includesUnissued = false

        public init() {}
    }

    /// Passes the matching certificates to `body` in the order of issue, page by page.
    public func forEachRecord(
        _ selection: Selection, _ body: (CertificateRecord) throws -> Void
    ) async throws {
        let catalog = try await catalog()
        var query = IssuanceQuery()
        if let name = selection.authority { query.issuer = try await authorityID(name) }
        query.role = selection.role
        query.subjectContains = selection.subjectContains
        query.serialPrefix = selection.serialPrefix
        query.isRevoked = selection.isRevoked
        query.expiresBefore = selection.expiresBefore?.seconds
        if !selection.includesUnissued { query.state = .issued }
        var last: IntentID?
        while true {
            let after = last
            let filter = query
            let page = try await stored("list certificates") { () throws(StoreError) in
                try await store.issuances(matching: filter, after: after, limit: 1_000)
            }
            for issuance in page {
                try body(CertificateRecord(issuance, authority: catalog.entry(issuance.issuer)?.record.name ?? "?"))
            }
            guard page.count == 1_000, let end = page.last else { return }
            last = end.id
        }
    }

    /// The certificates with a serial, with their records.
    public func certificates(serial: [UInt8]) async throws(IssuanceError) -> [(CertificateRecord, Certificate?)] {
        let catalog = try await catalog()
        let found = try await stored("look for the certificate") { () throws(StoreError) in
            try await store.issuances(serial: serial)
        }
        var list: [(CertificateRecord, Certificate?)] = []
        for issuance in found {
            let der = try await stored("read the certificate") { () throws(StoreError) in
                try await store.certificate(of: issuance.id)
            }
            let record = CertificateRecord(issuance, authority: catalog.entry(issuance.issuer)?.record.name ?? "?")
            if let der { list.append((record, try parsed(der))) } else { list.append((record, nil)) }
        }
        return list
    }
}

extension CertificateRecord {
    init(_ issuance: Issuance, authority: String) {
        serial = SerialNumber(magnitude: issuance.serial).hex
        self.authority = authority
        role = issuance.role
        edition = issuance.edition
        subject = issuance.subject
        state =
            if let revocation = issuance.revocation { revocation.isHold ? "hold" : "revoked" } else {
                issuance.state.description
            }
        notAfter = Timestamp(seconds: issuance.notAfter).rfc3339
        plannedAt = Timestamp(seconds: issuance.plannedAt).rfc3339
        revokedAt = issuance.revocation.map { Timestamp(seconds: $0.revokedAt).rfc3339 }
        reason = issuance.revocation?.reason.name
    }
}

extension CertificateAuthority {
    /// The certificates of a role that were issued after a time.
    public func issuedSince(
        _ time: Timestamp, role: Role, authority: String? = nil
    ) async throws -> [CertificateRecord] {
        var selection = Selection()
        selection.role = role.rawValue
        selection.authority = authority
        var found: [CertificateRecord] = []
        let limit = time.rfc3339
        // Times in RFC 3339 with a fixed zone sort as text.
        try await forEachRecord(selection) { if $0.plannedAt > limit { found.append($0) } }
        return found
    }

    /// What was answered for a serial: the leaf with the chain of its authority.
    public func answer(serial hex: String) async throws(IssuanceError) -> IssuedCertificate? {
        guard let serial = Hex.decode(hex.count % 2 == 0 ? hex : "0" + hex) else { return nil }
        for (record, certificate) in try await certificates(serial: serial) {
            guard let certificate else { continue }
            let chain = try await catalog().chain(
                of: record.authority, preferredRoot: preferredRoot(for: record.authority))
            return IssuedCertificate(
                certificate: certificate, chain: chain?.chain ?? [], authority: record.authority, ignored: [])
        }
        return nil
    }
}
