import Foundation
import Testing
import V2GKeys
import V2GPrimitives

/// A directory that is removed with everything in it when the last owner lets go.
final class TemporaryDirectory: Sendable {
    let path: String

    init(mode: Int = 0o700) throws {
        path = NSTemporaryDirectory() + "v2g-keys-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: mode])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    @discardableResult
    func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
        let path = file(name)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    func mode(of name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: file(name))
        return try #require(attributes[.posixPermissions] as? Int)
    }
}

struct Finished {
    let status: Int32
    let output: String
    let errors: String
}

/// Finds a program on the usual paths.
func findTool(_ name: String) -> String? {
    ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/local/bin/"].map { $0 + name }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// Runs a program to its end.
@discardableResult
func run(_ tool: String, _ arguments: String..., environment: [String: String] = [:]) throws -> Finished {
    try runArray(tool, arguments, environment: environment)
}

/// Runs a program whose arguments are in an array.
func runArray(_ tool: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Finished {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(findTool(tool), "\(tool) is not installed"))
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Finished(
        status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
        errors: String(decoding: complaint, as: UTF8.self))
}

/// The error code that an expression throws.
func code(of body: () async throws -> Void) async -> KeyError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? KeyError)?.code
    }
}

/// The error that an expression throws.
func keyError(of body: () async throws -> Void) async -> KeyError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? KeyError
    }
}

func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") })
    return stride(from: 0, to: digits.count, by: 2).map { index in
        UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) ?? 0
    }
}

extension SecretBytes {
    var exposed: [UInt8] { withExposed { span in span.indices.map { span[$0] } } }
    var text: String { String(decoding: exposed, as: UTF8.self) }
}
