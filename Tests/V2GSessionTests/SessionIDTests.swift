import Testing
import V2GSession

@Suite struct SessionIDTests {
    @Test func zeroOfAnyLengthMeansANewSession() throws {
        for length in 1...8 {
            let id = try #require(V2GSessionID([UInt8](repeating: 0, count: length)))
            #expect(id.isZero)
        }
        #expect(V2GSessionID([]) == nil)
        #expect(V2GSessionID([UInt8](repeating: 0, count: 9)) == nil)
    }

    @Test func idsAreComparedWithoutPadding() throws {
        let short = try #require(V2GSessionID([1, 2]))
        #expect(!short.matches([0, 0, 0, 0, 0, 0, 1, 2]))
        #expect(short.matches([1, 2]))
    }

    @Test func aSourceOfZerosStillGivesANonZeroID() {
        let id = V2GSessionID.drawn(from: RandomSource { [UInt8](repeating: 0, count: $0) })
        #expect(!id.isZero)
        #expect(id.bytes.count == 8)
    }

    /// A seeded generator or a small alphabet shows at once: a repeat, or octets that are not spread evenly.
    @Test("[threats 12] 100,000 identifiers have no repeat and evenly spread octets")
    func identifiersAreDrawnFromTheWholeSpace() {
        let ids = (0..<100_000).map { _ in V2GSessionID.drawn(from: .system) }
        #expect(Set(ids).count == ids.count)
        for position in 0..<8 {
            #expect(Self.chiSquare(ids.map { $0.bytes[position] }) < 400, "octet \(position)")
        }
    }

    @Test("[threats 12] 100,000 challenges have no repeat and evenly spread octets")
    func challengesAreDrawnFromTheWholeSpace() {
        let challenges = (0..<100_000).map { _ in Challenge(.system).bytes }
        #expect(Set(challenges).count == challenges.count)
        for position in 0..<Challenge.size {
            #expect(Self.chiSquare(challenges.map { $0[position] }) < 400, "octet \(position)")
        }
    }

    /// The negative control: ten symbols, as one stack draws them, are far out.
    @Test("[threats 12] a small alphabet is noticed")
    func aSmallAlphabetIsNoticed() {
        let digits = RandomSource { count in (0..<count).map { _ in UInt8.random(in: 0x30...0x39) } }
        let ids = (0..<10_000).map { _ in V2GSessionID.drawn(from: digits) }
        #expect(Self.chiSquare(ids.map { $0.bytes[0] }) > 10_000)
    }

    /// Pearson's statistic of octets over 256 values: 255 is expected, and above 400 comes less than once in 10^7 draws.
    private static func chiSquare(_ octets: [UInt8]) -> Double {
        var counts = [Double](repeating: 0, count: 256)
        for octet in octets { counts[Int(octet)] += 1 }
        let expected = Double(octets.count) / 256
        return counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    }

    @Test func aChallengeIsJudgedOnce() {
        var challenge = Challenge(.system)
        let right = challenge.bytes
        #expect(challenge.consume([UInt8](repeating: 0, count: 16)) == nil)
        #expect(challenge.consume(right) == nil)
        var other = Challenge(.system)
        #expect(other.consume(other.bytes) != nil)
    }
}
