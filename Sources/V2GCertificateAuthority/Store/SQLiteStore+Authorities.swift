internal import FoundationEssentials
internal import GRDB

extension SQLiteStore {
    package func addAuthority(
        _ authority: NewAuthority, origin: ChangeOrigin
    ) async throws(StoreError) -> AuthorityRecord {
        guard !authority.name.isEmpty, authority.keyHash.count == 32, authority.generation > 0 else {
            throw StoreError(
                .invalidArgument, "an authority needs a name, a generation from 1 and the SHA-256 of its public key")
        }
        return try await writer.submit { transaction in
            let db = transaction.db
            do {
                try db.run(
                    """
                    INSERT INTO authority (name, edition, role, generation, key_reference, key_hash, state, created_at,
                        sequence) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)
                    """,
                    [
                        authority.name, authority.edition, authority.role, authority.generation,
                        authority.keyReference, authority.keyHash.blob, origin.time, transaction.nextSequence,
                    ])
            } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
                throw StoreError(
                    .alreadyExists,
                    "generation \(authority.generation) of \(authority.name) (\(authority.edition)) is recorded "
                        + "already; count the generation up for a new key", cause: error)
            }
            return try transaction.recordAuthority(db.lastInsertedRowID, origin: origin)
        }
    }

    package func authorities() async throws(StoreError) -> [AuthorityRecord] {
        try await read { db in
            try db.rows("SELECT \(AuthorityRecord.columns) FROM authority ORDER BY id", [])
                .map { try AuthorityRecord($0) }
        }
    }

    package func setState(
        _ state: RecordState, ofAuthority id: AuthorityID, origin: ChangeOrigin
    ) async throws(StoreError) {
        try await writer.submit { transaction in
            try transaction.setState(state, table: "authority", id: id.rawValue)
            _ = try transaction.recordAuthority(id.rawValue, origin: origin)
        }
    }

    package func addCertificate(
        _ certificate: [UInt8], issuerName: String, toAuthority id: AuthorityID, origin: ChangeOrigin
    ) async throws(StoreError) -> AuthorityCertificate {
        try await writer.submit { transaction in
            let db = transaction.db
            try db.requireAuthority(id)
            do {
                try db.run(
                    """
                    INSERT INTO authority_certificate (authority, issuer_name, certificate, certificate_hash, state,
                        recorded_at, sequence) VALUES (?, ?, ?, ?, 0, ?, ?)
                    """,
                    [
                        id.rawValue, issuerName, certificate.blob, RecordFields.digest(certificate).blob, origin.time,
                        transaction.nextSequence,
                    ])
            } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
                throw StoreError(
                    .alreadyExists, "authority \(id) has this certificate already", cause: error)
            }
            return try transaction.recordAuthorityCertificate(db.lastInsertedRowID, origin: origin)
        }
    }

    package func authorityCertificates(of id: AuthorityID?) async throws(StoreError) -> [AuthorityCertificate] {
        try await read { db in
            try db.rows(
                "SELECT \(AuthorityCertificate.columns) FROM authority_certificate "
                    + "WHERE authority = coalesce(?, authority) ORDER BY id", [id?.rawValue]
            ).map { try AuthorityCertificate($0) }
        }
    }

    package func setState(
        _ state: RecordState, ofAuthorityCertificate id: Int64, origin: ChangeOrigin
    ) async throws(StoreError) {
        try await writer.submit { transaction in
            try transaction.setState(state, table: "authority_certificate", id: id)
            _ = try transaction.recordAuthorityCertificate(id, origin: origin)
        }
    }

    package func addOCSPSigner(
        certificate: [UInt8], keyReference: String, notAfter: Int64, toAuthority id: AuthorityID, origin: ChangeOrigin
    ) async throws(StoreError) -> OCSPSignerRecord {
        try await writer.submit { transaction in
            let db = transaction.db
            try db.requireAuthority(id)
            try db.run(
                """
                INSERT INTO ocsp_signer (authority, certificate, key_reference, not_after, state, sequence)
                VALUES (?, ?, ?, ?, 0, ?)
                """,
                [id.rawValue, certificate.blob, keyReference, notAfter, transaction.nextSequence])
            return try transaction.recordOCSPSigner(db.lastInsertedRowID, origin: origin)
        }
    }

    package func ocspSigners(of id: AuthorityID?) async throws(StoreError) -> [OCSPSignerRecord] {
        try await read { db in
            try db.rows(
                "SELECT \(OCSPSignerRecord.columns) FROM ocsp_signer WHERE authority = coalesce(?, authority) "
                    + "ORDER BY id", [id?.rawValue]
            ).map { try OCSPSignerRecord($0) }
        }
    }

    package func setState(
        _ state: RecordState, ofOCSPSigner id: Int64, origin: ChangeOrigin
    ) async throws(StoreError) {
        try await writer.submit { transaction in
            try transaction.setState(state, table: "ocsp_signer", id: id)
            _ = try transaction.recordOCSPSigner(id, origin: origin)
        }
    }
}

