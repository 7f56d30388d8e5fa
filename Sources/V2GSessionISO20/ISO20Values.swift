package import SchemaTypes
internal import V2GKeys
package import V2GMessagesISO20
package import V2GMessagesXMLDSig
package import V2GPrimitives
package import V2GSession

extension ISO20.RationalNumber {
    /// Rounded to the nearest that the wire's 16 bits and power of ten hold.
    package init<Unit>(_ quantity: Quantity<Unit>) {
        let scaled = DecimalScaling(quantity.value, exponents: -128...127)
        self.init(exponent: Int8(clamping: scaled.exponent), value: scaled.mantissa)
    }

    package static var zero: Self { Self(exponent: 0, value: 0) }

    package var double: Double { DecimalScaling.value(mantissa: value, exponent: Int(exponent)) }
    package var volts: Volts { Volts(double) }
    package var amperes: Amperes { Amperes(double) }
    package var watts: Watts { Watts(double) }
    package var wattHours: WattHours { WattHours(double) }
}

extension ISO20.MessageHeader {
    /// The time stamp is Unix time in seconds.
    package init(session: V2GSessionID, at time: Timestamp, signature: XMLDSig.Signature? = nil) {
        self.init(
            sessionID: .init(session), timeStamp: UInt64(clamping: time.seconds), signature: signature)
    }

    package var session: V2GSessionID { V2GSessionID(sessionID.octets) ?? .zero }
}

extension HexBinary<8, 8> {
    /// -20's identifiers have eight bytes; shorter ones, which only -2 knows, are filled up with zeros.
    package init(_ session: V2GSessionID) {
        var word: UInt64 = 0
        for (index, byte) in session.bytes.prefix(8).enumerated() { word |= UInt64(byte) << UInt64(56 - 8 * index) }
        self.init(unchecked: word, count: 8)
    }
}

extension Text {
    /// As much of the text as the schema takes: for identifiers and explanations of our own making.
    package init(clipping string: String) {
        if let whole = try? Text(string) {
            self = whole
            return
        }
        let allowed = string.unicodeScalars.filter { XMLCharacters.allows($0) }
        var clipped = String.UnicodeScalarView()
        clipped.append(contentsOf: allowed.prefix(upper))
        for _ in 0..<max(0, lower - clipped.count) { clipped.append("-") }
        self.init(unchecked: String(clipped))
    }
}

extension ISO20.PercentValue {
    /// Clamped to 0...100.
    package init(percent: Double) {
        self.init(clamping: Int(max(0, min(100, percent.isFinite ? percent : 0)).rounded()))
    }
}

extension ISO20.MeterInfo {
    package init(_ reading: MeterReading) {
        let signature = reading.signature.flatMap { try? ISO20.MeterSignature($0) }
        self.init(
            meterID: .init(clipping: reading.meterID), chargedEnergyReadingWh: Self.register(reading.energy),
            bptDischargedEnergyReadingWh: reading.discharged.map(Self.register), meterSignature: signature,
            meterStatus: reading.status, meterTimestamp: UInt64(clamping: reading.time.seconds))
    }

    private static func register(_ energy: WattHours) -> UInt64 {
        UInt64(exactly: max(0, energy.value).rounded()) ?? .max
    }
}

/// What ties a paused session of -20 to the peer's TLS certificate.
package enum ISO20PeerBinding {
    /// `SHA-512(SessionID || SHA-512(leaf DER))`; the link gives the inner digest.
    package static func value(session: V2GSessionID, leafDigest: [UInt8]) -> [UInt8] {
        HashAlgorithm.sha512.hash(session.bytes + leafDigest)
    }
}
