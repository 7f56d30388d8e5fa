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

    @Test func aChallengeIsJudgedOnce() {
        var challenge = Challenge(.system)
        let right = challenge.bytes
        #expect(challenge.consume([UInt8](repeating: 0, count: 16)) == nil)
        #expect(challenge.consume(right) == nil)
        var other = Challenge(.system)
        #expect(other.consume(other.bytes) != nil)
    }
}
