internal import FoundationEssentials
internal import GRDB
internal import V2GPrimitives

/// The tables of the store, by version.
///
/// Rows are only ever added, except for a few states, and every row names the audit entry that covers it. Triggers hold
/// other programs, and our own mistakes, to that. Locality decides the speed of mass issue: everything that grows with
/// each certificate is appended in order, but for two indexes over random values, the serial (which must be unique) and
/// the first eight bytes of the key hash (which must be found). Those cost one page each for a certificate, at any size.
enum StoreSchema {
    static let applicationID: Int32 = 0x5632_4743  // "V2GC"
    static let currentVersion: Int32 = 1

    /// Refuses a foreign database and one of a newer version; gives the version, 0 for an empty file. Only reads.
    @discardableResult
    static func identify(_ db: Database) throws -> Int32 {
        let identity = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard identity == applicationID || (identity == 0 && version == 0 && tables == 0) else {
            throw StoreError(
                .notAStore,
                "the file is a database of another program; name the store of the certificate authority")
        }
        guard version <= currentVersion else {
            throw StoreError(
                .newerSchema,
                "the store has schema version \(version), this program knows versions up to \(currentVersion); "
                    + "use the newer program that wrote it, nothing was changed")
        }
        return version
    }

    /// Brings the store to the current version, inside the caller's transaction.
    static func migrate(_ db: Database) throws {
        if try identify(db) < 1 {
            try db.execute(sql: versionOne)
            try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = 1")
            try recordCreation(db)
        }
    }

    /// Compares tables, indexes and triggers with those of a fresh store.
    static func check(_ db: Database) throws {
        let expected = try DatabaseQueue().write { fresh in
            try migrate(fresh)
            return try objects(fresh)
        }
        let found = try objects(db)
        if let lost = expected.first(where: { !found.contains($0) }) {
            throw StoreError(
                .corrupted,
                "the \(lost.kind) \(lost.name) of the store is missing or was changed, so its rules no longer hold; "
                    + "restore the store from a backup and verify its audit log")
        }
        if let added = found.first(where: { !expected.contains($0) }) {
            throw StoreError(
                .corrupted,
                "the store holds a foreign \(added.kind), \(added.name); restore it from a backup and verify its audit log"
            )
        }
    }

    private struct Object: Hashable {
        let kind: String
        let name: String
        let sql: String
    }

    private static func objects(_ db: Database) throws -> Set<Object> {
        let rows = try Row.fetchAll(
            db, sql: "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND sql IS NOT NULL")
        return Set(rows.map { Object(kind: $0[0], name: $0[1], sql: $0[2]) })
    }

    private static func recordCreation(_ db: Database) throws {
        var transaction = try WriteTransaction(db)
        let identifier = SystemRandom.bytes(count: 16)
        let now = Timestamp.now().seconds
        try db.run(
            "INSERT INTO store (id, identifier, created_at, sequence) VALUES (1, ?, ?, ?)",
            [identifier.blob, now, transaction.nextSequence])
        try transaction.record(
            .storeCreated, origin: ChangeOrigin(actor: "store", time: now),
            fields: RecordFields.store(identifier: identifier, createdAt: now))
    }

