/// The Certificate handshake message of both versions (RFC 5246 section 7.4.2, RFC 8446 section 4.4.2).
struct CertificateMessage {
    private(set) var chain: [[UInt8]] = []
    private(set) var staples: [[UInt8]?] = []

    /// Most certificates that are read; a V2G chain has four.
    static let maximumCount = 16

    /// Reads the message with its header of four octets, `nil` when it is malformed.
    init?(_ message: [UInt8], isTLS13: Bool) {
        var outer = ByteReader(message)
        guard outer.readNumber(octets: 1) == 11, let body = outer.readVector(lengthOctets: 3), outer.isAtEnd else {
            return nil
        }
        var reader = ByteReader(body)
        if isTLS13 {
            guard reader.readVector(lengthOctets: 1) != nil else { return nil }
        }
        guard let list = reader.readVector(lengthOctets: 3), reader.isAtEnd else { return nil }
        var entries = ByteReader(list)
        while !entries.isAtEnd {
            guard chain.count < Self.maximumCount, let der = entries.readVector(lengthOctets: 3), !der.isEmpty else {
                return nil
            }
            var staple: [UInt8]?
            if isTLS13 {
                guard let extensions = entries.readVector(lengthOctets: 2),
                    let found = Self.staple(in: extensions)
                else { return nil }
                staple = found
            }
            chain.append(Array(der))
            staples.append(staple)
        }
    }

    /// The OCSP answer among the extensions of an entry: outer `nil` malformed, inner `nil` absent.
    private static func staple(in extensions: ArraySlice<UInt8>) -> [UInt8]?? {
        var reader = ByteReader(extensions)
        var staple: [UInt8]?
        while !reader.isAtEnd {
            guard let type = reader.readNumber(octets: 2), let data = reader.readVector(lengthOctets: 2) else {
                return .none
            }
            guard type == 5 else { continue }
            var status = ByteReader(data)
            guard staple == nil, status.readNumber(octets: 1) == 1,
                let answer = status.readVector(lengthOctets: 3), !answer.isEmpty, status.isAtEnd
            else { return .none }
            staple = Array(answer)
        }
        return .some(staple)
    }
}
