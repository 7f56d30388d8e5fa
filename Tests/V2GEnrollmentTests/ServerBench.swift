import Foundation
import Logging
import Testing
import V2GCertificateAuthority
import V2GEnrollment
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// A server on a free port of loopback, over a board to write statuses on and a directory of its own.
struct ServerBench: Sendable {
    let board = StatusBoard()
    let ca: TestAuthority
    let responder: OCSPResponder
    let objects: PublishedObjects
    let server: PKIServer
    let directory: String
    let now = Timestamp.now()

    /// Starts a server, runs the body, stops the server.
    static func run(
        limits: PKIServerLimits = PKIServerLimits(), settings: OCSPSettings = OCSPSettings(),
        _ body: @Sendable (ServerBench) async throws -> Void
    ) async throws {
        let bench = try await ServerBench(limits: limits, settings: settings)
        let result: Result<Void, any Error>
        do {
            try await body(bench)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await bench.server.shutdown()
        try FileManager.default.removeItem(atPath: bench.directory)
        try result.get()
    }

    private init(limits: PKIServerLimits, settings: OCSPSettings) async throws {
        ca = try TestAuthority("CPO Sub2")
        responder = try OCSPResponder(authorities: [try ca.served], source: board, settings: settings)
        board.record(.good, for: SerialNumber(magnitude: [0x10]), of: ca.name)
        board.record(.revoked(at: now, reason: .keyCompromise), for: SerialNumber(magnitude: [0x20]), of: ca.name)
        try await responder.refresh(now: now)
        directory = NSTemporaryDirectory() + "v2g-pki-" + UUID().uuidString
        for folder in ["crl", "certs"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(folder)", withIntermediateDirectories: true)
        }
        objects = PublishedObjects(directory: directory)
        for (name, certificate) in [("ca", ca.certificate), ("leaf", try ca.leaf([0x10]))] {
            let text = PEMBlock(label: "CERTIFICATE", der: certificate.der).text
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/certs/\(name).crt"))
        }
        try await objects.rescan()
        server = try await PKIServer.start(
            host: "127.0.0.1", port: 0, responder: responder, objects: objects, limits: limits, eventLoops: 2,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    var port: Int { server.port }

    func write(_ name: String, bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
    }

    func request(_ serial: [UInt8], nonce: [UInt8]? = nil) -> [UInt8] {
        OCSPRequest(certIDs: [ca.certID(serial)], nonce: nonce).encoded()
    }

    /// A POST as bytes.
    func post(_ der: [UInt8], more: String = "") -> [UInt8] {
        let head = """
            POST /ocsp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ocsp-request\r\n\
            Content-Length: \(der.count)\r\n\(more)\r\n
            """
        return Array(head.utf8) + der
    }

    /// Sends bytes on a new connection and gives everything that comes until the server closes.
    func exchange(_ bytes: [UInt8], closesOutput: Bool = false) async throws -> [RawResponse] {
        let port = port
        return try await blocking {
            let socket = try RawSocket(port: port)
            try socket.send(bytes)
            if closesOutput { socket.shutdownOutput() }
            var all = try socket.receiveAll()
            var found: [RawResponse] = []
            while let response = RawResponse(&all) { found.append(response) }
            return found
        }
    }

    func exchange(_ text: String, closesOutput: Bool = false) async throws -> [RawResponse] {
        try await exchange(Array(text.utf8), closesOutput: closesOutput)
    }

    /// One request with `Connection: close`.
    func get(_ path: String, method: String = "GET", more: String = "") async throws -> RawResponse {
        let found = try await exchange(
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\(more)Connection: close\r\n\r\n")
        return try #require(found.first)
    }
}

/// The statuses in an OCSP response, or its failure.
func statuses(_ der: [UInt8]) throws -> [OCSPStatus] {
    guard case .answered(let basic) = try OCSPResponse(der: der) else { return [] }
    return basic.responses.map(\.status)
}

func failure(_ der: [UInt8]) throws -> OCSPFailure? {
    if case .failed(let failure) = try OCSPResponse(der: der) { failure } else { nil }
}

/// Runs a program of somebody else.
func tool(_ arguments: [String]) async throws -> (status: Int32, output: String) {
    try await blocking {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
