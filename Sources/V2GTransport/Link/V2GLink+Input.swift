internal import NIOCore
internal import V2GFraming
internal import V2GKeys
internal import V2GTLS

extension V2GLink {
    private static let tlsHandshakeRecord: UInt8 = 0x16

    /// The socket is connected.
    func opened(_ context: ChannelHandlerContext) {
        guard self.context == nil, phase == .opening else { return }
        self.context = context
        remoteAddress = context.channel.remoteAddress
        localAddress = context.channel.localAddress
        isWorking = true
        setDeadline(.handshake, after: settings.handshakeTimeout)
        switch admission {
        case .byFirstByte: break
        case .plain: becomeReady(.plain)
        case .tls(let cipher):
            self.cipher = cipher
            phase = .handshaking
            drive()
        }
        settle()
    }

    /// Bytes of the socket.
    func received(_ buffer: ByteBuffer) {
        guard phase < .ended, buffer.readableBytes > 0 else { return }
        bytesReceived &+= UInt64(buffer.readableBytes)
        guard phase >= .ready || bytesReceived <= UInt64(clamping: settings.handshakeLimit) else {
            return finish(
                LinkEnd(.handshakeFailed, "more than \(settings.handshakeLimit) bytes before the handshake was done"))
        }
        isWorking = true
        let bytes = buffer.readableBytesUInt8Span
        if phase == .opening { recognize(firstByte: bytes[0]) }
        if phase < .ended {
            if let cipher {
                tracker.feed(bytes)
                cipher.receive(bytes)
                drive()
            } else {
                deliver(bytes)
            }
        }
        settle()
    }

    /// The peer has closed its direction.
    func inputClosed() {
        guard phase < .ended else { return }
        isWorking = true
        switch phase {
        case .opening, .handshaking, .ready:
            finish(
                LinkEnd(role == .station ? .closedBeforeFirstFrame : .closedByPeer, "the peer closed in phase \(phase)")
            )
        case .established:
            do throws(FramingError) {
                try reader.finish()
                finish(cipher == nil ? LinkEnd(.closedByPeer) : LinkEnd(.closedWithoutNotify))
            } catch {
                finish(LinkEnd(.closedInsideFrame, error.description, framingError: error))
            }
        case .closing:
            peerAnsweredClosing()
        case .ended:
            break
        }
        isWorking = false
    }

    /// Both directions are closed. When we have closed ours before, the end of the peer's comes as this and nothing else.
    func becameInactive() {
        guard phase == .closing else { return failed(ChannelError.eof) }
        peerAnsweredClosing()
    }

    /// The connection broke.
    func failed(_ error: any Error) {
        switch closing {
        // Everything was said; known cars end with RST.
        case .awaitingPeer: finish(LinkEnd(.closedByPeer, "not in order: \(error)"))
        case .sentFIN: finish(LinkEnd(.closedByUs, "not in order: \(error)"))
        case nil: finish(LinkEnd(.reset, "\(error)"))
        }
    }

    private func recognize(firstByte: UInt8) {
        guard case .byFirstByte(let policy, let makeCipher) = admission else { return }
        switch firstByte {
        case Self.tlsHandshakeRecord:
            guard policy != .plainOnly, let makeCipher else {
                return finish(LinkEnd(.tlsRefused, "the peer starts TLS, and this port has no TLS; see its settings"))
            }
            do {
                cipher = try makeCipher()
                phase = .handshaking
            } catch {
                finish(LinkEnd(.unavailable, "no TLS for this connection: \(error)"))
            }
        case V2GTPHeader.version:
            guard policy != .tlsOnly else {
                return finish(
                    LinkEnd(.plainRefused, "the peer starts without TLS, and the settings of this port forbid that"))
            }
            becomeReady(.plain)
        default:
            finish(LinkEnd(.unknownProtocol, "the first byte is 0x\(String(firstByte, radix: 16))"))
        }
    }

    private func becomeReady(_ security: LinkSecurity) {
        self.security = security
        phase = .ready
        guard let peer = hooks.makePeer(self) else {
            return finish(LinkEnd(.unavailable, "nothing serves this connection"))
        }
        self.peer = peer
        switch role {
        case .station: setDeadline(.firstFrame, after: settings.firstFrameTimeout)
        case .car: clearDeadline()
        }
        peer.connected(self)
    }

    /// Lets TLS go on as far as it can.
    func drive() {
        while phase < .ended, !isSigning, let cipher {
            switch cipher.step() {
            case .needsMore: return
            case .handshakeDone(let security): becomeReady(security)
            case .plaintext(let bytes): deliver(bytes.span)
            case .needsSignature(let sign): return askForSignature(sign)
            case .peerClosed: return notified()
            case .failed(let failure):
                let reason: LinkEnd.Reason = phase < .ready ? .handshakeFailed : .tlsFailed
                return finish(LinkEnd(reason, failure.message, tlsFailure: failure))
            }
        }
    }

    /// The key is not in the process: asks, and goes on here when the answer is there. The deadline of the handshake runs.
    private func askForSignature(_ sign: @escaping @Sendable () async -> Result<[UInt8], KeyError>) {
        isSigning = true
        let link = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.makeFutureWithTask { await sign() }.whenSuccess { answer in
            link.value.resume(with: answer)
        }
    }

    private func resume(with signature: Result<[UInt8], KeyError>) {
        isSigning = false
        guard phase == .handshaking, let cipher else { return }
        isWorking = true
        cipher.provide(signature: signature)
        drive()
        settle()
    }

    /// The peer's close_notify.
    private func notified() {
        switch phase {
        case .opening, .handshaking, .ready:
            finish(
                LinkEnd(role == .station ? .closedBeforeFirstFrame : .closedByPeer, "close_notify in phase \(phase)"))
        case .established:
            do throws(FramingError) {
                try reader.finish()
                finish(LinkEnd(.closedByPeer))
            } catch {
                finish(LinkEnd(.closedInsideFrame, error.description, framingError: error))
            }
        case .closing: peerAnsweredClosing()
        case .ended: break
        }
    }

    private func peerAnsweredClosing() {
        switch closing {
        case .awaitingPeer: finish(LinkEnd(.closedByPeer))
        case .sentFIN, nil: finish(LinkEnd(.closedByUs))
        }
    }

    private func deliver(_ bytes: Span<UInt8>) {
        var position = 0
        do throws(FramingError) {
            while canSend, let frame = try reader.next(in: bytes, from: &position) {
                framesReceived &+= 1
                if phase == .ready {
                    phase = .established
                    clearDeadline()
                    hooks.established(self)
                }
                peer?.received(frame, on: self)
            }
        } catch {
            finish(LinkEnd(.badFrame, error.description, framingError: error))
        }
    }

    /// After each piece of work: sends what it left, and watches over what has begun and not ended.
    private func settle() {
        isWorking = false
        flush()
        watchForDrip()
    }
}
