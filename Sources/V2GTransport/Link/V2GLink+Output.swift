internal import NIOCore

extension V2GLink {
    /// Memory that is kept between two flushes, in bytes.
    private static let keptCapacity = 16 * 1024

    /// Encrypts what is staged and writes it out, in one write.
    func flush() {
        guard phase < .ended, let context else { return }
        guard seal() else {
            return finish(LinkEnd(.tlsFailed, "TLS cannot send any more"))
        }
        guard output.readableBytes > 0 else { return }
        guard isTakingOutput(context) else {
            return finish(
                LinkEnd(.outputStalled, "more than \(settings.outputLimit) bytes wait for a peer that does not read"))
        }
        bytesSent &+= UInt64(output.readableBytes)
        context.writeAndFlush(NIOAny(output), promise: nil)
        output.clear()
    }

    /// Moves what is staged through TLS into the output.
    private func seal() -> Bool {
        if !staged.isEmpty {
            if let cipher {
                guard cipher.send(staged.span) else { return false }
            } else {
                output.writeBytes(staged)
            }
            staged.removeAll(keepingCapacity: staged.capacity <= Self.keptCapacity)
        }
        cipher?.takeOutput(into: &output)
        return true
    }

    private func isTakingOutput(_ context: ChannelHandlerContext) -> Bool {
        context.channel.isWritable
    }

    /// The one way to end a link.
    func finish(_ end: LinkEnd) {
        guard phase < .ended else { return }
        let wasOpen = phase > .opening
        let sendsNotify = end.reason != .reset && closing != .sentFIN
        phase = .ended
        clearDeadline()
        if let context {
            if sendsNotify, wasOpen {
                _ = seal()
                // A handshake that failed has its alert in the output already.
                if end.reason != .handshakeFailed, end.reason != .tlsFailed { cipher?.close() }
                cipher?.takeOutput(into: &output)
            }
            closeChannel(context)
        }
        context = nil
        cipher = nil
        staged = []
        hooks.ended(self, end)
        let last = peer
        peer = nil
        last?.disconnected(end, from: self)
    }

    /// Closes when the last bytes have left, or a second later.
    private func closeChannel(_ context: ChannelHandlerContext) {
        let channel = context.channel
        guard output.readableBytes > 0 else { return channel.close(promise: nil) }
        bytesSent &+= UInt64(output.readableBytes)
        let timer = eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        context.writeAndFlush(NIOAny(output)).whenComplete { _ in
            timer.cancel()
            channel.close(promise: nil)
        }
        output = ByteBuffer()
    }
}
