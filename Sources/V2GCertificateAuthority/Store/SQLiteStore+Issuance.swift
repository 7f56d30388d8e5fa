internal import FoundationEssentials
internal import GRDB
internal import V2GCertificates
internal import V2GDER
internal import V2GPrimitives
internal import V2GX509

extension SQLiteStore {
    package func plan(_ plans: [IssuancePlan], origin: ChangeOrigin) async throws(StoreError) -> [IntentID] {
        var checked: [IssuancePlan] = []
        checked.reserveCapacity(plans.count)
        for plan in plans { checked.append(try Self.checked(plan)) }
        let plans = checked
        return try await writer.submit { transaction in
            var issuers: Set<AuthorityID> = []
            return try plans.map { plan in
                // A retired authority still owes answers about what it issued, so its OCSP signers go on.
                if plan.role != Role.ocsp.rawValue, issuers.insert(plan.issuer).inserted {
                    try transaction.requireActive(plan.issuer)
                }
                return try transaction.insert(plan, origin: origin)
            }
        }
    }

    package func complete(_ results: [IssuanceResult], origin: ChangeOrigin) async throws(StoreError) {
        var bodyHashes: [[UInt8]] = []
        bodyHashes.reserveCapacity(results.count)
        for result in results {
            guard let body = SignedBody.of(result.certificate) else {
                throw StoreError(
                    .invalidArgument, "the certificate for intent \(result.intent) is not DER; nothing was recorded")
            }
            bodyHashes.append(RecordFields.digest(body))
        }
        let hashes = bodyHashes
        try await writer.submit { transaction in
            for (result, bodyHash) in zip(results, hashes) {
                try transaction.complete(result, bodyHash: bodyHash, origin: origin)
            }
        }
    }

    package func cancel(_ intent: IntentID, reason: String, origin: ChangeOrigin) async throws(StoreError) {
        try await writer.submit { transaction in
            let db = transaction.db
            guard let state = try db.number("SELECT state FROM issuance WHERE id = ?", [intent.rawValue]) else {
                throw WriteTransaction.unknown(intent)
            }
            guard state == IssuanceState.planned.rawValue else {
                let found = IssuanceState(rawValue: state)?.description ?? "unknown"
                throw StoreError(
                    .wrongState, "intent \(intent) is \(found) and cannot be cancelled; revoke an issued certificate")
            }
            try db.run(
                "INSERT INTO cancellation (id, reason, sequence) VALUES (?, ?, ?)",
                [intent.rawValue, reason, transaction.nextSequence])
            try db.run("UPDATE issuance SET state = 2 WHERE id = ?", [intent.rawValue])
            try transaction.record(
                .cancelled, intent: intent, origin: origin, fields: RecordFields.cancellation(reason: reason))
        }
    }

    package func openIntents(limit: Int) async throws(StoreError) -> [Issuance] {
        try await read { db in
            let rows = try db.rows(
                "SELECT \(Issuance.columns) FROM issuance i LEFT JOIN revocation r ON r.id = i.id "
                    + "WHERE i.state = 0 ORDER BY i.id LIMIT ?", [max(limit, 0)])
            return try rows.map { try Issuance($0) }
        }
    }

    package func bindings(ofKey keyHash: [UInt8]) async throws(StoreError) -> [KeyBinding] {
        try await read { db in try KeyBinding.all(ofKey: keyHash, in: db) }
    }

    private static func checked(_ plan: IssuancePlan) throws(StoreError) -> IssuancePlan {
        guard let serial = StoredSerial.normalized(plan.serial) else {
            throw StoreError(
                .invalidArgument,
                "the serial \(Hex.encode(plan.serial)) is zero or longer than 20 bytes (RFC 5280 4.1.2.2); draw another"
            )
        }
        guard plan.keyHash.count == 32, plan.bodyHash.count == 32 else {
            throw StoreError(.invalidArgument, "the hashes of key and body must be SHA-256, 32 bytes each")
        }
        var plan = plan
        plan.serial = serial
        return plan
    }
}

extension WriteTransaction {
    fileprivate func requireActive(_ issuer: AuthorityID) throws {
        guard let state = try db.number("SELECT state FROM authority WHERE id = ?", [issuer.rawValue]) else {
            throw StoreError(.notFound, "the store has no certificate authority \(issuer)")
        }
        guard state == RecordState.active.rawValue else {
            throw StoreError(
                .retired, "certificate authority \(issuer) is retired and issues nothing; name its successor")
        }
    }

    /// A key that somebody else may have is worth nothing under any certificate.
    fileprivate func requireUncompromised(_ keyHash: [UInt8]) throws {
        let reasons = [RevocationReason.keyCompromise, .cACompromise, .aACompromise]
        let found = try db.row(
            "SELECT i.serial FROM issuance i JOIN revocation r ON r.id = i.id WHERE i.key_prefix = ? AND i.key_hash = ? "
                + "AND r.reason IN (\(reasons.map { String($0.rawValue) }.joined(separator: ", "))) LIMIT 1",
            [keyHash.hashPrefix, keyHash.blob])
        guard let found else { return }
        throw StoreError(
            .keyCompromised,
            "serial \(Hex.encode(found.bytes(0))) of this key was revoked because the key was compromised; make a new key"
        )
    }

