internal import V2GPrimitives
internal import V2GX509

/// What the index knows of one serial.
package struct IndexedStatus: Sendable, Hashable {
    package let state: IssuanceState
    package let revocation: Revocation?

    package init(state: IssuanceState, revocation: Revocation?) {
        self.state = state
        self.revocation = revocation
    }
}

/// The status of every serial in memory: 24 bytes a slot, at most three quarters of the slots in use.
///
/// An open-addressed table in one array of words. A slot holds the serial in full, so a wrong answer is impossible, and
/// its hash is salted, so nobody can aim at long probes. The three words of a slot are the upper and the lower half of
/// the serial as a number, and issuer, state, reason and time of revocation. Serials of more than 16 bytes, which we never
/// draw, live in a dictionary. Serials are never forgotten, so there is no removal.
package struct StatusIndex: ~Copyable, Sendable {
    package private(set) var count = 0

    private var words: [UInt64] = []
    private var slots = 0
    private let salt: (UInt64, UInt64)
    private var issuers: [AuthorityID: UInt64] = [:]
    private var longSerials: [LongKey: IndexedStatus] = [:]

    private struct LongKey: Hashable {
        let issuer: AuthorityID
        let serial: [UInt8]
    }

    private struct Key {
        let high: UInt64
        let low: UInt64
        let issuer: UInt64
    }

    /// - Parameter expected: How many serials to make room for at once.
    package init(expected: Int = 0) {
        var generator = SystemRandomNumberGenerator()
        salt = (generator.next(), generator.next())
        var slots = 1_024
        while slots / 4 * 3 < expected, slots < 1 << 40 { slots *= 2 }
        self.slots = slots
        words = [UInt64](repeating: 0, count: slots * 3)
    }

    /// Bytes that the table takes.
    package var byteCount: Int { words.count * 8 }

    /// The status of a serial, big endian; `nil` when the issuer never planned it.
    package func lookup(issuer: AuthorityID, serial: [UInt8]) -> IndexedStatus? {
        guard let number = issuers[issuer] else { return nil }
        guard let key = Self.key(serial, number) else {
            guard let serial = StoredSerial.normalized(serial) else { return nil }
            return longSerials[LongKey(issuer: issuer, serial: serial)]
        }
        let slot = find(key)
        let entry = words[slot &* 3 &+ 2]
        return entry == 0 ? nil : Self.unpack(entry)
    }

    /// Takes in the status of a serial. What is revoked for good stays so, whatever comes later.
    package mutating func update(_ status: SerialStatus) {
        let new = IndexedStatus(state: status.state, revocation: status.revocation)
        let number: UInt64
        if let known = issuers[status.issuer] {
            number = known
        } else {
            number = UInt64(issuers.count)
            issuers[status.issuer] = number
        }
        guard let key = Self.key(status.serial, number) else {
            guard let serial = StoredSerial.normalized(status.serial) else { return }
            let longKey = LongKey(issuer: status.issuer, serial: serial)
            let old = longSerials[longKey]
            if old == nil { count += 1 }
            if !Self.isFinal(old) || Self.isFinal(new) { longSerials[longKey] = new }
            return
        }
        if (count + 1) > slots / 4 * 3 { grow() }
        let slot = find(key)
        let place = slot &* 3
        let entry = words[place &+ 2]
        if entry == 0 {
            words[place] = key.high
            words[place &+ 1] = key.low
            count += 1
        } else if Self.isFinal(Self.unpack(entry)), !Self.isFinal(new) {
            return
        }
        words[place &+ 2] = Self.pack(new, key.issuer)
    }

    private static func isFinal(_ status: IndexedStatus?) -> Bool {
        guard let revocation = status?.revocation else { return false }
        return !revocation.isHold
    }

    private mutating func grow() {
        let old = words
        slots *= 2
        words = [UInt64](repeating: 0, count: slots * 3)
        for place in stride(from: 0, to: old.count, by: 3) where old[place + 2] != 0 {
            let entry = old[place + 2]
            let slot = find(Key(high: old[place], low: old[place + 1], issuer: Self.issuer(entry)))
            words[slot * 3] = old[place]
            words[slot * 3 + 1] = old[place + 1]
            words[slot * 3 + 2] = entry
        }
    }

    /// The slot of the key, or the empty slot where it belongs. There always is an empty one.
    private func find(_ key: Key) -> Int {
        let mask = slots &- 1
        let product = (key.low ^ salt.0).multipliedFullWidth(by: (key.high ^ salt.1 ^ key.issuer) | 1)
        var slot = Int(truncatingIfNeeded: product.high ^ product.low) & mask
        while true {
            let place = slot &* 3
            let entry = words[place &+ 2]
            if entry == 0 { return slot }
            if words[place] == key.high, words[place &+ 1] == key.low, Self.issuer(entry) == key.issuer { return slot }
            slot = (slot &+ 1) & mask
        }
    }

    /// `nil` for serials that do not fit into 16 bytes.
    private static func key(_ serial: [UInt8], _ issuer: UInt64) -> Key? {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in serial {
            guard high >> 56 == 0 else { return nil }
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
        }
        // The entry has 20 bits for the issuer.
        return issuer < 1 << 20 ? Key(high: high, low: low, issuer: issuer) : nil
    }

    // MARK: Entries
    // From the lowest bit: 1 bit in use, 2 bits state, 1 bit revoked, 4 bits reason, 20 bits issuer, 36 bits time.

    private static let timeLimit: Int64 = 1 << 36

    private static func pack(_ status: IndexedStatus, _ issuer: UInt64) -> UInt64 {
        var entry: UInt64 = 1 | UInt64(status.state.rawValue) << 1 | issuer << 8
        if let revocation = status.revocation {
            // Seconds since 1970 reach the year 4147.
            let time = UInt64(min(max(revocation.revokedAt, 0), timeLimit - 1))
            entry |= 1 << 3 | UInt64(revocation.reason.rawValue & 0xf) << 4 | time << 28
        }
        return entry
    }

    private static func issuer(_ entry: UInt64) -> UInt64 { entry >> 8 & 0xf_ffff }

    private static func unpack(_ entry: UInt64) -> IndexedStatus {
        let state = IssuanceState(rawValue: Int64(entry >> 1 & 3)) ?? .cancelled
        guard entry >> 3 & 1 == 1 else { return IndexedStatus(state: state, revocation: nil) }
        let reason = RevocationReason(rawValue: Int(entry >> 4 & 0xf)) ?? .unspecified
        return IndexedStatus(
            state: state, revocation: Revocation(reason: reason, revokedAt: Int64(entry >> 28)))
    }
}
