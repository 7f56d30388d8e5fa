internal import SchemaTypes
package import V2GMessagesISO2
package import V2GMessagesXMLDSig
package import V2GSession

// Between the wire's physical values and quantities with their unit in the type.
extension ISO2.PhysicalValue {
    package init(_ volts: Volts) { self.init(volts.value, .v) }
    package init(_ amperes: Amperes) { self.init(amperes.value, .a) }
    package init(_ watts: Watts) { self.init(watts.value, .w) }
    package init(_ wattHours: WattHours) { self.init(wattHours.value, .wh) }
    /// Seconds.
    package init(seconds: Double) { self.init(seconds, .s) }

    private init(_ value: Double, _ unit: ISO2.UnitSymbol) {
        let scaled = DecimalScaling(value, exponents: -3...3)
        self.init(multiplier: ISO2.UnitMultiplier(clamping: scaled.exponent), unit: unit, value: scaled.mantissa)
    }

    private var plain: Double { DecimalScaling.value(mantissa: value, exponent: Int(multiplier.value)) }

    /// `nil` when the unit is another.
    package var volts: Volts? { unit == .v ? Volts(plain) : nil }
    /// `nil` when the unit is another.
    package var amperes: Amperes? { unit == .a ? Amperes(plain) : nil }
    /// `nil` when the unit is another.
    package var watts: Watts? { unit == .w ? Watts(plain) : nil }
    /// `nil` when the unit is another.
    package var wattHours: WattHours? { unit == .wh ? WattHours(plain) : nil }
    /// `nil` when the unit is another. Minutes and hours are converted.
    package var seconds: Double? {
        switch unit {
        case .s: plain
        case .m: plain * 60
        case .h: plain * 3_600
        case .a, .v, .w, .wh: nil
        }
    }
}

extension V2GSessionID {
    /// `nil` when the header holds none at all.
    package init?(_ header: ISO2.MessageHeader) { self.init(header.sessionID.octets) }

    /// For headers and for MeteringReceiptReq.
    package var iso2: ISO2.SessionID {
        var word: UInt64 = 0
        let count = min(bytes.count, 8)
        for index in 0..<count { word |= UInt64(bytes[index]) << UInt64(56 - 8 * index) }
        return ISO2.SessionID(unchecked: word, count: count)
    }
}

extension ISO2.V2GMessage {
    /// A message of a session.
    package init(_ session: V2GSessionID, _ body: ISO2.BodyElement, signature: XMLDSig.Signature? = nil) {
        self.init(
            header: ISO2.MessageHeader(sessionID: session.iso2, signature: signature),
            body: ISO2.Body(bodyElement: body))
    }
}

extension ISO2.EnergyTransferMode {
    package var isDC: Bool {
        switch self {
        case .acSinglePhaseCore, .acThreePhaseCore: false
        case .dcCore, .dcExtended, .dcComboCore, .dcUnique: true
        }
    }

    /// How many phases of an AC outlet carry current; one for DC.
    package var phases: Int { self == .acThreePhaseCore ? 3 : 1 }
}

extension ISO2.EVSEStatus {
    package var notification: ISO2.EVSENotification {
        switch self {
        case .acEVSEStatus(let status): status.evseNotification
        case .dcEVSEStatus(let status): status.evseNotification
        }
    }
}
