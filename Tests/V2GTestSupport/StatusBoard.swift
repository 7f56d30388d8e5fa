import Synchronization
package import V2GCertificateAuthority
package import V2GX509

/// A status source in memory, with a separate store behind it: what is written to the store shows after a refresh.
package final class StatusBoard: StatusSource {
    private struct State {
        var shown: [SerialReference: RecordedStatus] = [:]
        var stored: [SerialReference: RecordedStatus] = [:]
        var changed: [SerialReference] = []
        var isBroken = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Writes to the store, as another process would.
    package func record(_ status: RecordedStatus, for serialNumber: SerialNumber, of ca: String) {
        let reference = SerialReference(ca: ca, serialNumber: serialNumber)
        state.withLock { state in
            state.stored[reference] = status
            state.changed.append(reference)
        }
    }

    package func breakStore(_ isBroken: Bool = true) { state.withLock { $0.isBroken = isBroken } }

    package func status(of serialNumber: SerialNumber, issuedBy ca: String) -> RecordedStatus {
        state.withLock { $0.shown[SerialReference(ca: ca, serialNumber: serialNumber)] } ?? .neverIssued
    }

    package func refresh() async throws(RevocationError) -> StatusRefresh {
        let changed = state.withLock { state -> [SerialReference]? in
            guard !state.isBroken else { return nil }
            state.shown = state.stored
            defer { state.changed = [] }
            return state.changed
        }
        guard let changed else { throw RevocationError(.storeUnavailable, "The test broke the store.") }
        return .changed(changed)
    }
}
