internal import V2GPrimitives

/// What a request asks for.
enum PKIRoute: Sendable, Hashable {
    /// The DER of an OCSP request: the body of a POST.
    case ocspPost
    /// The rest of the path after `/ocsp/`, still encoded.
    case ocspGet([UInt8])
    /// A published CRL or certificate, by its path.
    case object(String)
    case health
    case metrics
    /// The path is known, the method is not; with what it allows.
    case wrongMethod(allowed: String)
    case nothing

    static let ocspPath = Array("/ocsp".utf8)

    init(_ head: HTTPRequestHead) {
        let isReading = head.method == .get || head.method == .head
        if head.target.starts(with: Self.ocspPath) {
            let rest = head.target.dropFirst(Self.ocspPath.count)
            // Base64 of DER starts with M, so slashes before it come from whoever joined the URL.
            let request = rest.drop { $0 == UInt8(ascii: "/") }
            if request.isEmpty {
                self = head.method == .post ? .ocspPost : .wrongMethod(allowed: "POST")
            } else if rest.first == UInt8(ascii: "/") {
                self = isReading ? .ocspGet(Array(request)) : .wrongMethod(allowed: "GET, HEAD")
            } else {
                self = .nothing
            }
            return
        }
        let path = String(decoding: head.target.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
        let known: PKIRoute
        switch path {
        case "/health": known = .health
        case "/metrics": known = .metrics
        default:
            guard path.hasPrefix("/crl/") || path.hasPrefix("/certs/") else {
                self = .nothing
                return
            }
            known = .object(path)
        }
        self = isReading ? known : .wrongMethod(allowed: "GET, HEAD")
    }

    /// The request inside a GET path (RFC 6960 A.1.1): base64, of which `/`, `+` and `=` may be percent-encoded or not.
    /// Missing padding is put back. `nil` when it is no base64.
    static func request(fromPath encoded: [UInt8]) -> [UInt8]? {
        var text: [UInt8] = []
        text.reserveCapacity(encoded.count)
        var index = 0
        while index < encoded.count {
            if encoded[index] == UInt8(ascii: "%") {
                guard encoded.count - index > 2,
                    let byte = Hex.decode(String(decoding: encoded[index + 1...index + 2], as: UTF8.self))?.first
                else { return nil }
                text.append(byte)
                index += 3
            } else {
                text.append(encoded[index])
                index += 1
            }
        }
        while text.count % 4 != 0, text.count % 4 != 1 { text.append(UInt8(ascii: "=")) }
        return Base64.decode(text)
    }
}
