internal import FoundationEssentials
internal import GRDB

extension SQLiteStore {
    package func note(_ subject: String, detail: String, origin: ChangeOrigin) async throws(StoreError) {
        try await writer.submit { transaction in
            try transaction.record(.note, origin: origin, fields: RecordFields.note(subject, detail: detail))
        }
    }

    package func auditEntries(after sequence: Int64, limit: Int) async throws(StoreError) -> [AuditEntry] {
        try await read { db in
            try db.rows(
                "SELECT \(AuditEntry.columns) FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?",
                [sequence, max(limit, 0)]
            ).map { AuditEntry($0) }
        }
    }

    package func auditHead() async throws(StoreError) -> AuditHead {
        try await read { db in try WriteTransaction.head(db) }
    }

    package func verifyAudit(against expected: AuditHead?) async throws(StoreError) -> AuditReport {
        try await read { db in
            var verifier = AuditVerifier(db, expected: expected)
            return try verifier.run()
        }
    }
}

extension AuditEntry {
    static let columns = "sequence, time, actor, action, issuance, details, hash"

    init(_ row: Row) {
        let issuance: Int64? = row[4]
        self.init(
            sequence: row[0], time: row[1], actor: row[2], action: row[3], intent: issuance.map { IntentID($0) },
            details: row.bytes(5), hash: row.bytes(6))
    }
}
