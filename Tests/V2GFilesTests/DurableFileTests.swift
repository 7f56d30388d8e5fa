import Foundation
import Testing
import V2GFiles

@Suite struct DurableFileTests {
    private let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "v2g-files-" + UUID().uuidString
        try DurableFile.makeDirectory(directory)
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test func contentAndModeAreAsAskedAndNothingElseIsLeft() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/a"
        try DurableFile.write(Array("one".utf8), to: path, mode: 0o400)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one")
        #expect(try mode(path) == 0o400)
        try DurableFile.write(Array("two".utf8), to: path, mode: 0o444)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "two")
        #expect(try mode(path) == 0o444)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["a"])
    }

    /// /proc answers ENOENT for a new name although the parent is there: that once was an endless recursion.
    @Test func aDirectoryThatCannotBeMadeIsAnError() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(throws: FileFailure.self) { try DurableFile.makeDirectory("/proc/v2g") }
        #expect(throws: FileFailure.self) { try DurableFile.makeDirectory("/proc/v2g/a/b") }
        try DurableFile.makeDirectory(directory + "/a/b/c", mode: 0o700)
        #expect(try mode(directory + "/a/b/c") == 0o700)
    }

    @Test func leftoversOfKilledWritersGoAndNothingElse() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try DurableFile.makeDirectory(directory + "/folder.tmp")
        for name in [".a.key.17.tmp", "a.crt.x.tmp", "a.crt", "tmp"] {
            try DurableFile.write([1], to: directory + "/" + name, mode: 0o400)
        }
        try DurableFile.removeTemporaries(in: directory, olderThan: 3_600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 5)
        try DurableFile.removeTemporaries(in: directory, olderThan: 0)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["a.crt", "folder.tmp", "tmp"])
        #expect(throws: FileFailure.self) { try DurableFile.removeTemporaries(in: directory + "/none", olderThan: 0) }
    }

    @Test func aFullFolderIsReadToItsEnd() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for number in 0..<1_500 {
            _ = FileManager.default.createFile(atPath: "\(directory)/\(number).tmp", contents: nil)
        }
        try DurableFile.removeTemporaries(in: directory, olderThan: 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }

    @Test func anExistingFileIsKeptWhenItMustNotBeReplaced() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/a"
        try DurableFile.write([1], to: path, mode: 0o600, replacing: false)
        let failure = #expect(throws: FileFailure.self) {
            try DurableFile.write([2], to: path, mode: 0o600, replacing: false)
        }
        #expect(failure?.number == EEXIST)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1]))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["a"])
    }

    @Test func aMissingDirectoryIsNamed() {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let failure = #expect(throws: FileFailure.self) {
            try DurableFile.write([1], to: directory + "/none/a", mode: 0o600)
        }
        #expect(failure?.number == ENOENT)
        #expect(failure?.description.contains("none/a") == true)
    }

    @Test func missingParentsAreMadeAndTheModeIsThatOfTheLast() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/x/y/z"
        try DurableFile.makeDirectory(path, mode: 0o700)
        #expect(try mode(path) == 0o700)
        #expect(try mode(directory + "/x") == 0o755)
        try DurableFile.makeDirectory(path, mode: 0o755)
        #expect(try mode(path) == 0o700)
    }

    @Test func aFileInThePlaceOfADirectoryIsAnError() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try DurableFile.write([1], to: directory + "/a", mode: 0o600)
        #expect(throws: FileFailure.self) { try DurableFile.makeDirectory(directory + "/a") }
    }
}

@Suite struct FileLockTests {
    @Test func anExclusiveLockKeepsOthersOutUntilItIsSharedOrGone() throws {
        let path = NSTemporaryDirectory() + "v2g-lock-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try FileLock.tryLock(path, .exclusive)
        #expect(try isFree(path, .exclusive) == false)
        #expect(try isFree(path, .shared) == false)
        first?.share()
        #expect(try isFree(path, .shared))
        #expect(try isFree(path, .exclusive) == false)
        letGo(first)
        #expect(try isFree(path, .exclusive))
    }

    private func letGo(_ lock: consuming FileLock?) {}

    private func isFree(_ path: String, _ mode: FileLock.Mode) throws -> Bool {
        let lock = try FileLock.tryLock(path, mode)
        return lock != nil
    }
}
