import Foundation

/// Encoding and decoding of nine messages: time, allocations and instructions, beside libcbv2g's figures and EXIficient.
enum EXITable {
    static func show(_ options: BenchOptions) throws {
        let messages = try EXICase.all().filter { options.only.isEmpty || $0.name.contains(options.only) }
        let yardstick = Processor.yardstick()
        // Figures of another machine, as they would be here.
        let scale = EXIFigures.yardstick / yardstick
        let callgrind = options.countsInstructions ? try Callgrind() : nil
        line("EXI, one core: medians of \(options.rounds) rounds of 60 ms of processor time; the least in parentheses")
        line(
            "yardstick: SHA-256 of 1 KB blocks \(text(yardstick, 2)) GB/s; figures of libcbv2g 0.3.1 and goals were taken at "
                + "\(text(EXIFigures.yardstick, 2)) GB/s and are scaled by \(text(scale, 2))")
        if callgrind == nil { line("no instruction counts: valgrind or strip is missing, or they are not wanted") }
        line(
            "\n" + "message".padded(43) + "octets".padded(-7) + "ns".padded(-9) + "(least)".padded(-9)
                + "goal".padded(-7)
                + "".padded(8) + "allocs".padded(-7) + "instr.".padded(-8) + "libcbv2g ns".padded(-13)
                + "times".padded(-7))
        var ours: [[EXICase.Direction: Double]] = []
        var missed = 0
        for message in messages {
            var medians: [EXICase.Direction: Double] = [:]
            for direction in EXICase.Direction.allCases {
                let time = try Processor.measure(rounds: options.rounds) { try message.run(direction, times: $0) }
                medians[direction] = time.median
                let goal = message.peer.goal(direction) * scale
                if time.median > goal { missed += 1 }
                let count = try callgrind.map { String(try $0.instructions(message, direction)) } ?? "-"
                line(
                    "\(message.name), \(direction)".padded(43) + String(message.bytes.count).padded(-7)
                        + text(time.median * 1e9, 0).padded(-9) + "(\(text(time.least * 1e9, 0)))".padded(-9)
                        + text(goal * 1e9, 0).padded(-7) + (time.median <= goal ? "  met" : "  MISSED").padded(8)
                        + String(try message.allocations(direction)).padded(-7) + count.padded(-8)
                        + text(message.peer.peer(direction) * scale * 1e9, 0).padded(-13)
                        + text(message.peer.peer(direction) * scale / time.median, 1).padded(-7))
            }
            ours.append(medians)
        }
        line(
            "\(missed) of \(messages.count * 2) goals missed. Certificates: \(messages.map { "\($0.certificates)" }.joined(separator: ", "))."
        )
        let peers = try EXIficient.measure(messages, options)
        guard peers.count == messages.count else {
            line("\nEXIficient: not measured; it needs java, javac and .cache/schemas (scripts/fetch-schemas)")
            return
        }
        line(
            "\nEXIficient in a warm JVM, in this run. Packaged: Josev's class, JSON to EXI; cached: with grammars kept, XML to EXI"
        )
        line(
            "message".padded(43) + "packaged us".padded(-13) + "times".padded(-10) + "goal".padded(-8) + "".padded(8)
                + "cached us".padded(-11) + "times".padded(-9))
        for (index, message) in messages.enumerated() {
            for direction in EXICase.Direction.allCases {
                let own = ours[index][direction] ?? .nan
                let packaged = peers[index].packaged[direction]
                let cached = peers[index].cached[direction]
                let verdict = packaged.map { $0 / own >= 10_000 ? "  met" : "  MISSED" } ?? ""
                line(
                    "\(message.name), \(direction)".padded(43)
                        + (packaged.map { text($0 * 1e6, 0) } ?? "-").padded(-13)
                        + (packaged.map { text($0 / own, 0) } ?? "-").padded(-10) + "10000".padded(-8)
                        + verdict.padded(8) + (cached.map { text($0 * 1e6, 1) } ?? "-").padded(-11)
                        + (cached.map { text($0 / own, 0) } ?? "-").padded(-9))
            }
        }
    }

    private static func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    private static func text(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}

extension String {
    /// Filled with spaces to a width; a negative width puts them in front.
    fileprivate func padded(_ width: Int) -> String {
        let spaces = String(repeating: " ", count: Swift.max(0, Swift.abs(width) - count))
        return width < 0 ? spaces + self : self + spaces
    }
}
