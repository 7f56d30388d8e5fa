/// An IPv6 address: 16 bytes in network order, without a zone. As text in the form of RFC 5952.
public struct IPv6Address: Sendable, Hashable {
    /// Bytes of an address.
    public static let size = 16

    /// Bytes 0...7, first on top.
    public let high: UInt64
    /// Bytes 8...15, first on top.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Takes 16 bytes in network order; `nil` for any other number.
    public init?(bytes: Span<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self.init(bytes, from: 0)
    }

    /// Takes 16 bytes in network order from `offset` on; the caller has checked that they are there.
    init(_ bytes: Span<UInt8>, from offset: Int) {
        var halves: (UInt64, UInt64) = (0, 0)
        for index in 0..<8 {
            halves.0 = halves.0 << 8 | UInt64(bytes[offset + index])
            halves.1 = halves.1 << 8 | UInt64(bytes[offset + 8 + index])
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// The 16 bytes in network order.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        append(to: &bytes)
        return bytes
    }

    /// Appends the 16 bytes in network order.
    public func append(to buffer: inout [UInt8]) {
        for half in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                buffer.append(UInt8(truncatingIfNeeded: half >> shift))
            }
        }
    }

    /// fe80::/10, what an address from discovery has to be.
    public var isLinkLocal: Bool { high >> 54 == 0xfe80 >> 6 }
    /// ff00::/8.
    public var isMulticast: Bool { high >> 56 == 0xff }
    /// `::`.
    public var isUnspecified: Bool { high == 0 && low == 0 }
    /// `::1`.
    public var isLoopback: Bool { high == 0 && low == 1 }
}

extension IPv6Address: LosslessStringConvertible {
    /// The canonical text (RFC 5952): lower case, no leading zeros, the first longest run of zero groups as `::`;
    /// the last 32 bits of an IPv4-mapped address in dotted form.
    public var description: String {
        if high == 0, low >> 32 == 0xffff {
            let parts = [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: low >> $0)) }
            return "::ffff:" + parts.joined(separator: ".")
        }
        let groups = groups
        let gap = Self.longestZeroRun(of: groups)
        func text(_ range: Range<Int>) -> String {
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        return gap.isEmpty ? text(0..<8) : text(0..<gap.lowerBound) + "::" + text(gap.upperBound..<8)
    }

    /// Reads the forms of RFC 4291 2.2: eight groups, one `::` in the place of zero groups, and the last two groups in
    /// dotted form. A zone (`%eth0`) or a prefix length is no part of an address and gives `nil`.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (2...45).contains(bytes.count) else { return nil }
        let colon = UInt8(ascii: ":")
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        if bytes[0] == colon {
            guard bytes[1] == colon else { return nil }
            gap = 0
            index = 2
        }
        while index < bytes.count {
            guard groups.count < 8 else { return nil }
            let end = bytes[index...].firstIndex(of: colon) ?? bytes.count
            let part = bytes[index..<end]
            if part.contains(UInt8(ascii: ".")) {
                guard end == bytes.count, let dotted = Self.dotted(part) else { return nil }
                groups += [UInt16(truncatingIfNeeded: dotted >> 16), UInt16(truncatingIfNeeded: dotted)]
                break
            }
            guard let group = Self.group(part) else { return nil }
            groups.append(group)
            guard end < bytes.count else { break }
            index = end + 1
            guard index < bytes.count else { return nil }
            if bytes[index] == colon {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        self.init(
            high: groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) },
            low: groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) })
    }

    private var groups: [UInt16] {
        [high, low].flatMap { half in [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> $0) } }
    }

    /// The first longest run of at least two zero groups; empty when there is none.
    private static func longestZeroRun(of groups: [UInt16]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(1, best.count) { best = start..<index }
            start = index + 1
        }
        return best
    }

    private static func group(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(digits.count) else { return nil }
        var value: UInt16 = 0
        for digit in digits {
            let letter = (digit | 0x20) &- 0x61
            let nibble = digit &- 0x30 < 10 ? digit &- 0x30 : letter < 6 ? letter + 10 : 16
            guard nibble < 16 else { return nil }
            value = value << 4 | UInt16(nibble)
        }
        return value
    }

    /// Four decimal numbers 0...255 without leading zeros.
    private static func dotted(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var number: UInt32 = 0
            for digit in part {
                guard digit &- 0x30 < 10 else { return nil }
                number = number * 10 + UInt32(digit &- 0x30)
            }
            guard number <= 255 else { return nil }
            value = value << 8 | number
        }
        return value
    }
}
