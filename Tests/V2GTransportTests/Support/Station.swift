import Logging
import NIOCore
import NIOPosix
import Synchronization
import V2GFraming

@testable import V2GTransport

let loopback = IPv6Address(high: 0, low: 1)

/// A listener on `::1` with echoing peers.
struct Station {
    let listener: V2GListener
    let recorder: Recorder
    let logs: LogCounter

    static func start(
        security: SecurityPolicy = .either, _ change: (inout ListenerSettings) -> Void = { _ in },
        cipher: LinkCipherFactory? = nil
    ) async throws -> Station {
        var settings = ListenerSettings(
            place: .address(loopback), ports: [.dynamic(preferred: nil)], security: security)
        change(&settings)
        let recorder = Recorder()
        let logs = LogCounter()
        let listener = try await V2GListener.start(
            settings, makeCipher: cipher, on: NIOSingletons.posixEventLoopGroup, logger: logs.logger,
            onEvent: { event in
                recorder.state.withLock { state in
                    state.events += 1
                    if case .refused(let end, _) = event { state.refusals.append(end.reason) }
                }
            },
            makePeer: { _ in EchoPeer(recorder) }
        ).get()
        return Station(listener: listener, recorder: recorder, logs: logs)
    }

    var endpoint: LinkEndpoint { listener.endpoints[0] }

    func client(reads: Bool = true) async throws -> RawClient {
        try await RawClient.connect(to: endpoint, reads: reads)
    }

    func stop() async throws { try await listener.stop().get() }

    /// Whether a new client gets an echo.
    func isServing() async throws -> Bool {
        let client = try await client()
        let message = try bytes(frame("are you there"))
        try await client.send(message)
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end, client.received != message, !client.isInputClosed {
            try await Task.sleep(for: .milliseconds(2))
        }
        defer { client.channel.close(promise: nil) }
        return client.received == message
    }
}

/// Counts log lines.
final class LogCounter: Sendable {
    private let lines = Mutex<[String]>([])

    var count: Int { lines.withLock { $0.count } }
    var text: [String] { lines.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(counter: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let counter: LogCounter
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            counter.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}
