internal import Logging
internal import NIOCore
internal import Synchronization

/// Decides which of many equal events get a line in the log: the first few of a window, then none, then one with a count.
///
/// A peer can make an event ten thousand times a second; it must not be able to fill a disk or keep a processor busy with
/// formatting.
struct RepeatLimiter<Key: Hashable & Sendable>: Sendable {
    private struct Window {
        var start: NIODeadline
        var admitted = 0
        var suppressed = 0
    }

    let burst: Int
    let window: TimeAmount
    private var windows: [Key: Window] = [:]

    init(burst: Int = 5, window: TimeAmount = .seconds(10)) {
        self.burst = burst
        self.window = window
    }

    /// `nil`: no line. Otherwise the number of events of this kind that had no line since the last one.
    mutating func admit(_ key: Key, at now: NIODeadline) -> Int? {
        var state = windows[key] ?? Window(start: now)
        defer { windows[key] = state }
        if now - state.start >= window {
            let suppressed = state.suppressed
            state = Window(start: now, admitted: 1)
            return suppressed
        }
        guard state.admitted < burst else {
            state.suppressed += 1
            return nil
        }
        state.admitted += 1
        return 0
    }
}

/// A logger with a ``RepeatLimiter`` in front of it. The metadata is made for the lines that are written only.
final class LimitedLog<Key: Hashable & Sendable>: Sendable {
    let logger: Logger
    private let limiter: Mutex<RepeatLimiter<Key>>

    init(_ logger: Logger, limiter: RepeatLimiter<Key> = RepeatLimiter()) {
        self.logger = logger
        self.limiter = Mutex(limiter)
    }

    func log(
        _ level: Logger.Level, _ key: Key, _ message: Logger.Message, metadata: () -> Logger.Metadata
    ) {
        guard logger.logLevel <= level else { return }
        guard let suppressed = limiter.withLock({ $0.admit(key, at: .now()) }) else { return }
        var metadata = metadata()
        if suppressed > 0 { metadata["v2g.suppressed"] = "\(suppressed)" }
        logger.log(level: level, message, metadata: metadata)
    }
}
