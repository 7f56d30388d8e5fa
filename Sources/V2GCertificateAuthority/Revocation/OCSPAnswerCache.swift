internal import V2GPrimitives

/// Signed answers, bounded by bytes. Who is asked least goes first.
struct OCSPAnswerCache {
    private struct Slot {
        var answer: OCSPAnswer
        /// Where its key stands in ``ring``.
        var position: Int
    }

    /// How many neighbors are compared to find one to evict.
    private static let sampleSize = 8

    private let capacity: Int
    private var slots: [AnswerKey: Slot] = [:]
    private var ring: [AnswerKey] = []
    private var hand = 0
    private(set) var bytes = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { ring.count }

    subscript(key: AnswerKey) -> OCSPAnswer? { slots[key]?.answer }

    /// Keeps an answer under its key in place of an older one, which hands on its count of uses.
    mutating func insert(_ answer: OCSPAnswer) {
        guard let key = answer.key, answer.cost <= capacity else { return }
        if let older = slots[key]?.answer {
            answer.inheritHits(from: older)
            bytes += answer.cost - older.cost
            slots[key]?.answer = answer
        } else {
            slots[key] = Slot(answer: answer, position: ring.count)
            ring.append(key)
            bytes += answer.cost
        }
        while bytes > capacity, let victim = victim(sparing: key) { remove(victim) }
    }

    mutating func remove(_ key: AnswerKey) {
        guard let slot = slots.removeValue(forKey: key) else { return }
        bytes -= slot.answer.cost
        let last = ring.removeLast()
        if last != key {
            ring[slot.position] = last
            slots[last]?.position = slot.position
        }
    }

    mutating func removeAll(where isUnwanted: (AnswerKey) -> Bool) {
        for key in ring.filter(isUnwanted) { remove(key) }
    }

    /// The answers to renew at `now`: due ones among the `limit` most asked.
    func due(at now: Timestamp, amongMostAsked limit: Int) -> [OCSPAnswer] {
        let due = slots.values.lazy.map(\.answer).filter { $0.renewAt <= now }
        var candidates = Array(due)
        guard count > limit, !candidates.isEmpty else { return candidates }
        guard limit > 0 else { return [] }
        let threshold = slots.values.map(\.answer.hitCount).sorted(by: >)[limit - 1]
        candidates.removeAll { $0.hitCount < threshold }
        return candidates
    }

    /// The least used of the next few, which lose half of their count in passing.
    private mutating func victim(sparing spared: AnswerKey) -> AnswerKey? {
        var found: (key: AnswerKey, hits: Int)?
        for _ in 0..<min(Self.sampleSize, ring.count) {
            hand = (hand + 1) % ring.count
            let key = ring[hand]
            guard key != spared, let answer = slots[key]?.answer else { continue }
            if answer.hitCount < found?.hits ?? .max { found = (key, answer.hitCount) }
            answer.age()
        }
        return found?.key
    }
}
