import Crypto
import Foundation

/// Processor time of this process: what a neighbor on the machine takes does not count.
enum Processor {
    static var seconds: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// What this machine does with a load that nothing here changes: SHA-256 over blocks of 1 KB, in GB/s.
    static func yardstick() -> Double {
        let block = Data(repeating: 0x5A, count: 1_024)
        var rates: [Double] = []
        var sink = 0
        for _ in 0..<7 {
            let start = seconds
            for _ in 0..<100_000 { sink &+= SHA256.hash(data: block).hashValue }
            rates.append(100_000 * 1_024 / (seconds - start) / 1e9)
        }
        return sink == 42 ? 0 : rates.median
    }

    /// The median and the least time of one call, in seconds.
    static func measure(rounds: Int, _ run: (Int) throws -> Void) throws -> (median: Double, least: Double) {
        try run(1_000)
        let start = seconds
        try run(1_000)
        let times = max(1, Int(0.06 / max(1e-9, (seconds - start) / 1_000)))
        var samples: [Double] = []
        for _ in 0..<rounds {
            let start = seconds
            try run(times)
            samples.append((seconds - start) / Double(times))
        }
        return (samples.median, samples.min() ?? .nan)
    }
}

extension [Double] {
    var median: Double {
        let ordered = sorted()
        guard let middle = ordered.dropFirst(ordered.count / 2).first else { return .nan }
        return ordered.count % 2 == 1 ? middle : (ordered[ordered.count / 2 - 1] + middle) / 2
    }
}
