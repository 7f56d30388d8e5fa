package import NIOCore
package import V2GFraming
package import V2GTLS

/// One TCP connection of a charging session, on either end, plain or with TLS.
///
/// Theory of operation. A link lives on one event loop and is not sendable: bytes arrive, are decrypted, cut into frames
/// and handed to the peer in one call chain, and what the peer sends in answer leaves in one write when the chain returns.
/// No queue, no task and no other thread is between the socket and the session. The one exception is a signature of a key
/// in hardware during the handshake; its answer comes back to the loop.
///
/// A link goes through ``Phase`` in order and never back. Whatever ends it, the end is reported once, with a reason. To
/// reach a link from elsewhere, wrap it in a `NIOLoopBound` of ``eventLoop``.
package final class V2GLink {
    package enum Role: Sendable, Hashable {
        case station
        case car
    }

    package enum Phase: Int, Sendable, Comparable {
        /// Nothing has arrived yet, so that TLS and plain cannot be told apart.
        case opening
        case handshaking
        /// Frames can flow, none has arrived.
        case ready
        /// A whole frame has arrived.
        case established
        /// The last frame is sent; frames that arrive are dropped.
        case closing
        case ended

        package static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    package let role: Role
    /// Unique among the links of one listener.
    package let id: UInt64
    package let settings: LinkSettings
    package let eventLoop: any EventLoop
    /// Known from ``V2GPeer/connected(_:)`` on.
    package internal(set) var remoteAddress: SocketAddress?
    /// Known from ``V2GPeer/connected(_:)`` on.
    package internal(set) var localAddress: SocketAddress?

    package internal(set) var phase = Phase.opening
    /// Known from ``V2GPeer/connected(_:)`` on.
    package internal(set) var security = LinkSecurity.plain
    package internal(set) var framesReceived: UInt64 = 0
    package internal(set) var framesSent: UInt64 = 0
    package internal(set) var bytesReceived: UInt64 = 0
    package internal(set) var bytesSent: UInt64 = 0

    let admission: LinkAdmission
    let hooks: LinkHooks
    var peer: (any V2GPeer)?
    var cipher: (any LinkCipher)?
    var tracker = TLSRecordTracker()
    var reader: V2GTPReader
    /// Frames that are encoded and not yet encrypted or written.
    var staged: [UInt8] = []
    /// What goes to the socket; kept for its memory.
    var output: ByteBuffer
    /// Set while bytes of the socket are worked on: what is sent meanwhile leaves at the end.
    var isWorking = false
    /// A key outside of the process was asked; bytes that arrive meanwhile wait in TLS.
    var isSigning = false
    var deadline: LinkDeadline?
    var context: ChannelHandlerContext?
    /// The closing that is under way.
    var closing: Closing?

    enum Closing {
        /// We have sent the last frame and wait for the peer to close.
        case awaitingPeer
        /// We have closed our direction and wait for the peer to close its own.
        case sentFIN
    }

    init(
        role: Role, id: UInt64, channel: any Channel, settings: LinkSettings, admission: LinkAdmission,
        hooks: LinkHooks
    ) {
        self.role = role
        self.id = id
        self.settings = settings
        self.admission = admission
        self.hooks = hooks
        eventLoop = channel.eventLoop
        remoteAddress = channel.remoteAddress
        localAddress = channel.localAddress
        reader = V2GTPReader(payloadLimit: settings.payloadLimit)
        output = ByteBuffer()
    }

    /// Where the peer is, with the scope.
    package var remoteEndpoint: LinkEndpoint? { LinkEndpoint(remoteAddress) }
    /// The address and port at our end: tells which port of a listener was used.
    package var localEndpoint: LinkEndpoint? { LinkEndpoint(localAddress) }
    /// What TLS negotiated; `nil` for a plain connection.
    package var tls: TLSSummary? { security.summary }
    package var canSend: Bool { phase == .ready || phase == .established }

    /// Sends a frame.
    ///
    /// - Returns: `false` when the link is closing or over and the frame was dropped.
    @discardableResult
    package func send(_ frame: V2GTPFrame) -> Bool {
        send(frame.payloadType) { $0.append(contentsOf: frame.payload) }
    }

    /// Sends a frame whose payload `body` appends to the buffer behind the header; so nothing is copied.
    ///
    /// - Parameter body: Appends to the buffer and does nothing else; it must not call the link.
    /// - Throws: What `body` throws; nothing is sent then.
    /// - Returns: `false` when the link is closing or over, or the payload is longer than a header can say.
    @discardableResult
    package func send<Failure: Error>(
        _ payloadType: V2GTPPayloadType, body: (inout [UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        eventLoop.preconditionInEventLoop()
        guard canSend else { return false }
        do throws(V2GTPFrame.AppendFault<Failure>) {
            try V2GTPFrame.append(payloadType, to: &staged, body: body)
        } catch {
            switch error {
            case .body(let failure): throw failure
            case .framing: return false
            }
        }
        framesSent &+= 1
        if !isWorking { flush() }
        return canSend
    }

    /// For the station, after its last response: waits for the car to close, then closes as well; closes itself after
    /// `limit` (``LinkSettings/lingerTimeout`` by default). Frames that arrive meanwhile are dropped.
    package func closeAfterPeer(within limit: Duration? = nil) {
        eventLoop.preconditionInEventLoop()
        guard phase < .closing else { return }
        guard canSend else { return finish(LinkEnd(.closedByUs)) }
        flush()
        guard phase < .closing else { return }
        phase = .closing
        closing = .awaitingPeer
        setDeadline(.linger, after: limit ?? settings.lingerTimeout)
    }

    /// For the car, after the last response: close_notify, then FIN, then waits for the station to close, for at most
    /// `limit` (``LinkSettings/closeTimeout`` by default).
    package func closeFirst(within limit: Duration? = nil) {
        eventLoop.preconditionInEventLoop()
        guard phase < .closing else { return }
        guard canSend else { return finish(LinkEnd(.closedByUs)) }
        flush()
        guard phase < .closing else { return }
        phase = .closing
        closing = .sentFIN
        cipher?.close()
        flush()
        guard phase == .closing else { return }
        context?.close(mode: .output, promise: nil)
        setDeadline(.close, after: limit ?? settings.closeTimeout)
    }

    /// Closes at once, with close_notify where there is TLS; what is sent already goes out first.
    package func closeNow(_ end: LinkEnd = LinkEnd(.closedByUs)) {
        eventLoop.preconditionInEventLoop()
        finish(end)
    }
}

/// What a link may be when its first byte arrives.
enum LinkAdmission {
    /// Decided by the first byte.
    case byFirstByte(SecurityPolicy, LinkCipherFactory?)
    /// A client without TLS.
    case plain
    /// A client with TLS.
    case tls(any LinkCipher)
}

/// Which kinds of connection a station takes.
package enum SecurityPolicy: Sendable, Hashable {
    /// TLS only. Plug & Charge and edition -20 need it anyway; this forbids plain EIM sessions as well.
    case tlsOnly
    /// Both, told apart by the first byte: 0x16 starts a TLS record, 0x01 a V2GTP header.
    case either
    /// Plain only: a station without certificates.
    case plainOnly
}

/// Calls from a link to what owns it, on the loop of the link.
struct LinkHooks {
    /// Frames can flow: makes the peer, or `nil` when there is none for this link.
    var makePeer: (V2GLink) -> (any V2GPeer)?
    var established: (V2GLink) -> Void = { _ in }
    var ended: (V2GLink, LinkEnd) -> Void = { _, _ in }
}
