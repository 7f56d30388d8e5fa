/// Bits by hand: `0` and `1`, with blanks between what belongs together.
struct Bits: Equatable {
    var bits: [Bool]

    init(_ text: String) {
        bits = text.compactMap { $0 == "0" ? false : $0 == "1" ? true : nil }
    }

    init(_ octets: [UInt8]) {
        bits = octets.flatMap { octet in (0..<8).map { octet << $0 & 0x80 != 0 } }
    }

    init(hex: String) { self.init(Hex.octets(hex)) }

    init(_ value: Int, width: Int) {
        bits = (0..<width).reversed().map { value >> $0 & 1 == 1 }
    }

    init(slice: ArraySlice<Bool>) { bits = Array(slice) }

    /// The octets; the last one is filled with zeros.
    var octets: [UInt8] {
        stride(from: 0, to: bits.count, by: 8).map { start in
            (0..<8).reduce(UInt8(0)) { octet, index in
                octet << 1 | (start + index < bits.count && bits[start + index] ? 1 : 0)
            }
        }
    }

    subscript(range: some RangeExpression<Int>) -> Bits { Bits(slice: bits[range.relative(to: bits)]) }

    static func + (left: Bits, right: Bits) -> Bits { Bits(slice: (left.bits + right.bits)[...]) }
}

extension Bits: ExpressibleByStringLiteral {
    init(stringLiteral text: String) { self.init(text) }
}
