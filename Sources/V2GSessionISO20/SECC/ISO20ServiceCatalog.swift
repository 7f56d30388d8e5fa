internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GSession

/// An energy transfer service with one parameter set, as the car chose it.
struct ISO20Selection: Sendable, Hashable {
    let service: UInt16
    let parameterSet: UInt16
    let isDynamic: Bool
    let isBidirectional: Bool
}

/// The services of a station with their parameter sets: one set for each control mode.
struct ISO20ServiceCatalog: Sendable {
    struct EnergyService: Sendable, Hashable {
        let id: UInt16
        let isBidirectional: Bool
    }

    static let scheduledSet: UInt16 = 1
    static let dynamicSet: UInt16 = 2
    /// AC, DC, WPT, ACDP and their bidirectional forms, MCS, AC DER: what charges or discharges.
    static let energyServiceIDs: ClosedRange<UInt16> = 1...11

    let energy: [EnergyService]
    let additional: [AdditionalServiceOffer]
    private let offer: StationOffer

    init(_ offer: StationOffer) {
        self.offer = offer
        let plain = Self.charging(offer)
        var energy = [EnergyService(id: plain, isBidirectional: false)]
        switch offer.energy {
        case .ac(let ac): if ac.isBidirectional { energy.append(.init(id: 5, isBidirectional: true)) }
        case .dc(let dc):
            if dc.isBidirectional { energy.append(.init(id: dc.isMegawatt ? 9 : 6, isBidirectional: true)) }
        }
        self.energy = energy
        additional = offer.additionalServices.filter { !$0.parameterSets.isEmpty }
    }

    /// The charge-only service: AC 1, DC 2, MCS 8.
    static func charging(_ offer: StationOffer) -> UInt16 {
        switch offer.energy {
        case .ac: 1
        case .dc(let dc): dc.isMegawatt ? 8 : 2
        }
    }

    /// What a car is told that supports these services; `nil` when it does not say, and then everything.
    func visible(to supported: [UInt16]?) -> (energy: [EnergyService], additional: [AdditionalServiceOffer]) {
        guard let supported else { return (energy, additional) }
        let common = energy.filter { supported.contains($0.id) }
        // The schema wants one at least: a car that supports none of ours sees them all, and leaves.
        return (common.isEmpty ? energy : common, additional.filter { supported.contains($0.id) })
    }

    /// The parameter sets of a service; `nil` when it is not ours.
    func parameterSets(of service: UInt16) -> [ISO20Common.ParameterSet]? {
        if let energy = energy.first(where: { $0.id == service }) {
            return [
                set(Self.scheduledSet, parameters(isDynamic: false, energy)),
                set(Self.dynamicSet, parameters(isDynamic: true, energy)),
            ]
        }
        guard let service = additional.first(where: { $0.id == service }) else { return nil }
        return service.parameterSets.prefix(32).map { offered in
            set(offered.id, offered.parameters.map { Self.parameter($0) })
        }
    }

    func selection(service: UInt16, parameterSet: UInt16) -> ISO20Selection? {
        guard let energy = energy.first(where: { $0.id == service }),
            parameterSet == Self.scheduledSet || parameterSet == Self.dynamicSet
        else { return nil }
        return ISO20Selection(
            service: service, parameterSet: parameterSet, isDynamic: parameterSet == Self.dynamicSet,
            isBidirectional: energy.isBidirectional)
    }

    func offersAdditional(_ service: UInt16, parameterSet: UInt16) -> Bool {
        additional.contains { $0.id == service && $0.parameterSets.contains { $0.id == parameterSet } }
    }

    private func parameters(isDynamic: Bool, _ service: EnergyService) -> [ISO20Common.Parameter] {
        var parameters: [ISO20Common.Parameter] = []
        func add(_ name: String, _ value: Int32) {
            parameters.append(.init(name: .init(clipping: name), parameterValue: .intValue(value)))
        }
        switch offer.energy {
        case .ac(let ac):
            add("Connector", ac.phases == 1 ? 1 : 2)
            add("ControlMode", isDynamic ? 2 : 1)
            add("EVSENominalVoltage", Int32(clamping: Int(max(0, min(100_000, ac.nominalVoltage.value)).rounded())))
        case .dc(let dc):
            // Extended: the combined connector; MCS counts its own.
            add("Connector", dc.isMegawatt ? 1 : 2)
            add("ControlMode", isDynamic ? 2 : 1)
        }
        // The car alone knows its mobility needs; what it says in the loop is what counts.
        add("MobilityNeedsMode", 1)
        add("Pricing", 0)
        guard service.isBidirectional else { return parameters }
        add("BPTChannel", 1)
        add("GeneratorMode", 1)
        if !offer.energy.isDC { add("GridCodeIslandingDetectionMethod", 1) }
        return parameters
    }

    private func set(_ id: UInt16, _ parameters: [ISO20Common.Parameter]) -> ISO20Common.ParameterSet {
        var parameters = Array(parameters.prefix(32))
        if parameters.isEmpty {
            parameters = [.init(name: .init(clipping: "Service"), parameterValue: .boolValue(true))]
        }
        return .init(parameterSetID: id, parameter: BoundedList(unchecked: parameters))
    }

    private static func parameter(_ offered: ParameterSetOffer.Parameter) -> ISO20Common.Parameter {
        let value: ISO20Common.Parameter.ParameterValue =
            switch offered.value {
            case .int(let number): .intValue(number)
            case .text(let text): .finiteString(.init(clipping: text))
            case .bool(let flag): .boolValue(flag)
            }
        return .init(name: .init(clipping: offered.name), parameterValue: value)
    }
}
