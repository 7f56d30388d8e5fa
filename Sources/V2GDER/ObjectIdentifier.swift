/// An ASN.1 object identifier, kept as its DER content.
public struct ObjectIdentifier: Sendable, Hashable, CustomStringConvertible {
    /// The content bytes of the DER encoding, 1...64 of them.
    public let content: [UInt8]

    /// `nil` when the bytes are not minimal base-128 numbers (X.690 8.19) or are over 64.
    public init?(content: [UInt8]) {
        guard (1...64).contains(content.count), content[content.count - 1] < 0x80 else { return nil }
        var startsArc = true
        for byte in content {
            if startsArc, byte == 0x80 { return nil }
            startsArc = byte < 0x80
        }
        self.content = content
    }

    /// Encodes arcs that are known to be right: used by constants, where `first` is 0...2 and `second` below 40.
    public init(_ first: UInt8, _ second: UInt8, _ arcs: UInt32...) {
        var content = [first &* 40 &+ second]
        for arc in arcs {
            var groups = [UInt8(arc & 0x7f)]
            var rest = arc >> 7
            while rest > 0 {
                groups.append(UInt8(rest & 0x7f) | 0x80)
                rest >>= 7
            }
            content.append(contentsOf: groups.reversed())
        }
        self.content = content
    }

    /// Dotted form. An arc beyond 64 bits is written as `?`.
    public var description: String {
        var arcs: [String] = []
        var value: UInt64 = 0
        var isTooBig = false
        for byte in content {
            if value >> 57 != 0 { isTooBig = true }
            value = value << 7 | UInt64(byte & 0x7f)
            guard byte < 0x80 else { continue }
            if arcs.isEmpty {
                let root = min(value / 40, 2)
                arcs = ["\(root)", isTooBig ? "?" : "\(value - root * 40)"]
            } else {
                arcs.append(isTooBig ? "?" : "\(value)")
            }
            value = 0
            isTooBig = false
        }
        return arcs.joined(separator: ".")
    }
}
