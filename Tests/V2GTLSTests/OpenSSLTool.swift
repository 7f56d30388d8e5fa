import CryptoOpenSSL
import Foundation
import Testing
import V2GPrimitives
import V2GTLS
import V2GTestSupport
import V2GX509

/// The program `openssl` at the other end.
final class OpenSSLTool {
    static let isInstalled = findTool("openssl") != nil

    private let process = Process()
    private let outputFile: String
    private let input = Pipe()

    /// - Parameter arguments: Without the program.
    init(_ arguments: [String], in folder: Folder) throws {
        process.executableURL = URL(fileURLWithPath: try #require(findTool("openssl")))
        process.arguments = arguments
        outputFile = try folder.write([], to: "output-\(UUID().uuidString)")
        let handle = try #require(FileHandle(forWritingAtPath: outputFile))
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = input
        try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    func write(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    func endInput() throws { try input.fileHandleForWriting.close() }

    /// What it printed until now.
    var output: String { (try? String(contentsOfFile: outputFile, encoding: .utf8)) ?? "" }

    /// Waits until it says something.
    func says(_ text: String) async throws -> Bool {
        for _ in 0..<500 {
            if output.contains(text) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Waits for its end and gives what it printed.
    func finish() async throws -> String {
        for _ in 0..<500 {
            if !process.isRunning { return output }
            try await Task.sleep(for: .milliseconds(10))
        }
        process.terminate()
        return output
    }
}

extension Folder {
    /// Writes what `openssl` wants: chain and key.
    func write(_ chain: [Issued], as name: String) throws -> (leaf: String, chain: String, root: String, key: String) {
        let leaf = try #require(chain.first)
        let pem = { (certificates: [Certificate]) -> [UInt8] in
            Array(certificates.map { PEM.encode($0.der) }.joined().utf8)
        }
        var key: [UInt8] = []
        try leaf.key.pem().withExposed { span in key = span.indices.map { span[$0] } }
        return (
            try write(pem([leaf.certificate]), to: "\(name).pem"),
            try write(pem(chain.dropFirst().dropLast().map(\.certificate)), to: "\(name)-chain.pem"),
            try write(pem(chain.suffix(1).map(\.certificate)), to: "\(name)-root.pem"),
            try write(key, to: "\(name)-key.pem")
        )
    }
}

enum PEM {
    static func encode(_ der: [UInt8]) -> String {
        let lines = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN CERTIFICATE-----\n\(lines)\n-----END CERTIFICATE-----\n"
    }
}
