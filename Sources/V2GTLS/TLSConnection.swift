internal import CTLSEngine
package import V2GKeys

/// One TLS connection without sockets: ciphertext in, ciphertext out. One owner, who calls it from one place at a time.
///
/// ```
/// connection.receive(bytes); loop: step() until .needsMore; write takeOutput()
/// ```
@safe package final class TLSConnection {
    enum Role {
        case server(TLSServerContext)
        case client(TLSClientContext)
    }

    private enum Phase { case handshake, open, ended(TLSStep) }

    let role: Role
    let native: OpaquePointer
    private let seat: JudgeSeat
    private let keyLog: KeyLog?
    private var phase = Phase.handshake
    /// Our chain, once chosen.
    var shown: ChainEntry?
    var matchedAuthority = false
    var loweredFromTLS13 = false
    var askedForStatusV2 = false
    /// Why the ClientHello was refused, in words of ours.
    var helloRefusal: (code: TLSFailure.Code, message: String)?
    private var keyError: KeyError?

    /// The server's end.
    ///
    /// - Throws: ``TLSError`` with `libraryFailed`, out of memory.
    package static func server(_ context: TLSServerContext) throws(TLSError) -> TLSConnection {
        try TLSConnection(
            .server(context), context.base,
            JudgeSeat(context.configuration.verifyPeer, refusesP256InTLS13: false), context.configuration.keyLog)
    }

    /// The client's end. The first ``step()`` makes the ClientHello.
    package static func client(_ context: TLSClientContext) throws(TLSError) -> TLSConnection {
        try TLSConnection(
            .client(context), context.base,
            JudgeSeat(
                context.configuration.verifyPeer, refusesP256InTLS13: !context.configuration.quirkJosev),
            context.configuration.keyLog)
    }

    private init(
        _ role: Role, _ base: NativeContext, _ seat: JudgeSeat, _ keyLog: KeyLog?
    ) throws(TLSError) {
        guard let native = unsafe v2g_tls_new(base.pointer, Unmanaged.passUnretained(seat).toOpaque()) else {
            throw .drainingOpenSSL(.libraryFailed, "No TLS connection: out of memory.")
        }
        self.role = role
        unsafe self.native = unsafe native
        self.seat = seat
        self.keyLog = keyLog
    }

    deinit { unsafe v2g_tls_free(native) }

    /// Takes ciphertext from the wire.
    package func receive(_ bytes: Span<UInt8>) {
        guard !bytes.isEmpty else { return }
        let isTaken = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe v2g_tls_receive(native, buffer.baseAddress, buffer.count) == 1
        }
        if !isTaken { end(.failed(TLSFailure(code: .protocolError, message: "Out of memory for received bytes."))) }
    }

    /// Takes ciphertext from the wire.
    package func receive(_ bytes: [UInt8]) { receive(bytes.span) }

    /// Whether ``takeOutput()`` has something.
    package var hasOutput: Bool { unsafe v2g_tls_output_count(native) > 0 }

    /// All ciphertext for the wire, once.
    package func takeOutput() -> [UInt8] {
        let count = unsafe v2g_tls_output_count(native)
        guard count > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let base = buffer.baseAddress else { return }
            unsafe v2g_tls_take_output(native, base)
            initialized = count
        }
    }

    /// Goes on with what was received. To be called until it says ``TLSStep/needsMore``; after
    /// ``TLSStep/pendingSignature(_:)``, when the signature is there; after the end it repeats the end.
    package func step() -> TLSStep {
        defer { drainKeyLog() }
        switch phase {
        case .handshake: return handshake()
        case .open: return read()
        case .ended(let step): return step
        }
    }

    /// Whether plaintext can be sent.
    package var isOpen: Bool { if case .open = phase { true } else { false } }

    /// Encrypts plaintext; it waits in the output.
    ///
    /// - Throws: ``TLSError`` with `notConnected` before the handshake is done and after the end.
    package func send(_ plaintext: [UInt8]) throws(TLSError) { try send(plaintext.span) }

    /// Encrypts plaintext; it waits in the output.
    package func send(_ plaintext: Span<UInt8>) throws(TLSError) {
        guard case .open = phase else {
            throw TLSError(.notConnected, "Nothing can be sent: the TLS handshake is not done, or it ended.")
        }
        guard !plaintext.isEmpty else { return }
        let status = unsafe plaintext.withUnsafeBufferPointer { buffer -> v2g_tls_status in
            guard let base = buffer.baseAddress else { return V2G_TLS_OK }
            return unsafe v2g_tls_write(native, base, buffer.count)
        }
        guard status == V2G_TLS_OK else {
            let failure = failure()
            end(.failed(failure))
            throw TLSError(.notConnected, failure.message)
        }
    }

    /// Sends close_notify. What the peer still sends may be read.
    package func close() { unsafe v2g_tls_close(native) }

    /// Answers ``TLSStep/pendingSignature(_:)``.
    package func provide(signature: Result<[UInt8], KeyError>) {
        switch signature {
        case .success(let bytes):
            unsafe v2g_tls_provide_signature(native, bytes, bytes.count)
        case .failure(let error):
            keyError = error
            unsafe v2g_tls_provide_signature(native, nil, 0)
        }
    }

    private func end(_ step: TLSStep) { phase = .ended(step) }

    private func finish(_ step: TLSStep) -> TLSStep {
        end(step)
        return step
    }

    private func handshake() -> TLSStep {
        while true {
            switch unsafe v2g_tls_handshake(native) {
            case V2G_TLS_OK:
                return handshakeDone()
            case V2G_TLS_WANT_INPUT:
                return .needsMore
            case V2G_TLS_WANT_HELLO_ANSWER:
                answerHello()
            case V2G_TLS_WANT_CERTIFICATE_ANSWER:
                guard answerCertificate() else { return finish(.failed(failure())) }
            case V2G_TLS_WANT_SIGNATURE:
                guard case .external(let key)? = shown?.credential.key else {
                    return finish(.failed(failure()))
                }
                var count = 0
                let message = unsafe v2g_tls_to_sign(native, &count).map { start in
                    unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
                }
                return .pendingSignature(PendingTLSSignature(key: key, message: message ?? []))
            case V2G_TLS_PEER_CLOSED:
                return finish(.peerClosed)
            default:
                return finish(.failed(failure()))
            }
        }
    }

    private func handshakeDone() -> TLSStep {
        let version = unsafe Int(v2g_tls_version(native))
        let isTLS13 = version == ClientHello.tls13
        let group = unsafe String(cString: v2g_tls_group(native))
        var isPeerNeeded = isTLS13
        var matched = matchedAuthority
        if case .client(let context) = role {
            isPeerNeeded = true
            if !isTLS13 { matched = unsafe v2g_tls_trusted_authorities_acknowledged(native) == 1 }
            // A dual car names P-256 for TLS 1.2 only.
            if isTLS13, !context.configuration.quirkJosev, group != "secp521r1", group != "x448" {
                return finish(
                    .failed(
                        TLSFailure(
                            code: .groupMismatch,
                            message: "The station chose the group \(group) in TLS 1.3, where edition -20 allows "
                                + "secp521r1 and x448 only.")))
            }
        }
        // Nobody is trusted because a callback was forgotten.
        let isAccepted = unsafe v2g_tls_is_peer_accepted(native) == 1
        guard !isPeerNeeded || (seat.peer != nil && isAccepted) else {
            return finish(
                .failed(TLSFailure(code: .certificateVerifyFailed, message: "The peer was not judged. Report this.")))
        }
        phase = .open
        return .handshakeDone(
            TLSSummary(
                version: isTLS13 ? .tls13 : .tls12, suite: unsafe String(cString: v2g_tls_suite(native)), group: group,
                chainIndex: shown?.index, peer: seat.peer, matchedAuthority: matched,
                staplesSent: unsafe Int(v2g_tls_staples_sent(native)), askedForStatusV2: askedForStatusV2,
                loweredFromTLS13: loweredFromTLS13))
    }

    private func read() -> TLSStep {
        // One record is at most this long; the array that goes out is as long as what came.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16384) { buffer -> TLSStep in
            guard let base = buffer.baseAddress else { return .needsMore }
            var count = 0
            switch unsafe v2g_tls_read(native, base, buffer.count, &count) {
            case V2G_TLS_OK:
                return .plaintext(unsafe [UInt8](UnsafeBufferPointer(start: base, count: count)))
            case V2G_TLS_WANT_INPUT: return .needsMore
            case V2G_TLS_PEER_CLOSED: return finish(.peerClosed)
            default: return finish(.failed(failure()))
            }
        }
    }

    private func failure() -> TLSFailure {
        Explanation(
            kind: unsafe v2g_tls_failure_kind(native), text: unsafe String(cString: v2g_tls_failure_text(native)),
            alertSent: alert(unsafe v2g_tls_alert_sent(native)),
            alertReceived: alert(unsafe v2g_tls_alert_received(native)), helloRefusal: helloRefusal,
            verifyRefusal: seat.refusal, keyError: keyError, isServer: isServer
        ).failure
    }

    private func alert(_ code: Int32) -> TLSAlert? { UInt8(exactly: code).map(TLSAlert.init(code:)) }

    private var isServer: Bool { if case .server = role { true } else { false } }

    private func drainKeyLog() {
        guard let keyLog else { return }
        let count = unsafe v2g_tls_key_log_count(native)
        guard count > 0 else { return }
        let text = unsafe String(unsafeUninitializedCapacity: count) { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            unsafe base.withMemoryRebound(to: CChar.self, capacity: count) { characters in
                unsafe v2g_tls_take_key_log(native, characters)
            }
            return count
        }
        for line in text.split(separator: "\n") { keyLog(String(line)) }
    }
}
