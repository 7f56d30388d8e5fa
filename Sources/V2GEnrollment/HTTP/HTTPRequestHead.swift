/// Why a request is refused before anything looks at what it asks for.
enum HTTPRefusal: Sendable, Hashable {
    case badRequest
    case lengthRequired
    case contentTooLarge
    case uriTooLong
    case expectationFailed
    case headerFieldsTooLarge
    case versionNotSupported
}

/// The part of an HTTP request before its body, as far as this server looks at it.
struct HTTPRequestHead: Sendable, Hashable {
    enum Method: Sendable, Hashable { case get, head, post, other }

    var method = Method.other
    /// Path and query, starting with `/`.
    var target: [UInt8] = []
    var isVersion10 = false
    var keepsAlive = true
    var contentLength = 0
    var expectsContinue = false
    var ifNoneMatch: [UInt8]?
    /// Bytes up to and with the empty line.
    var length = 0
}
