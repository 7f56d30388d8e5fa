internal import FoundationEssentials
internal import GRDB

/// Reads the audit log from its first entry, follows the chain, and compares every entry with its record and every
/// record with its entry.
///
/// The chain alone shows changes by somebody who did not rewrite all that follows. Whoever rewrites it all is caught by
/// a head exported earlier. Whoever changes a record without its entry is caught by the comparison: each record names
/// the sequence of its entry, so as many records as entries, each found at its own sequence, are one to one.
struct AuditVerifier {
    private let db: Database
    private let expected: AuditHead?
    private var report = AuditReport(verifiedEntries: 0, head: nil, fault: nil)
    private var lastPlanned: Int64 = 0
    private var counts: [AuditAction: Int64] = [:]
    /// The newest entry about each record that can change, by its first field.
    private var newest: [Identity: Newest] = [:]

    private struct Identity: Hashable {
        let action: AuditAction
        let name: [UInt8]
    }

    private struct Newest {
        let sequence: Int64
        let details: [UInt8]
    }

    init(_ db: Database, expected: AuditHead?) {
        self.db = db
        self.expected = expected
    }

    mutating func run() throws -> AuditReport {
        do {
            try readLog()
            try compareExpectedHead()
            try compareCounts()
            try compareChangingRecords()
        } catch let found as Found {
            return AuditReport(verifiedEntries: report.verifiedEntries, head: report.head, fault: found.fault)
        }
        return report
    }

    private mutating func readLog() throws {
        let entries = try Row.fetchCursor(db, sql: "SELECT \(AuditEntry.columns) FROM audit ORDER BY sequence")
        var previous = AuditChain.genesis
        while let row = try entries.next() {
            let entry = AuditEntry(row)
            let position = report.verifiedEntries &+ 1
            guard entry.sequence == position else {
                throw Found(
                    .sequenceBroken, position,
                    "audit entry \(position) is missing, the next one is \(entry.sequence); entries were removed")
            }
            let hash = AuditChain.hash(
                previous: previous, sequence: entry.sequence, time: entry.time, actor: entry.actor,
                action: entry.action, intent: entry.intent, details: entry.details)
            guard hash == entry.hash else {
                throw Found(
                    .hashBroken, position,
                    "audit entry \(position) or the one before it was changed: its hash does not follow from them")
            }
            if let expected, expected.sequence == position, expected.hash != hash {
                throw Found(
                    .headMissing, position,
                    "audit entry \(position) is not the one of the exported head; the log was rewritten")
            }
            try compare(entry)
            previous = hash
            report = AuditReport(
                verifiedEntries: position, head: AuditHead(sequence: position, hash: hash, time: entry.time),
                fault: nil)
        }
    }

    private mutating func compare(_ entry: AuditEntry) throws {
        guard let action = AuditAction(rawValue: entry.action) else {
            throw Found(
                .recordDiffers, entry.sequence,
                "audit entry \(entry.sequence) has the unknown action '\(entry.action)'; no version of this program "
                    + "writes it")
        }
        counts[action, default: 0] += 1
        switch action {
        case .storeCreated: try compareStore(entry)
        case .planned: try comparePlan(entry)
        case .issued: try compareCertificate(entry)
        case .cancelled: try compareCancellation(entry)
        case .revoked: remember(entry, .revoked, named: entry.intent)
        case .holdLifted: newest[Identity(action: .revoked, name: Self.name(entry.intent))] = nil
        case .authorityRecorded, .authorityCertificateRecorded, .ocspSignerRecorded, .crlNumberReserved,
            .crlPublished, .settingChanged:
            let name = entry.fields.first.map { Array($0.value.description.utf8) } ?? []
            newest[Identity(action: action, name: name)] = Newest(sequence: entry.sequence, details: entry.details)
        case .note: break
        }
        guard entry.sequence > 1 || action == .storeCreated else {
            throw Found(
                .storeDiffers, 1, "the first audit entry is not the creation of the store; the log was replaced")
        }
    }

    // MARK: Records that never change

