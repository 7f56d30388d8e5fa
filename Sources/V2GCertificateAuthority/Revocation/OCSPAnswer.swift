internal import Synchronization
internal import V2GKeys
package import V2GPrimitives
internal import V2GX509

/// A signed answer and how long it may be used.
package final class OCSPAnswer: Sendable {
    package enum Outcome: Sendable, Hashable, CaseIterable { case good, revoked, unknown, several }

    /// The whole `OCSPResponse`.
    package let der: [UInt8]
    package let outcome: Outcome
    package let thisUpdate: Timestamp
    package let nextUpdate: Timestamp
    /// Whether it may be given to others who ask the same.
    package let isCacheable: Bool
    let key: AnswerKey?
    let certID: OCSPCertID?
    let status: RecordedStatus?
    private let hits = Atomic<Int>(0)

    init(
        der: [UInt8], outcome: Outcome, thisUpdate: Timestamp, nextUpdate: Timestamp, key: AnswerKey?,
        certID: OCSPCertID?, status: RecordedStatus?
    ) {
        self.der = der
        self.outcome = outcome
        self.thisUpdate = thisUpdate
        self.nextUpdate = nextUpdate
        self.key = key
        self.certID = certID
        self.status = status
        isCacheable = key != nil
    }

    /// When a quarter of its life is over: time for a new one.
    package var renewAt: Timestamp { thisUpdate.advanced(bySeconds: (nextUpdate.seconds - thisUpdate.seconds) / 4) }

    /// Whether it may be served: at most half of its life is over, so that who gets it can use it.
    package func isServable(at now: Timestamp) -> Bool {
        now >= thisUpdate && now.seconds - thisUpdate.seconds <= (nextUpdate.seconds - thisUpdate.seconds) / 2
    }

    /// Counts a use. Caches in front of this one call it too.
    package func touch() { hits.add(1, ordering: .relaxed) }

    var hitCount: Int { hits.load(ordering: .relaxed) }

    /// Old uses count half each time somebody looks for room.
    func age() { hits.store(hitCount / 2, ordering: .relaxed) }

    func inheritHits(from older: OCSPAnswer) { hits.store(older.hitCount, ordering: .relaxed) }

    /// What it takes in the cache, with the table around it.
    var cost: Int { der.count + 400 }
}

/// What an answer is kept under. Two ways to write the hash algorithm are two answers, since an answer repeats the
/// CertID byte for byte.
struct AnswerKey: Sendable, Hashable {
    let authority: Int
    let hash: HashAlgorithm
    let hasParameters: Bool
    let serialNumber: SerialNumber

    /// Every key under which answers for a serial number can be kept.
    static func all(authority: Int, serialNumber: SerialNumber) -> [AnswerKey] {
        HashAlgorithm.allCases.flatMap { hash in
            [true, false].map {
                AnswerKey(authority: authority, hash: hash, hasParameters: $0, serialNumber: serialNumber)
            }
        }
    }
}
