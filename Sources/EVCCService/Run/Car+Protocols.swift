internal import Crypto
internal import Synchronization
internal import V2GCertificates
internal import V2GFraming
internal import V2GKeys
internal import V2GPKIDirectory
internal import V2GSession
internal import V2GSessionDIN
internal import V2GSessionISO2
internal import V2GSessionISO20
internal import V2GSignatures
internal import V2GTLS
internal import V2GTransport
internal import V2GX509

/// The protocols that the car offers, and a driver with its core for each.
extension Car {
    func offers(
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
    func loopTimes(_ times: MessageTiming) -> MessageTiming {
        guard configuration.quirks.contains(.slowChargeLoop) else { return times }
        return MessageTiming(
            evccTimeout: .seconds(2), seccPerformance: times.seccPerformance, seccSequence: times.seccSequence)
    }

    func driver<Core: CarCore>(
        _ core: Core, _ services: CarServices<Core.Edition>, _ link: V2GLink, _ log: RecordBuilder
    ) -> CarDriver<Core> {
        CarDriver(core, services: services, battery: battery, quirks: configuration.quirks, link: link, log: log)
    }

    func drive2(
        _ link: V2GLink, _ session: SessionLink, _ log: RecordBuilder, _ pauses: Bool
    ) throws(CarError) -> any CarDriving {
        guard let identity = identities.withLock({ $0[.iso2] }) else { throw noIdentity(.iso2) }
        let signatures = MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2))
        let resume = paused2.withLock { $0 }
        var timing = ISO2Timing.standard
        timing.currentDemand = loopTimes(timing.currentDemand)
        let core = ISO2EVCC(
            profile: profile(identity, session, pauses), link: session, signatures: signatures, resume: resume,
            timing: timing)
        let services = CarServices<ISO2Edition>(
            keys: keys(identity),
            install: { [self] message in await accept2(message, identity) },
            paused: { [self] kept in paused2.withLock { $0 = kept } })
        return driver(core, services, link, log)
    }

    /// DIN knows neither contracts nor pauses.
    func driveDIN(_ link: V2GLink, _ session: SessionLink, _ log: RecordBuilder) throws(CarError)
        -> any CarDriving
    {
        guard let identity = identities.withLock({ $0[.iso2] ?? $0[.iso20] }) else { throw noIdentity(.iso2) }
        var timing = DINTiming.standard
        timing.currentDemand = loopTimes(timing.currentDemand)
        let core = DINEVCC(profile: profile(identity, session, false), link: session, timing: timing)
        let services = CarServices<DINEdition>(
            keys: [:], install: { _ in .failure(InstallationFailure("DIN 70121 installs no contracts.")) },
            paused: { _ in })
        return driver(core, services, link, log)
    }

    func drive20(
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
        timing.chargeLoop = loopTimes(timing.chargeLoop)
        let core = ISO20EVCC(
            profile: profile(identity, session, pauses), link: session, signatures: signatures, resume: resume,
            timing: timing)
        let services = CarServices<ISO20Edition>(
            keys: keys(identity),
            install: { [self] message in await accept20(message, identity) },
            paused: { [self] kept in paused20.withLock { $0 = kept } })
        return driver(core, services, link, log)
    }

    func noIdentity(_ edition: Edition) -> CarError {
        CarError(
            .credentials,
            "The PKI directory holds nothing for ISO 15118\(edition.title). Make it: v2g pki init --dir "
                + "\(configuration.pki) --edition both --samples")
    }

    func keys(_ identity: CarIdentity) -> [VehicleKey: any SigningKey] {
        var keys: [VehicleKey: any SigningKey] = [:]
        keys[.contract] = identity.contract?.key
        keys[.provisioning] = identity.provisioning?.key
        return keys
    }

    var battery: Battery {
        Battery(
            stateOfCharge: configuration.stateOfCharge, target: max(configuration.stateOfCharge, 80),
            loops: configuration.loops)
    }

    func profile(_ identity: CarIdentity, _ session: SessionLink, _ pauses: Bool) -> VehicleProfile {
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
}