extension WriteTransaction {
    /// `table` is one of our own names, never from outside.
    fileprivate func setState(_ state: RecordState, table: String, id: Int64) throws {
        try db.run(
            "UPDATE \(table) SET state = ?, sequence = ? WHERE id = ?", [state.rawValue, nextSequence, id])
        guard db.changesCount == 1 else { throw StoreError(.notFound, "the store has no \(table) \(id)") }
    }

    fileprivate mutating func recordAuthority(_ id: Int64, origin: ChangeOrigin) throws -> AuthorityRecord {
        guard let row = try db.row("SELECT \(AuthorityRecord.columns) FROM authority WHERE id = ?", [id]) else {
            throw StoreError(.notFound, "the store has no authority \(id)")
        }
        let kept = try AuthorityRecord(row)
        try record(.authorityRecorded, origin: origin, fields: RecordFields.authority(kept))
        return kept
    }

    fileprivate mutating func recordAuthorityCertificate(
        _ id: Int64, origin: ChangeOrigin
    ) throws -> AuthorityCertificate {
        let sql = "SELECT \(AuthorityCertificate.columns) FROM authority_certificate WHERE id = ?"
        guard let row = try db.row(sql, [id]) else {
            throw StoreError(.notFound, "the store has no authority certificate \(id)")
        }
        let kept = try AuthorityCertificate(row)
        try record(.authorityCertificateRecorded, origin: origin, fields: RecordFields.authorityCertificate(kept))
        return kept
    }

    fileprivate mutating func recordOCSPSigner(_ id: Int64, origin: ChangeOrigin) throws -> OCSPSignerRecord {
        guard let row = try db.row("SELECT \(OCSPSignerRecord.columns) FROM ocsp_signer WHERE id = ?", [id]) else {
            throw StoreError(.notFound, "the store has no OCSP signer \(id)")
        }
        let kept = try OCSPSignerRecord(row)
        try record(.ocspSignerRecorded, origin: origin, fields: RecordFields.ocspSigner(kept))
        return kept
    }
}

extension Database {
    fileprivate func requireAuthority(_ id: AuthorityID) throws {
        guard try number("SELECT id FROM authority WHERE id = ?", [id.rawValue]) != nil else {
            throw StoreError(.notFound, "the store has no certificate authority \(id)")
        }
    }
}

extension RecordState {
    fileprivate init(checking value: Int64) throws {
        guard let state = RecordState(rawValue: value) else {
            throw StoreError(.corrupted, "a record of the store has an unknown state; verify the audit log")
        }
        self = state
    }
}

extension AuthorityRecord {
    static let columns = "id, name, edition, role, generation, key_reference, key_hash, state, created_at"

    init(_ row: Row) throws {
        self.init(
            id: AuthorityID(row[0]), name: row[1], edition: row[2], role: row[3], generation: row[4],
            keyReference: row[5], keyHash: row.bytes(6), state: try RecordState(checking: row[7]), createdAt: row[8])
    }
}

extension AuthorityCertificate {
    static let columns = "id, authority, issuer_name, certificate, state, recorded_at"

    init(_ row: Row) throws {
        self.init(
            id: row[0], authority: AuthorityID(row[1]), issuerName: row[2], certificate: row.bytes(3),
            state: try RecordState(checking: row[4]), recordedAt: row[5])
    }
}

extension OCSPSignerRecord {
    static let columns = "id, authority, certificate, key_reference, not_after, state"

    init(_ row: Row) throws {
        self.init(
            id: row[0], authority: AuthorityID(row[1]), certificate: row.bytes(2), keyReference: row[3],
            notAfter: row[4], state: try RecordState(checking: row[5]))
    }
}
