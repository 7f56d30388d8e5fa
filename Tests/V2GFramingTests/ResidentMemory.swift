import Foundation

/// What this process holds in memory, as Linux counts it.
enum ResidentMemory {
    /// Bytes, `nil` where there is no such count.
    static func now() -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    struct Unavailable: Error {}

    /// How much memory `body` leaves behind, after a first small run that warms up what is made once.
    static func rise(_ body: () -> Void) throws -> Int {
        attack(100, keeping: nil)
        guard let before = now() else { throw Unavailable() }
        body()
        guard let after = now() else { throw Unavailable() }
        return after - before
    }
}
