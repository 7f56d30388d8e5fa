internal import Synchronization

/// A ``StatusIndex`` that follows a store, for any number of readers.
package final class StatusDirectory: Sendable {
    /// How many records are fetched from the store at once.
    private static let pageSize = 10_000

    private let index: Mutex<StatusIndex>
    private let position: Mutex<Int64>

    private init(index: consuming StatusIndex, position: Int64) {
        self.index = Mutex(index)
        self.position = Mutex(position)
    }

    /// Reads every serial of the store. What changes meanwhile comes with the first ``refresh(from:)``.
    package static func load(from store: some CertificateStore) async throws(StoreError) -> StatusDirectory {
        let position = try await store.lastSequence()
        let expected = try await store.counts().reduce(Int64(0)) { $0 &+ $1.planned &+ $1.issued &+ $1.cancelled }
        let directory = StatusDirectory(index: StatusIndex(expected: Int(clamping: expected)), position: position)
        var last: IntentID?
        while true {
            let page = try await store.statuses(after: last, limit: pageSize)
            guard let end = page.last else { break }
            directory.take(page)
            last = end.intent
        }
        return directory
    }

    /// Takes in what changed in the store since the last time, by whichever process. Cheap when nothing did, so a
    /// responder may call it every second.
    ///
    /// - Returns: The serials whose status may have changed.
    @discardableResult
    package func refresh(from store: some CertificateStore) async throws(StoreError) -> [SerialStatus] {
        var changed: [SerialStatus] = []
        while true {
            let start = position.withLock { $0 }
            let changes = try await store.statusChanges(since: start, limit: Self.pageSize)
            take(changes.statuses)
            position.withLock { $0 = max($0, changes.through) }
            changed += changes.statuses
            if !changes.hasMore { return changed }
        }
    }

    /// The status of a serial, big endian; `nil` when the issuer never planned it.
    package func lookup(issuer: AuthorityID, serial: [UInt8]) -> IndexedStatus? {
        index.withLock { $0.lookup(issuer: issuer, serial: serial) }
    }

    package var count: Int { index.withLock { $0.count } }

    private func take(_ statuses: [SerialStatus]) {
        index.withLock { index in
            for status in statuses { index.update(status) }
        }
    }
}
