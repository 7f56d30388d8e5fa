internal import Logging
internal import Synchronization
internal import V2GFraming
internal import V2GPrimitives
package import V2GSession

/// The clock of sessions: monotonic for durations, the wall for certificates and headers.
package struct SessionClock: Sendable {
    private let read: @Sendable () -> SessionMoment

    package init(_ read: @escaping @Sendable () -> SessionMoment) { self.read = read }

    package func now() -> SessionMoment { read() }

    /// The system's clocks. The wall clock has to be set from a trusted source.
    package static let system: SessionClock = {
        let start = ContinuousClock.now
        return SessionClock { SessionMoment(uptime: ContinuousClock.now - start, wall: .now()) }
    }()
}

/// What a session has beside its connection: what the station gave it when it was assigned.
struct SessionPlace {
    let slot: EVSESlot
    let offer: StationOffer
    let protocols: [SAPSupportedProtocol]
    let backend: any StationBackend
    let pauses: PauseShelf
    let records: SessionRecorder
    let pseudonyms: Pseudonyms
    let clock: SessionClock
    let logger: Logger
    let allowsP256InEdition20: Bool
}

/// One EVSE of a station: its equipment, and whether a session has it.
///
/// Sound to share: only the session that has taken the slot touches the equipment, on its own loop, and it lets go of it
/// before it gives the slot back; the lock of the slot orders the two.
final class EVSESlot: @unchecked Sendable {
    let evse: StationConfiguration.EVSE
    let equipment: any EVSEEquipment
    private let taken = Mutex(false)

    init(_ evse: StationConfiguration.EVSE, equipment: any EVSEEquipment) {
        self.evse = evse
        self.equipment = equipment
    }

    var isFree: Bool { taken.withLock { !$0 } }

    /// Whether it was free and is the caller's now.
    func take() -> Bool {
        taken.withLock { taken in
            defer { taken = true }
            return !taken
        }
    }

    func giveBack() { taken.withLock { $0 = false } }
}
