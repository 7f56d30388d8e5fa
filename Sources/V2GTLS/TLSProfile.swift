/// Suites, groups and signature algorithms by edition, in order of preference, with their numbers on the wire.
struct TLSProfile {
    /// OpenSSL's names of TLS 1.2 suites. The static one is gone from OpenSSL 3, which then leaves it out.
    static let iso2Suites = "ECDHE-ECDSA-AES128-SHA256:ECDH-ECDSA-AES128-SHA256"  // [V2G2-602]
    static let iso2SuiteNumbers = [0xc023]
    static let iso2Groups = "P-256"
    static let iso2GroupNumbers = [23]

    /// OpenSSL's names of TLS 1.3 suites.
    let suites: String
    let suiteNumbers: [Int]
    let groups: String
    let groupNumbers: [Int]
    let signatureAlgorithms: String

    /// What edition -20 asks for, and after it, by the quirk `josev`, what that peer has.
    static func iso20(quirkJosev: Bool) -> TLSProfile {
        quirkJosev
            ? TLSProfile(
                suites: "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
                suiteNumbers: [0x1302, 0x1303, 0x1301], groups: "P-521:X448:P-256", groupNumbers: [25, 30, 23],
                signatureAlgorithms: "ECDSA+SHA512:ed448:ECDSA+SHA256")
            : TLSProfile(
                suites: "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256", suiteNumbers: [0x1302, 0x1303],
                groups: "P-521:X448", groupNumbers: [25, 30], signatureAlgorithms: "ECDSA+SHA512:ed448")
    }

    static let iso2SignatureAlgorithms = "ECDSA+SHA256"

    /// For messages to people; numbers without a name stay numbers.
    static func describe(suites: [Int]) -> String {
        let names = [
            0xc023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", 0xc025: "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256",
            0x1301: "TLS_AES_128_GCM_SHA256", 0x1302: "TLS_AES_256_GCM_SHA384", 0x1303: "TLS_CHACHA20_POLY1305_SHA256",
        ]
        return describe(suites.filter { $0 != 0xff }, names)
    }

    static func describe(groups: [Int]) -> String {
        describe(groups, [23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 29: "x25519", 30: "x448"])
    }

    static func describe(schemes: [Int]) -> String {
        describe(
            schemes,
            [
                0x0403: "ecdsa_secp256r1_sha256", 0x0503: "ecdsa_secp384r1_sha384", 0x0603: "ecdsa_secp521r1_sha512",
                0x0807: "ed25519", 0x0808: "ed448",
            ])
    }

    private static func describe(_ numbers: [Int], _ names: [Int: String]) -> String {
        guard !numbers.isEmpty else { return "nothing" }
        let shown = numbers.prefix(12).map { names[$0] ?? "0x" + String($0, radix: 16) }
        return shown.joined(separator: ", ") + (numbers.count > shown.count ? ", ..." : "")
    }
}
