import Foundation
import Testing

/// Damage: every frame cut at every bit, and with each bit turned over. What comes back is a value that stays the same
/// when it is written and read, or a refusal at a bit of the input; never a trap, never something else.
@Suite struct SweepTests {
    static let isLong = ProcessInfo.processInfo.environment["V2G_LONG_TESTS"] == "1"
    /// Octets of a frame that is swept in every run.
    static let short = 32

    static func frames(_ octets: ClosedRange<Int>) throws -> [Vector] {
        try Vector.load(Vector.usual).filter { octets.contains($0.bytes.count) }
    }

    @Test func fiftyFramesAreSweptInEveryRun() throws {
        #expect(try Self.frames(1...Self.short).count >= 50)
    }

    @Test(arguments: try frames(1...short))
    func aShortFrameCutOrTurnedIsReadOrRefused(_ vector: Vector) {
        Self.sweep(vector)
    }

    @Test(.enabled(if: isLong), arguments: try frames(short + 1...10_000))
    func aLongFrameCutOrTurnedIsReadOrRefused(_ vector: Vector) {
        Self.sweep(vector)
    }

    static func sweep(_ vector: Vector) {
        let bytes = vector.bytes
        var faults: [String] = []
        var refused = 0
        for bit in 0..<bytes.count * 8 {
            switch vector.set.outcome(of: cut(bytes, at: bit), vector.grammar) {
            case .value: break
            case .refused: refused += 1
            case .fault(let what): faults.append("cut at bit \(bit): \(what)")
            }
            var turned = bytes
            turned[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            switch vector.set.outcome(of: turned, vector.grammar) {
            case .value: break
            case .refused: refused += 1
            case .fault(let what): faults.append("bit \(bit) turned: \(what)")
            }
        }
        #expect(faults.isEmpty, "\(faults.count) faults: \(faults.prefix(5).joined(separator: "; "))")
        // Without the header nothing is read, however it ends.
        #expect(refused >= 8)
    }

    /// The octets up to a bit; the rest of the last one is zero.
    static func cut(_ bytes: [UInt8], at bit: Int) -> [UInt8] {
        var head = Array(bytes.prefix((bit + 7) / 8))
        if bit % 8 != 0 { head[head.count - 1] &= 0xFF << UInt8(8 - bit % 8) }
        return head
    }
}
