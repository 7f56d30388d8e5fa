import Testing
import V2GKeys

@Suite struct ECDSASignatureTests {
    static let p256Order = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")

    private func one(_ algorithm: KeyAlgorithm) -> [UInt8] {
        var number = [UInt8](repeating: 0, count: algorithm == .p256 ? 32 : 66)
        number[number.count - 1] = 1
        return number
    }

    @Test(arguments: [KeyAlgorithm.p256, .p521])
    func smallestNumbersGoBothWays(_ algorithm: KeyAlgorithm) throws {
        let signature = try #require(ECDSASignature(raw: one(algorithm) + one(algorithm), algorithm: algorithm))
        #expect(signature.der == bytes("3006020101020101"))
        #expect(ECDSASignature(der: signature.der, algorithm: algorithm) == signature)
    }

    @Test func highBitGetsAZeroByteAndLongP521GetsTheLongForm() throws {
        let high = [UInt8(0x80)] + [UInt8](repeating: 0, count: 31)
        let p256 = try #require(ECDSASignature(raw: high + one(.p256), algorithm: .p256))
        #expect(Array(p256.der.prefix(6)) == bytes("302602210080"))
        #expect(ECDSASignature(der: p256.der, algorithm: .p256) == p256)

        let large = [UInt8(1)] + [UInt8](repeating: 0x11, count: 65)
        let p521 = try #require(ECDSASignature(raw: large + large, algorithm: .p521))
        #expect(Array(p521.der.prefix(5)) == bytes("3081880242"))
        #expect(ECDSASignature(der: p521.der, algorithm: .p521) == p521)
    }

    @Test func numbersOutOfRangeAreRefused() {
        let zero = [UInt8](repeating: 0, count: 32)
        var below = Self.p256Order
        below[31] -= 1
        #expect(ECDSASignature(raw: below + below, algorithm: .p256) != nil)
        #expect(ECDSASignature(raw: Self.p256Order + below, algorithm: .p256) == nil)
        #expect(ECDSASignature(raw: below + Self.p256Order, algorithm: .p256) == nil)
        #expect(ECDSASignature(raw: zero + below, algorithm: .p256) == nil)
        #expect(ECDSASignature(raw: below + zero, algorithm: .p256) == nil)
        #expect(ECDSASignature(raw: Array((below + below).dropLast()), algorithm: .p256) == nil)
        #expect(ECDSASignature(raw: [], algorithm: .p521) == nil)
        #expect(ECDSASignature(raw: below + below, algorithm: .ed448) == nil)
        #expect(ECDSASignature(raw: [UInt8](repeating: 0xff, count: 132), algorithm: .p521) == nil)
    }

    @Test(arguments: [
        "", "30", "3000", "3006020101020100", "3006020100020101", "300602010102010100", "3007020101020101",
        "30060201010201", "308106020101020101", "3080020101020101", "300702020001020101", "3006020181020101",
        "3106020101020101", "3006030101020101", "3005020101020100", "30050200020101", "3009020101020101020101",
        "308200060201010201 01", "3003020101", "30060201010201ff",
    ])
    func otherEncodingsAreRefused(_ hex: String) {
        #expect(ECDSASignature(der: bytes(hex), algorithm: .p256) == nil)
    }
}
