import ArgumentParser
internal import Foundation
import Logging
import V2GCertificateAuthority
import V2GEnrollment
import V2GKeys
import V2GPrimitives

struct PKIServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve OCSP, CRLs, CA certificates, health and metrics over HTTP.",
        discussion: """
            /ocsp (POST, and GET as of RFC 5019), /crl/NAME.crl, /certs/NAME.cer, /health, /metrics. A revocation shows \
            within a second. OCSP signers and CRLs are renewed in time. SIGTERM and SIGINT end it in order.
            """)

    @OptionGroup var location: PKILocation

    @Option(
        help: ArgumentHelp("Where to listen; [::1]:8080 for IPv6; port 0 takes a free one.", valueName: "HOST:PORT"))
    var listen: String

    @Option(help: "Threads that serve connections. Default: one a core.")
    var threads: Int?

    @Option(name: .customLong("key-passphrase-file"), help: "The passphrase of the authorities' key files.")
    var passphraseFile: String?

    @Option(
        help: ArgumentHelp(
            "How many certificates have their OCSP answers signed in advance: the authorities' and the newest at the start, "
                + "the most asked from then on. Each costs two signatures at the start; 0 signs on request only.",
            valueName: "N"))
    var presign: Int = 10_000

    @Option(name: .customLong("log-level"), help: "trace debug info notice warning error critical.")
    var logLevel: String = "notice"

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must be in 1...256.") }
        guard (0...1_000_000).contains(presign) else { throw ValidationError("--presign must be in 0...1000000.") }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level: there is no '\(logLevel)'.")
        }
    }

    func run() async throws {
        let (host, port) = try Self.parse(listen)
        let level = Logger.Level(rawValue: logLevel) ?? .notice
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let access = try await PKIAccess.open(location, issues: true, passphraseFile: passphraseFile)
        let authority = access.authority
        let directory = access.directory
        let site = CertificateAuthority.Site(directory: directory, keys: access.keyPlacement)
        let logger = Logger(label: "v2g.pki")
        do {
            _ = try await authority.renewInfrastructure(at: site)
        } catch {
            // An authority whose key is offline keeps nobody else from being served; health shows what is missing.
            logger.warning("a signer was not renewed", metadata: ["v2g.error": "\(error)"])
        }
        var settings = OCSPSettings()
        settings.presignedCount = presign
        let (responder, follower) = try await authority.makeFollowedResponder(at: site, settings: settings)
        let count = presign
        let crls = try authority.crlIssuer(directory)
        let service = PKIService(
            responder: responder, objects: PublishedObjects(directory: directory.path),
            renewCRLs: { () async throws(RevocationError) in _ = try await authority.renewCRLs(using: crls) },
            follow: { () async throws(RevocationError) in try await follower.follow() },
            presign: { () async throws(RevocationError) in
                await responder.presign(try await authority.likelyAsked(count), now: .now())
            }, logger: logger)
        let running = Task {
            try await service.run(
                host: host, port: port, eventLoops: threads ?? ProcessInfo.processInfo.activeProcessorCount
            ) { bound in
                CLI.note("listening on \(host.contains(":") ? "[\(host)]" : host):\(bound)")
            }
        }
        let signals = TerminationSignals { running.cancel() }
        defer { signals.stop() }
        try await running.value
        try await access.store.close()
    }

    /// Splits `HOST:PORT`; an IPv6 address stands in brackets.
    static func parse(_ text: String) throws(CLIFailure) -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw CLIFailure(.usage, "--listen '\(text)' is not HOST:PORT") }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else {
            throw CLIFailure(.usage, "--listen '\(text)' has no host; 0.0.0.0 or [::] listen everywhere")
        }
        return (host, port)
    }
}

/// Calls back once at SIGTERM or SIGINT.
final class TerminationSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ body: @escaping @Sendable () -> Void) {
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: body)
            source.resume()
            return source
        }
    }

    func stop() { for source in sources { source.cancel() } }
}