    private func compareStore(_ entry: AuditEntry) throws {
        let row = try db.row("SELECT identifier, created_at, sequence FROM store WHERE id = 1", [])
        guard let row, entry.sequence == 1, row[2] == entry.sequence,
            RecordFields.store(identifier: row.bytes(0), createdAt: row[1]).encoded == entry.details
        else {
            throw Found(
                .storeDiffers, entry.sequence,
                "audit entry \(entry.sequence) is about the creation of another store; the log was replaced")
        }
    }

    private mutating func comparePlan(_ entry: AuditEntry) throws {
        let row = try db.row(
            "SELECT issuer, serial, role, edition, subject, key_hash, body_hash, not_after, planned_at, key_prefix, "
                + "sequence FROM issuance WHERE id = ?", [entry.intent?.rawValue])
        guard let row, let intent = entry.intent, intent.rawValue > lastPlanned else {
            throw Self.missing("issuance", entry)
        }
        lastPlanned = intent.rawValue
        let plan = IssuancePlan(
            issuer: AuthorityID(row[0]), serial: row.bytes(1), role: row[2], edition: row[3], subject: row[4],
            keyHash: row.bytes(5), bodyHash: row.bytes(6), notAfter: row[7])
        let isSame = RecordFields.plan(plan, plannedAt: row[8]).encoded == entry.details
        guard isSame, row[9] == plan.keyHash.hashPrefix, row[10] == entry.sequence else {
            throw Self.differs("issuance", entry)
        }
    }

    private func compareCertificate(_ entry: AuditEntry) throws {
        let row = try db.row(
            "SELECT c.der, c.sequence, i.state FROM certificate c JOIN issuance i ON i.id = c.id WHERE c.id = ?",
            [entry.intent?.rawValue])
        guard let row else { throw Self.missing("certificate", entry) }
        guard RecordFields.certificate(row.bytes(0)).encoded == entry.details, row[1] == entry.sequence, row[2] == 1
        else { throw Self.differs("certificate", entry) }
    }

    private func compareCancellation(_ entry: AuditEntry) throws {
        let row = try db.row(
            "SELECT c.reason, c.sequence, i.state FROM cancellation c JOIN issuance i ON i.id = c.id WHERE c.id = ?",
            [entry.intent?.rawValue])
        guard let row else { throw Self.missing("cancellation", entry) }
        guard RecordFields.cancellation(reason: row[0]).encoded == entry.details, row[1] == entry.sequence, row[2] == 2
        else { throw Self.differs("cancellation", entry) }
    }

    private func compareCounts() throws {
        let tables: [(AuditAction, String, String)] = [
            (.storeCreated, "store", "SELECT count(*) FROM store"),
            (.planned, "issuance", "SELECT count(*) FROM issuance"),
            (.issued, "certificate", "SELECT count(*) FROM certificate"),
            (.cancelled, "cancellation", "SELECT count(*) FROM cancellation"),
            (.issued, "issuance completed", "SELECT count(*) FROM issuance WHERE state = 1"),
            (.cancelled, "issuance cancelled", "SELECT count(*) FROM issuance WHERE state = 2"),
        ]
        for (action, name, sql) in tables {
            let records = try db.number(sql) ?? 0
            let entries = counts[action] ?? 0
            guard records == entries else {
                throw Found(
                    .recordUncovered, nil,
                    "the store has \(records) records of kind '\(name)' and \(entries) audit entries about them; "
                        + "records were added or removed behind the log's back")
            }
        }
    }

    // MARK: Records that change

    private mutating func compareChangingRecords() throws {
        try each("SELECT \(AuthorityRecord.columns), sequence FROM authority", .authorityRecorded) {
            (RecordFields.authority(try AuthorityRecord($0)), $0[9])
        }
        try each(
            "SELECT \(AuthorityCertificate.columns), sequence FROM authority_certificate",
            .authorityCertificateRecorded
        ) { (RecordFields.authorityCertificate(try AuthorityCertificate($0)), $0[6]) }
        try each("SELECT \(OCSPSignerRecord.columns), sequence FROM ocsp_signer", .ocspSignerRecorded) {
            (RecordFields.ocspSigner(try OCSPSignerRecord($0)), $0[6])
        }
        try each("SELECT authority, number, sequence FROM crl_number", .crlNumberReserved) {
            (RecordFields.crlNumber(issuer: AuthorityID($0[0]), number: $0[1]), $0[2])
        }
        try each("SELECT \(CRLRecord.columns), sequence FROM crl", .crlPublished) {
            (RecordFields.crl(CRLRecord($0)), $0[6])
        }
        try each("SELECT key, version, value, sequence FROM setting", .settingChanged) {
            (RecordFields.setting(SettingRecord($0)), $0[3])
        }
        try compareRevocations()
        if let (identity, entry) = newest.min(by: { $0.value.sequence < $1.value.sequence }) {
            throw Found(
                .recordDiffers, entry.sequence,
                "the record that audit entry \(entry.sequence) (\(identity.action.rawValue)) is about is missing")
        }
    }

