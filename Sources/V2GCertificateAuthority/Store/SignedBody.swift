/// Finds the to-be-signed body of a certificate: the first element of the outer SEQUENCE, with its header
/// (RFC 5280 4.1). Reads the two headers and nothing else, since the issuer has linted the body before.
package enum SignedBody {
    /// SHA-256 of the body, as ``IssuancePlan/bodyHash`` wants it; `nil` when the bytes are no certificate.
    package static func hash(ofCertificate certificate: [UInt8]) -> [UInt8]? {
        of(certificate).map { RecordFields.digest($0) }
    }

    static func of(_ certificate: [UInt8]) -> [UInt8]? {
        guard let outer = element(certificate, at: 0), outer.end == certificate.count,
            let body = element(certificate, at: outer.content), body.end < outer.end
        else { return nil }
        return Array(certificate[outer.content..<body.end])
    }

    /// Start of the content and end of the SEQUENCE at `start`.
    private static func element(_ bytes: [UInt8], at start: Int) -> (content: Int, end: Int)? {
        guard start <= bytes.count - 2, bytes[start] == 0x30 else { return nil }
        let first = Int(bytes[start + 1])
        var content = start + 2
        var length = first
        if first >= 0x80 {
            let count = first - 0x80
            guard (1...3).contains(count), content <= bytes.count - count else { return nil }
            length = bytes[content..<content + count].reduce(0) { $0 << 8 | Int($1) }
            content += count
        }
        guard length <= bytes.count - content else { return nil }
        return (content, content + length)
    }
}
