internal import NIOCore
internal import V2GFraming

/// A bucket that fills with time and is emptied by events.
struct TokenBucket: Sendable {
    let rate: Int
    let burst: Int
    private var level: Int64
    private var last: NIODeadline

    private static let unit: Int64 = 1_000_000_000

    /// - Parameters:
    ///   - rate: Events for each second in the long run.
    ///   - burst: Events at once.
    init(rate: Int, burst: Int, at now: NIODeadline) {
        self.rate = max(0, rate)
        self.burst = max(1, burst)
        level = Int64(clamping: self.burst).multipliedReportingOverflow(by: Self.unit).partialValue
        last = now
    }

    mutating func take(at now: NIODeadline) -> Bool {
        let full = Int64(clamping: burst).multipliedReportingOverflow(by: Self.unit).partialValue
        let elapsed = max(0, (now - last).nanoseconds)
        let (gained, overflow) = elapsed.multipliedReportingOverflow(by: Int64(clamping: rate))
        let (sum, tooMuch) = level.addingReportingOverflow(overflow ? full : gained)
        level = tooMuch ? full : min(full, sum)
        last = max(last, now)
        guard level >= Self.unit else { return false }
        level -= Self.unit
        return true
    }
}

/// Bounds the answers of a discovery server: for each source, and in all.
///
/// The memory is fixed: sources share a table of slots by a hash with a secret seed. A source that meets another one in its
/// slot takes the slot over with a full bucket, so the table never keeps an honest car out; the bucket for all bounds what
/// invented sources can get.
struct SDPGate: Sendable {
    private struct Slot {
        var source: IPv6Address
        var bucket: TokenBucket
    }

    private let sourceRate: Int
    private let sourceBurst: Int
    private var slots: [Slot?]
    private var all: TokenBucket

    init(_ settings: SDPServerSettings, at now: NIODeadline) {
        sourceRate = settings.answersPerSecondAndSource
        sourceBurst = settings.burstPerSource
        slots = [Slot?](repeating: nil, count: 256)
        all = TokenBucket(rate: settings.answersPerSecond, burst: settings.burst, at: now)
    }

    mutating func admits(_ source: IPv6Address, at now: NIODeadline) -> Bool {
        let index = Int(truncatingIfNeeded: UInt(bitPattern: source.hashValue) % UInt(slots.count))
        var slot =
            slots[index].flatMap { $0.source == source ? $0 : nil }
            ?? Slot(source: source, bucket: TokenBucket(rate: sourceRate, burst: sourceBurst, at: now))
        let admitted = slot.bucket.take(at: now)
        slots[index] = slot
        return admitted && all.take(at: now)
    }
}
