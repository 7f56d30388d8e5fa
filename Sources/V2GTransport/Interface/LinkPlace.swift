internal import Glibc
package import V2GFraming

/// Where sockets live.
package enum LinkPlace: Sendable, Hashable {
    /// On the link-local address of this interface and bound to the device: nothing that arrives elsewhere is seen.
    case interface(String)
    /// On this address, without a device and without the rules for link-local addresses. For tests on `::1`.
    case address(IPv6Address)

    /// Whether peers have to be link-local (everywhere but in tests on one host).
    package var demandsLinkLocal: Bool {
        switch self {
        case .interface: true
        case .address: false
        }
    }

    /// Looks up address and index.
    ///
    /// - Throws: ``TransportError`` of ``NetworkInterface``.
    package func resolved() throws(TransportError) -> ResolvedPlace {
        switch self {
        case .interface(let name):
            let interface = try NetworkInterface(named: name)
            return ResolvedPlace(device: name, address: try interface.usableLinkLocal(), scope: interface.index)
        case .address(let address):
            return ResolvedPlace(device: nil, address: address, scope: 0)
        }
    }
}

/// A place with the address that it has at the moment.
package struct ResolvedPlace: Sendable, Hashable, CustomStringConvertible {
    /// The interface to bind to; `nil` for none.
    package let device: String?
    package let address: IPv6Address
    package let scope: UInt32

    package func endpoint(port: UInt16) -> LinkEndpoint { LinkEndpoint(address: address, scope: scope, port: port) }

    package var description: String { device.map { "\(address)%\($0)" } ?? "\(address)" }
}
