import Foundation
import Testing
import V2GTLS

/// A loopback socket that is polled without blocking a thread for long.
final class Socket {
    private let descriptor: Int32
    private(set) var isAtEnd = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Listens on a free port of the loopback.
    static func listener() throws -> (socket: Socket, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        try #require(isBound)
        return (Socket(descriptor), UInt16(bigEndian: address.sin_port))
    }

    /// Waits for a connection.
    func accept() async throws -> Socket {
        for _ in 0..<500 {
            let made = Glibc.accept(descriptor, nil, nil)
            if made >= 0 { return Socket(made) }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw SocketError.timeout
    }

    /// Connects as soon as somebody listens.
    static func connect(to port: UInt16) async throws -> Socket {
        for _ in 0..<500 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            try #require(descriptor >= 0)
            var address = loopback(port: port)
            let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe Glibc.connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isConnected { return Socket(descriptor) }
            close(descriptor)
            try await Task.sleep(for: .milliseconds(10))
        }
        throw SocketError.timeout
    }

    /// What has arrived, empty when nothing has.
    func read() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { isAtEnd = true }
        return Array(bytes.prefix(max(0, count)))
    }

    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = Array(rest)
            let count = unsafe Glibc.send(descriptor, chunk, chunk.count, Int32(MSG_NOSIGNAL))
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                try await Task.sleep(for: .milliseconds(2))
            } else {
                isAtEnd = true
                return
            }
        }
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    enum SocketError: Error { case timeout }
}

/// Moves bytes between a connection of ours and a socket until `isDone`, the end of either, or ten seconds.
func pump(_ connection: TLSConnection, _ socket: Socket, until isDone: (End) -> Bool = { _ in false }) async throws
    -> End
{
    var end = End()
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        await drive(connection, &end)
        try await socket.write(connection.takeOutput())
        if end.failure != nil || end.isClosed || isDone(end) { break }
        let bytes = socket.read()
        if bytes.isEmpty {
            if socket.isAtEnd { break }
            try await Task.sleep(for: .milliseconds(2))
        }
        connection.receive(bytes)
    }
    return end
}
