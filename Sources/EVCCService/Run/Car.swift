internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import V2GCertificates
internal import V2GFraming
internal import V2GX509
internal import V2GPKIDirectory
internal import V2GSession
internal import V2GSessionDIN
internal import V2GSessionISO2
internal import V2GSessionISO20
internal import V2GTLS
internal import V2GTransport

/// A car that looks for a station, charges and leaves.
package final class Car: Sendable {
    let configuration: CarConfiguration
    private let step: @Sendable (String) -> Void
    let identities: Mutex<[Edition: CarIdentity]>
    private let pki: PKIDirectory
    let paused2 = Mutex<PausedSession<ISO2Edition>?>(nil)
    let paused20 = Mutex<PausedSession<ISO20Edition>?>(nil)
    let store: ContractStore?

    /// Reads certificates and keys.
    ///
    /// - Parameter step: Called with each step of a session, for people.
    /// - Throws: ``CarError``, `PKIDirectoryError` or a key error.
    package init(_ configuration: CarConfiguration, step: @escaping @Sendable (String) -> Void = { _ in }) async throws
    {
        self.configuration = configuration
        self.step = step
        pki = try PKIDirectory(configuration.pki)
        store = try configuration.state.map { try ContractStore($0) }
        let opener = KeyOpener()
        var identities: [Edition: CarIdentity] = [:]
        for edition in Edition.allCases {
            guard let found = pki[edition] else { continue }
            var identity = try await CarIdentity(
                found, opener: opener, provisioningIsVehicle: configuration.quirks.contains(.josev))
            if let kept = try store?.newest(edition) {
                identity.contract = (kept.credential, kept.key)
                identity.contractAgreement = kept.key
            }
            identities[edition] = identity
        }
        self.identities = Mutex(identities)
    }

    /// Whether a paused session waits to be taken up again.
    package var hasPausedSession: Bool { paused2.withLock { $0 != nil } || paused20.withLock { $0 != nil } }

    /// One session, from discovery to the closed connection.
    ///
    /// - Parameter pauses: Pause in the middle instead of charging to the end.
    package func charge(pauses: Bool) async -> CarRecord {
        await withCheckedContinuation { continuation in
            let log = RecordBuilder(step: step) { continuation.resume(returning: $0) }
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            discover(on: loop, log: log, pauses: pauses)
        }
    }

    // MARK: Discovery and connection

    private func discover(on loop: any EventLoop, log: RecordBuilder, pauses: Bool) {
        let place = LinkPlace.interface(configuration.interface)
        let client = SDPClient(place: place)
        let wanted: SDPSecurity = configuration.wantsTLS ? .tls : .none
        log.add("looking for a station on \(configuration.interface)")
        client.discover(wanted, on: loop, logger: Logger(label: "v2g.ev.sdp") { _ in SwiftLogNoOpLogHandler() })
            .whenSuccess { outcome in
                switch outcome {
                case .notFound(let failure): log.finished(outcome: "noStation", failure.message)
                case .found(let answer): self.connect(answer, place, on: loop, log, pauses)
                }
            }
    }

    private func connect(
        _ answer: SDPAnswer, _ place: LinkPlace, on loop: any EventLoop, _ log: RecordBuilder, _ pauses: Bool
    ) {
        log.edit { $0.station = "\(answer.station)" }
        log.add("found \(answer.station), \(answer.security == .tls ? "with TLS" : "without TLS")")
        let useTLS = answer.security == .tls && configuration.wantsTLS
        if configuration.wantsTLS, !useTLS {
            let downgrade = "the station answered the request for TLS with none"
            log.add(.securityEvent(downgrade))
            guard configuration.authorization.contains(.external), configuration.authorization.first != .plugAndCharge
            else {
                return log.finished(
                    outcome: "refused",
                    "Plug & Charge needs TLS, and \(downgrade). Enable TLS at the station, or charge with --auth eim.")
            }
        }
        let judge = StationJudge(iso2: pki.iso2, iso20: pki.iso20, quirks: configuration.quirks)
        let cipher: LinkCipherFactory?
        do {
            cipher = useTLS ? TLSLinkCipher.car(try context(judge)) : nil
        } catch {
            return log.finished(outcome: "refused", "TLS cannot be set up: \(error)")
        }
        let connector = V2GConnector(place: place)
        connector.connect(to: answer.station, cipher: cipher, on: loop) { end in
            self.tell(judge, log)
            // Whoever spoke on the connection is told after this and knows more; a second end is not taken.
            loop.execute { log.finished(outcome: "refused", Self.explain(end)) }
        } makePeer: { link in
            CarConnection(log: log) { security in
                self.tell(judge, log)
                return self.offers(security, judge, log, pauses)
            }
        }.whenFailure { error in
            log.finished(outcome: "refused", "\(error)")
        }
    }

    private static func explain(_ end: LinkEnd) -> String {
        if let failure = end.tlsFailure { return failure.message }
        return "The connection ended: \(end)"
    }

    private func context(_ judge: StationJudge) throws -> TLSClientContext {
        var settings = TLSClientConfiguration { judge.judge($0) }
        let identities = identities.withLock { $0 }
        settings.roots = identities.values.flatMap { ($0.pki.v2gRoots + $0.pki.privateRoots).map(\.der) }
        settings.vehicleChains = identities.values.compactMap(\.vehicle)
        settings.allowsTLS12 = configuration.protocols.contains(.iso2) || configuration.protocols.contains(.din)
        settings.allowsTLS13 = configuration.protocols.contains(.iso20)
        settings.quirkJosev = configuration.quirks.contains(.josev)
        settings.keyLog = configuration.keyLog
        return try TLSClientContext(settings)
    }

    private func tell(_ judge: StationJudge, _ log: RecordBuilder) {
        guard log.record.certificates.isEmpty, let finding = judge.finding else { return }
        switch finding {
        case .accepted(let chain):
            let entries = zip(chain.certificates, chain.roles).map { certificate, role in
                CarRecord.Certificate(
                    role: role.title, subject: "\(certificate.subject)", verdict: "accepted",
                    rules: chain.findings.map(\.rule.id))
            }
            log.edit { $0.certificates = entries }
            log.add(
                "station chain accepted: \(chain.leaf.subject), status \(chain.revocation.first?.text ?? "unknown")")
        case .refused(let refusal):
            log.edit {
                $0.certificates = [
                    CarRecord.Certificate(
                        role: Role.secc.title, subject: "", verdict: "refused", rules: refusal.rules)
                ]
            }
            log.add("station chain refused: \(refusal.rules.joined(separator: ", "))")
        case .noTrust: log.add("station chain refused: the car has no root for it")
        }
    }
}
