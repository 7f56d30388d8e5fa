/// Reads HTTP/1.1 request heads (RFC 9112) from the front of what has arrived, strictly.
///
/// Whatever two implementations could read differently is refused, so that no proxy in front of this server can be made
/// to disagree with it: bare line feeds, folded lines, spaces before a colon, two lengths, a length and a transfer
/// coding, bodies on GET. Transfer codings are refused as a whole (411): OCSP requests are short and have a length.
struct HTTPRequestParser {
    enum Result {
        case needsMore
        case head(HTTPRequestHead)
        case refused(HTTPRefusal)
    }

    private let limits: PKIServerLimits
    /// How far the search for the empty line has come.
    private var scanned = 0
    private var requestLineEnd: Int?

    init(limits: PKIServerLimits) { self.limits = limits }

    /// Looks at everything that has arrived of one request. Call again with more until the result is not `needsMore`.
    mutating func next(_ bytes: Span<UInt8>) -> Result {
        if !bytes.isEmpty, !Self.isToken(bytes[0]) { return .refused(.badRequest) }  // TLS and other strangers
        while scanned < bytes.count {
            let index = scanned
            scanned += 1
            guard bytes[index] == Self.lineFeed else { continue }
            guard index > 0, bytes[index - 1] == Self.carriageReturn else { return .refused(.badRequest) }
            guard let lineEnd = requestLineEnd else {
                requestLineEnd = index - 1
                continue
            }
            guard bytes[index - 2] == Self.lineFeed else { continue }
            guard lineEnd <= limits.requestLineBytes else { return .refused(.uriTooLong) }
            guard index < limits.headBytes else { return .refused(.headerFieldsTooLarge) }
            scanned = 0
            requestLineEnd = nil
            return parse(bytes, requestLine: lineEnd, end: index + 1)
        }
        if requestLineEnd ?? bytes.count > limits.requestLineBytes { return .refused(.uriTooLong) }
        return bytes.count >= limits.headBytes ? .refused(.headerFieldsTooLarge) : .needsMore
    }

    private func parse(_ bytes: Span<UInt8>, requestLine: Int, end: Int) -> Result {
        var head = HTTPRequestHead()
        head.length = end
        if let refusal = readRequestLine(bytes, end: requestLine, into: &head) { return .refused(refusal) }
        var fields = Fields()
        var start = requestLine + 2
        while start < end - 2 {
            var lineEnd = start
            while bytes[lineEnd] != Self.carriageReturn { lineEnd += 1 }
            guard bytes[lineEnd + 1] == Self.lineFeed else { return .refused(.badRequest) }
            fields.count += 1
            guard fields.count <= limits.headerFields else { return .refused(.headerFieldsTooLarge) }
            if let refusal = readField(bytes, start..<lineEnd, into: &fields) { return .refused(refusal) }
            start = lineEnd + 2
        }
        return judge(fields, of: head)
    }

    private func readRequestLine(_ bytes: Span<UInt8>, end: Int, into head: inout HTTPRequestHead) -> HTTPRefusal? {
        var index = 0
        while index < end, Self.isToken(bytes[index]) { index += 1 }
        guard index > 0, index < end, bytes[index] == Self.space else { return .badRequest }
        head.method =
            if Self.matches(bytes, 0..<index, "GET") {
                .get
            } else if Self.matches(bytes, 0..<index, "POST") {
                .post
            } else if Self.matches(bytes, 0..<index, "HEAD") {
                .head
            } else {
                .other
            }
        var targetStart = index + 1
        index = targetStart
        while index < end, bytes[index] > Self.space, bytes[index] < 0x7f { index += 1 }
        let targetEnd = index
        guard targetEnd > targetStart, index < end, bytes[index] == Self.space else { return .badRequest }
        let version = index + 1..<end
        guard version.count == 8, Self.matches(bytes, version.lowerBound..<version.lowerBound + 5, "HTTP/"),
            Self.isDigit(bytes[version.lowerBound + 5]), bytes[version.lowerBound + 6] == UInt8(ascii: "."),
            Self.isDigit(bytes[version.lowerBound + 7])
        else { return .badRequest }
        guard bytes[version.lowerBound + 5] == UInt8(ascii: "1") else { return .versionNotSupported }
        head.isVersion10 = bytes[version.lowerBound + 7] == UInt8(ascii: "0")
        if bytes[targetStart] != Self.slash {
            // The absolute form (RFC 9112 3.2.2), which proxies send: the authority has no meaning here.
            guard Self.matches(bytes, targetStart..<min(targetStart + 7, targetEnd), "http://") else {
                return .badRequest
            }
            targetStart += 7
            while targetStart < targetEnd, bytes[targetStart] != Self.slash { targetStart += 1 }
            guard targetStart < targetEnd else { return .badRequest }
        }
        head.target = Self.array(bytes, targetStart..<targetEnd)
        return nil
    }

