import Foundation
import V2GKeys

/// Processor time of this process, all threads: what a neighbor on the machine takes does not count.
enum Processor {
    static var seconds: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

enum WallClock {
    static var seconds: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// One of the programs compared: does something `times` times.
struct Contestant {
    let name: String
    let times: Int
    let run: (Int) async throws -> Void
}

/// The medians of several rounds in which the contestants took turns, in seconds of processor time each.
struct Medians {
    private var values: [String: Double] = [:]

    static func measure(_ contestants: [Contestant], rounds: Int) async throws -> Medians {
        var samples: [String: [Double]] = [:]
        for contestant in contestants { try await contestant.run(max(1, contestant.times / 10)) }  // warm up
        for _ in 0..<rounds {
            for contestant in contestants {
                let start = Processor.seconds
                try await contestant.run(contestant.times)
                samples[contestant.name, default: []].append((Processor.seconds - start) / Double(contestant.times))
            }
        }
        var medians = Medians()
        for (name, list) in samples { medians.values[name] = list.median }
        return medians
    }

    subscript(_ name: String) -> Double { values[name] ?? .nan }
}

extension [Double] {
    var median: Double {
        let ordered = sorted()
        guard let middle = ordered.dropFirst(ordered.count / 2).first else { return .nan }
        return ordered.count % 2 == 1 ? middle : (ordered[ordered.count / 2 - 1] + middle) / 2
    }
}

/// Writes each line as it comes, also into a file.
enum Output {
    static func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}

/// Lines of a table.
enum Row {
    static func show(_ title: String, _ value: String, _ note: String = "") {
        Output.line("  " + title.padded(46) + value.padded(-12) + (note.isEmpty ? "" : "   " + note))
    }

    static func time(_ title: String, _ seconds: Double, _ note: String = "") {
        show(title, String(format: "%.1f us", seconds * 1e6), note)
    }

    static func ratio(_ title: String, _ value: Double, atLeast goal: Double) {
        show(
            title, String(format: "%.2f", value),
            String(format: "goal >= %.2f: %@", goal, value >= goal ? "met" : "MISSED"))
    }

    static func ratio(_ title: String, _ value: Double, atMost goal: Double) {
        show(
            title, String(format: "%.2f", value),
            String(format: "goal <= %.2f: %@", goal, value <= goal ? "met" : "MISSED"))
    }

    static func rate(_ title: String, _ value: Double, atLeast goal: Double? = nil) {
        let note = goal.map { String(format: "goal >= %.0f/s: %@", $0, value >= $0 ? "met" : "MISSED") } ?? ""
        show(title, String(format: "%.0f/s", value), note)
    }
}

extension String {
    /// Filled with spaces to a width; a negative width puts them in front.
    fileprivate func padded(_ width: Int) -> String {
        let spaces = String(repeating: " ", count: Swift.max(0, Swift.abs(width) - count))
        return width < 0 ? spaces + self : self + spaces
    }
}

/// What this machine does with a load that nothing here changes: SHA-256 over blocks of 1 KB.
enum Yardstick {
    static func show() {
        let block = [UInt8](repeating: 0x5a, count: 1_024)
        var rates: [Double] = []
        for _ in 0..<5 {
            let start = Processor.seconds
            var sink: UInt8 = 0
            for _ in 0..<100_000 { sink ^= HashAlgorithm.sha256.hash(block)[0] }
            let elapsed = Processor.seconds - start
            rates.append(100_000 * 1_024 / elapsed / 1e9 + Double(sink) * 1e-12)
        }
        Output.line(
            "machine: \(ProcessInfo.processInfo.activeProcessorCount) processors; yardstick: SHA-256 of 1 KB blocks, one core: "
                + String(format: "%.2f GB/s", rates.median))
    }
}
