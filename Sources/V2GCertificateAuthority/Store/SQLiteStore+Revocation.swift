internal import FoundationEssentials
internal import GRDB
internal import V2GPrimitives
package import V2GX509

extension SQLiteStore {
    package func revoke(
        issuer: AuthorityID, serial: [UInt8], reason: RevocationReason, origin: ChangeOrigin
    ) async throws(StoreError) -> RevocationOutcome {
        guard let serial = StoredSerial.normalized(serial) else { throw Self.unknownSerial(serial, issuer) }
        return try await writer.submit { transaction in
            let found = try transaction.db.row(
                "SELECT i.id, r.reason, r.revoked_at FROM issuance i LEFT JOIN revocation r ON r.id = i.id "
                    + "WHERE i.issuer = ? AND i.serial = ?", [issuer.rawValue, serial.blob])
            guard let found else { throw Self.unknownSerial(serial, issuer) }
            let intent = IntentID(found[0])
            let present = try Revocation(reason: found[1], revokedAt: found[2], of: intent)
            if reason == .removeFromCRL {
                try transaction.liftHold(present, intent, issuer, serial, origin)
                return .holdLifted
            }
            guard let present else {
                let revocation = Revocation(reason: reason, revokedAt: origin.time)
                try transaction.store(revocation, intent, issuer, serial, origin)
                return .revoked(revocation)
            }
            guard present.isHold, reason != .certificateHold else { return .alreadyRevoked(present) }
            let final = Revocation(reason: reason, revokedAt: min(present.revokedAt, origin.time))
            try transaction.store(final, intent, issuer, serial, origin)
            return .holdMadeFinal(final)
        }
    }

    package func status(issuer: AuthorityID, serial: [UInt8]) async throws(StoreError) -> SerialStatus? {
        guard let serial = StoredSerial.normalized(serial) else { return nil }
        return try await read { db in
            try db.row(
                "SELECT \(SerialStatus.columns) FROM issuance i LEFT JOIN revocation r ON r.id = i.id "
                    + "WHERE i.issuer = ? AND i.serial = ?", [issuer.rawValue, serial.blob]
            ).map { try SerialStatus($0) }
        }
    }

    package func revoked(
        issuer: AuthorityID, after intent: IntentID?, limit: Int
    ) async throws(StoreError) -> RevocationPage {
        let limit = max(limit, 1)
        return try await read { db in
            let entries = try db.rows(
                "SELECT \(SerialStatus.columns) FROM revocation r JOIN issuance i ON i.id = r.id "
                    + "WHERE r.issuer = ? AND r.id > ? ORDER BY r.id LIMIT ?",
                [issuer.rawValue, intent?.rawValue ?? .min, limit]
            ).map { try SerialStatus($0) }
            return RevocationPage(entries: entries, next: entries.count < limit ? nil : entries.last?.intent)
        }
    }

    package func statuses(after intent: IntentID?, limit: Int) async throws(StoreError) -> [SerialStatus] {
        try await read { db in
            try db.rows(
                "SELECT \(SerialStatus.columns) FROM issuance i LEFT JOIN revocation r ON r.id = i.id "
                    + "WHERE i.id > ? ORDER BY i.id LIMIT ?", [intent?.rawValue ?? .min, max(limit, 0)]
            ).map { try SerialStatus($0) }
        }
    }

    package func statusChanges(since sequence: Int64, limit: Int) async throws(StoreError) -> StatusChanges {
        let (end, overflow) = sequence.addingReportingOverflow(Int64(max(limit, 1)))
        return try await read { db in
            let last = try db.number("SELECT max(sequence) FROM audit") ?? 0
            let through = max(overflow ? last : min(last, end), sequence)
            let statuses = try db.rows(
                "SELECT \(SerialStatus.columns) FROM issuance i LEFT JOIN revocation r ON r.id = i.id WHERE i.id IN "
                    + "(SELECT issuance FROM audit WHERE sequence > ? AND sequence <= ?) ORDER BY i.id",
                [sequence, through]
            ).map { try SerialStatus($0) }
            return StatusChanges(statuses: statuses, through: through, hasMore: through < last)
        }
    }

    package func lastSequence() async throws(StoreError) -> Int64 {
        try await read { db in try db.number("SELECT max(sequence) FROM audit") ?? 0 }
    }

    package func reserveCRLNumber(issuer: AuthorityID, origin: ChangeOrigin) async throws(StoreError) -> Int64 {
        try await writer.submit { transaction in
            let db = transaction.db
            guard try db.number("SELECT id FROM authority WHERE id = ?", [issuer.rawValue]) != nil else {
                throw StoreError(.notFound, "the store has no certificate authority \(issuer)")
            }
            let last = try db.number("SELECT number FROM crl_number WHERE authority = ?", [issuer.rawValue]) ?? 0
            let number = last &+ 1
            try db.run(
                "INSERT INTO crl_number (authority, number, sequence) VALUES (?, ?, ?) ON CONFLICT (authority) "
                    + "DO UPDATE SET number = excluded.number, sequence = excluded.sequence",
                [issuer.rawValue, number, transaction.nextSequence])
            try transaction.record(
                .crlNumberReserved, origin: origin, fields: RecordFields.crlNumber(issuer: issuer, number: number))
            return number
        }
    }

