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

    private struct State {
        var catalog: AuthorityCatalog?
        var preferredRoots: [String: String] = [:]
        var issuers: [String: Issuer] = [:]
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

    /// The catalog, read once and again after ``forgetCatalog()``.
    func catalog() async throws(IssuanceError) -> AuthorityCatalog {
        if let known = state.withLock({ $0.catalog }) { return known }
        let records = try await stored("read the authorities") { () throws(StoreError) in try await store.authorities() }
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
        state.withLock {
            $0.catalog = fresh
            $0.preferredRoots = preferred
        }
        return fresh
    }

    /// Must follow each change of authorities or of the rollover state.
    func forgetCatalog() {
        state.withLock {
            $0.catalog = nil
            $0.issuers = [:]
        }
    }

    /// The root that chains of an authority should lead to while several are valid.
    func preferredRoot(for name: String) -> String? { state.withLock { $0.preferredRoots[name] } }

    /// An authority with its key opened.
    ///
    /// - Parameter evenRetired: Whether a retired or revoked one will do: it issues nothing, but still owes CRLs and
    ///   OCSP answers.
    func issuer(_ name: String, evenRetired: Bool = false) async throws(IssuanceError) -> Issuer {
        if let known = state.withLock({ $0.issuers[name] }) { return known }
        let catalog = try await catalog()
        guard let entry = catalog.entry(name), let role = Role(rawValue: entry.record.role) else {
            let known = catalog.entries.map(\.record.name).joined(separator: ", ")
            throw IssuanceError(.unknownAuthority, "there is no authority '\(name)'. Known: \(known).")
        }
        guard entry.record.state == .active || evenRetired else {
            throw IssuanceError(.issuerUnsuitable, "authority '\(name)' is retired and issues nothing. Use its successor.")
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
                .issuerUnsuitable, "authority '\(name)' has no certificate that leads to a root. Finish 'v2g pki init'.")
        }
        let key = try await openKey(entry.record.keyReference, of: name)
        let issuer = try Issuer(
            name: name, role: role, certificate: path.certificate, key: key, chain: path.chain)
        if entry.record.state == .active, inService != nil { state.withLock { $0.issuers[name] = issuer } }
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
            throw IssuanceError(.signerUnavailable, "the key of '\(name)' cannot be used: \(error.message)", cause: error)
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
