/// What a station needs to know of a ClientHello to choose the edition and the chain.
struct ClientHello {
    /// A version by its number on the wire.
    static let tls12 = 0x0303
    static let tls13 = 0x0304

    var versions: [Int] = []
    var suites: [Int] = []
    /// `nil`: the extension is absent.
    var groups: [Int]?
    var signatureSchemes: [Int]?
    var trustedAuthorities: [TrustedAuthority]?
    /// Names in DER.
    var certificateAuthorities: [[UInt8]]?
    var asksForStatus = false
    var asksForStatusV2 = false

    /// - Parameters:
    ///   - extension: Gives the body of an extension by its number, `nil` where it is absent.
    /// - Returns: `nil` when an extension is malformed.
    init?(legacyVersion: Int, suites: [UInt8], extension body: (_ type: UInt32) -> [UInt8]?) {
        guard let suites = Self.numbers(suites[...]) else { return nil }
        self.suites = suites
        if let supported = body(43) {
            var reader = ByteReader(supported)
            guard let list = reader.readVector(lengthOctets: 1), reader.isAtEnd, let versions = Self.numbers(list)
            else { return nil }
            self.versions = versions
        } else {
            // RFC 8446 section 4.2.1: without the extension, the highest version is what the old field says.
            versions = legacyVersion >= Self.tls12 ? [Self.tls12] : [legacyVersion]
        }
        if let list = body(10) {
            guard let groups = Self.vector(list) else { return nil }
            self.groups = groups
        }
        if let list = body(13) {
            guard let schemes = Self.vector(list) else { return nil }
            signatureSchemes = schemes
        }
        if let keys = body(3) {
            guard let authorities = TrustedAuthority.list(keys) else { return nil }
            trustedAuthorities = authorities
        }
        if let names = body(47) {
            guard let names = Self.names(names) else { return nil }
            certificateAuthorities = names
        }
        // RFC 6066 section 8: type 1 is OCSP. What else the request says is for OpenSSL to read.
        asksForStatus = body(5)?.first == 1
        asksForStatusV2 = body(17) != nil
    }

    private static func vector(_ body: [UInt8]) -> [Int]? {
        var reader = ByteReader(body)
        guard let list = reader.readVector(lengthOctets: 2), reader.isAtEnd else { return nil }
        return numbers(list)
    }

    private static func numbers(_ list: ArraySlice<UInt8>) -> [Int]? {
        guard list.count.isMultiple(of: 2) else { return nil }
        var reader = ByteReader(list)
        var found: [Int] = []
        found.reserveCapacity(list.count / 2)
        while let number = reader.readNumber(octets: 2) { found.append(number) }
        return found
    }

    private static func names(_ body: [UInt8]) -> [[UInt8]]? {
        var outer = ByteReader(body)
        guard let list = outer.readVector(lengthOctets: 2), outer.isAtEnd else { return nil }
        var reader = ByteReader(list)
        var found: [[UInt8]] = []
        while !reader.isAtEnd {
            guard found.count < TrustedAuthority.maximumCount, let name = reader.readVector(lengthOctets: 2) else {
                return nil
            }
            found.append(Array(name))
        }
        return found
    }
}
