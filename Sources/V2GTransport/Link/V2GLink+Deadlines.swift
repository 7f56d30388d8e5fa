internal import NIOCore
internal import V2GFraming

/// The one deadline that a link is under.
struct LinkDeadline {
    enum Kind: Hashable {
        case handshake
        case firstFrame
        /// Something has begun and not ended; the mark says what, so that the clock starts anew for the next thing only.
        case partial(PartialMark)
        case linger
        case close
    }

    let kind: Kind
    let timer: Scheduled<Void>
}

/// What is incomplete: the frame that starts at this offset of the stream or, between frames, the record with this number.
enum PartialMark: Hashable {
    case frame(UInt64)
    case record(UInt64)
}

extension V2GLink {
    func setDeadline(_ kind: LinkDeadline.Kind, after duration: Duration) {
        deadline?.timer.cancel()
        let link = NIOLoopBound(self, eventLoop: eventLoop)
        let timer = eventLoop.scheduleTask(in: TimeAmount(duration)) { link.value.deadlinePassed(kind) }
        deadline = LinkDeadline(kind: kind, timer: timer)
    }

    func clearDeadline() {
        deadline?.timer.cancel()
        deadline = nil
    }

    /// Starts the clock when something has begun, and stops it when it has ended. A peer that drips bytes does not move
    /// it: it belongs to the frame, not to the last byte.
    func watchForDrip() {
        guard phase == .established || (phase == .ready && role == .car) else { return }
        let mark: PartialMark? =
            if !reader.isAtBoundary {
                .frame(reader.frameOffset)
            } else if !tracker.isAtBoundary {
                .record(tracker.records)
            } else {
                nil
            }
        guard let mark else {
            if deadline != nil { clearDeadline() }
            return
        }
        guard deadline?.kind != .partial(mark) else { return }
        setDeadline(.partial(mark), after: settings.frameTimeout)
    }

    private func deadlinePassed(_ kind: LinkDeadline.Kind) {
        guard phase < .ended, deadline?.kind == kind else { return }
        deadline = nil
        switch kind {
        case .handshake:
            finish(
                LinkEnd(
                    .handshakeTimeout,
                    "\(phase == .opening ? "no byte" : "no complete TLS handshake") within "
                        + "\(settings.handshakeTimeout)"))
        case .firstFrame:
            finish(LinkEnd(.firstFrameTimeout, "no complete frame within \(settings.firstFrameTimeout)"))
        case .partial:
            finish(
                LinkEnd(.frameTimeout, "a message has begun and was not complete within \(settings.frameTimeout)"))
        case .linger:
            finish(LinkEnd(.peerDidNotClose, "the peer did not close in time, so this side did"))
        case .close:
            finish(LinkEnd(.closedByUs, "the peer did not close its direction in time"))
        }
    }
}
