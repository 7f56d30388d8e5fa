internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import V2GFraming

/// Makes the sockets of a listener: bound to device, address and port before anybody can connect.
enum ListeningSocket {
    private static let minimumHopCount: CInt = 73  // IPV6_MINHOPCOUNT, not in the headers of the C library
    private static let dynamicTries = 64

    /// Binds `port` at `place`.
    ///
    /// - Returns: The descriptor, which the caller owns, and the port.
    static func bound(
        _ port: ListenerSettings.Port, at place: ResolvedPlace, minimumHopLimit: UInt8?
    ) throws(TransportError) -> (descriptor: CInt, port: UInt16) {
        switch port {
        case .fixed(let number):
            return try bound(number, at: place, minimumHopLimit)
        case .dynamic(let preferred):
            var candidate = preferred ?? UInt16.random(in: SDP.dynamicPorts)
            for _ in 1..<dynamicTries {
                do throws(TransportError) {
                    return try bound(candidate, at: place, minimumHopLimit)
                } catch {
                    guard error.code == .addressInUse else { throw error }
                    candidate = UInt16.random(in: SDP.dynamicPorts)
                }
            }
            return try bound(candidate, at: place, minimumHopLimit)
        }
    }

    private static func bound(
        _ port: UInt16, at place: ResolvedPlace, _ minimumHopLimit: UInt8?
    ) throws(TransportError) -> (descriptor: CInt, port: UInt16) {
        let socket = try RawSocket(.stream, purpose: "TCP listener")
        try socket.set(CInt(IPPROTO_IPV6), IPV6_V6ONLY, "IPV6_V6ONLY", to: 1)
        try socket.set(SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR", to: 1)
        if let device = place.device { try socket.bind(toDevice: device) }
        socket.trySet(CInt(IPPROTO_IPV6), IPV6_UNICAST_HOPS, to: 255)
        if let minimumHopLimit {
            try socket.set(
                CInt(IPPROTO_IPV6), minimumHopCount, "IPV6_MINHOPCOUNT", to: CInt(minimumHopLimit))
        }
        let bound = try socket.bind(to: place.endpoint(port: port))
        return (socket.released(), bound)
    }
}

/// Waits a moment when the process has no descriptors left, instead of asking for the next connection at once: the socket
/// stays readable, and the loop would spin.
final class AcceptBackoff: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private static let pause = TimeAmount.milliseconds(100)
    private var pausedUntil: NIODeadline?
    private let log: (any Error) -> Void

    init(log: @escaping (any Error) -> Void) { self.log = log }

    func read(context: ChannelHandlerContext) {
        guard let until = pausedUntil else { return context.read() }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(deadline: until) {
            let (handler, context) = bound.value
            guard handler.pausedUntil != nil else { return }
            handler.pausedUntil = nil
            context.read()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        log(error)
        if let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) {
            pausedUntil = .now() + Self.pause
        }
        context.fireErrorCaught(error)
    }
}
