internal import Glibc
internal import NIOCore
internal import V2GFraming

/// An IPv6 socket that is prepared step by step and then handed to NIO. It is closed when it is not handed over.
///
/// The options that matter here have to be set before the socket is bound, so that there is no moment in which it hears
/// other interfaces.
struct RawSocket: ~Copyable {
    enum Kind { case stream, datagram }

    private let descriptor: CInt
    private let purpose: StaticString

    /// Linux numbers that the headers of the C library do not carry or Swift cannot import.
    private static let multicastAll: CInt = 29  // IPV6_MULTICAST_ALL
    private static let attachFilter: CInt = 26  // SO_ATTACH_FILTER

    /// - Parameter purpose: What the socket is for, for messages.
    init(_ kind: Kind, purpose: StaticString) throws(TransportError) {
        let type: CInt =
            switch kind {
            case .stream: CInt(SOCK_STREAM.rawValue)
            case .datagram: CInt(SOCK_DGRAM.rawValue)
            }
        let flags = CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        descriptor = socket(AF_INET6, type | flags, 0)
        self.purpose = purpose
        guard descriptor >= 0 else {
            throw SystemError("socket").transportError(
                "\(purpose)", remedy: "check that IPv6 is enabled and that the limit of open files is not reached")
        }
    }

    deinit { close(descriptor) }

    /// Gives the descriptor away; the receiver closes it.
    consuming func released() -> CInt {
        let result = descriptor
        discard self
        return result
    }

    func set(_ level: CInt, _ option: CInt, _ name: String, to value: CInt) throws(TransportError) {
        guard trySet(level, option, to: value) else {
            throw SystemError("setsockopt(\(name))").transportError(
                "\(purpose)", remedy: "the kernel does not support it")
        }
    }

    /// For options that are a second line of defense, which older kernels lack.
    @discardableResult
    func trySet(_ level: CInt, _ option: CInt, to value: CInt) -> Bool {
        var value = value
        return unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size)) == 0
    }

    /// SO_BINDTODEVICE: from now on only this interface is heard and used.
    func bind(toDevice device: String) throws(TransportError) {
        let result = unsafe device.withCString { text in
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, text, socklen_t(device.utf8.count + 1))
        }
        guard result == 0 else {
            throw SystemError("setsockopt(SO_BINDTODEVICE)").transportError(
                "\(purpose): binding to interface '\(device)'",
                remedy: "check the name; kernels before 5.7 need the capability CAP_NET_RAW for it")
        }
    }

    /// Binds, and returns the port, which the system chose when `endpoint.port` is 0.
    @discardableResult
    func bind(to endpoint: LinkEndpoint) throws(TransportError) -> UInt16 {
        var raw = endpoint.raw
        let result = unsafe withUnsafePointer(to: &raw) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.bind(descriptor, $0, socklen_t(RawEndpoint.size))
            }
        }
        guard result == 0 else {
            throw SystemError("bind").transportError(
                "\(purpose): binding to \(endpoint)",
                remedy:
                    "if the address is in use, another program holds the port (`ss -ulnp; ss -tlnp` shows it); if it "
                    + "is not available, the interface has lost it or still checks for duplicates; ports below 1024 need "
                    + "CAP_NET_BIND_SERVICE")
        }
        var bound = RawEndpoint()
        var size = socklen_t(RawEndpoint.size)
        let named = unsafe withUnsafeMutablePointer(to: &bound) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        return named == 0 ? UInt16(bigEndian: bound.port) : endpoint.port
    }

    /// Joins a group on one interface, and hears no group that this socket has not joined.
    func join(_ group: IPv6Address, scope: UInt32) throws(TransportError) {
        var request = GroupRequest(high: group.high.bigEndian, low: group.low.bigEndian, scope: scope)
        let result = unsafe setsockopt(
            descriptor, CInt(IPPROTO_IPV6), IPV6_JOIN_GROUP, &request, GroupRequest.size)
        guard result == 0 else {
            throw SystemError("setsockopt(IPV6_JOIN_GROUP)").transportError(
                "\(purpose): joining \(group) on interface \(scope)",
                remedy: "check that the interface is up and does multicast (`ip link`)")
        }
        trySet(CInt(IPPROTO_IPV6), Self.multicastAll, to: 0)
    }

    /// Lets the kernel drop datagrams whose hop limit is not one of `allowed`, before they are queued.
    ///
    /// A socket filter, since NIO does not hand out the hop limit of a datagram: load byte 7 of the IPv6 header, compare,
    /// keep or drop.
    func keepOnly(hopLimits allowed: [UInt8]) throws(TransportError) {
        var program: [FilterStep] = [FilterStep(code: 0x30, k: UInt32(bitPattern: -0x10_0000 + 7))]
        let unique = Array(Set(allowed)).sorted()
        for (position, value) in unique.enumerated() {
            let distance = UInt8(truncatingIfNeeded: unique.count - position)
            program.append(FilterStep(code: 0x15, ifTrue: distance, k: UInt32(value)))
        }
        program.append(FilterStep(code: 0x06, k: 0))
        program.append(FilterStep(code: 0x06, k: .max))
        guard unique.count < 255 else { return }
        let count = UInt16(truncatingIfNeeded: program.count)
        let result = unsafe program.withUnsafeMutableBufferPointer { steps in
            var whole = unsafe FilterProgram(count: count, steps: steps.baseAddress)
            return unsafe setsockopt(
                descriptor, SOL_SOCKET, Self.attachFilter, &whole, socklen_t(MemoryLayout<FilterProgram>.size))
        }
        guard result == 0 else {
            throw SystemError("setsockopt(SO_ATTACH_FILTER)").transportError(
                "\(purpose): filtering by hop limit", remedy: "the kernel does not support it; accept any hop limit")
        }
    }

    /// `struct ipv6_mreq`.
    private struct GroupRequest {
        var high: UInt64
        var low: UInt64
        var scope: UInt32

        static let size: socklen_t = 20
    }

    /// `struct sock_filter`.
    private struct FilterStep {
        var code: UInt16
        var ifTrue: UInt8 = 0
        var ifFalse: UInt8 = 0
        var k: UInt32
    }

    /// `struct sock_fprog`.
    @unsafe private struct FilterProgram {
        var count: UInt16
        var steps: UnsafeMutablePointer<FilterStep>?
    }
}
