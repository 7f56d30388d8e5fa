internal import Foundation
internal import Logging
internal import NIOCore
internal import Synchronization
internal import V2GFiles
internal import V2GFraming
internal import V2GPrimitives
internal import V2GSession

/// What all stations of a daemon share. The site behind it is replaced by a reload.
final class StationShared: Sendable {
    let group: any EventLoopGroup
    let records: SessionRecorder
    let pseudonyms: Pseudonyms
    let pauses = PauseShelf()
    let ports: PortMemory
    let clock: SessionClock
    let logger: Logger
    private let current: Mutex<StationSite>

    init(
        _ site: StationSite, group: any EventLoopGroup, records: SessionRecorder, pseudonyms: Pseudonyms,
        clock: SessionClock, logger: Logger
    ) {
        current = Mutex(site)
        self.group = group
        self.records = records
        self.pseudonyms = pseudonyms
        self.clock = clock
        self.logger = logger
        ports = PortMemory(state: site.configuration.state)
    }

    var site: StationSite { current.withLock { $0 } }

    /// From now on; live connections keep what they have.
    func replace(_ site: StationSite) { current.withLock { $0 = site } }

    /// What an EVSE offers to the next car.
    func offer(_ evse: StationConfiguration.EVSE, _ site: StationSite) -> StationOffer {
        var offer = StationOffer(evseID: evse.id, energy: Self.energy(of: evse))
        offer.authorization = site.authorization
        offer.installsContracts = site.installsContracts
        offer.receiptEvery = site.configuration.receiptEvery
        offer.quirks = site.configuration.quirks
        return offer
    }

    static func energy(of evse: StationConfiguration.EVSE) -> EnergyOffer {
        switch evse.power {
        case .ac: .ac(ACOffer())
        case .dc: .dc(DCOffer())
        }
    }

    /// What an EVSE speaks: DIN has no AC, -20 needs TLS 1.3.
    func protocols(_ evse: StationConfiguration.EVSE, _ site: StationSite) -> [SAPSupportedProtocol] {
        let allowsExternal = site.configuration.authorization.contains(.external)
        return site.configuration.protocols.compactMap { served in
            switch served {
            case .iso20: site.hasTLS13 ? .iso20(evse.power == .dc ? .iso20DC : .iso20AC) : nil
            case .iso2: .iso2(withoutTLS: allowsExternal)
            case .din: evse.power == .dc && allowsExternal ? .din() : nil
            }
        }
    }
}

/// The dynamic port of each interface, chosen once so that a firewall can know it.
struct PortMemory: Sendable {
    let state: String

    private func path(_ interface: String) -> String { "\(state)/dynamic-port-\(interface)" }

    func kept(for interface: String) -> UInt16? {
        FileManager.default.contents(atPath: path(interface))
            .flatMap { UInt16(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) }
            .flatMap { $0 >= 49_152 ? $0 : nil }
    }

    func keep(_ port: UInt16, for interface: String, logger: Logger) {
        guard kept(for: interface) != port else { return }
        do throws(FileFailure) {
            try DurableFile.write(Array("\(port)\n".utf8), to: path(interface), mode: 0o644)
        } catch {
            logger.warning("the dynamic port could not be kept", metadata: ["v2g.detail": "\(error)"])
        }
    }
}
