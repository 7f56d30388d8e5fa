internal import NIOCore
internal import NIOPosix

/// One POST of an OCSP request (RFC 6960 A.1) over plain HTTP, as responders are reached; nothing else of HTTP.
enum OCSPFetch {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let timeout = TimeAmount.seconds(5)
    /// Of the whole response.
    static let limit = 128 * 1_024

    static func post(_ body: [UInt8], to url: String, on loop: any EventLoop) async throws -> [UInt8] {
        let (host, port, path) = try parse(url)
        let head =
            "POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Type: application/ocsp-request\r\n"
            + "Accept: application/ocsp-response\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        let done = loop.makePromise(of: [UInt8].self)
        let connected = ClientBootstrap(group: loop).connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(done))
                }
            }
            .connect(host: host, port: port)
        connected.whenFailure { done.fail($0) }
        connected.whenSuccess { channel in
            var buffer = channel.allocator.buffer(capacity: head.utf8.count + body.count)
            buffer.writeString(head)
            buffer.writeBytes(body)
            channel.writeAndFlush(buffer, promise: nil)
            let timer = loop.scheduleTask(in: timeout) {
                done.fail(Failure(description: "no answer within 5 s"))
                channel.close(promise: nil)
            }
            channel.closeFuture.whenComplete { _ in timer.cancel() }
        }
        return try content(of: try await done.futureResult.get())
    }

    static func parse(_ url: String) throws(Failure) -> (host: String, port: Int, path: String) {
        guard url.hasPrefix("http://") else { throw Failure(description: "'\(url)' is not http://") }
        let rest = url.dropFirst(7)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        var host = authority
        var port = 80
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
                throw Failure(description: "'\(url)' has no valid port")
            }
            port = number
            host = authority[..<colon]
        }
        let name = host.hasPrefix("[") ? host.dropFirst().dropLast() : host
        guard !name.isEmpty, !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else {
            throw Failure(description: "'\(url)' names no host")
        }
        return (String(name), port, path.isEmpty ? "/" : String(path))
    }

    /// The body of a response that ends with its connection.
    static func content(of response: [UInt8]) throws(Failure) -> [UInt8] {
        guard let end = response.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw Failure(description: "the response is cut off")
        }
        let head = String(decoding: response[..<end.lowerBound], as: UTF8.self).lowercased()
        let status = head.prefix { $0 != "\r\n" }
        guard status.hasPrefix("http/1."), status.dropFirst(8).hasPrefix(" 200") else {
            throw Failure(description: "the responder says '\(status.prefix(40))'")
        }
        guard !head.contains("transfer-encoding:") else {
            throw Failure(description: "the response comes in chunks, which is not taken")
        }
        return Array(response[end.upperBound...])
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let done: EventLoopPromise<[UInt8]>
        private var bytes: [UInt8] = []

        init(_ done: EventLoopPromise<[UInt8]>) { self.done = done }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += unwrapInboundIn(data).readableBytesView
            guard bytes.count <= OCSPFetch.limit else {
                done.fail(Failure(description: "the response is too long"))
                return context.close(promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { done.succeed(bytes) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            done.fail(error)
            context.close(promise: nil)
        }
    }
}
