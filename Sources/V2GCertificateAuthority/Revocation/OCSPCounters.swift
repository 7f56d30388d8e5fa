internal import Synchronization
internal import V2GX509

/// What the responder did since it was made.
package final class OCSPCounters: Sendable {
    let cacheHits = Atomic<Int>(0)
    let signatures = Atomic<Int>(0)
    let coalesced = Atomic<Int>(0)
    private let malformed = Atomic<Int>(0)
    private let unauthorized = Atomic<Int>(0)
    private let tryLater = Atomic<Int>(0)
    private let failures = Atomic<Int>(0)
    private let failure = Mutex<String?>(nil)

    func count(_ failure: OCSPFailure) {
        switch failure {
        case .malformedRequest: malformed.add(1, ordering: .relaxed)
        case .unauthorized: unauthorized.add(1, ordering: .relaxed)
        case .tryLater, .internalError, .sigRequired: tryLater.add(1, ordering: .relaxed)
        }
    }

    func signingFailed(_ message: String) {
        failures.add(1, ordering: .relaxed)
        failure.withLock { $0 = message }
    }

    func signingWorked() {
        failure.withLock { $0 = nil }
    }

    var lastFailure: String? { failure.withLock { $0 } }

    /// A copy at one moment.
    package var snapshot: Snapshot {
        Snapshot(
            cacheHits: cacheHits.load(ordering: .relaxed), signatures: signatures.load(ordering: .relaxed),
            coalesced: coalesced.load(ordering: .relaxed), malformed: malformed.load(ordering: .relaxed),
            unauthorized: unauthorized.load(ordering: .relaxed), tryLater: tryLater.load(ordering: .relaxed),
            signingFailures: failures.load(ordering: .relaxed))
    }

    package struct Snapshot: Sendable, Hashable {
        package let cacheHits: Int
        package let signatures: Int
        package let coalesced: Int
        package let malformed: Int
        package let unauthorized: Int
        package let tryLater: Int
        package let signingFailures: Int
    }
}

extension OCSPResponder {
    package var statistics: OCSPCounters.Snapshot { counters.snapshot }
}
