internal import Synchronization
internal import V2GCertificates
package import V2GKeys
package import V2GPrimitives
internal import V2GX509

/// A whole PKI of one edition: issues, revokes and remembers, through a store that is durable before each answer.
///
/// Order of an issue: plan recorded, complete body linted, signed, recorded, answered. What was linted is byte for byte
/// what is signed. All methods may be called from any task at once.
public final class CertificateAuthority: Sendable {
    public let plan: HierarchyPlan
    public let settings: AuthoritySettings
    package let store: any CertificateStore
    let keys: any KeyProvider
    let verifier: any SignatureVerifier
    let maker: BodyMaker
    /// Who is named in the audit log.
    let actor: String
    private let clock: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// How long what is known of the authorities is used before it is read again, in seconds: another process may have
    /// revoked or retired one, or moved a rollover on.
    static let catalogLife: Int64 = 5

    private struct State {
        var catalog: AuthorityCatalog?
        var readAt: Timestamp?
        var preferredRoots: [String: String] = [:]
        var issuers: [String: Issuer] = [:]
        /// By reference; they outlive the catalog, since opening one may take a passphrase or a token.
        var keys: [String: any SigningKey] = [:]
        /// Grows when the catalog is dropped: what was made from an older one is not kept.
        var generation = 0

        mutating func forget() {
            catalog = nil
            readAt = nil
            issuers = [:]
            generation += 1
        }

        mutating func forgetIfStale(at time: Timestamp) {
            guard let readAt else { return }
            let age = time.seconds - readAt.seconds
            if age < 0 || age >= CertificateAuthority.catalogLife { forget() }
        }
    }

    package init(
        plan: HierarchyPlan, settings: AuthoritySettings = AuthoritySettings(), store: any CertificateStore,
        keys: any KeyProvider, verifier: any SignatureVerifier, actor: String,
        clock: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.plan = plan
        self.settings = settings
        self.store = store
        self.keys = keys
        self.verifier = verifier
        self.actor = actor
        self.clock = clock
        maker = BodyMaker(
            plan: plan, settings: settings.profiles, keyIdentifier: settings.keyIdentifier,
            backdating: settings.backdatingSeconds)
    }

    package var now: Timestamp { clock() }

    /// Who and when, for the store's audit log.
    func origin() -> ChangeOrigin { ChangeOrigin(actor: actor, time: clock().seconds) }

    /// Runs a store call and turns its error into ours.
    func stored<T: Sendable>(
        _ doing: String, _ body: () async throws(StoreError) -> T
    ) async throws(IssuanceError) -> T {
        do {
            return try await body()
        } catch {
            throw IssuanceError(translating: error, doing: doing)
        }
    }

    // MARK: Authorities

    /// The catalog, read again after ``forgetCatalog()`` and every few seconds.
    func catalog() async throws(IssuanceError) -> AuthorityCatalog {
        let time = now
        let (known, generation) = state.withLock { state in
            state.forgetIfStale(at: time)
            return (state.catalog, state.generation)
        }
        if let known { return known }
        let records = try await stored("read the authorities") { () throws(StoreError) in try await store.authorities()
        }
        let certificates = try await stored("read the authorities' certificates") { () throws(StoreError) in
            try await store.authorityCertificates(of: nil)
        }
        var fresh = try AuthorityCatalog(records: records, certificates: certificates)
        for (recordID, issuer, serial) in fresh.serials {
            let status = try await stored("read an authority's status") { () throws(StoreError) in
                try await store.status(issuer: issuer, serial: serial)
            }
            if status?.revocation != nil { fresh.markRevoked(recordID) }
        }
        let preferred = try await rolloverPreferences(fresh)
        let read = fresh
        state.withLock { state in
            guard state.generation == generation else { return }
            state.catalog = read
            state.readAt = time
            state.preferredRoots = preferred
        }
        return read
    }

    /// Must follow each change of authorities or of the rollover state.
    func forgetCatalog() { state.withLock { $0.forget() } }

