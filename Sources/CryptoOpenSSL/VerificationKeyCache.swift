internal import Synchronization
internal import V2GKeys

/// Bounded cache of verification keys with a second chance for used ones: a hit costs one lookup under the lock and
/// sets a flag, and no list is reordered.
final class VerificationKeyCache: Sendable {
    private struct Entry {
        let key: VerificationKey
        var wasUsed: Bool
    }

    private struct State {
        var entries: [PublicKey: Entry] = [:]
        /// The keys of `entries` in a ring; `hand` is the next to be considered for eviction.
        var ring: [PublicKey] = []
        var hand = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { state.withLock { $0.entries.count } }

    /// The ready key, made now if it was not here. Invalid keys are not kept: they must not push out good ones.
    func key(for publicKey: PublicKey) -> VerificationKey? {
        let found = state.withLock { state -> VerificationKey? in
            guard let index = state.entries.index(forKey: publicKey) else { return nil }
            if !state.entries.values[index].wasUsed { state.entries.values[index].wasUsed = true }
            return state.entries.values[index].key
        }
        if let found { return found }
        // Outside the lock, so that others go on; if two make the same key, the second is dropped.
        guard let made = VerificationKey(publicKey) else { return nil }
        state.withLock { state in insert(made, for: publicKey, into: &state) }
        return made
    }

    private func insert(_ key: VerificationKey, for publicKey: PublicKey, into state: inout State) {
        guard state.entries[publicKey] == nil else { return }
        guard state.ring.count >= capacity else {
            state.ring.append(publicKey)
            state.entries[publicKey] = Entry(key: key, wasUsed: false)
            return
        }
        // At most two rounds: the first clears every flag.
        while state.entries[state.ring[state.hand]]?.wasUsed == true {
            state.entries[state.ring[state.hand]]?.wasUsed = false
            state.hand = (state.hand + 1) % state.ring.count
        }
        state.entries[state.ring[state.hand]] = nil
        state.ring[state.hand] = publicKey
        state.entries[publicKey] = Entry(key: key, wasUsed: false)
        state.hand = (state.hand + 1) % state.ring.count
    }
}
