import Foundation
import GRDB
import V2GCertificateAuthority
import V2GPrimitives

/// A store in a directory of its own, removed afterwards.
final class TemporaryStore: Sendable {
    let directory: String
    var path: String { directory + "/pki.sqlite" }

    init(in parent: String? = nil) throws {
        directory = (parent.map { $0 + "/" } ?? NSTemporaryDirectory()) + "v2g-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func open(_ check: SQLiteStore.Check = .automatic) throws -> SQLiteStore {
        try SQLiteStore(path: path, check: check)
    }

    /// The whole closed store.
    func image() throws -> Data {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try queue.close()
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }

    func restore(_ image: Data) throws {
        for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
        try image.write(to: URL(fileURLWithPath: path))
    }

    /// Changes the file as an intruder would, past the store and its triggers; the triggers come back afterwards.
    func tamper(_ sql: String, _ arguments: StatementArguments = []) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { db in
            let triggers = try Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            for row in triggers { try db.execute(sql: "DROP TRIGGER \(row["name"] as String)") }
            try db.execute(sql: sql, arguments: arguments)
            for row in triggers { try db.execute(sql: row["sql"]) }
        }
        try queue.close()
    }
}

enum Sample {
    static let origin = ChangeOrigin(actor: "test", time: 1_790_000_000)

    static func origin(at time: Int64) -> ChangeOrigin { ChangeOrigin(actor: "test", time: time) }

    static func authority(_ name: String = "cpo_sub2", generation: Int64 = 1) -> NewAuthority {
        NewAuthority(
            name: name, edition: "iso2", role: "cpo-sub2", generation: generation,
            keyReference: "file:private/\(name).key", keyHash: SystemRandom.bytes(count: 32))
    }

    /// A SEQUENCE that has a body, as far as the store looks.
    static func certificate(body: [UInt8], signature: UInt8 = 1, padding: Int = 0) -> [UInt8] {
        let inner = sequence(body)
        return sequence(inner + [0x04, 0x01, signature] + [UInt8](repeating: 0, count: padding))
    }

    static func sequence(_ content: [UInt8]) -> [UInt8] {
        let count = content.count
        if count < 0x80 { return [0x30, UInt8(count)] + content }
        return [0x30, 0x82, UInt8(count >> 8), UInt8(count & 0xff)] + content
    }

    /// A plan and the certificate that completes it.
    static func plan(
        _ issuer: AuthorityID, subject: String = "DE*ABC*E1", role: String = "secc", edition: String = "iso2",
        serial: [UInt8]? = nil, key: [UInt8]? = nil, notAfter: Int64 = 1_797_776_000, padding: Int = 0
    ) -> (plan: IssuancePlan, certificate: [UInt8]) {
        let serial = serial ?? SystemRandom.bytes(count: 16)
        let certificate = certificate(body: [0x02, UInt8(serial.count)] + serial, padding: padding)
        let plan = IssuancePlan(
            issuer: issuer, serial: serial, role: role, edition: edition, subject: subject,
            keyHash: key ?? SystemRandom.bytes(count: 32), bodyHash: SignedBody.hash(ofCertificate: certificate) ?? [],
            notAfter: notAfter)
        return (plan, certificate)
    }
}

extension CertificateStore {
    /// Plans and completes; gives the intent and the serial.
    @discardableResult
    func issue(
        _ issuer: AuthorityID, subject: String = "DE*ABC*E1", role: String = "secc", serial: [UInt8]? = nil,
        key: [UInt8]? = nil, notAfter: Int64 = 1_797_776_000, padding: Int = 0
    ) async throws -> (intent: IntentID, serial: [UInt8]) {
        let (plan, certificate) = Sample.plan(
            issuer, subject: subject, role: role, serial: serial, key: key, notAfter: notAfter, padding: padding)
        let intent = try await self.plan(plan, origin: Sample.origin)
        try await complete(intent, certificate: certificate, origin: Sample.origin)
        return (intent, plan.serial)
    }
}
