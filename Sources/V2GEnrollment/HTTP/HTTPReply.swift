internal import NIOCore

/// A response put together once: everything but the date and the connection's fate, which are written for each request.
struct HTTPReply: Sendable {
    let status: HTTPStatus
    let etag: String?
    /// Header fields from `Content-Type` on, the empty line, and a short body.
    let tail: ByteBuffer
    /// How much of ``tail`` is header fields: all that HEAD gets.
    let headLength: Int
    /// A long body, sent without copying it.
    let longBody: ByteBuffer?

    /// Bodies up to this go with their head into one write.
    private static let shortBody = 16_384

    init(
        status: HTTPStatus, contentType: String? = nil, fields: [(String, String)] = [], etag: String? = nil,
        body: [UInt8]
    ) {
        self.init(
            status: status, contentType: contentType, fields: fields, etag: etag, body: ByteBuffer(bytes: body))
    }

    init(status: HTTPStatus, contentType: String?, fields: [(String, String)], etag: String?, body: ByteBuffer) {
        self.status = status
        self.etag = etag
        var text = ""
        if let contentType { text += "Content-Type: \(contentType)\r\n" }
        if status != .notModified { text += "Content-Length: \(body.readableBytes)\r\n" }
        if let etag { text += "ETag: \(etag)\r\n" }
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        text += "\r\n"
        var tail = ByteBuffer(string: text)
        headLength = tail.readableBytes
        if body.readableBytes <= Self.shortBody {
            tail.writeImmutableBuffer(body)
            longBody = nil
        } else {
            longBody = body
        }
        self.tail = tail
    }

    /// A short text for people.
    init(status: HTTPStatus, text: String, fields: [(String, String)] = []) {
        self.init(
            status: status, contentType: "text/plain; charset=utf-8",
            fields: fields + [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")],
            body: Array((text + "\n").utf8))
    }

    /// What a request with `If-None-Match` gets when it has this already.
    var notModified: HTTPReply {
        HTTPReply(status: .notModified, etag: etag, body: [])
    }

    /// RFC 9110 13.1.2, weak comparison.
    func matches(ifNoneMatch: [UInt8]) -> Bool {
        guard let etag else { return false }
        let text = String(decoding: ifNoneMatch, as: UTF8.self)
        return text.split(separator: ",").contains { candidate in
            var tag = candidate.drop { $0 == " " || $0 == "\t" }
            while tag.last == " " || tag.last == "\t" { tag.removeLast() }
            return tag == "*" || tag == etag || tag == "W/" + etag
        }
    }
}
