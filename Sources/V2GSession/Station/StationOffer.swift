package import V2GPrimitives

/// What one EVSE offers to cars: data, so that AC or DC is not a second state machine.
package struct StationOffer: Sendable, Hashable {
    package var evseID: EVSEID
    package var energy: EnergyOffer
    /// In the order of preference. Plug & Charge is never offered without TLS, whatever stands here.
    package var authorization: [AuthorizationMethod] = [.plugAndCharge, .external]
    /// Contract certificates can be installed and updated through this station.
    package var installsContracts = true
    package var isFree = false
    /// Longest schedule that is offered, in seconds.
    package var scheduleHorizon: Int64 = 86_400
    /// A receipt or metering confirmation is asked for once in so many charge loop messages; `nil` never. Only with
    /// Plug & Charge ([V2G2-691]).
    package var receiptEvery: Int? = nil
    /// Refuse a receipt with a bad signature and end the session ([V2G2-904] leaves it open).
    package var requiresValidReceipts = true
    package var supportsPause = true
    /// -20: services can be renegotiated within a session.
    package var supportsServiceRenegotiation = true
    package var supportsStandby = false
    /// Further services by identifier, such as internet access; offered only when configured.
    package var additionalServices: [AdditionalServiceOffer] = []
    /// Providers (country and provider, such as `DEABC`) named in -20's AuthorizationSetupRes.
    package var supportedProviders: [String] = []
    /// -20 charge loop sequence timeout: 0.5 s by the standard, up to 60 s for cars that are slower.
    package var chargeLoopTimeout: Duration = .milliseconds(500)
    package var quirks: Set<Quirk> = []

    package init(evseID: EVSEID, energy: EnergyOffer) {
        self.evseID = evseID
        self.energy = energy
    }
}

package enum AuthorizationMethod: String, Sendable, Hashable, CaseIterable {
    case plugAndCharge = "pnc"
    case external = "eim"
}

package enum EnergyOffer: Sendable, Hashable {
    case ac(ACOffer)
    case dc(DCOffer)

    package var isDC: Bool { if case .dc = self { true } else { false } }
}

package struct ACOffer: Sendable, Hashable {
    /// 1 or 3.
    package var phases = 3
    package var nominalVoltage = Volts(230)
    package var frequency: Double = 50
    /// Per phase.
    package var maximumCurrent = Amperes(32)
    package var minimumCurrent = Amperes(6)
    /// -20: power can flow back.
    package var isBidirectional = false

    package init() {}

    package var maximumPower: Watts { Watts(nominalVoltage.value * maximumCurrent.value * Double(phases)) }
    package var minimumPower: Watts { Watts(nominalVoltage.value * minimumCurrent.value * Double(phases)) }
}

package struct DCOffer: Sendable, Hashable {
    package var maximumVoltage = Volts(1_000)
    package var minimumVoltage = Volts(150)
    package var maximumCurrent = Amperes(300)
    package var minimumCurrent = Amperes(0)
    package var maximumPower = Watts(150_000)
    package var minimumPower = Watts(0)
    package var peakRipple = Amperes(1)
    /// -20: power can flow back.
    package var isBidirectional = false
    package var maximumDischargeCurrent = Amperes(100)
    package var maximumDischargePower = Watts(50_000)
    /// The connector of the megawatt charging system instead of the combined one.
    package var isMegawatt = false

    package init() {}
}

/// A value-added service.
package struct AdditionalServiceOffer: Sendable, Hashable {
    package let id: UInt16
    package let name: String
    /// Parameter sets: identifier and named values.
    package let parameterSets: [ParameterSetOffer]

    package init(id: UInt16, name: String, parameterSets: [ParameterSetOffer]) {
        self.id = id
        self.name = name
        self.parameterSets = parameterSets
    }
}

package struct ParameterSetOffer: Sendable, Hashable {
    package enum Value: Sendable, Hashable {
        case int(Int32)
        case text(String)
        case bool(Bool)
    }

    package struct Parameter: Sendable, Hashable {
        package let name: String
        package let value: Value

        package init(name: String, value: Value) {
            self.name = name
            self.value = value
        }
    }

    package let id: UInt16
    package let parameters: [Parameter]

    package init(id: UInt16, parameters: [Parameter]) {
        self.id = id
        self.parameters = parameters
    }
}
