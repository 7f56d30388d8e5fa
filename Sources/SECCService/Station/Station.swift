internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import V2GFraming
internal import V2GPrimitives
internal import V2GSession
internal import V2GTLS
internal import V2GTransport

/// The station on one interface: discovery, ports, and the EVSEs that share them.
final class Station: Sendable {
    let name: String
    private let place: LinkPlace
    private let slots: [EVSESlot]
    private let shared: StationShared
    private let logger: Logger
    private let listener = Mutex<V2GListener?>(nil)
    private let discovery = Mutex<SDPServer?>(nil)
    private let sessions = Mutex<[UInt64: @Sendable (OperatorRequest) -> Void]>([:])
    private let nextKey = Mutex<UInt64>(0)

    init(name: String, place: LinkPlace, slots: [EVSESlot], shared: StationShared) {
        self.name = name
        self.place = place
        self.slots = slots
        self.shared = shared
        logger = shared.logger
    }

    var sessionCount: Int { sessions.withLock { $0.count } }
    /// Where it listens; the announced port last.
    var endpoints: [LinkEndpoint] { listener.withLock { $0?.endpoints ?? [] } }

    private var announcesDynamic: Bool { slots.contains { $0.evse.announcement == .dynamic } }

    // MARK: Life

    func start(sdpPort: UInt16?) async throws {
        let site = shared.site
        var fixed: [UInt16] = []
        for slot in slots where !fixed.contains(slot.evse.port) { fixed.append(slot.evse.port) }
        var ports = fixed.map { ListenerSettings.Port.fixed($0) }
        if announcesDynamic {
            ports.append(
                site.configuration.dynamicPort.map { .fixed($0) }
                    ?? .dynamic(preferred: shared.ports.kept(for: name)))
        }
        let security: SecurityPolicy = site.tls == nil ? .plainOnly : servesPlain(site) ? .either : .tlsOnly
        var settings = ListenerSettings(place: place, ports: ports, security: security)
        settings.limits.connections = max(settings.limits.connections, slots.count + 128)
        let shared = shared
        let listener = try await V2GListener.start(
            settings, makeCipher: site.tls.map { first in TLSLinkCipher.stations { shared.site.tls ?? first } },
            on: shared.group, logger: logger, onEvent: { [weak self] event in self?.happened(event) },
            makePeer: { [weak self] link in self?.admit(link) }
        ).get()
        self.listener.withLock { $0 = listener }
        keepDynamicPort(listener)
        guard let sdpPort else { return }
        var sdp = SDPServerSettings(place: place)
        sdp.port = sdpPort
        let handlers = SDPHandlers { [weak self] request, source in self?.answer(request, from: source) }
        let server = try await SDPServer.start(sdp, handlers, on: shared.group.next(), logger: logger).get()
        discovery.withLock { $0 = server }
    }

    /// Takes no new cars. Sessions go on.
    func stopAccepting() async {
        let (listener, discovery) = (listener.withLock { $0 }, discovery.withLock { $0 })
        // What does not close now is closed by the end of the process.
        try? await discovery?.stop().get()
        try? await listener?.stop().get()
    }

    func ask(_ request: OperatorRequest) {
        for session in sessions.withLock({ Array($0.values) }) { session(request) }
    }

    private func keepDynamicPort(_ listener: V2GListener) {
        guard announcesDynamic, let last = listener.endpoints.last else { return }
        shared.ports.keep(last.port, for: name, logger: logger)
    }

    private func happened(_ event: ListenerEvent) {
        switch event {
        case .listening: listener.withLock { $0 }.map { keepDynamicPort($0) }
        case .refused(let end, let source):
            guard let failure = end.tlsFailure else { return }
            logger.warning(
                "TLS refused",
                metadata: [
                    "v2g.peer": "\(source?.description ?? "?")", "v2g.code": "\(failure.code.rawValue)",
                    "v2g.detail": "\(failure.message)",
                ])
        case .addressLost, .failed, .full: break
        }
    }

    // MARK: Discovery

    private func answer(_ request: SDPRequest, from source: LinkEndpoint) -> SDPResponse? {
        let site = shared.site
        let endpoints = endpoints
        guard let free = slots.first(where: \.isFree) else {
            logger.debug("discovery not answered, no EVSE is free", metadata: ["v2g.peer": "\(source)"])
            return nil
        }
        let chosen =
            free.evse.announcement == .dynamic ? endpoints.last : endpoints.first { $0.port == free.evse.port }
        guard let chosen else { return nil }
        let isTLS = site.tls != nil && (request.security == .tls || !servesPlain(site))
        logger.debug(
            "discovery",
            metadata: [
                "v2g.peer": "\(source)", "v2g.asked": "\(request.security)", "v2g.endpoints": "\(chosen)",
                "v2g.tls": "\(isTLS)",
            ])
        return SDPResponse(address: chosen.address, port: chosen.port, security: isTLS ? .tls : .none)
    }

    /// Plain connections are for external identification in -2 and DIN.
    private func servesPlain(_ site: StationSite) -> Bool {
        site.configuration.authorization.contains(.external)
            && site.configuration.protocols.contains { $0 != .iso20 }
    }

    // MARK: Connections

    /// Gives a connection an EVSE: the one of its port, else any that is free.
    private func admit(_ link: V2GLink) -> (any V2GPeer)? {
        let port = link.localEndpoint?.port
        let own = slots.filter { $0.evse.port == port }
        guard let slot = (own.isEmpty ? slots : own).first(where: { $0.take() }) else {
            logger.warning(
                "connection refused, no EVSE is free",
                metadata: ["v2g.peer": "\(link.remoteEndpoint?.description ?? "?")"])
            return nil
        }
        let site = shared.site
        let offer = shared.offer(slot.evse, site)
        let key = nextKey.withLock { key in
            key &+= 1
            return key
        }
        let session = StationSession(
            SessionPlace(
                slot: slot, offer: offer, protocols: shared.protocols(slot.evse, site), backend: site.backend,
                pauses: shared.pauses, records: shared.records, pseudonyms: shared.pseudonyms, clock: shared.clock,
                logger: logger, allowsP256InEdition20: site.configuration.quirks.contains(.josev)),
            link: link,
            release: { [weak self] _ in
                slot.giveBack()
                self?.sessions.withLock { $0[key] = nil }
            })
        let bound = NIOLoopBound(session, eventLoop: link.eventLoop)
        let loop = link.eventLoop
        sessions.withLock { sessions in
            sessions[key] = { request in loop.execute { bound.value.operatorAsks(request) } }
        }
        return session
    }
}
