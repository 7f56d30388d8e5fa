/// An ECDSA signature with both numbers in `1..<n`, between its two wire forms: the DER `ECDSA-Sig-Value` of X.509
/// (RFC 3279 section 2.2.3) and the fixed-length `r || s` of XML signatures and PKCS#11.
package struct ECDSASignature: Sendable, Hashable {
    /// ``KeyAlgorithm/p256`` or ``KeyAlgorithm/p521``.
    package let algorithm: KeyAlgorithm
    /// `r || s`, big endian, 64 bytes (P-256) or 132 bytes (P-521).
    package let raw: [UInt8]

    /// `nil` unless `raw` has exactly twice the field length and both numbers are in `1..<n`.
    package init?(raw: [UInt8], algorithm: KeyAlgorithm) {
        guard let order = Self.order(of: algorithm), raw.count == 2 * order.count else { return nil }
        guard Self.isInRange(raw[..<order.count], below: order), Self.isInRange(raw[order.count...], below: order)
        else {
            return nil
        }
        self.algorithm = algorithm
        self.raw = raw
    }

    /// `nil` unless `der` is the one DER form: minimal lengths, minimal positive integers in range, nothing after it.
    package init?(der: [UInt8], algorithm: KeyAlgorithm) {
        guard let order = Self.order(of: algorithm), der.count >= 2, der[0] == 0x30 else { return nil }
        var index = 2
        var length = Int(der[1])
        if length == 0x81 {
            // The long form is DER only where the short one cannot say it.
            guard der.count >= 3, der[2] >= 0x80 else { return nil }
            length = Int(der[2])
            index = 3
        } else if length > 0x7f {
            return nil
        }
        guard der.count - index == length else { return nil }

        var raw = [UInt8](repeating: 0, count: 2 * order.count)
        for half in 0..<2 {
            guard der.count - index >= 3, der[index] == 0x02 else { return nil }
            let count = Int(der[index + 1])
            index += 2
            guard count >= 1, count <= order.count + 1, der.count - index >= count else { return nil }
            var first = index
            let end = index + count
            guard der[first] < 0x80 else { return nil }  // negative
            if der[first] == 0 {
                // A leading zero is minimal only when the next byte would read as a sign.
                guard count > 1, der[first + 1] >= 0x80 else { return nil }
                first += 1
            }
            guard end - first <= order.count else { return nil }
            let start = (half + 1) * order.count - (end - first)
            for offset in 0..<(end - first) { raw[start + offset] = der[first + offset] }
            index = end
        }
        guard index == der.count else { return nil }
        self.init(raw: raw, algorithm: algorithm)
    }

    /// The DER `ECDSA-Sig-Value`.
    package var der: [UInt8] {
        let half = raw.count / 2
        var content: [UInt8] = []
        content.reserveCapacity(raw.count + 6)
        for number in [raw[..<half], raw[half...]] {
            let digits = number.drop(while: { $0 == 0 })
            let needsZero = (digits.first ?? 0x80) >= 0x80
            content.append(0x02)
            content.append(UInt8(truncatingIfNeeded: digits.count + (needsZero ? 1 : 0)))
            if needsZero { content.append(0) }
            content.append(contentsOf: digits)
        }
        var out: [UInt8] = [0x30]
        out.reserveCapacity(content.count + 3)
        if content.count > 0x7f { out.append(0x81) }
        out.append(UInt8(truncatingIfNeeded: content.count))
        out.append(contentsOf: content)
        return out
    }

    private static func isInRange(_ number: ArraySlice<UInt8>, below order: [UInt8]) -> Bool {
        // Signatures are public, so the comparison need not be constant-time.
        number.contains { $0 != 0 } && number.lexicographicallyPrecedes(order)
    }

    /// The order n of the base point, big endian in field length (SP 800-186 section 3.2.1), `nil` for other kinds.
    private static func order(of algorithm: KeyAlgorithm) -> [UInt8]? {
        switch algorithm {
        case .p256: p256Order
        case .p521: p521Order
        case .ed448, .x448: nil
        }
    }

    private static let p256Order: [UInt8] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ]

    private static let p521Order: [UInt8] =
        [0x01] + [UInt8](repeating: 0xff, count: 32) + [
            0xfa, 0x51, 0x86, 0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0,
            0x3b, 0xb5, 0xc9, 0xb8, 0x89, 0x9c, 0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09,
        ]
}
