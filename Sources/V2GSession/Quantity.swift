/// A physical value with its unit in the type, in the unit's base: volts, amperes, watts, watt-hours.
package struct Quantity<Unit>: Sendable, Hashable, Comparable {
    package var value: Double

    package init(_ value: Double) { self.value = value.isFinite ? value : 0 }

    package static var zero: Self { Self(0) }

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
    package static func + (left: Self, right: Self) -> Self { Self(left.value + right.value) }
    package static func - (left: Self, right: Self) -> Self { Self(left.value - right.value) }
    package static func * (left: Self, right: Double) -> Self { Self(left.value * right) }
    package static prefix func - (quantity: Self) -> Self { Self(-quantity.value) }

    /// Without its sign.
    package var magnitude: Self { Self(abs(value)) }
}

package enum VoltUnit: Sendable {}
package enum AmpereUnit: Sendable {}
package enum WattUnit: Sendable {}
package enum WattHourUnit: Sendable {}

package typealias Volts = Quantity<VoltUnit>
package typealias Amperes = Quantity<AmpereUnit>
package typealias Watts = Quantity<WattUnit>
package typealias WattHours = Quantity<WattHourUnit>

extension Volts {
    package static func * (volts: Volts, amperes: Amperes) -> Watts { Watts(volts.value * amperes.value) }
}

/// Powers of ten for the wire formats: the value as `mantissa * 10^exponent` with a mantissa of 16 bits.
package struct DecimalScaling: Sendable, Hashable {
    package let mantissa: Int16
    package let exponent: Int

    /// Rounds to the nearest that fits; values beyond the largest are clamped to it.
    ///
    /// - Parameter exponents: The exponents that the wire format allows: `-3...3` in -2 and DIN, `-128...127` in -20.
    ///   The smallest exponent that holds the value without loss of its leading digits is taken, at least -3.
    package init(_ value: Double, exponents: ClosedRange<Int>) {
        let wanted = value.isFinite ? value : 0
        let low = max(exponents.lowerBound, -3)
        let high = max(low, min(exponents.upperBound, 9))
        // Whole numbers that fit need no exponent: it is what every peer reads best.
        if exponents.contains(0), wanted == wanted.rounded(), abs(wanted) <= 32_767 {
            mantissa = Int16(wanted)
            exponent = 0
            return
        }
        for candidate in low...high {
            let scaled = (wanted * Self.powerOfTen(-candidate)).rounded()
            if abs(scaled) <= 32_767 {
                mantissa = Int16(scaled)
                exponent = candidate
                return
            }
        }
        mantissa = wanted < 0 ? -32_767 : 32_767
        exponent = high
    }

    /// `mantissa * 10^exponent`, for any exponent.
    package static func value(mantissa: Int16, exponent: Int) -> Double {
        Double(mantissa) * powerOfTen(max(-128, min(127, exponent)))
    }

    private static func powerOfTen(_ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<abs(exponent) { result *= 10 }
        return exponent < 0 ? 1 / result : result
    }
}
