internal import FoundationEssentials
internal import GRDB

extension SQLiteStore {
    package func issuance(_ intent: IntentID) async throws(StoreError) -> Issuance? {
        try await read { db in
            try db.row("SELECT \(Issuance.columns) \(Issuance.tables) WHERE i.id = ?", [intent.rawValue])
                .map { try Issuance($0) }
        }
    }

    package func certificate(of intent: IntentID) async throws(StoreError) -> [UInt8]? {
        try await read { db in
            try db.row("SELECT der FROM certificate WHERE id = ?", [intent.rawValue]).map { $0.bytes(0) }
        }
    }

    package func issuances(serial: [UInt8]) async throws(StoreError) -> [Issuance] {
        guard let serial = StoredSerial.normalized(serial) else { return [] }
        return try await read { db in
            // Naming all issuers lets SQLite use the index, which begins with the issuer.
            try db.rows(
                "SELECT \(Issuance.columns) \(Issuance.tables) WHERE i.issuer IN (SELECT id FROM authority) "
                    + "AND i.serial = ? ORDER BY i.id", [serial.blob]
            ).map { try Issuance($0) }
        }
    }

    package func issuances(
        matching query: IssuanceQuery, after intent: IntentID?, limit: Int
    ) async throws(StoreError) -> [Issuance] {
        guard let condition = IssuanceCondition(query, after: intent) else { return [] }
        return try await read { db in
            let sql =
                "SELECT \(Issuance.columns) \(Issuance.tables) WHERE \(condition.sql) ORDER BY i.id LIMIT ?"
            return try db.rows(sql, StatementArguments(condition.arguments + [max(limit, 0).databaseValue]))
                .map { try Issuance($0) }
        }
    }

    package func counts() async throws(StoreError) -> [IssuanceCount] {
        try await read { db in
            try db.rows(
                "SELECT i.issuer, i.role, sum(i.state = 0), sum(i.state = 1), sum(i.state = 2), count(r.id) "
                    + "\(Issuance.tables) GROUP BY i.issuer, i.role ORDER BY i.issuer, i.role", []
            ).map {
                IssuanceCount(
                    issuer: AuthorityID($0[0]), role: $0[1], planned: $0[2], issued: $0[3], cancelled: $0[4],
                    revoked: $0[5])
            }
        }
    }
}

extension Issuance {
    static let tables = "FROM issuance i LEFT JOIN revocation r ON r.id = i.id"
}

/// An ``IssuanceQuery`` in SQL.
private struct IssuanceCondition: Sendable {
    private(set) var sql = "i.id > ?"
    private(set) var arguments: [DatabaseValue] = []

    /// `nil` when nothing can match, as with a serial prefix that is no hexadecimal number.
    init?(_ query: IssuanceQuery, after intent: IntentID?) {
        arguments.append((intent?.rawValue ?? .min).databaseValue)
        if let issuer = query.issuer { add("i.issuer = ?", issuer.rawValue) }
        if let role = query.role { add("i.role = ?", role) }
        if let edition = query.edition { add("i.edition = ?", edition) }
        if let state = query.state { add("i.state = ?", state.rawValue) }
        if let isRevoked = query.isRevoked { sql += isRevoked ? " AND r.id IS NOT NULL" : " AND r.id IS NULL" }
        if let subject = query.subject { add("i.subject = ?", subject) }
        if let prefix = query.subjectPrefix, !prefix.isEmpty {
            add("i.subject >= ?", prefix)
            // No name sorts between the prefix followed by the last character and the next prefix.
            add("i.subject < ?", prefix + "\u{10FFFF}")
        }
        if let part = query.subjectContains { add("instr(lower(i.subject), lower(?)) > 0", part) }
        if let from = query.expiresFrom { add("i.not_after >= ?", from) }
        if let before = query.expiresBefore { add("i.not_after < ?", before) }
        if let prefix = query.serialPrefix, !prefix.isEmpty {
            guard let range = Self.serialRange(prefix) else { return nil }
            if query.issuer == nil { sql += " AND i.issuer IN (SELECT id FROM authority)" }
            add("i.serial >= ?", range.lower.blob)
            add("i.serial <= ?", range.upper.blob)
        }
    }

    private mutating func add(_ condition: String, _ value: some DatabaseValueConvertible) {
        sql += " AND " + condition
        arguments.append(value.databaseValue)
    }

    private static func serialRange(_ prefix: String) -> (lower: [UInt8], upper: [UInt8])? {
        var digits: [UInt8] = []
        for character in prefix where character != ":" {
            guard let digit = character.hexDigitValue, digits.count < 2 * StoredSerial.maximumBytes else { return nil }
            digits.append(UInt8(digit))
        }
        let isOdd = !digits.count.isMultiple(of: 2)
        func bytes(filledWith fill: UInt8) -> [UInt8] {
            let even = isOdd ? digits + [fill] : digits
            return stride(from: 0, to: even.count, by: 2).map { even[$0] << 4 | even[$0 + 1] }
        }
        let upper = bytes(filledWith: 0xf)
        let padding = [UInt8](repeating: 0xff, count: StoredSerial.maximumBytes + 1 - upper.count)
        return (bytes(filledWith: 0), upper + padding)
    }
}
