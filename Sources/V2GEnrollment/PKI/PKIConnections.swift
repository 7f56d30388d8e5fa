internal import NIOCore
internal import Synchronization

/// The open connections of a server, counted and found again when it stops.
final class PKIConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isDraining = false
    }

    private let limit: Int
    private let state = Mutex(State())
    private let open = Atomic<Int>(0)
    private let answers = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    var count: Int { open.load(ordering: .relaxed) }

    /// Whether three quarters of the places are taken: then idle connections go sooner.
    var isCrowded: Bool { count > limit / 4 * 3 }

    /// Whether there is a place for one more.
    func add(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard !state.isDraining, state.channels.count < limit else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            open.store(state.channels.count, ordering: .relaxed)
            return true
        }
    }

    func remove(_ channel: any Channel) {
        state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = nil
            open.store(state.channels.count, ordering: .relaxed)
        }
    }

    /// Answers being made, also those whose connection is gone: each comes back to its event loop once.
    var answerCount: Int { answers.load(ordering: .acquiring) }

    func answerBegins() { answers.add(1, ordering: .relaxed) }

    func answerEnds() { answers.subtract(1, ordering: .releasing) }

    /// Turns newcomers away from now on.
    ///
    /// - Returns: Who is still there.
    func drain() -> [any Channel] {
        state.withLock { state in
            state.isDraining = true
            return Array(state.channels.values)
        }
    }

    var remaining: [any Channel] { state.withLock { Array($0.channels.values) } }
}