    /// A revocation may have come between the list of what to renew and the renewal.
    fileprivate func requireUnrevoked(_ intent: IntentID) throws {
        guard try db.row("SELECT 1 FROM revocation WHERE id = ?", [intent.rawValue]) == nil else {
            throw StoreError(
                .revoked, "the certificate that was to be renewed is revoked; ask for a new one with a new key")
        }
    }

    fileprivate mutating func insert(_ plan: IssuancePlan, origin: ChangeOrigin) throws -> IntentID {
        let wanted = KeyBinding(role: plan.role, edition: plan.edition, subject: plan.subject)
        let bindings = try KeyBinding.all(ofKey: plan.keyHash, in: db)
        if !bindings.isEmpty { try requireUncompromised(plan.keyHash) }
        if let renewed = plan.renews { try requireUnrevoked(renewed) }
        let others = bindings.filter { $0 != wanted }
        if let other = others.first {
            throw StoreError(
                .keyBoundElsewhere,
                "the key is in use for \(other) and cannot serve \(wanted) as well; make a new key for it",
                bindings: others)
        }
        do {
            try db.run(
                """
                INSERT INTO issuance (issuer, state, serial, role, edition, subject, key_prefix, key_hash, body_hash,
                    not_after, planned_at, sequence) VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    plan.issuer.rawValue, plan.serial.blob, plan.role, plan.edition, plan.subject,
                    plan.keyHash.hashPrefix, plan.keyHash.blob, plan.bodyHash.blob, plan.notAfter, origin.time,
                    nextSequence,
                ])
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
            throw StoreError(
                .duplicateSerial,
                "serial \(Hex.encode(plan.serial)) is reserved already at authority \(plan.issuer); draw another",
                cause: error)
        }
        let intent = IntentID(db.lastInsertedRowID)
        try record(
            .planned, intent: intent, origin: origin, fields: RecordFields.plan(plan, plannedAt: origin.time))
        return intent
    }

    fileprivate mutating func complete(
        _ result: IssuanceResult, bodyHash: [UInt8], origin: ChangeOrigin
    ) throws {
        let id = result.intent.rawValue
        guard let row = try db.row("SELECT state, body_hash FROM issuance WHERE id = ?", [id]) else {
            throw Self.unknown(result.intent)
        }
        guard row.bytes(1) == bodyHash else {
            throw StoreError(
                .differsFromPlan,
                "the certificate for intent \(result.intent) does not have the planned body; it was not recorded and "
                    + "must not be handed out")
        }
        switch IssuanceState(rawValue: row[0]) {
        case .planned:
            break
        case .issued:
            let kept = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT der FROM certificate WHERE id = ?"), arguments: [id])
            if kept?.bytes(0) == result.certificate { return }
            throw StoreError(
                .wrongState, "intent \(result.intent) was completed with another signature; hand out the kept one")
        case .cancelled, nil:
            throw StoreError(
                .wrongState, "intent \(result.intent) was cancelled; the certificate must not be handed out, plan anew")
        }
        try db.run(
            "INSERT INTO certificate (id, der, sequence) VALUES (?, ?, ?)",
            [id, result.certificate.blob, nextSequence])
        try db.run("UPDATE issuance SET state = 1 WHERE id = ?", [id])
        try record(
            .issued, intent: result.intent, origin: origin, fields: RecordFields.certificate(result.certificate))
    }

    fileprivate static func unknown(_ intent: IntentID) -> StoreError {
        StoreError(.notFound, "the store has no issuance \(intent)")
    }
}

extension KeyBinding {
    static func all(ofKey keyHash: [UInt8], in db: Database) throws -> [KeyBinding] {
        let rows = try db.rows(
            "SELECT DISTINCT role, edition, subject FROM issuance WHERE key_prefix = ? AND key_hash = ? AND state <> 2",
            [keyHash.hashPrefix, keyHash.blob])
        return rows.map { KeyBinding(role: $0[0], edition: $0[1], subject: $0[2]) }
    }
}

extension Issuance {
    static let columns = """
        i.id, i.issuer, i.serial, i.role, i.edition, i.subject, i.key_hash, i.body_hash, i.not_after, i.planned_at, \
        i.state, r.reason, r.revoked_at
        """

    init(_ row: Row) throws {
        id = IntentID(row[0])
        issuer = AuthorityID(row[1])
        serial = row.bytes(2)
        role = row[3]
        edition = row[4]
        subject = row[5]
        keyHash = row.bytes(6)
        bodyHash = row.bytes(7)
        notAfter = row[8]
        plannedAt = row[9]
        guard let state = IssuanceState(rawValue: row[10]) else {
            throw StoreError(.corrupted, "issuance \(id) has an unknown state; verify the audit log")
        }
        self.state = state
        revocation = try Revocation(reason: row[11], revokedAt: row[12], of: id)
    }
}

extension Revocation {
    init?(reason: Int64?, revokedAt: Int64?, of intent: IntentID) throws {
        guard let reason, let revokedAt else { return nil }
        guard let code = Int(exactly: reason), let known = RevocationReason(rawValue: code) else {
            throw StoreError(.corrupted, "issuance \(intent) has an unknown revocation reason; verify the audit log")
        }
        self.init(reason: known, revokedAt: revokedAt)
    }
}
