internal import Synchronization
internal import V2GSession
internal import V2GSessionISO2
internal import V2GSessionISO20

/// The paused sessions of one edition, kept in the process. A daemon that starts anew has none: its cars begin new
/// sessions, as the editions allow.
final class PausedSessions<Flow: SessionEdition>: Sendable {
    /// Nobody can make it grow without end: the oldest goes first.
    private static var most: Int { 1_024 }

    private let kept = Mutex<[(id: V2GSessionID, session: PausedSession<Flow>)]>([])

    func keep(_ session: PausedSession<Flow>) {
        kept.withLock { kept in
            kept.removeAll { $0.id == session.id }
            if kept.count >= Self.most { kept.removeFirst() }
            kept.append((session.id, session))
        }
    }

    func paused(_ id: V2GSessionID) -> PausedSession<Flow>? {
        kept.withLock { kept in kept.first { $0.id == id }?.session }
    }

    func forget(_ id: V2GSessionID) { kept.withLock { $0.removeAll { $0.id == id } } }
}

/// The paused sessions of all editions.
final class PauseShelf: Sendable {
    let iso2 = PausedSessions<ISO2Edition>()
    let iso20 = PausedSessions<ISO20Edition>()

    func keep<Flow: SessionEdition>(_ session: PausedSession<Flow>) {
        if let session = session as? PausedSession<ISO2Edition> { iso2.keep(session) }
        if let session = session as? PausedSession<ISO20Edition> { iso20.keep(session) }
    }

    func forget(_ id: V2GSessionID) {
        iso2.forget(id)
        iso20.forget(id)
    }
}
