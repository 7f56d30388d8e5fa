internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GSession

/// Energy transfer services of -20 and its amendment, by identifier.
enum ISO20EnergyService: UInt16, Sendable, Hashable, CaseIterable {
    case ac = 1
    case dc = 2
    case acBPT = 5
    case dcBPT = 6
    case mcs = 8
    case mcsBPT = 9

    var isBidirectional: Bool { self == .acBPT || self == .dcBPT || self == .mcsBPT }
    var isMegawatt: Bool { self == .mcs || self == .mcsBPT }

    /// What a car can use, best first. A bidirectional car can also just charge.
    static func usable(by energy: VehicleProfile.Energy) -> [ISO20EnergyService] {
        switch energy {
        case .ac(let car): car.isBidirectional ? [.acBPT, .ac] : [.ac]
        case .dc(let car):
            switch (car.isMegawatt, car.isBidirectional) {
            case (true, true): [.mcsBPT, .mcs]
            case (true, false): [.mcs]
            case (false, true): [.dcBPT, .dc]
            case (false, false): [.dc]
            }
        }
    }
}

/// What was offered and chosen of services.
struct ISO20ServiceState: Sendable {
    /// Services that the car can use and the station offers, best first, as far as they were not ruled out.
    var candidates: [ISO20EnergyService] = []
    var selected = ISO20EnergyService.ac
    var parameterSet: UInt16 = 0
    var isDynamic = false
    var supportsRenegotiation = false
    /// From a paused session; used where the station offers no other tuple.
    var resumedTuple: UInt32?

    mutating func take(up paused: ISO20Edition.PausedSelections) {
        if let service = ISO20EnergyService(rawValue: paused.service) { selected = service }
        parameterSet = paused.parameterSet
        isDynamic = paused.isDynamic
        resumedTuple = paused.selectedTuple
    }
}

/// A parameter set of a service, as far as it decides.
struct ISO20ParameterChoice: Sendable, Hashable {
    let id: UInt16
    let isDynamic: Bool
    /// The station may know the customer's needs better (MobilityNeedsMode 2).
    let isNeedsModeOfStation: Bool
    let connector: Int

    /// `nil` when the set lacks what every set has, or contradicts itself.
    init?(_ set: ISO20Common.ParameterSet) {
        guard let control = set.integer("ControlMode"), let connector = set.integer("Connector"),
            control == 1 || control == 2
        else { return nil }
        let needs = set.integer("MobilityNeedsMode") ?? 1
        // [V2G20-2663] The station's view of mobility needs goes with Dynamic only.
        guard needs == 1 || (needs == 2 && control == 2) else { return nil }
        id = set.parameterSetID
        isDynamic = control == 2
        isNeedsModeOfStation = needs == 2
        self.connector = connector
    }

    /// The best of a service's sets for a car: its control mode before another, its own connector before one that also
    /// fits, its own mobility needs before the station's. `nil` when no set fits.
    static func best(
        of sets: [ISO20Common.ParameterSet], for profile: VehicleProfile, service: ISO20EnergyService
    ) -> ISO20ParameterChoice? {
        let fitting = sets.compactMap(ISO20ParameterChoice.init).compactMap { choice -> (ISO20ParameterChoice, Int)? in
            guard let connectorRank = choice.connectorRank(for: profile, service: service) else { return nil }
            let controlRank = choice.isDynamic == (profile.control == .dynamic) ? 0 : 10
            return (choice, controlRank + connectorRank + (choice.isNeedsModeOfStation ? 1 : 0))
        }
        return fitting.min { $0.1 < $1.1 }?.0
    }

    /// `nil` when the plug is another's.
    private func connectorRank(for profile: VehicleProfile, service: ISO20EnergyService) -> Int? {
        switch profile.energy {
        case .ac(let car):
            // Three phases are 2 in some stacks and 3 in others; a three-phase car can use one phase.
            switch connector {
            case 1: return car.phases == 1 ? 0 : 4
            case 2, 3: return car.phases == 3 ? 0 : 4
            default: return nil
            }
        case .dc:
            return (service.isMegawatt ? 1...7 : 1...4).contains(connector) ? 0 : nil
        }
    }
}

extension ISO20Common.ParameterSet {
    /// A whole number by name, in whatever type it came.
    func integer(_ name: String) -> Int? {
        guard let parameter = parameter.elements.first(where: { $0.name.string == name }) else { return nil }
        return switch parameter.parameterValue {
        case .byteValue(let value): Int(value)
        case .shortValue(let value): Int(value)
        case .intValue(let value): Int(value)
        case .rationalNumber(let value): Int(exactly: value.double)
        case .boolValue, .finiteString: nil
        }
    }
}
