import Foundation
import GRDB
import Testing
import V2GCertificateAuthority

@Suite struct StoreFileTests {
    let files: TemporaryStore

    init() throws { files = try TemporaryStore() }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? NSNumber).intValue
    }

    @Test func storeIsReadableByItsOwnerOnly() async throws {
        let store = try files.open()
        _ = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        for suffix in ["", "-wal", "-shm"] { #expect(try mode(files.path + suffix) == 0o600) }
        try await store.close()
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: files.path)
        await expect(.insecurePermissions) { _ = try files.open() }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: files.path)
        _ = try files.open()
    }

    @Test func missingStoreIsMadeOnlyOnRequest() async throws {
        await expect(.unavailable) { _ = try SQLiteStore(path: files.path, creation: .never) }
        #expect(!FileManager.default.fileExists(atPath: files.path))
        await expect(.unavailable) { _ = try SQLiteStore(path: files.directory + "/no/such/pki.sqlite") }
        await expect(.notAStore) { _ = try SQLiteStore(path: files.directory, creation: .never) }
        try await files.open().close()
        _ = try SQLiteStore(path: files.path, creation: .never)
    }

    @Test func emptyFileLeftByACrashBecomesAStore() async throws {
        _ = FileManager.default.createFile(
            atPath: files.path, contents: Data(), attributes: [.posixPermissions: 0o600])
        let store = try SQLiteStore(path: files.path, creation: .never)
        #expect(try await store.verifyAudit(against: nil).isIntact)
    }

    @Test func newerSchemaIsRefusedAndLeftAlone() async throws {
        try await files.open().close()
        try files.tamper("PRAGMA user_version = 2")
        let before = try Data(contentsOf: URL(fileURLWithPath: files.path))
        let error = await expect(.newerSchema) { _ = try files.open() }
        #expect(error?.message.contains("version 2") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: files.path)) == before)
    }

    @Test func foreignFilesAreRefusedAndLeftAlone() async throws {
        let queue = try DatabaseQueue(path: files.path)
        try await queue.write { try $0.execute(sql: "CREATE TABLE t (a)") }
        try queue.close()
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: files.path)
        let before = try Data(contentsOf: URL(fileURLWithPath: files.path))
        await expect(.notAStore) { _ = try files.open() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: files.path)) == before)

        let text = files.directory + "/text"
        _ = FileManager.default.createFile(
            atPath: text, contents: Data("no database at all".utf8), attributes: [.posixPermissions: 0o600])
        await expect(.notAStore) { _ = try SQLiteStore(path: text) }
    }

    @Test(arguments: [
        "DROP TRIGGER audit_never_changes", "DROP INDEX issuance_serial", "CREATE TABLE more (a INTEGER)",
        "CREATE TRIGGER t AFTER INSERT ON audit BEGIN SELECT 1; END",
    ])
    func changedSchemaIsRefused(_ sql: String) async throws {
        try await files.open().close()
        let queue = try DatabaseQueue(path: files.path)
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
        await expect(.corrupted) { _ = try files.open() }
    }

    @Test func damagedPageIsFoundAtOpening() async throws {
        let store = try files.open()
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        for number in 0..<40 { try await store.issue(ca.id, subject: "S\(number)", padding: 500) }
        try await store.close()
        var image = try Data(contentsOf: URL(fileURLWithPath: files.path))
        // Past the schema, in every page: the header of the page.
        for page in stride(from: 16 * 4_096, to: image.count, by: 4_096) {
            for byte in 0..<12 { image[page + byte] = 0xa5 }
        }
        try image.write(to: URL(fileURLWithPath: files.path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: files.path)
        await expect(.corrupted) { _ = try files.open(.everything) }
    }

    @Test func closedStoreAnswersWithAnError() async throws {
        let store = try files.open()
        try await store.close()
        await expect(.closed) { _ = try await store.addAuthority(Sample.authority(), origin: Sample.origin) }
        await expect(.closed) { _ = try await store.authorities() }
    }
}
