internal import FoundationEssentials
internal import GRDB

/// The open write transaction of a batch: the connection, and the end of the audit chain as of this moment.
struct WriteTransaction {
    let db: Database
    private(set) var head: AuditHead

    /// Reads the head inside the transaction, so that no other process can append in between.
    init(_ db: Database) throws {
        self.db = db
        head = try Self.head(db)
    }

    static func head(_ db: Database) throws -> AuditHead {
        guard
            let row = try db.row(
                "SELECT sequence, hash, time FROM audit ORDER BY sequence DESC LIMIT 1", [])
        else { return AuditHead(sequence: 0, hash: AuditChain.genesis, time: 0) }
        return AuditHead(sequence: row[0], hash: row.bytes(1), time: row[2])
    }

    /// The position that the next entry will have.
    var nextSequence: Int64 { head.sequence &+ 1 }

    mutating func record(
        _ action: AuditAction, intent: IntentID? = nil, origin: ChangeOrigin, fields: AuditFields
    ) throws {
        let sequence = nextSequence
        let hash = AuditChain.hash(
            previous: head.hash, sequence: sequence, time: origin.time, actor: origin.actor,
            action: action.rawValue, intent: intent, details: fields.encoded)
        try db.run(
            "INSERT INTO audit (sequence, time, actor, action, issuance, details, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                sequence, origin.time, origin.actor, action.rawValue, intent?.rawValue, fields.encoded.blob, hash.blob,
            ])
        head = AuditHead(sequence: sequence, hash: hash, time: origin.time)
    }

    /// Goes back to an earlier head after the entries behind it were rolled back.
    mutating func restore(_ earlier: AuditHead) { head = earlier }
}
