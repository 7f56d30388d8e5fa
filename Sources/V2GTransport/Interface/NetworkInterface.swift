internal import Glibc
package import V2GFraming

/// A network interface as the system shows it at one moment.
///
/// It is read in the network namespace of the calling thread, so that the event loop that makes the sockets is also the
/// one that looks up the interface.
package struct NetworkInterface: Sendable, Hashable {
    /// A link-local address of the interface (RFC 4291 2.5.6).
    package struct LinkLocalAddress: Sendable, Hashable {
        package enum State: Sendable, Hashable {
            /// Usable.
            case ready
            /// Being checked for duplicates: binding to it fails for about a second after the link has come up.
            case tentative
            /// Another host has it; the system never uses it.
            case duplicate
        }

        package let address: IPv6Address
        package let state: State
    }

    package let name: String
    /// What the system calls scope id and `ip link` prints first.
    package let index: UInt32
    /// Switched on by its owner.
    package let isUp: Bool
    /// Switched on and with a carrier, as far as the system knows.
    package let isRunning: Bool
    package let linkLocalAddresses: [LinkLocalAddress]

    /// The name that the system accepts at most, without the zero byte.
    static let longestName = Int(IFNAMSIZ) - 1

    /// Looks the interface up.
    ///
    /// - Throws: ``TransportError/Code/noSuchInterface`` with the names that exist.
    package init(named name: String) throws(TransportError) {
        let flags = Self.flagsByName()
        let number = name.utf8.count <= Self.longestName && !name.utf8.contains(0) ? unsafe if_nametoindex(name) : 0
        guard number != 0 else {
            let known = flags.keys.sorted().joined(separator: ", ")
            throw TransportError(
                .noSuchInterface,
                "there is no network interface '\(name)'; this system has \(known.isEmpty ? "none" : known). Set the "
                    + "interface that the PLC modem or the charging cable is connected to")
        }
        self.name = name
        index = number
        let bits = flags[name] ?? 0
        isUp = bits & UInt32(IFF_UP) != 0
        isRunning = bits & UInt32(IFF_RUNNING) != 0
        linkLocalAddresses = InterfaceAddressTable.read().filter { $0.index == number && $0.address.isLinkLocal }
            .map { LinkLocalAddress(address: $0.address, state: $0.state) }
    }

    /// The link-local address to bind to.
    ///
    /// - Throws: ``TransportError`` that says why there is none, and what to do.
    package func usableLinkLocal() throws(TransportError) -> IPv6Address {
        guard isUp else {
            throw TransportError(
                .interfaceDown, "interface '\(name)' is down; switch it on with `ip link set \(name) up`")
        }
        if let ready = linkLocalAddresses.first(where: { $0.state == .ready }) { return ready.address }
        guard let address = linkLocalAddresses.first else {
            throw TransportError(
                .noLinkLocalAddress,
                "interface '\(name)' has no IPv6 link-local address\(isRunning ? "" : " and no carrier"); check the "
                    + "cable, `sysctl net.ipv6.conf.\(name).disable_ipv6` (has to be 0) and "
                    + "`ip link show \(name)` (addrgenmode has to be eui64 or stable-privacy)")
        }
        guard address.state == .tentative else {
            throw TransportError(
                .duplicateAddress,
                "another host on the link of '\(name)' uses \(address.address); change the MAC address of one of the two, "
                    + "then switch the interface off and on")
        }
        throw TransportError(
            .addressTentative,
            "\(address.address) of '\(name)' is still tentative, since the system checks for duplicates for about a "
                + "second after the link has come up; wait, or set net.ipv6.conf.\(name).accept_dad=0 where the link is "
                + "point to point")
    }

    /// Interface flags of all interfaces, those without an address as well.
    private static func flagsByName() -> [String: UInt32] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&list) == 0 else { return [:] }
        defer { unsafe freeifaddrs(list) }
        var flags: [String: UInt32] = [:]
        var next = unsafe list
        while let entry = unsafe next {
            unsafe flags[String(cString: entry.pointee.ifa_name)] = unsafe entry.pointee.ifa_flags
            unsafe next = unsafe entry.pointee.ifa_next
        }
        return flags
    }
}
