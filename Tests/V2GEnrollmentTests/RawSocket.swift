import Glibc
import NIOPosix

/// A blocking client socket on loopback, for saying things that no HTTP client would say.
struct RawSocket: ~Copyable {
    struct Failure: Error { let step: String }

    private let descriptor: Int32

    /// - Parameter timeoutSeconds: How long a receive waits before it counts as hanging.
    init(port: Int, timeoutSeconds: Int = 8) throws(Failure) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(step: "socket") }
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            Glibc.close(descriptor)
            throw Failure(step: "connect")
        }
    }

    deinit { Glibc.close(descriptor) }

    /// Sends all of it; a connection that the server has closed is an error.
    borrowing func send(_ bytes: [UInt8]) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(step: "send") }
            sent += count
        }
    }

    borrowing func send(_ text: String) throws(Failure) { try send(Array(text.utf8)) }

    borrowing func shutdownOutput() { Glibc.shutdown(descriptor, Int32(SHUT_WR)) }

    /// What comes next; empty at the end of the stream.
    borrowing func receive() throws(Failure) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw Failure(step: errno == ECONNRESET ? "reset" : "timeout") }
        return Array(buffer[..<count])
    }

    /// Everything up to the end of the stream.
    borrowing func receiveAll() throws(Failure) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let next = try receive()
            if next.isEmpty { return all }
            all += next
        }
    }

    /// One whole response with `Content-Length`, beginning with what was left over before.
    borrowing func receiveResponse(_ rest: inout [UInt8]) throws(Failure) -> RawResponse {
        while true {
            if let response = RawResponse(&rest) { return response }
            let next = try receive()
            guard !next.isEmpty else { throw Failure(step: "early end") }
            rest += next
        }
    }
}

struct RawResponse {
    let status: Int
    let fields: [String: String]
    let body: [UInt8]

    /// Takes a response from the front of `bytes`; `nil` when it is not whole.
    init?(_ bytes: inout [UInt8], hasBody: Bool = true) {
        let separator = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4,
            let end = (0...bytes.count - 4).first(where: { Array(bytes[$0..<$0 + 4]) == separator })
        else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
        fields = Dictionary(
            lines.dropFirst().map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (parts[0].lowercased(), parts.count > 1 ? String(parts[1].dropFirst()) : "")
            }, uniquingKeysWith: { first, _ in first })
        let length = hasBody ? Int(fields["content-length"] ?? "0") ?? 0 : 0
        guard bytes.count >= end + 4 + length else { return nil }
        body = Array(bytes[end + 4..<end + 4 + length])
        bytes.removeFirst(end + 4 + length)
    }
}

/// Runs blocking steps where they hold up nobody.
func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await NIOThreadPool.singleton.runIfActive(body)
}

/// A tenth of a second, for senders that drip.
func usleepTenth() { usleep(100_000) }
