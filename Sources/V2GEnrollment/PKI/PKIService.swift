package import Logging
package import V2GCertificateAuthority
internal import V2GPrimitives

/// Runs the PKI's server with everything that has to happen beside it: following the store, renewing answers, looking
/// after signers, CRLs and published files.
package struct PKIService: Sendable {
    /// How often the store is looked into: a revocation by another process shows that soon.
    package static let refreshInterval = Duration.milliseconds(500)
    /// How often answers and signers are looked after.
    package static let upkeepInterval = Duration.seconds(5)
    /// How often published files are compared with those on disk.
    package static let rescanInterval = Duration.seconds(1)
    /// How often the store is asked for new authorities and signers.
    package static let followInterval = Duration.seconds(2)
    /// How often CRLs are checked for their end.
    package static let crlInterval = Duration.seconds(30)

    private let responder: OCSPResponder
    private let objects: PublishedObjects
    private let renewCRLs: (@Sendable () async throws(RevocationError) -> Void)?
    private let follow: (@Sendable () async throws(RevocationError) -> Bool)?
    private let presign: (@Sendable () async throws(RevocationError) -> Void)?
    private let logger: Logger

    /// - Parameters:
    ///   - renewCRLs: Issues the CRLs that are due; called every ``crlInterval`` and after a change of authorities.
    ///   - follow: Takes over authorities and signers that another process recorded and tells whether there were any;
    ///     called every ``followInterval``.
    ///   - presign: Signs answers in advance; called once at the start, beside everything else.
    package init(
        responder: OCSPResponder, objects: PublishedObjects,
        renewCRLs: (@Sendable () async throws(RevocationError) -> Void)? = nil,
        follow: (@Sendable () async throws(RevocationError) -> Bool)? = nil,
        presign: (@Sendable () async throws(RevocationError) -> Void)? = nil, logger: Logger
    ) {
        self.responder = responder
        self.objects = objects
        self.renewCRLs = renewCRLs
        self.follow = follow
        self.presign = presign
        self.logger = logger
    }

    /// Reads the store, listens, and serves until the task is cancelled; then stops in order.
    ///
    /// - Parameter listening: Called once with the port.
    /// - Throws: ``PKIServerError`` when it cannot listen, ``RevocationError`` when the store cannot be read at the start.
    package func run(
        host: String, port: Int, limits: PKIServerLimits = PKIServerLimits(), eventLoops: Int,
        listening: @Sendable (Int) -> Void = { _ in }
    ) async throws {
        try await responder.refresh(now: .now())
        if let renewCRLs {
            do throws(RevocationError) {
                try await renewCRLs()
            } catch {
                // The keys of roots are often offline: their CRLs are brought in by hand, and health tells when one ends.
                logger.warning("CRL cannot be issued", metadata: ["v2g.error": "\(error)"])
            }
        }
        try await objects.rescan()
        let server = try await PKIServer.start(
            host: host, port: port, responder: responder, objects: objects, limits: limits, eventLoops: eventLoops,
            logger: logger)
        listening(server.port)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await every(Self.refreshInterval, "store cannot be read") { try await responder.refresh(now: .now()) }
            }
            group.addTask {
                await every(Self.upkeepInterval, "signer cannot be reloaded") {
                    await responder.renewDue(now: .now())
                    try await responder.reloadSigners(now: .now())
                }
            }
            group.addTask {
                await every(Self.rescanInterval, "published files cannot be read") { try await objects.rescan() }
            }
            if let follow {
                group.addTask {
                    await every(Self.followInterval, "new authorities cannot be taken over") {
                        if try await follow() {
                            logger.notice("authorities or OCSP signers changed")
                            try await renewCRLs?()
                        }
                    }
                }
            }
            if let presign {
                group.addTask {
                    do throws(RevocationError) {
                        try await presign()
                    } catch {
                        // They are signed when somebody asks.
                        logger.warning("no answers were signed in advance", metadata: ["v2g.error": "\(error)"])
                    }
                }
            }
            if let renewCRLs {
                group.addTask { await every(Self.crlInterval, "CRL cannot be issued") { try await renewCRLs() } }
            }
            await group.waitForAll()
        }
        // The task is cancelled by now; stopping in order takes a task that is not.
        await Task { await server.shutdown() }.value
    }

    /// Repeats until cancelled. A failure is logged and tried again: the service heals by itself, health shows it.
    ///
    /// A failure that lasts warns once and again when its text changes.
    private func every(
        _ interval: Duration, _ failure: Logger.Message, _ body: @Sendable () async throws -> Void
    ) async {
        var warned: String?
        while !Task.isCancelled {
            // Cancellation ends the sleep early, which the loop's condition sees.
            try? await Task.sleep(for: interval)
            guard !Task.isCancelled else { return }
            do {
                try await body()
                warned = nil
            } catch {
                let text = "\(error)"
                logger.log(level: text == warned ? .debug : .warning, failure, metadata: ["v2g.error": "\(text)"])
                warned = text
            }
        }
    }
}
