internal import Synchronization
internal import V2GPrimitives

/// Keeps a responder, and the authority it belongs to, up with authorities, certificates and OCSP signers that another
/// process recorded, such as a rollover's new root.
package final class AuthorityFollower: Sendable {
    /// What the store says of the authorities.
    struct Picture: Hashable, Sendable {
        let authorities: [AuthorityRecord]
        let certificates: [AuthorityCertificate]
        let signers: [OCSPSignerRecord]

        init(of store: any CertificateStore) async throws(StoreError) {
            authorities = try await store.authorities()
            certificates = try await store.authorityCertificates(of: nil)
            signers = try await store.ocspSigners(of: nil)
        }

        var issuers: [String: AuthorityID] {
            Dictionary(authorities.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
        }
    }

    private struct State {
        var picture: Picture
        /// Position in the audit log that the picture is not older than.
        var sequence: Int64 = -1
    }

    private let authority: CertificateAuthority
    private let responder: OCSPResponder
    private let source: StoreStatusSource
    private let state: Mutex<State>

    init(
        _ authority: CertificateAuthority, responder: OCSPResponder, source: StoreStatusSource, seen: Picture
    ) {
        self.authority = authority
        self.responder = responder
        self.source = source
        state = Mutex(State(picture: seen))
    }

    /// Looks once. Cheap while nothing was recorded, so call it every few seconds, one call at a time.
    ///
    /// - Returns: Whether something changed: CRLs may be due then.
    /// - Throws: ``RevocationError`` with `storeUnavailable`, and with `badSigner` when the signer of some authority
    ///   cannot be opened; that authority keeps the signer that it had, the others are taken over.
    @discardableResult
    package func follow() async throws(RevocationError) -> Bool {
        let fresh: Picture
        do throws(StoreError) {
            let sequence = try await authority.store.lastSequence()
            guard sequence != state.withLock({ $0.sequence }) else { return false }
            fresh = try await Picture(of: authority.store)
            let isSame = state.withLock { state in
                guard state.picture == fresh else { return false }
                state.sequence = sequence
                return true
            }
            if isSame { return false }
        } catch {
            throw RevocationError(.storeUnavailable, "The authorities cannot be read: \(error)", cause: error)
        }
        let found: (authorities: [OCSPAuthority], failures: [String])
        do throws(IssuanceError) {
            found = try await authority.servedAuthorities()
        } catch {
            throw RevocationError(.storeUnavailable, "The authorities cannot be read: \(error.message)", cause: error)
        }
        source.answer(for: fresh.issuers)
        try responder.replaceAuthorities(found.authorities)
        // A signer that cannot be opened now is the upkeep's business: it tries again by itself.
        state.withLock { $0.picture = fresh }
        guard found.failures.isEmpty else {
            throw RevocationError(
                .badSigner, "OCSP signers cannot be used: \(found.failures.joined(separator: "; "))")
        }
        return true
    }
}
