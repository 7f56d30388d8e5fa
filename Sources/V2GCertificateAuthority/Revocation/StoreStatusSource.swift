internal import Synchronization
internal import V2GPrimitives
package import V2GX509

/// Feeds the OCSP responder from a certificate store by way of its index in memory.
package final class StoreStatusSource: StatusSource {
    private struct Names {
        let issuers: [String: AuthorityID]
        let names: [AuthorityID: String]

        init(_ issuers: [String: AuthorityID]) {
            self.issuers = issuers
            names = Dictionary(issuers.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        }
    }

    private let store: any CertificateStore
    private let directory: StatusDirectory
    private let names: Mutex<Names>

    /// Reads every serial of the store.
    ///
    /// - Parameter issuers: The authorities that are answered for, by the name the responder knows them under. Two keys
    ///   of one authority are two names.
    /// - Throws: ``RevocationError`` with `storeUnavailable`.
    package static func load(
        from store: any CertificateStore, issuers: [String: AuthorityID]
    ) async throws(RevocationError) -> StoreStatusSource {
        do throws(StoreError) {
            let directory = try await StatusDirectory.load(from: store)
            return StoreStatusSource(store: store, directory: directory, issuers: issuers)
        } catch {
            throw Self.unavailable(error)
        }
    }

    private init(store: any CertificateStore, directory: StatusDirectory, issuers: [String: AuthorityID]) {
        self.store = store
        self.directory = directory
        names = Mutex(Names(issuers))
    }

    /// Takes new authorities in. The index holds the serials of all, so that their status shows at once.
    package func answer(for issuers: [String: AuthorityID]) {
        names.withLock { $0 = Names($0.issuers.merging(issuers) { known, _ in known }) }
    }

    package func status(of serialNumber: SerialNumber, issuedBy ca: String) -> RecordedStatus {
        guard let issuer = names.withLock({ $0.issuers[ca] }),
            let found = directory.lookup(issuer: issuer, serial: serialNumber.magnitude)
        else { return .neverIssued }
        // A revocation counts whatever the state: a planned certificate may have left the house by accident.
        if let revocation = found.revocation {
            return .revoked(at: Timestamp(seconds: revocation.revokedAt), reason: revocation.reason)
        }
        return switch found.state {
        case .planned: .planned
        case .issued: .good
        case .cancelled: .neverIssued
        }
    }

    package func refresh() async throws(RevocationError) -> StatusRefresh {
        do throws(StoreError) {
            let changed = try await directory.refresh(from: store)
            let names = names.withLock { $0.names }
            return .changed(
                changed.compactMap { status in
                    names[status.issuer].map {
                        SerialReference(ca: $0, serialNumber: SerialNumber(magnitude: status.serial))
                    }
                })
        } catch {
            throw Self.unavailable(error)
        }
    }

    private static func unavailable(_ error: StoreError) -> RevocationError {
        RevocationError(.storeUnavailable, "The store cannot be read: \(error)", cause: error)
    }
}
