internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import SECCService

/// The station's daemon: reads its configuration, runs the service, and obeys signals.
@main
struct Daemon {
    /// Exit codes, as documented in docs/daemon.md.
    enum Exit: Int32 {
        case done = 0
        case failed = 1
        case usage = 64
        case configuration = 78
    }

    static func main() async {
        let arguments: Arguments
        switch Arguments.parse(Array(CommandLine.arguments.dropFirst())) {
        case .run(let given): arguments = given
        case .say(let text):
            print(text)
            return
        case .wrong(let text):
            complain("\(text)\n\n\(Arguments.help)")
            exit(Exit.usage.rawValue)
        }
        let configuration: StationConfiguration
        do throws(ConfigurationError) {
            configuration = try StationConfiguration(file: arguments.file)
        } catch {
            complain("\(error)")
            exit(Exit.configuration.rawValue)
        }
        let level = configuration.logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "v2g.station")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, min(4, System.coreCount)))
        if arguments.onlyChecks { await check(configuration, group, logger) }
        await run(arguments.file, configuration, group, logger)
    }

    private static func check(
        _ configuration: StationConfiguration, _ group: MultiThreadedEventLoopGroup, _ logger: Logger
    ) async {
        do {
            for line in try await StationService.check(configuration, on: group, logger: logger) { print(line) }
            exit(Exit.done.rawValue)
        } catch {
            complain("\(error)")
            exit(Exit.configuration.rawValue)
        }
    }

    private static func run(
        _ file: String, _ configuration: StationConfiguration, _ group: MultiThreadedEventLoopGroup, _ logger: Logger
    ) async {
        // Before the first socket, so that no signal is lost.
        let signals = Signals()
        let service: StationService
        do {
            service = try await StationService.start(configuration, on: group, logger: logger)
        } catch {
            logger.critical("the station cannot start", metadata: ["v2g.detail": "\(error)"])
            exit(Exit.failed.rawValue)
        }
        logger.notice(
            "ready",
            metadata: [
                "v2g.endpoints": "\(service.endpoints.joined(separator: " "))",
                "v2g.evses": "\(configuration.evses.map { "\($0.id)" }.joined(separator: " "))",
            ])
        for await signal in signals.stream {
            switch signal {
            case .reload: await reload(service, file, logger)
            case .stop:
                logger.notice("stopping", metadata: ["v2g.sessions": "\(service.sessionCount)"])
                await service.stop()
                logger.notice("stopped")
                exit(Exit.done.rawValue)
            }
        }
    }

    private static func reload(_ service: StationService, _ file: String, _ logger: Logger) async {
        do {
            let ignored = try await service.reload(try StationConfiguration(file: file))
            logger.notice("reloaded", metadata: ["v2g.needsRestart": "\(ignored.joined(separator: " "))"])
        } catch {
            logger.error("the reload was refused, everything is as before", metadata: ["v2g.detail": "\(error)"])
        }
    }

    static func complain(_ text: String) {
        FileHandle.standardError.write(Data("v2g-daemon: \(text)\n".utf8))
    }
}
