internal import V2GFraming

/// Which connections a listener has, and which one has to go when there are too many.
///
/// A connection is half-open until its first whole frame has arrived: anybody can make a thousand of those. When a cap is
/// reached the oldest half-open connection is dropped: first of the address that the new one comes from, so that a car that
/// floods hurts itself only, else of all. An established session is never dropped for a new one.
///
/// Touched when a connection comes, is established and goes; never by frames. Connections may live on several loops, so a
/// lock is around it; what has to be done is returned and done without the lock.
struct ConnectionTable<Handle: Sendable>: Sendable {
    enum Admission: Sendable {
        case admitted(id: UInt64, evicting: Handle?)
        /// Only established sessions are left.
        case full
    }

    private struct HalfOpen: Sendable {
        let handle: Handle
        let source: IPv6Address?
    }

    let limits: ConnectionLimits
    private var halfOpen: [UInt64: HalfOpen] = [:]
    private var establishedIDs: Set<UInt64> = []
    /// Ids in the order of arrival. Those that are no longer half-open stay until the next clean-up.
    private var order: [UInt64] = []
    private var perSource: [IPv6Address: Int] = [:]
    private var nextID: UInt64 = 1

    init(_ limits: ConnectionLimits) { self.limits = limits }

    var halfOpenCount: Int { halfOpen.count }
    /// Entries that are kept for the order; bounded by the caps.
    var bookkeeping: Int { order.count + perSource.count }

    mutating func admit(_ handle: Handle, from source: IPv6Address?) -> Admission {
        var victim: UInt64?
        if let source, perSource[source, default: 0] >= limits.halfOpenPerSource {
            victim = order.first { halfOpen[$0]?.source == source }
        } else if halfOpen.count >= limits.halfOpen || halfOpen.count + establishedIDs.count >= limits.connections {
            victim = order.first { halfOpen[$0] != nil }
            if victim == nil { return .full }
        }
        let evicted = victim.flatMap { removeHalfOpen($0) }
        let id = nextID
        nextID &+= 1
        halfOpen[id] = HalfOpen(handle: handle, source: source)
        if let source { perSource[source, default: 0] += 1 }
        if order.count > 2 * halfOpen.count + 32 { order.removeAll { halfOpen[$0] == nil } }
        order.append(id)
        return .admitted(id: id, evicting: evicted?.handle)
    }

    mutating func establish(_ id: UInt64) {
        guard removeHalfOpen(id) != nil else { return }
        establishedIDs.insert(id)
    }

    mutating func remove(_ id: UInt64) {
        if establishedIDs.remove(id) == nil { _ = removeHalfOpen(id) }
    }

    /// All that have not said anything useful.
    var halfOpenHandles: [Handle] { halfOpen.values.map(\.handle) }

    var establishedCount: Int { establishedIDs.count }

    private mutating func removeHalfOpen(_ id: UInt64) -> HalfOpen? {
        guard let entry = halfOpen.removeValue(forKey: id) else { return nil }
        if let source = entry.source, let count = perSource[source] {
            perSource[source] = count > 1 ? count - 1 : nil
        }
        return entry
    }
}

/// Caps of a listener, over all its ports.
package struct ConnectionLimits: Sendable, Hashable {
    /// All connections together.
    package var connections = 512
    /// Those without a first frame.
    package var halfOpen = 256
    /// Those without a first frame that come from one address. A car needs one.
    package var halfOpenPerSource = 32

    package init() {}
}
