import Testing
import V2GSession

@Suite struct QuantityTests {
    @Test(arguments: [
        (0.0, 0, 0), (230, 230, 0), (-400, -400, 0), (150_000, 15_000, 1), (0.5, 500, -3), (16.25, 16_250, -3),
    ])
    func valuesScaleToSixteenBits(value: Double, mantissa: Int, exponent: Int) {
        let scaling = DecimalScaling(value, exponents: -3...3)
        #expect(Int(scaling.mantissa) == mantissa)
        #expect(scaling.exponent == exponent)
    }

    @Test func whatDoesNotFitIsClampedAndNeverTraps() {
        for value in [Double.infinity, -.infinity, .nan, 1e300, -1e300, 4e7] {
            let scaling = DecimalScaling(value, exponents: -3...3)
            #expect((-3...3).contains(scaling.exponent))
        }
        #expect(DecimalScaling(4e7, exponents: -3...3).mantissa == 32_767)
    }
}