    package func publish(_ crl: CRLRecord, origin: ChangeOrigin) async throws(StoreError) {
        try await writer.submit { transaction in
            let db = transaction.db
            let issuer = crl.authority.rawValue
            let reserved = try db.number("SELECT number FROM crl_number WHERE authority = ?", [issuer]) ?? 0
            let published = try db.number("SELECT number FROM crl WHERE authority = ?", [issuer]) ?? 0
            guard crl.number > published, crl.number <= reserved else {
                throw StoreError(
                    .versionConflict,
                    "CRL number \(crl.number) of authority \(crl.authority) is not between the published \(published) "
                        + "and the last reserved \(reserved); reserve a number and sign again (RFC 5280 5.2.3)")
            }
            try db.run(
                """
                INSERT INTO crl (authority, number, der, this_update, next_update, covered_sequence, sequence)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (authority) DO UPDATE SET number = excluded.number,
                    der = excluded.der, this_update = excluded.this_update, next_update = excluded.next_update,
                    covered_sequence = excluded.covered_sequence, sequence = excluded.sequence
                """,
                [
                    issuer, crl.number, crl.crl.blob, crl.thisUpdate, crl.nextUpdate, crl.coveredSequence,
                    transaction.nextSequence,
                ])
            try transaction.record(.crlPublished, origin: origin, fields: RecordFields.crl(crl))
        }
    }

    package func latestCRL(issuer: AuthorityID) async throws(StoreError) -> CRLRecord? {
        try await read { db in
            try db.row("SELECT \(CRLRecord.columns) FROM crl WHERE authority = ?", [issuer.rawValue])
                .map { CRLRecord($0) }
        }
    }

    fileprivate static func unknownSerial(_ serial: [UInt8], _ issuer: AuthorityID) -> StoreError {
        StoreError(
            .notFound,
            "authority \(issuer) never planned a certificate with serial \(Hex.encode(serial)); list what it "
                + "issued with 'v2g pki list'")
    }
}

extension WriteTransaction {
    fileprivate mutating func store(
        _ revocation: Revocation, _ intent: IntentID, _ issuer: AuthorityID, _ serial: [UInt8], _ origin: ChangeOrigin
    ) throws {
        try db.run(
            "INSERT INTO revocation (id, issuer, reason, revoked_at, sequence) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) "
                + "DO UPDATE SET reason = excluded.reason, revoked_at = excluded.revoked_at, "
                + "sequence = excluded.sequence",
            [intent.rawValue, issuer.rawValue, revocation.reason.rawValue, revocation.revokedAt, nextSequence])
        try record(
            .revoked, intent: intent, origin: origin,
            fields: RecordFields.revocation(issuer: issuer, serial: serial, revocation))
    }

    fileprivate mutating func liftHold(
        _ present: Revocation?, _ intent: IntentID, _ issuer: AuthorityID, _ serial: [UInt8], _ origin: ChangeOrigin
    ) throws {
        guard let present else {
            throw StoreError(
                .wrongState, "serial \(Hex.encode(serial)) is not on hold, so there is nothing to remove from the CRL")
        }
        guard present.isHold else {
            throw StoreError(
                .finallyRevoked,
                "serial \(Hex.encode(serial)) is revoked for good (\(present.reason.name)); only a hold can be lifted "
                    + "(RFC 5280 5.3.1), issue a new certificate")
        }
        try db.run("DELETE FROM revocation WHERE id = ?", [intent.rawValue])
        try record(
            .holdLifted, intent: intent, origin: origin,
            fields: RecordFields.holdLifted(issuer: issuer, serial: serial))
    }
}

extension SerialStatus {
    static let columns = "i.id, i.issuer, i.serial, i.state, r.reason, r.revoked_at, i.not_after"

    init(_ row: Row) throws {
        let intent = IntentID(row[0])
        guard let state = IssuanceState(rawValue: row[3]) else {
            throw StoreError(.corrupted, "issuance \(intent) has an unknown state; verify the audit log")
        }
        self.init(
            intent: intent, issuer: AuthorityID(row[1]), serial: row.bytes(2), state: state,
            revocation: try Revocation(reason: row[4], revokedAt: row[5], of: intent), notAfter: row[6])
    }
}

extension CRLRecord {
    static let columns = "authority, number, der, this_update, next_update, covered_sequence"

    init(_ row: Row) {
        self.init(
            authority: AuthorityID(row[0]), number: row[1], crl: row.bytes(2), thisUpdate: row[3], nextUpdate: row[4],
            coveredSequence: row[5])
    }
}