    /// What the header fields said that matters.
    private struct Fields {
        var count = 0
        var hosts = 0
        var contentLength: Int?
        var hasTransferCoding = false
        var saysClose = false
        var saysKeepAlive = false
        var expectsContinue = false
        var ifNoneMatch: [UInt8]?
    }

    private func readField(_ bytes: Span<UInt8>, _ line: Range<Int>, into fields: inout Fields) -> HTTPRefusal? {
        var colon = line.lowerBound
        while colon < line.upperBound, Self.isToken(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else {
            return .badRequest
        }
        let name = line.lowerBound..<colon
        var start = colon + 1
        var end = line.upperBound
        while start < end, Self.isBlank(bytes[start]) { start += 1 }
        while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
        for index in start..<end {
            let byte = bytes[index]
            guard byte >= Self.space || byte == Self.tab, byte != 0x7f else { return .badRequest }
        }
        let value = start..<end
        switch name.count {
        case 4 where Self.matches(bytes, name, "host"): fields.hosts += 1
        case 6 where Self.matches(bytes, name, "expect"):
            guard Self.matches(bytes, value, "100-continue") else { return .expectationFailed }
            fields.expectsContinue = true
        case 10 where Self.matches(bytes, name, "connection"):
            let options = Self.array(bytes, value).split(separator: UInt8(ascii: ","))
            for option in options {
                let text = String(decoding: option.filter { !Self.isBlank($0) }, as: UTF8.self).lowercased()
                if text == "close" { fields.saysClose = true }
                if text == "keep-alive" { fields.saysKeepAlive = true }
            }
        case 13 where Self.matches(bytes, name, "if-none-match"): fields.ifNoneMatch = Self.array(bytes, value)
        case 14 where Self.matches(bytes, name, "content-length"):
            guard fields.contentLength == nil, (1...10).contains(value.count) else { return .badRequest }
            var length = 0
            for index in value {
                guard Self.isDigit(bytes[index]) else { return .badRequest }
                length = length * 10 + Int(bytes[index] - UInt8(ascii: "0"))
            }
            fields.contentLength = length
        case 17 where Self.matches(bytes, name, "transfer-encoding"): fields.hasTransferCoding = true
        default: break
        }
        return nil
    }

    private func judge(_ fields: Fields, of head: HTTPRequestHead) -> Result {
        var head = head
        // RFC 9112 3.2: exactly one Host, which HTTP/1.0 did not have yet.
        guard fields.hosts == 1 || fields.hosts == 0 && head.isVersion10 else { return .refused(.badRequest) }
        if fields.hasTransferCoding {
            // RFC 9112 6.1 and 6.3: with a length or in HTTP/1.0 it is an attack or a mistake.
            let isSuspect = fields.contentLength != nil || head.isVersion10
            return .refused(isSuspect ? .badRequest : .lengthRequired)
        }
        if let length = fields.contentLength {
            guard length <= limits.bodyBytes else { return .refused(.contentTooLarge) }
            guard length == 0 || head.method != .get && head.method != .head else { return .refused(.badRequest) }
            head.contentLength = length
        } else if head.method == .post {
            return .refused(.lengthRequired)
        }
        head.keepsAlive = !fields.saysClose && (!head.isVersion10 || fields.saysKeepAlive)
        head.expectsContinue = fields.expectsContinue && !head.isVersion10
        head.ifNoneMatch = fields.ifNoneMatch
        return .head(head)
    }

    private static let lineFeed: UInt8 = 0x0a
    private static let carriageReturn: UInt8 = 0x0d
    private static let space: UInt8 = 0x20
    private static let tab: UInt8 = 0x09
    private static let slash = UInt8(ascii: "/")

    private static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// RFC 9110 5.6.2.
    private static func isToken(_ byte: UInt8) -> Bool {
        if isDigit(byte) || (byte | 0x20) &- 0x61 < 26 { return true }
        return switch byte {
        case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c, 0x7e: true
        default: false
        }
    }

    /// Whether the bytes are the text; the case of letters counts for upper-case text only.
    private static func matches(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            for offset in 0..<range.count {
                let byte = bytes[range.lowerBound + offset]
                let wanted = unsafe expected[offset]
                guard byte == wanted || wanted &- 0x61 < 26 && byte == wanted &- 0x20 else { return false }
            }
            return true
        }
    }

    private static func array(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            for offset in 0..<range.count { unsafe buffer[offset] = bytes[range.lowerBound + offset] }
            count = range.count
        }
    }
}
