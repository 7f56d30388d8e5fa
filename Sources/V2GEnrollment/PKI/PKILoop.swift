internal import NIOCore
internal import V2GCertificateAuthority
internal import V2GPrimitives

/// What the connections of one event loop share without locks: the date, and answers at hand.
///
/// `@unchecked Sendable` because it is made before its loop serves connections and then touched on that loop alone;
/// ``counters`` are atomic and read from anywhere.
final class PKILoop: @unchecked Sendable {
    private struct Front {
        let answer: OCSPAnswer
        let reply: HTTPReply
        let epoch: Int
    }

    /// Longest request that is kept at hand, in bytes: one certificate with SHA-512 hashes, as base64.
    private static let longestKey = 512

    let counters = PKICounters()
    private let limits: PKIServerLimits
    /// Answers by the bytes of their request: DER (starting with `0`) or path (starting with `/`).
    private var fronts: [[UInt8]: Front] = [:]
    private var frontBytes = 0
    private var second = Timestamp.earliest
    private var dateField = ByteBuffer()

    init(limits: PKIServerLimits) { self.limits = limits }

    /// The reply to a request asked before, if it still stands.
    func reply(to request: [UInt8], epoch: Int, now: Timestamp) -> HTTPReply? {
        guard let front = fronts[request], front.epoch == epoch, now < front.answer.renewAt,
            now >= front.answer.thisUpdate
        else { return nil }
        front.answer.touch()
        return front.reply
    }

    /// Keeps a reply at hand while the epoch stays.
    func keep(_ reply: HTTPReply, for answer: OCSPAnswer, request: [UInt8], epoch: Int) {
        guard answer.isCacheable, request.count <= Self.longestKey else { return }
        if fronts.count >= limits.frontEntries || frontBytes >= limits.frontBytes {
            fronts.removeAll(keepingCapacity: true)
            frontBytes = 0
        }
        if fronts.updateValue(Front(answer: answer, reply: reply, epoch: epoch), forKey: request) == nil {
            frontBytes += request.count + reply.tail.readableBytes
        }
    }

    /// Writes status line, date and the connection's fate, and the rest of the reply as far as it is short.
    func write(_ reply: HTTPReply, to out: inout ByteBuffer, now: Timestamp, isHead: Bool, connection: Connection) {
        if now != second {
            second = now
            dateField = ByteBuffer(string: "Date: \(HTTPDate.text(now))\r\n")
        }
        out.writeStaticString(reply.status == .ok ? "HTTP/1.1 200 OK\r\n" : "")
        if reply.status != .ok { out.writeString(reply.status.line) }
        out.writeImmutableBuffer(dateField)
        switch connection {
        case .persists: break
        case .persistsByRequest: out.writeStaticString("Connection: keep-alive\r\n")
        case .ends: out.writeStaticString("Connection: close\r\n")
        }
        if isHead, let head = reply.tail.getSlice(at: reply.tail.readerIndex, length: reply.headLength) {
            out.writeImmutableBuffer(head)
        } else {
            out.writeImmutableBuffer(reply.tail)
        }
    }

    enum Connection {
        case persists
        /// HTTP/1.0 has to be told.
        case persistsByRequest
        case ends
    }
}