    /// The root that chains of an authority should lead to while several are valid.
    func preferredRoot(for name: String) -> String? { state.withLock { $0.preferredRoots[name] } }

    /// An authority with its key opened.
    ///
    /// - Parameter evenRetired: Whether a retired or revoked one will do: it issues nothing, but still owes CRLs and
    ///   OCSP answers.
    func issuer(_ name: String, evenRetired: Bool = false) async throws(IssuanceError) -> Issuer {
        let time = now
        let (cached, generation) = state.withLock { state in
            state.forgetIfStale(at: time)
            return (state.issuers[name], state.generation)
        }
        if let cached { return cached }
        let catalog = try await catalog()
        guard let entry = catalog.entry(name), let role = Role(rawValue: entry.record.role) else {
            let known = catalog.entries.map(\.record.name).joined(separator: ", ")
            throw IssuanceError(.unknownAuthority, "there is no authority '\(name)'. Known: \(known).")
        }
        guard entry.record.state == .active || evenRetired else {
            throw IssuanceError(
                .issuerUnsuitable, "authority '\(name)' is retired and issues nothing. Use its successor.")
        }
        let preferred = preferredRoot(for: name)
        let inService = catalog.chain(of: name, preferredRoot: preferred)
        let known = inService ?? catalog.chain(of: name, preferredRoot: preferred, evenRevoked: true)
        guard inService != nil || known == nil || evenRetired else {
            throw IssuanceError(
                .issuerUnsuitable,
                "authority '\(name)' issues nothing: its certificate, or one above it, is revoked or on hold. "
                    + "Make a new authority, or lift the hold with 'v2g pki revoke --reason removeFromCRL'.")
        }
        guard let path = known else {
            throw IssuanceError(
                .issuerUnsuitable, "authority '\(name)' has no certificate that leads to a root. Finish 'v2g pki init'."
            )
        }
        let reference = entry.record.keyReference
        let key: any SigningKey
        if let open = state.withLock({ $0.keys[reference] }) {
            key = open
        } else {
            key = try await openKey(reference, of: name)
        }
        let issuer = try Issuer(
            name: name, role: role, certificate: path.certificate, key: key, chain: path.chain)
        let isInService = entry.record.state == .active && inService != nil
        state.withLock { state in
            state.keys[reference] = key
            if isInService, state.generation == generation { state.issuers[name] = issuer }
        }
        return issuer
    }

    /// Opens a signing key by its stored reference.
    func openKey(_ reference: String, of name: String) async throws(IssuanceError) -> any SigningKey {
        do {
            let parsed = try KeyReference(parsing: reference)
            let key = try await keys.signingKey(parsed)
            // A token's signatures are verified where they arise.
            guard case .file = parsed, settings.verifiesOwnSignatures else { return key }
            return VerifiedSigningKey(key, verifier: verifier)
        } catch {
            throw IssuanceError(
                .signerUnavailable, "the key of '\(name)' cannot be used: \(error.message)", cause: error)
        }
    }
}

extension IssuanceError {
    /// A store's error in the authority's words.
    init(translating error: StoreError, doing: String) {
        switch error.code {
        case .keyBoundElsewhere:
            let uses = error.bindings.map(\.description).joined(separator: "; ")
            self.init(
                .keyInUse,
                "the key is in use already (\(uses)). A key serves one role under one name for life: make a new key. "
                    + "[V2G.CA.KEY-REUSE]", cause: error)
        case .keyCompromised: self.init(.keyCompromised, "\(error.message) [V2G.CA.KEY-COMPROMISED]", cause: error)
        case .notFound: self.init(.unknownCertificate, error.message, cause: error)
        case .revoked, .finallyRevoked, .wrongState: self.init(.alreadyRevoked, error.message, cause: error)
        case .retired: self.init(.issuerUnsuitable, error.message, cause: error)
        default: self.init(.storeFailed, "could not \(doing): \(error.message)", cause: error)
        }
    }
}
