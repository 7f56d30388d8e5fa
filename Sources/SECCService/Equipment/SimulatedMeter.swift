internal import CryptoOpenSSL
package import V2GKeys
package import V2GPrimitives
package import V2GSession

/// A meter that counts energy and signs what it shows with P-256, raw `r || s` of 64 bytes as the editions carry it.
package final class SimulatedMeter {
    package let id: String
    /// What its signatures verify with.
    package var publicKey: PublicKey? { key?.publicKey }
    private let key: SoftwareKey?
    private var energy: Double
    private let now: () -> Timestamp
    private var last: (energy: Int64, reading: MeterReading)?

    /// - Parameters:
    ///   - id: At most 32 characters.
    ///   - energy: The register at the start.
    ///   - now: The meter's clock.
    package init(id: String, energy: WattHours = .zero, now: @escaping () -> Timestamp = { .now() }) {
        self.id = id
        self.energy = energy.value
        self.now = now
        // Without a key the meter shows unsigned values, as many meters do.
        key = try? SoftwareKey.generate(.p256)
    }

    package func count(_ power: Watts, seconds: Double) {
        guard seconds > 0, power.value > 0 else { return }
        energy += power.value * seconds / 3_600
    }

    /// What stands in the register, signed over identifier, register and time. The signature is made anew when the
    /// register has moved by a watt-hour.
    package func reading() -> MeterReading {
        let shown = Int64(energy)
        if let last, last.energy == shown { return last.reading }
        let time = now()
        let reading = MeterReading(
            meterID: id, energy: WattHours(Double(shown)), signature: signature(over: "\(id);\(shown);\(time.seconds)"),
            status: 0, time: time)
        last = (shown, reading)
        return reading
    }

    private func signature(over text: String) -> [UInt8]? {
        // A meter that cannot sign shows an unsigned value; whoever needs a signature refuses it.
        guard let key, let der = try? key.sign(Array(text.utf8)) else { return nil }
        return ECDSASignature(der: der, algorithm: .p256)?.raw
    }
}
