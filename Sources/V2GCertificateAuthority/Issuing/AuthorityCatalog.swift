internal import V2GDER
internal import V2GX509

/// What the store knows of the authorities, read at once and indexed. Pure: a new catalog is read after each change.
struct AuthorityCatalog: Sendable {
    struct Entry: Sendable {
        let record: AuthorityRecord
        /// Active certificates of its key, oldest first.
        var certificates: [IssuedTo]
    }

    /// One certificate of an authority.
    struct IssuedTo: Sendable {
        let recordID: Int64
        /// Name of the authority that signed it; the own name for a self-signed root.
        let issuerName: String
        let certificate: Certificate
        /// Revoked or on hold: nothing is issued under it.
        var isRevoked = false
    }

    /// Longest chain of authorities that is followed: leaf issuer, sub-CA, root, and link certificates between roots.
    static let maximumDepth = 6

    private(set) var entries: [Entry] = []
    private var byName: [String: Int] = [:]
    private var byID: [AuthorityID: Int] = [:]

    init(records: [AuthorityRecord], certificates: [AuthorityCertificate]) throws(IssuanceError) {
        for record in records {
            var issued: [IssuedTo] = []
            for stored in certificates where stored.authority == record.id && stored.state == .active {
                do {
                    let parsed = try Certificate(der: stored.certificate)
                    issued.append(IssuedTo(recordID: stored.id, issuerName: stored.issuerName, certificate: parsed))
                } catch {
                    throw IssuanceError(
                        .storeFailed,
                        "the stored certificate of authority '\(record.name)' cannot be read: \(error). "
                            + "Run 'v2g pki audit' and restore the store from its backup.", cause: error)
                }
            }
            if record.state == .active || byName[record.name] == nil { byName[record.name] = entries.count }
            byID[record.id] = entries.count
            entries.append(Entry(record: record, certificates: issued))
        }
    }

    func entry(_ name: String) -> Entry? { byName[name].map { entries[$0] } }
    func entry(_ id: AuthorityID) -> Entry? { byID[id].map { entries[$0] } }

    /// The chain that holders of certificates from `name` send: its own certificate first, the root left out.
    ///
    /// Where several chains lead to active roots, the one to `preferredRoot` wins, then the oldest.
    ///
    /// - Parameter evenRevoked: Whether revoked certificates count too.
    func chain(
        of name: String, preferredRoot: String?, evenRevoked: Bool = false
    ) -> (certificate: Certificate, chain: [Certificate], root: String)? {
        let found = paths(from: name, evenRevoked: evenRevoked, depth: 0)
        guard let best = found.first(where: { $0.root == preferredRoot }) ?? found.first else { return nil }
        guard let first = best.chain.first ?? entry(best.root)?.selfSigned else { return nil }
        return (first, best.chain, best.root)
    }

    /// What to ask the store about each certificate: which authority's status, of which serial.
    var serials: [(recordID: Int64, issuer: AuthorityID, serial: [UInt8])] {
        entries.flatMap { entry in
            entry.certificates.flatMap { issued in
                entries.filter { $0.record.name == issued.issuerName }.map {
                    (issued.recordID, $0.record.id, issued.certificate.body.serialNumber.magnitude)
                }
            }
        }
    }

    mutating func markRevoked(_ recordID: Int64) {
        for index in entries.indices {
            for position in entries[index].certificates.indices
            where entries[index].certificates[position].recordID == recordID {
                entries[index].certificates[position].isRevoked = true
            }
        }
    }

    private func paths(
        from name: String, evenRevoked: Bool, depth: Int
    ) -> [(chain: [Certificate], root: String)] {
        guard depth < Self.maximumDepth, let entry = entry(name) else { return [] }
        let certificates = entry.certificates.filter { evenRevoked || !$0.isRevoked }
        if entry.selfSigned != nil {
            return certificates.contains { $0.issuerName == name } ? [([], name)] : []
        }
        return certificates.flatMap { issued in
            paths(from: issued.issuerName, evenRevoked: evenRevoked, depth: depth + 1).map {
                ([issued.certificate] + $0.chain, $0.root)
            }
        }
    }
}

extension AuthorityCatalog.Entry {
    /// The root's own certificate, `nil` for sub-CAs.
    var selfSigned: Certificate? { certificates.first { $0.issuerName == record.name }?.certificate }
}
