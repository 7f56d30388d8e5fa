package import Logging
package import NIOCore
internal import NIOPosix
internal import Synchronization
internal import V2GFiles
package import V2GFraming
internal import V2GPrimitives
internal import V2GSession
internal import V2GTransport

/// A station as a long-running service: all interfaces of a configuration, until it is stopped.
package final class StationService: Sendable {
    private let stations: [Station]
    private let shared: StationShared
    private let loop: any EventLoop
    private let threads: NIOThreadPool
    private let refreshing = Mutex<RepeatedTask?>(nil)
    private let logger: Logger

    /// OCSP answers are looked at this often.
    private static let refreshInterval = TimeAmount.seconds(30)

    private init(
        stations: [Station], shared: StationShared, loop: any EventLoop, threads: NIOThreadPool, logger: Logger
    ) {
        self.stations = stations
        self.shared = shared
        self.loop = loop
        self.threads = threads
        self.logger = logger
    }

    /// Where a service lives; the default is on the configured interfaces.
    package struct Placement: Sendable {
        /// For tests: instead of each interface, this address.
        package var address: IPv6Address?
        /// The port of discovery, `nil` for no discovery.
        package var sdpPort: UInt16? = SDP.serverPort
        package var clock = SessionClock.system

        package init() {}
    }

    /// Reads keys and certificates and checks that TLS can be made of them; opens no socket.
    ///
    /// - Returns: What a reader wants to know: chains, staples, warnings.
    package static func check(
        _ configuration: StationConfiguration, on group: any EventLoopGroup, logger: Logger
    ) async throws -> [String] {
        try DurableFile.makeDirectory(configuration.state, mode: 0o700)
        let site = try await StationSite.make(configuration, loop: group.any(), logger: logger)
        var lines = ["\(configuration.evses.count) EVSEs on \(configuration.interfaces.joined(separator: ", "))"]
        lines.append(site.tls == nil ? "no SECC certificate: plain connections only" : "TLS ready")
        lines.append("\(site.staples.count) OCSP answers for our chains")
        lines.append(site.installsContracts ? "contracts can be installed" : "no contract installation")
        return lines
    }

    /// Starts; returns when every interface listens and answers discovery.
    package static func start(
        _ configuration: StationConfiguration, placement: Placement = Placement(), on group: any EventLoopGroup,
        logger: Logger
    ) async throws -> StationService {
        try DurableFile.makeDirectory(configuration.state, mode: 0o700)
        let loop = group.next()
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let site = try await StationSite.make(configuration, loop: loop, logger: logger)
        let shared = StationShared(
            site, group: group, records: try SessionRecorder(state: configuration.state, threads: threads),
            pseudonyms: try Pseudonyms(state: configuration.state), clock: placement.clock, logger: logger)
        for quirk in configuration.quirks where quirk.lowersSecurity {
            logger.warning(
                "a tolerance lowers security",
                metadata: ["v2g.tolerance": "\(quirk.rawValue)", "v2g.detail": "\(quirk.summary)"])
        }
        if site.tls == nil {
            logger.warning("no SECC certificate: plain connections and external identification only")
        }
        let stations = configuration.interfaces.map { interface in
            Station(
                name: interface, place: placement.address.map { .address($0) } ?? .interface(interface),
                slots: configuration.evses.filter { $0.interface == interface }.map { slot($0) }, shared: shared)
        }
        let service = StationService(stations: stations, shared: shared, loop: loop, threads: threads, logger: logger)
        do {
            for station in stations { try await station.start(sdpPort: placement.sdpPort) }
        } catch {
            for station in stations { await station.stopAccepting() }
            try? await threads.shutdownGracefully()
            throw error
        }
        service.keepRefreshing()
        return service
    }

    private static func slot(_ evse: StationConfiguration.EVSE) -> EVSESlot {
        EVSESlot(
            evse,
            equipment: SimulatedEVSE(
                offer: StationShared.energy(of: evse), meter: SimulatedMeter(id: "SIM-\(evse.id.outlet)"),
                pace: evse.equipment == .simulatedAtOnce ? .atOnce : .realistic))
    }

    /// Where it listens, over all interfaces.
    package var endpoints: [String] { stations.flatMap { $0.endpoints.map(\.description) } }
    /// The ports of the first interface, in the order fixed, dynamic.
    package var ports: [UInt16] { stations.first?.endpoints.map(\.port) ?? [] }
    package var sessionCount: Int { stations.reduce(0) { $0 + $1.sessionCount } }

    /// Takes up certificates, keys and settings anew for the next cars; what is wrong leaves everything as it was.
    ///
    /// - Returns: What cannot change without a restart.
    package func reload(_ configuration: StationConfiguration) async throws -> [String] {
        let old = shared.site
        var ignored: [String] = []
        if configuration.evses != old.configuration.evses { ignored.append("evses") }
        if configuration.dynamicPort != old.configuration.dynamicPort { ignored.append("dynamicPort") }
        if configuration.state != old.configuration.state { ignored.append("state") }
        var effective = configuration
        effective.evses = old.configuration.evses
        effective.dynamicPort = old.configuration.dynamicPort
        effective.state = old.configuration.state
        let site = try await StationSite.make(effective, loop: loop, logger: logger)
        guard (site.tls == nil) == (old.tls == nil) else {
            throw ConfigurationError(
                file: "reload", line: nil, key: "pki",
                "the SECC certificate appeared or is gone, which a reload cannot change. Restart the daemon.")
        }
        shared.replace(site)
        return ignored
    }

    /// Takes no more cars, asks the sessions to stop, and waits for them.
    ///
    /// - Parameter grace: After it, the remaining sessions are cut off with the process.
    package func stop(grace: Duration = .seconds(10)) async {
        refreshing.withLock { $0?.cancel() }
        for station in stations { await station.stopAccepting() }
        for station in stations { station.ask(.stop) }
        let deadline = ContinuousClock.now + grace
        while sessionCount > 0, ContinuousClock.now < deadline {
            // Cut short when the process is told to hurry.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        try? await threads.shutdownGracefully()
    }

    private func keepRefreshing() {
        let shared = shared
        let task = loop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: Self.refreshInterval) { _ in
            Task { await shared.site.staples.refresh(fetches: true) }
        }
        refreshing.withLock { $0 = task }
    }
}
