internal import Foundation
import Synchronization

/// A line on stderr that tells how far a long piece of work is; silent when stderr is no terminal, but for a line at
/// each tenth of long work.
final class ProgressBar: Sendable {
    private struct State {
        var lastDraw = ContinuousClock.now - .seconds(1)
        var lastTenth = 0
        var isDrawn = false
    }

    private let title: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let started = ContinuousClock.now
    private let state = Mutex(State())

    init(title: String) { self.title = title }

    /// Shows that `number` of `total` are done.
    func show(_ number: Int, of total: Int, detail: String = "") {
        let now = ContinuousClock.now
        let line: String? = state.withLock { state in
            if isTerminal {
                guard now - state.lastDraw > .milliseconds(100) || number >= total else { return nil }
                state.lastDraw = now
                state.isDrawn = true
                return "\r\u{1b}[K" + text(number, total, detail, now)
            }
            let tenth = total > 0 ? number * 10 / total : 10
            guard total >= 1_000, tenth > state.lastTenth else { return nil }
            state.lastTenth = tenth
            return text(number, total, detail, now) + "\n"
        }
        if let line { CLI.write(line, to: .standardError) }
    }

    /// Ends the line.
    func finish() {
        if state.withLock({ $0.isDrawn }) { CLI.write("\r\u{1b}[K", to: .standardError) }
    }

    private func text(_ number: Int, _ total: Int, _ detail: String, _ now: ContinuousClock.Instant) -> String {
        let fraction = total > 0 ? Double(number) / Double(total) : 1
        let width = 24
        let filled = min(width, Int(fraction * Double(width)))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let seconds = Double((now - started).components.seconds) + 0.001
        var rest = ""
        if number > 0, number < total, seconds > 2 {
            rest = ", \(Int(seconds / Double(number) * Double(total - number))) s left"
        }
        return "\(title) [\(bar)] \(number)/\(total)\(rest) \(detail)"
    }
}
