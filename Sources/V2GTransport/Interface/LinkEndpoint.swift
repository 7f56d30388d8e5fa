internal import Glibc
package import NIOCore
package import V2GFraming

/// An IPv6 address with the interface that it is valid on, and a port.
package struct LinkEndpoint: Sendable, Hashable, CustomStringConvertible {
    package var address: IPv6Address
    /// Index of the interface, 0 for addresses that need none.
    package var scope: UInt32
    package var port: UInt16

    package init(address: IPv6Address, scope: UInt32, port: UInt16) {
        self.address = address
        self.scope = scope
        self.port = port
    }

    /// `nil` for anything that is not IPv6.
    package init?(_ address: SocketAddress?) {
        guard case .v6(let v6)? = address else { return nil }
        // Sound: both are plain bytes in the layout of the system, of one size.
        self.init(unsafe unsafeBitCast(v6.address, to: RawEndpoint.self))
    }

    init(_ raw: RawEndpoint) {
        address = IPv6Address(high: UInt64(bigEndian: raw.high), low: UInt64(bigEndian: raw.low))
        scope = raw.scope
        port = UInt16(bigEndian: raw.port)
    }

    /// The form that NIO takes, the scope included.
    package var socketAddress: SocketAddress {
        // Sound as above.
        SocketAddress(unsafe unsafeBitCast(raw, to: sockaddr_in6.self), host: "")
    }

    /// The form that the system takes.
    var raw: RawEndpoint {
        RawEndpoint(
            family: UInt16(AF_INET6), port: port.bigEndian, flow: 0, high: address.high.bigEndian,
            low: address.low.bigEndian, scope: scope)
    }

    /// `[fe80::1%3]:15118`
    package var description: String { "[\(address)\(scope == 0 ? "" : "%\(scope)")]:\(port)" }
}

/// `struct sockaddr_in6`, field by field, since the C type is not reachable from every module.
struct RawEndpoint {
    var family: UInt16 = 0
    /// Big endian, as all below but the scope.
    var port: UInt16 = 0
    var flow: UInt32 = 0
    var high: UInt64 = 0
    var low: UInt64 = 0
    var scope: UInt32 = 0

    static let size = 28
}