    private static let versionOne = """
        CREATE TABLE store (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            identifier BLOB NOT NULL CHECK (length(identifier) = 16),
            created_at INTEGER NOT NULL,
            sequence INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
            time INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            issuance INTEGER,
            details BLOB NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT;
        CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
        CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

        CREATE TABLE authority (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            edition TEXT NOT NULL,
            role TEXT NOT NULL,
            generation INTEGER NOT NULL CHECK (generation > 0),
            key_reference TEXT NOT NULL,
            key_hash BLOB NOT NULL CHECK (length(key_hash) = 32),
            state INTEGER NOT NULL CHECK (state IN (0, 1)),
            created_at INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            UNIQUE (edition, name, generation)
        ) STRICT;
        CREATE TRIGGER authority_stays BEFORE DELETE ON authority
            BEGIN SELECT RAISE(ABORT, 'authorities are retired, never deleted'); END;
        CREATE TRIGGER authority_keeps BEFORE UPDATE OF id, name, edition, role, generation, key_reference, key_hash
            ON authority BEGIN SELECT RAISE(ABORT, 'only the state of an authority changes'); END;

        CREATE TABLE authority_certificate (
            id INTEGER PRIMARY KEY,
            authority INTEGER NOT NULL REFERENCES authority (id),
            issuer_name TEXT NOT NULL,
            certificate BLOB NOT NULL,
            certificate_hash BLOB NOT NULL CHECK (length(certificate_hash) = 32),
            state INTEGER NOT NULL CHECK (state IN (0, 1)),
            recorded_at INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            UNIQUE (authority, certificate_hash)
        ) STRICT;
        CREATE TRIGGER authority_certificate_stays BEFORE DELETE ON authority_certificate
            BEGIN SELECT RAISE(ABORT, 'certificates are retired, never deleted'); END;

        CREATE TABLE ocsp_signer (
            id INTEGER PRIMARY KEY,
            authority INTEGER NOT NULL REFERENCES authority (id),
            certificate BLOB NOT NULL,
            key_reference TEXT NOT NULL,
            not_after INTEGER NOT NULL,
            state INTEGER NOT NULL CHECK (state IN (0, 1)),
            sequence INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER ocsp_signer_stays BEFORE DELETE ON ocsp_signer
            BEGIN SELECT RAISE(ABORT, 'signers are retired, never deleted'); END;

        CREATE TABLE issuance (
            id INTEGER PRIMARY KEY,
            issuer INTEGER NOT NULL REFERENCES authority (id),
            state INTEGER NOT NULL CHECK (state IN (0, 1, 2)),
            serial BLOB NOT NULL CHECK (length(serial) BETWEEN 1 AND 20),
            role TEXT NOT NULL,
            edition TEXT NOT NULL,
            subject TEXT NOT NULL,
            key_prefix INTEGER NOT NULL,
            key_hash BLOB NOT NULL CHECK (length(key_hash) = 32),
            body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
            not_after INTEGER NOT NULL,
            planned_at INTEGER NOT NULL,
            sequence INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX issuance_serial ON issuance (issuer, serial);
        CREATE INDEX issuance_key ON issuance (key_prefix);
        CREATE INDEX issuance_subject ON issuance (subject);
        CREATE INDEX issuance_expiry ON issuance (not_after);
        CREATE INDEX issuance_open ON issuance (id) WHERE state = 0;
        CREATE TRIGGER issuance_stays BEFORE DELETE ON issuance
            BEGIN SELECT RAISE(ABORT, 'a serial once planned is never forgotten'); END;
        CREATE TRIGGER issuance_keeps BEFORE UPDATE OF id, issuer, serial, role, edition, subject, key_prefix, key_hash,
            body_hash, not_after, planned_at, sequence
            ON issuance BEGIN SELECT RAISE(ABORT, 'only the state of an issuance changes'); END;
        CREATE TRIGGER issuance_ends_once BEFORE UPDATE OF state ON issuance WHEN old.state <> 0
            BEGIN SELECT RAISE(ABORT, 'an issuance ends once'); END;

        CREATE TABLE certificate (
            id INTEGER PRIMARY KEY REFERENCES issuance (id),
            der BLOB NOT NULL,
            sequence INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER certificate_stays BEFORE DELETE ON certificate
            BEGIN SELECT RAISE(ABORT, 'issued certificates are never deleted'); END;
        CREATE TRIGGER certificate_keeps BEFORE UPDATE ON certificate
            BEGIN SELECT RAISE(ABORT, 'issued certificates never change'); END;

        CREATE TABLE cancellation (
            id INTEGER PRIMARY KEY REFERENCES issuance (id),
            reason TEXT NOT NULL,
            sequence INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER cancellation_stays BEFORE DELETE ON cancellation
            BEGIN SELECT RAISE(ABORT, 'cancelled issuances stay cancelled'); END;
        CREATE TRIGGER cancellation_keeps BEFORE UPDATE ON cancellation
            BEGIN SELECT RAISE(ABORT, 'cancelled issuances stay cancelled'); END;

        CREATE TABLE revocation (
            id INTEGER PRIMARY KEY REFERENCES issuance (id),
            issuer INTEGER NOT NULL REFERENCES authority (id),
            reason INTEGER NOT NULL CHECK (reason BETWEEN 0 AND 10 AND reason NOT IN (7, 8)),
            revoked_at INTEGER NOT NULL,
            sequence INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX revocation_issuer ON revocation (issuer, id);
        CREATE TRIGGER revocation_stays BEFORE DELETE ON revocation WHEN old.reason <> 6
            BEGIN SELECT RAISE(ABORT, 'a revoked certificate is never good again'); END;
        CREATE TRIGGER revocation_keeps BEFORE UPDATE ON revocation
            WHEN old.reason <> 6 OR new.id <> old.id OR new.issuer <> old.issuer OR new.revoked_at > old.revoked_at
            BEGIN SELECT RAISE(ABORT, 'a revocation is final'); END;

        CREATE TABLE crl_number (
            authority INTEGER PRIMARY KEY REFERENCES authority (id),
            number INTEGER NOT NULL CHECK (number > 0),
            sequence INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER crl_number_stays BEFORE DELETE ON crl_number
            BEGIN SELECT RAISE(ABORT, 'CRL numbers only rise'); END;
        CREATE TRIGGER crl_number_rises BEFORE UPDATE ON crl_number WHEN new.number <= old.number
            BEGIN SELECT RAISE(ABORT, 'CRL numbers only rise'); END;

        CREATE TABLE crl (
            authority INTEGER PRIMARY KEY REFERENCES authority (id),
            number INTEGER NOT NULL,
            der BLOB NOT NULL,
            this_update INTEGER NOT NULL,
            next_update INTEGER NOT NULL,
            covered_sequence INTEGER NOT NULL,
            sequence INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER crl_stays BEFORE DELETE ON crl BEGIN SELECT RAISE(ABORT, 'CRLs are replaced by newer ones'); END;
        CREATE TRIGGER crl_rises BEFORE UPDATE ON crl WHEN new.number <= old.number
            BEGIN SELECT RAISE(ABORT, 'CRLs are replaced by newer ones'); END;

        CREATE TABLE setting (
            key TEXT PRIMARY KEY,
            version INTEGER NOT NULL CHECK (version > 0),
            value BLOB NOT NULL,
            sequence INTEGER NOT NULL
        ) STRICT;
        CREATE TRIGGER setting_stays BEFORE DELETE ON setting
            BEGIN SELECT RAISE(ABORT, 'settings are replaced, never deleted'); END;
        CREATE TRIGGER setting_rises BEFORE UPDATE ON setting WHEN new.version <> old.version + 1
            BEGIN SELECT RAISE(ABORT, 'versions of a setting have no gaps'); END;
        """
}
