internal import FoundationEssentials
internal import GRDB

extension SQLiteStore {
    package func setting(_ key: String) async throws(StoreError) -> SettingRecord? {
        try await read { db in
            try db.row("SELECT key, version, value FROM setting WHERE key = ?", [key]).map { SettingRecord($0) }
        }
    }

    package func put(
        _ value: [UInt8], forSetting key: String, expectedVersion: Int64, origin: ChangeOrigin
    ) async throws(StoreError) -> Int64 {
        try await writer.submit { transaction in
            let db = transaction.db
            let present = try db.number("SELECT version FROM setting WHERE key = ?", [key]) ?? 0
            guard present == expectedVersion else {
                throw StoreError(
                    .versionConflict,
                    "setting \(key) has version \(present), not \(expectedVersion): somebody else changed it; "
                        + "read it again and repeat the change")
            }
            let record = SettingRecord(key: key, version: present &+ 1, value: value)
            try db.run(
                "INSERT INTO setting (key, version, value, sequence) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE "
                    + "SET version = excluded.version, value = excluded.value, sequence = excluded.sequence",
                [key, record.version, value.blob, transaction.nextSequence])
            try transaction.record(.settingChanged, origin: origin, fields: RecordFields.setting(record))
            return record.version
        }
    }
}

extension SettingRecord {
    init(_ row: Row) { self.init(key: row[0], version: row[1], value: row.bytes(2)) }
}
