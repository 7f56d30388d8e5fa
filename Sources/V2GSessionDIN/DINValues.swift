internal import SchemaTypes
package import V2GMessagesDIN
package import V2GSession

// Between the wire's physical values and quantities with their unit in the type. The unit is optional in the schema: a
// value without one is in the unit that its element has.
extension DIN.PhysicalValue {
    package init(_ volts: Volts) { self.init(volts.value, .v) }
    package init(_ amperes: Amperes) { self.init(amperes.value, .a) }
    package init(_ watts: Watts) { self.init(watts.value, .w) }
    package init(_ wattHours: WattHours) { self.init(wattHours.value, .wh) }

    private init(_ value: Double, _ unit: DIN.UnitSymbol) {
        let scaled = DecimalScaling(value, exponents: -3...3)
        self.init(multiplier: DIN.UnitMultiplier(clamping: scaled.exponent), unit: unit, value: scaled.mantissa)
    }

    private var plain: Double { DecimalScaling.value(mantissa: value, exponent: Int(multiplier.value)) }
    private func isIn(_ wanted: DIN.UnitSymbol) -> Bool { unit == nil || unit == wanted }

    /// `nil` when the unit is another.
    package var volts: Volts? { isIn(.v) ? Volts(plain) : nil }
    /// `nil` when the unit is another.
    package var amperes: Amperes? { isIn(.a) ? Amperes(plain) : nil }
    /// `nil` when the unit is another.
    package var watts: Watts? { isIn(.w) ? Watts(plain) : nil }
    /// `nil` when the unit is another.
    package var wattHours: WattHours? { isIn(.wh) ? WattHours(plain) : nil }
}

extension V2GSessionID {
    /// `nil` when the header holds none at all.
    package init?(_ header: DIN.MessageHeader) { self.init(header.sessionID.octets) }

    /// For headers.
    package var din: DIN.SessionID {
        var word: UInt64 = 0
        let count = min(bytes.count, 8)
        for index in 0..<count { word |= UInt64(bytes[index]) << UInt64(56 - 8 * index) }
        return DIN.SessionID(unchecked: word, count: count)
    }
}

extension DIN.V2GMessage {
    /// A message of a session. DIN signs none.
    package init(_ session: V2GSessionID, _ body: DIN.BodyElement) {
        self.init(header: DIN.MessageHeader(sessionID: session.din), body: DIN.Body(bodyElement: body))
    }
}

extension DIN.EVSEStatus {
    package var notification: DIN.EVSENotification {
        switch self {
        case .acEVSEStatus(let status): status.evseNotification
        case .dcEVSEStatus(let status): status.evseNotification
        }
    }
}
