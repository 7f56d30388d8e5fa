internal import FoundationEssentials
internal import GRDB

extension Database {
    /// Runs one statement, prepared once for each connection.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }

    func number(_ sql: String, _ arguments: StatementArguments = []) throws -> Int64? {
        try Int64.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }
}

extension [UInt8] {
    var blob: Data { Data(self) }

    /// The first eight bytes as a number, the index key of a hash.
    var hashPrefix: Int64 {
        Int64(bitPattern: prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}

extension Row {
    func bytes(_ index: Int) -> [UInt8] {
        let data: Data? = self[index]
        return data.map { [UInt8]($0) } ?? []
    }
}
