/// A DNS name fit for a subject alternative name (RFC 1123 2.1, RFC 5280 4.2.1.6): 1...253 characters, labels of
/// 1...63 letters, digits and inner hyphens, no wildcard; the last label has a letter, or it would be an address.
public struct HostName: Sendable, Hashable, CustomStringConvertible {
    /// Lower case, without a final dot.
    public let description: String

    public init?(_ text: String) {
        // ASCII first: Unicode has other characters whose lower case is a Latin letter.
        guard (1...253).contains(text.utf8.count), text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let lowered = text.lowercased()
        let labels = lowered.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.last?.utf8.contains(where: { $0 >= 0x61 && $0 <= 0x7a }) == true else { return nil }
        for label in labels {
            guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-",
                label.utf8.allSatisfy({ ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2d })
            else { return nil }
        }
        description = lowered
    }
}
