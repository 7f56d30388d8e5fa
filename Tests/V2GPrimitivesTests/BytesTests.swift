import Testing
import V2GPrimitives

@Suite struct BytesTests {
    @Test func hexGoesBothWays() {
        #expect(Hex.encode([0x00, 0x9f, 0xff]) == "009fff")
        #expect(Hex.encode([0x0a, 0xbc], uppercase: true) == "0ABC")
        #expect(Hex.decode("009fFF") == [0x00, 0x9f, 0xff])
        #expect(Hex.decode("") == [])
    }

    @Test(arguments: ["0", "0g", "0x", "é0", " 0", "@0", "`0"])
    func whatIsNoHexIsRefused(_ text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func constantTimeComparisonTellsEveryDifference() {
        let bytes: [UInt8] = [1, 2, 3, 4]
        #expect(constantTimeEquals(bytes, [1, 2, 3, 4]))
        #expect(constantTimeEquals([], []))
        #expect(!constantTimeEquals(bytes, [1, 2, 3]))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(!constantTimeEquals(bytes, other))
        }
    }

    @Test(arguments: [0, 1, 7, 8, 16, 33])
    func randomBytesHaveTheLengthAskedFor(_ count: Int) {
        #expect(SystemRandom.bytes(count: count).count == count)
    }

    @Test func randomBytesDoNotRepeat() {
        let values = Set((0..<1_000).map { _ in SystemRandom.bytes(count: 16) })
        #expect(values.count == 1_000)
        #expect(SystemRandom.bytes(count: -1).isEmpty)
    }
}
