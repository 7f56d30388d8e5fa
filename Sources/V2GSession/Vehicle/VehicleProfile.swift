package import V2GKeys
internal import V2GPrimitives

/// What a car is and wants: data for the car's cores.
package struct VehicleProfile: Sendable {
    package enum Energy: Sendable, Hashable {
        case ac(ACVehicle)
        case dc(DCVehicle)

        package var isDC: Bool { if case .dc = self { true } else { false } }
    }

    /// How the car wants the charging to be led (-20).
    package enum Control: String, Sendable, Hashable, CaseIterable {
        /// Along schedules that the station offers and the car chooses from.
        case scheduled
        /// By the station, within the car's limits.
        case dynamic
    }

    /// -2 and DIN: the MAC address, 6 bytes (DIN up to 8).
    package var macAddress: [UInt8]
    /// -20: the vehicle certificate's common name.
    package var evccID: String
    package var energy: Energy
    package var control: Control = .scheduled
    /// In the order of preference; Plug & Charge needs ``contract`` and TLS.
    package var authorization: [AuthorizationMethod] = [.plugAndCharge, .external]
    package var contract: ContractCredential?
    /// The public key of ``contract``'s leaf.
    package var contractKey: PublicKey?
    /// The provisioning certificate and its sub-CAs, DER, leaf first; its key signs installation requests.
    package var provisioning: [[UInt8]] = []
    package var provisioningKey: PublicKey?
    /// Roots that the car trusts, DER. Named in requests for contracts; without one the car asks for none.
    package var trustedRoots: [[UInt8]] = []
    /// Install a contract when the station can: always, only without one, or never.
    package var installation: InstallationWish = .whenMissing
    /// Renew the contract when it ends soon (-2 CertificateUpdate).
    package var updatesContracts = false
    package var supportsRenegotiation = true
    /// Seconds until departure; `nil` leaves it open.
    package var departure: UInt32?
    /// Target state of charge in percent.
    package var targetStateOfCharge: Double = 80
    /// Pause instead of stop after so many charge loops; `nil` never.
    package var pausesAfterLoops: Int?
    /// Stop after so many charge loops; `nil` when the battery says so.
    package var stopsAfterLoops: Int?
    /// Wait between charge loop messages.
    package var chargeLoopPace: Duration = .zero
    /// Wait between polls while the station says Ongoing.
    package var ongoingPace: Duration = .milliseconds(50)
    package var quirks: Set<Quirk> = []

    package init(macAddress: [UInt8], evccID: String, energy: Energy) {
        self.macAddress = macAddress
        self.evccID = evccID
        self.energy = energy
    }
}

package enum InstallationWish: String, Sendable, Hashable, CaseIterable {
    case always, whenMissing, never
}

package struct ACVehicle: Sendable, Hashable {
    package var phases = 3
    package var maximumVoltage = Volts(400)
    package var maximumCurrent = Amperes(32)
    package var minimumCurrent = Amperes(6)
    package var energyRequest = WattHours(20_000)
    package var isBidirectional = false

    package init() {}
}

package struct DCVehicle: Sendable, Hashable {
    package var maximumVoltage = Volts(450)
    package var minimumVoltage = Volts(200)
    package var maximumCurrent = Amperes(200)
    package var minimumCurrent = Amperes(0)
    package var maximumPower = Watts(80_000)
    package var minimumPower = Watts(0)
    package var targetVoltage = Volts(400)
    package var targetCurrent = Amperes(125)
    package var batteryCapacity = WattHours(60_000)
    package var energyRequest = WattHours(20_000)
    package var isBidirectional = false
    package var maximumDischargeCurrent = Amperes(100)
    package var maximumDischargePower = Watts(40_000)
    package var isMegawatt = false

    package init() {}
}
