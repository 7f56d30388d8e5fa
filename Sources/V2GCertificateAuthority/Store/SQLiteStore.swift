internal import GRDB
internal import V2GPrimitives

/// The certificate store in one SQLite file, for one machine.
///
/// Several processes may have it open at once. The file has mode 0600; beside it lie `-wal` and `-shm`, which belong to
/// it. Writes go through one ``GroupCommitWriter``; reads run beside them on snapshots.
package final class SQLiteStore: CertificateStore {
    package enum Creation: Sendable {
        /// Makes the store when the file is missing.
        case ifMissing
        /// Refuses when the file is missing.
        case never
    }

    /// How much of the file is read when it is opened.
    package enum Check: Sendable {
        /// Everything in a small store, only the schema in a large one.
        case automatic
        /// The schema: tables, indexes, triggers.
        case schema
        /// The schema and the structure of every page.
        case everything
    }

    /// A store up to this size is read through at every opening; that takes some tens of milliseconds.
    static let smallStoreBytes: Int64 = 32 << 20

    let pool: DatabasePool
    let writer: GroupCommitWriter

    package var path: String { pool.path }

    /// Opens the store; blocks the thread for as long as that takes.
    ///
    /// - Throws: ``StoreError/Code/newerSchema``, ``StoreError/Code/notAStore``,
    ///   ``StoreError/Code/insecurePermissions``, ``StoreError/Code/corrupted``, or an error of the environment.
    package init(path: String, creation: Creation = .ifMissing, check: Check = .automatic) throws(StoreError) {
        var isNew = false
        if creation == .ifMissing { isNew = try StoreFile.create(path) }
        if !isNew { try StoreFile.checkMode(path) }
        do {
            if !isNew { try Self.preflight(path) }
            pool = try DatabasePool(path: path, configuration: Self.configuration)
            writer = GroupCommitWriter(pool: pool)
            try pool.writeWithoutTransaction { db in
                // GRDB lowers this to NORMAL, which loses the last commits when the power fails.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                    throw StoreError(.unavailable, "SQLite does not write durably to \(path); use a local file system")
                }
                try db.inTransaction(.immediate) {
                    try StoreSchema.migrate(db)
                    return .commit
                }
                try StoreSchema.check(db)
                try Self.checkPages(db, check)
            }
        } catch {
            throw StoreError(wrapping: error, path: path)
        }
    }

    package func close() async throws(StoreError) {
        await writer.close()
        do {
            try pool.close()
        } catch {
            throw StoreError(wrapping: error, path: path)
        }
    }

    /// Reads every page and index; the audit log is verified apart from this.
    package func checkIntegrity() async throws(StoreError) {
        try await read { db in
            try Self.report(try String.fetchAll(db, sql: "PRAGMA integrity_check(10)"))
            guard try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil else {
                throw StoreError(.corrupted, "records of the store refer to records that are missing; restore a backup")
            }
            try StoreSchema.check(db)
        }
    }

    /// Lets the store grow to no more than this until it is closed. Writes beyond it fail as on a full disk.
    package func limitSize(toPages pages: Int) async throws(StoreError) {
        do {
            try await pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA max_page_count = \(pages)") }
        } catch {
            throw StoreError(wrapping: error, path: path)
        }
    }

    func read<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) async throws(StoreError) -> Result {
        do {
            return try await pool.read(body)
        } catch {
            throw StoreError(wrapping: error, path: path)
        }
    }

    /// Looks at the file before anything of it may change, so that a foreign or newer database stays as it is.
    private static func preflight(_ path: String) throws {
        do {
            try preflight(path, isReadOnly: true)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
            // A process died while it made the store, and left a journal that only a writer can roll back.
            try preflight(path, isReadOnly: false)
        }
    }

    private static func preflight(_ path: String, isReadOnly: Bool) throws {
        var configuration = configuration
        configuration.readonly = isReadOnly
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { db in _ = try StoreSchema.identify(db) }
        try queue.close()
    }

    private static func checkPages(_ db: Database, _ check: Check) throws {
        switch check {
        case .schema:
            return
        case .automatic:
            let pages = try db.number("PRAGMA page_count") ?? 0
            let size = try db.number("PRAGMA page_size") ?? 0
            guard pages.multipliedReportingOverflow(by: size).partialValue <= smallStoreBytes else { return }
        case .everything:
            break
        }
        try report(try String.fetchAll(db, sql: "PRAGMA quick_check(10)"))
    }

    private static func report(_ findings: [String]) throws {
        guard findings != ["ok"] else { return }
        throw StoreError(
            .corrupted, "the store is damaged: \(findings.joined(separator: "; ")); restore it from a backup")
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "v2g.certificate-store"
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in
            // The cache holds the random pages of the two hash indexes of a million certificates. A long log lets
            // many changes of one page reach the file as one.
            try db.execute(
                sql: """
                    PRAGMA cache_size = -65536;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA wal_autocheckpoint = 8192;
                    PRAGMA journal_size_limit = 67108864;
                    PRAGMA trusted_schema = OFF;
                    PRAGMA cell_size_check = ON;
                    """)
        }
        return configuration
    }
}
