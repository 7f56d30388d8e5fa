internal import Crypto
internal import CryptoOpenSSL
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import V2GCertificates
internal import V2GFraming
internal import V2GMessagesISO2
internal import V2GMessagesISO20Common
internal import V2GX509
internal import V2GKeys
internal import V2GPKIDirectory
internal import V2GPrimitives
internal import V2GSession
internal import V2GSessionDIN
internal import V2GSessionISO2
internal import V2GSessionISO20
internal import V2GSignatures
internal import V2GTLS
internal import V2GTransport

/// A car that looks for a station, charges and leaves.
package final class Car: Sendable {
    private let configuration: CarConfiguration
    private let step: @Sendable (String) -> Void
    private let identities: Mutex<[Edition: CarIdentity]>
    private let pki: PKIDirectory
    private let paused2 = Mutex<PausedSession<ISO2Edition>?>(nil)
    private let paused20 = Mutex<PausedSession<ISO20Edition>?>(nil)
    private let store: ContractStore?

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

    // MARK: Protocols

    private func offers(
        _ security: LinkSecurity, _ judge: StationJudge, _ log: RecordBuilder, _ pauses: Bool
    ) -> [CarConnection.Offer] {
        var found: [CarConnection.Offer] = []
        let isTLS13 = security.summary?.version == .tls13
        let session = SessionLink(
            security: security.isTLS ? (isTLS13 ? .tls13 : .tls12) : .plain,
            peerLeafDigest: security.summary?.peer?.chain.first.map { Array(SHA512.hash(data: $0)) })
        func add(
            _ namespace: SAPNamespace, _ major: UInt32, _ title: String,
            _ make: @escaping (V2GLink) throws(CarError) -> any CarDriving
        ) {
            let number = UInt8(found.count + 1)
            guard let offer = SAPOffer(namespace: namespace, major: major, minor: 0, schemaID: number, priority: number)
            else { return }
            found.append(CarConnection.Offer(offer: offer, title: title, makeDriver: make))
        }
        for name in configuration.protocols {
            switch name {
            case .iso20 where isTLS13:
                let namespace: SAPNamespace = configuration.current == .dc ? .iso20DC : .iso20AC
                add(namespace, 1, "ISO 15118-20 \(configuration.current.rawValue.uppercased())") {
                    link throws(CarError) in
                    try self.drive20(link, session, log, pauses)
                }
            case .iso2:
                add(.iso2, 2, "ISO 15118-2") { link throws(CarError) in
                    try self.drive2(link, session, log, pauses)
                }
            case .din where !security.isTLS && configuration.current == .dc:
                add(.din, 2, "DIN 70121") { link throws(CarError) in
                    try self.driveDIN(link, session, log)
                }
            case .iso20, .din: break
            }
        }
        return found
    }

    /// With the `slow-charge-loop` quirk an answer in the charge loop may take as long as most other answers.
    private static func slow(_ times: MessageTiming) -> MessageTiming {
        MessageTiming(
            evccTimeout: .seconds(2), seccPerformance: times.seccPerformance, seccSequence: times.seccSequence)
    }

    private func drive2(
        _ link: V2GLink, _ session: SessionLink, _ log: RecordBuilder, _ pauses: Bool
    ) throws(CarError) -> any CarDriving {
        guard let identity = identities.withLock({ $0[.iso2] }) else { throw noIdentity(.iso2) }
        let signatures = MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2))
        let resume = paused2.withLock { $0 }
        var timing = ISO2Timing.standard
        if configuration.quirks.contains(.slowChargeLoop) {
            timing.currentDemand = Self.slow(timing.currentDemand)
        }
        let core = ISO2EVCC(
            profile: profile(identity, session, pauses), link: session, signatures: signatures, resume: resume,
            timing: timing)
        let services = CarServices<ISO2Edition>(
            keys: keys(identity),
            install: { [self] message in await accept2(message, identity) },
            paused: { [self] kept in paused2.withLock { $0 = kept } })
        return CarDriver(
            core, services: services, battery: battery, quirks: configuration.quirks, link: link, log: log)
    }

    /// DIN knows neither contracts nor pauses.
    private func driveDIN(_ link: V2GLink, _ session: SessionLink, _ log: RecordBuilder) throws(CarError)
        -> any CarDriving
    {
        guard let identity = identities.withLock({ $0[.iso2] ?? $0[.iso20] }) else { throw noIdentity(.iso2) }
        var timing = DINTiming.standard
        if configuration.quirks.contains(.slowChargeLoop) {
            timing.currentDemand = Self.slow(timing.currentDemand)
        }
        let core = DINEVCC(profile: profile(identity, session, false), link: session, timing: timing)
        let services = CarServices<DINEdition>(
            keys: [:], install: { _ in .failure(InstallationFailure("DIN 70121 installs no contracts.")) },
            paused: { _ in })
        return CarDriver(
            core, services: services, battery: battery, quirks: configuration.quirks, link: link, log: log)
    }

    private func drive20(
        _ link: V2GLink, _ session: SessionLink, _ log: RecordBuilder, _ pauses: Bool
    ) throws(CarError) -> any CarDriving {
        // The peer that needs the quirk shows -2 certificates in -20.
        let isLenient = configuration.quirks.contains(.josev)
        guard let identity = identities.withLock({ $0[.iso20] ?? (isLenient ? $0[.iso2] : nil) }) else {
            throw noIdentity(.iso20)
        }
        let signatures = MessageSignatureVerifier(
            profile: SignatureProfile(edition: .iso20, allowsP256InEdition20: isLenient))
        let resume = paused20.withLock { $0 }
        var timing = ISO20Timing.standard
        if configuration.quirks.contains(.slowChargeLoop) {
            timing.chargeLoop = Self.slow(timing.chargeLoop)
        }
        let core = ISO20EVCC(
            profile: profile(identity, session, pauses), link: session, signatures: signatures, resume: resume,
            timing: timing)
        let services = CarServices<ISO20Edition>(
            keys: keys(identity),
            install: { [self] message in await accept20(message, identity) },
            paused: { [self] kept in paused20.withLock { $0 = kept } })
        return CarDriver(
            core, services: services, battery: battery, quirks: configuration.quirks, link: link, log: log)
    }

    private func noIdentity(_ edition: Edition) -> CarError {
        CarError(
            .credentials,
            "The PKI directory holds nothing for ISO 15118\(edition.title). Make it: v2g pki init --dir "
                + "\(configuration.pki) --edition both --samples")
    }

    private func keys(_ identity: CarIdentity) -> [VehicleKey: any SigningKey] {
        var keys: [VehicleKey: any SigningKey] = [:]
        keys[.contract] = identity.contract?.key
        keys[.provisioning] = identity.provisioning?.key
        return keys
    }

    private var battery: Battery {
        Battery(
            stateOfCharge: configuration.stateOfCharge, target: max(configuration.stateOfCharge, 80),
            loops: configuration.loops)
    }

    private func profile(_ identity: CarIdentity, _ session: SessionLink, _ pauses: Bool) -> VehicleProfile {
        let energy: VehicleProfile.Energy
        switch configuration.current {
        case .ac:
            var vehicle = ACVehicle()
            vehicle.isBidirectional = configuration.isBidirectional
            energy = .ac(vehicle)
        case .dc:
            var vehicle = DCVehicle()
            vehicle.isBidirectional = configuration.isBidirectional
            energy = .dc(vehicle)
        }
        let name = identity.vehicleName ?? "WMIV2GSWIFT0000001"
        var profile = VehicleProfile(macAddress: [0x02, 0x56, 0x32, 0x47, 0x00, 0x01], evccID: name, energy: energy)
        profile.control = configuration.control
        profile.authorization = configuration.authorization.filter { $0 == .external || session.security.isTLS }
        profile.contract = identity.contract?.credential
        profile.contractKey = identity.contract?.key.publicKey
        profile.provisioning = identity.provisioning?.credential.der ?? []
        profile.provisioningKey = identity.provisioning?.key.publicKey
        profile.trustedRoots = identity.pki.v2gRoots.map(\.der)
        profile.installation = configuration.installsContract ? .always : .never
        profile.departure = configuration.departure
        if pauses { profile.pausesAfterLoops = max(1, configuration.loops / 2) }
        profile.stopsAfterLoops = configuration.loops
        profile.chargeLoopPace = configuration.loopPace
        profile.quirks = configuration.quirks
        return profile
    }

    // MARK: Contracts

    private func accept2(
        _ message: ISO2Edition.Message, _ identity: CarIdentity
    ) async -> Result<(InstalledContract, any SigningKey), InstallationFailure> {
        let policy = installationPolicy(identity)
        do {
            let installed: InstalledContract
            switch message.body.bodyElement {
            case .certificateInstallationRes(let response):
                guard let provisioning = identity.provisioning else { return .failure(Self.noProvisioning) }
                installed = try await ContractInstaller2.accept(
                    response, signature: message.header.signature, policy: policy, at: .now(),
                    oemKey: provisioning.agreement)
            case .certificateUpdateRes(let response):
                guard let contract = identity.contract, let key = identity.contractAgreement else {
                    return .failure(InstallationFailure("The car has no contract to renew."))
                }
                installed = try await ContractInstaller2.acceptUpdate(
                    response, signature: message.header.signature, policy: policy, at: .now(), oldKey: key,
                    emaid: contract.credential.emaid)
            default: return .failure(InstallationFailure("The message installs no contract."))
            }
            return .success(try keep(installed, identity, .iso2))
        } catch {
            return .failure(InstallationFailure("\(error)"))
        }
    }

    private func accept20(
        _ message: ISO20Edition.Message, _ identity: CarIdentity
    ) async -> Result<(InstalledContract, any SigningKey), InstallationFailure> {
        guard case .common(.certificateInstallationRes(let response)) = message else {
            return .failure(InstallationFailure("The message installs no contract."))
        }
        guard let provisioning = identity.provisioning,
            let name = provisioning.credential.leaf.subject.commonName, let pcid = PCID(name)
        else { return .failure(Self.noProvisioning) }
        do {
            let installed = try await ContractInstaller20.accept(
                response, policy: installationPolicy(identity), at: .now(), oemKey: provisioning.agreement, pcid: pcid)
            return .success(try keep(installed, identity, .iso20))
        } catch {
            return .failure(InstallationFailure("\(error)"))
        }
    }

    private static let noProvisioning = InstallationFailure(
        "The car has no provisioning certificate with a PCID as its name (certs/oem.crt), whose key can agree on secrets."
    )

    /// The signer of a contract answer may lack status evidence: the answer carries none.
    private func installationPolicy(_ identity: CarIdentity) -> InstallationPolicy {
        var settings = ChainVerifier.Settings()
        settings.revocation = .ifPresented
        let isLenient = configuration.quirks.contains(.josev)
        let edition = identity.pki.edition
        return InstallationPolicy(
            provisioningVerifier: identity.pki.verifier(role: .cps, settings: settings),
            signatures: MessageSignatureVerifier(
                profile: SignatureProfile(edition: edition, allowsP256InEdition20: isLenient)))
    }

    /// Durable before it is used.
    private func keep(
        _ installed: InstalledContract, _ identity: CarIdentity, _ edition: Edition
    ) throws -> (InstalledContract, any SigningKey) {
        guard let algorithm = try Certificate(der: installed.chain[0]).publicKey?.algorithm else {
            throw CarError(.credentials, "The installed contract's key is of an unknown kind.")
        }
        let key = try SoftwareKey(privateScalar: installed.scalar, algorithm: algorithm)
        try store?.keep(installed, key: key, edition: edition)
        identities.withLock { all in
            var changed = identity
            changed.contract = (ContractCredential(chain: installed.chain, emaid: installed.emaid), key)
            changed.contractAgreement = key
            all[edition] = changed
        }
        return (installed, key)
    }
}