    private mutating func each(
        _ sql: String, _ action: AuditAction, _ fields: (Row) throws -> (AuditFields, Int64)
    ) throws {
        let rows = try Row.fetchCursor(db, sql: sql)
        while let row = try rows.next() {
            let (fields, sequence) = try fields(row)
            let name = AuditFields.decode(fields.encoded)?.first.map { Array($0.value.description.utf8) } ?? []
            try match(fields, sequence, Identity(action: action, name: name))
        }
    }

    private mutating func compareRevocations() throws {
        let rows = try Row.fetchCursor(
            db,
            sql: "SELECT r.id, r.issuer, i.serial, r.reason, r.revoked_at, r.sequence, i.issuer FROM revocation r "
                + "JOIN issuance i ON i.id = r.id")
        while let row = try rows.next() {
            let intent = IntentID(row[0])
            guard let revocation = try Revocation(reason: row[3], revokedAt: row[4], of: intent) else { continue }
            let fields = RecordFields.revocation(issuer: AuthorityID(row[1]), serial: row.bytes(2), revocation)
            guard row[1] as Int64 == row[6] else {
                throw Found(.recordDiffers, row[5], "the revocation of issuance \(intent) names another issuer")
            }
            try match(fields, row[5], Identity(action: .revoked, name: Self.name(intent)))
        }
    }

    private mutating func match(_ fields: AuditFields, _ sequence: Int64, _ identity: Identity) throws {
        guard let entry = newest.removeValue(forKey: identity) else {
            throw Found(
                .recordUncovered, nil,
                "a record of kind '\(identity.action.rawValue)' has no audit entry; it was added behind the log's back")
        }
        guard entry.sequence == sequence, entry.details == fields.encoded else {
            throw Found(
                .recordDiffers, entry.sequence,
                "the record that audit entry \(entry.sequence) (\(identity.action.rawValue)) is about was changed "
                    + "behind the log's back")
        }
    }

    private mutating func remember(_ entry: AuditEntry, _ action: AuditAction, named intent: IntentID?) {
        newest[Identity(action: action, name: Self.name(intent))] = Newest(
            sequence: entry.sequence, details: entry.details)
    }

    private static func name(_ intent: IntentID?) -> [UInt8] {
        var name: [UInt8] = []
        name.appendBigEndian(intent?.rawValue ?? 0)
        return name
    }

    // MARK: The exported head

    private func compareExpectedHead() throws {
        if let expected, expected.sequence > report.verifiedEntries {
            throw Found(
                .headMissing, report.verifiedEntries,
                "the exported head is entry \(expected.sequence), but the log ends at \(report.verifiedEntries); its end "
                    + "was cut off")
        }
    }

    private static func missing(_ kind: String, _ entry: AuditEntry) -> Found {
        Found(
            .recordDiffers, entry.sequence,
            "the \(kind) that audit entry \(entry.sequence) is about is missing or has two entries")
    }

    private static func differs(_ kind: String, _ entry: AuditEntry) -> Found {
        Found(
            .recordDiffers, entry.sequence,
            "the \(kind) that audit entry \(entry.sequence) is about was changed behind the log's back")
    }

    /// Ends the reading at the first fault.
    private struct Found: Error {
        let fault: AuditFault

        init(_ kind: AuditFault.Kind, _ sequence: Int64?, _ message: String) {
            fault = AuditFault(kind: kind, sequence: sequence, message: message)
        }
    }
}
