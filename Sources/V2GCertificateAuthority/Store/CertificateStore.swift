package import V2GX509

/// Who asked for a change, and when.
package struct ChangeOrigin: Sendable, Hashable {
    /// A person, program or host, as the audit log shall name it.
    package var actor: String
    /// Seconds since 1970.
    package var time: Int64

    package init(actor: String, time: Int64) {
        self.actor = actor
        self.time = time
    }
}

/// Where a certificate authority keeps what it did.
///
/// Every change is durable before its call returns and leaves one audit entry for each record it touches, in the same
/// transaction. A call that throws has changed nothing. Calls may come from any number of tasks and processes at once.
package protocol CertificateStore: Sendable {
    // Authorities.
    func addAuthority(_ authority: NewAuthority, origin: ChangeOrigin) async throws(StoreError) -> AuthorityRecord
    /// All authorities, oldest first.
    func authorities() async throws(StoreError) -> [AuthorityRecord]
    func setState(_ state: RecordState, ofAuthority id: AuthorityID, origin: ChangeOrigin) async throws(StoreError)
    func addCertificate(
        _ certificate: [UInt8], issuerName: String, toAuthority id: AuthorityID, origin: ChangeOrigin
    ) async throws(StoreError) -> AuthorityCertificate
    /// Oldest first; of one authority, or of all.
    func authorityCertificates(of id: AuthorityID?) async throws(StoreError) -> [AuthorityCertificate]
    func setState(
        _ state: RecordState, ofAuthorityCertificate id: Int64, origin: ChangeOrigin
    ) async throws(StoreError)
    func addOCSPSigner(
        certificate: [UInt8], keyReference: String, notAfter: Int64, toAuthority id: AuthorityID, origin: ChangeOrigin
    ) async throws(StoreError) -> OCSPSignerRecord
    /// Oldest first; of one authority, or of all.
    func ocspSigners(of id: AuthorityID?) async throws(StoreError) -> [OCSPSignerRecord]
    func setState(_ state: RecordState, ofOCSPSigner id: Int64, origin: ChangeOrigin) async throws(StoreError)

    // Issuance.
    /// Reserves the serials and records what will be signed: all of the plans or none.
    ///
    /// - Throws: ``StoreError/Code/duplicateSerial``, ``StoreError/Code/keyBoundElsewhere``,
    ///   ``StoreError/Code/keyCompromised``, ``StoreError/Code/retired`` (but for OCSP signers), ``StoreError/Code/notFound`` for an unknown issuer.
    func plan(_ plans: [IssuancePlan], origin: ChangeOrigin) async throws(StoreError) -> [IntentID]
    /// Records the signed certificates: all or none. Completing again with the same bytes changes nothing.
    ///
    /// - Throws: ``StoreError/Code/differsFromPlan`` when the body is not the planned one,
    ///   ``StoreError/Code/wrongState`` when cancelled or completed with other bytes.
    func complete(_ results: [IssuanceResult], origin: ChangeOrigin) async throws(StoreError)
    /// Ends an intent whose certificate was not and will not be handed out. The serial stays reserved.
    func cancel(_ intent: IntentID, reason: String, origin: ChangeOrigin) async throws(StoreError)
    /// Intents neither completed nor cancelled, oldest first: what a crash left behind.
    func openIntents(limit: Int) async throws(StoreError) -> [Issuance]
    /// What the key is used for; cancelled issuances do not count.
    func bindings(ofKey keyHash: [UInt8]) async throws(StoreError) -> [KeyBinding]

    // Reading.
    func issuance(_ intent: IntentID) async throws(StoreError) -> Issuance?
    /// DER; `nil` when not completed.
    func certificate(of intent: IntentID) async throws(StoreError) -> [UInt8]?
    /// Every issuance with this serial, whoever issued it.
    func issuances(serial: [UInt8]) async throws(StoreError) -> [Issuance]
    /// In the order of planning, after `intent`, at most `limit`.
    func issuances(
        matching query: IssuanceQuery, after intent: IntentID?, limit: Int
    ) async throws(StoreError) -> [Issuance]
    func counts() async throws(StoreError) -> [IssuanceCount]

    // Revocation.
    /// Revokes, puts on hold (`certificateHold`), or lifts a hold (`removeFromCRL`).
    ///
    /// - Throws: ``StoreError/Code/notFound`` for an unknown serial, ``StoreError/Code/finallyRevoked`` when a final
    ///   revocation shall be lifted, ``StoreError/Code/wrongState`` when there is no hold to lift.
    func revoke(
        issuer: AuthorityID, serial: [UInt8], reason: RevocationReason, origin: ChangeOrigin
    ) async throws(StoreError) -> RevocationOutcome
    /// `nil` for a serial never planned by this issuer.
    func status(issuer: AuthorityID, serial: [UInt8]) async throws(StoreError) -> SerialStatus?
    /// Revoked and held certificates of an issuer, in the order of planning.
    func revoked(issuer: AuthorityID, after intent: IntentID?, limit: Int) async throws(StoreError) -> RevocationPage
    /// Every serial of the store, in the order of planning.
    func statuses(after intent: IntentID?, limit: Int) async throws(StoreError) -> [SerialStatus]
    /// What changed behind a position of the audit log; looks at no more than `limit` entries.
    func statusChanges(since sequence: Int64, limit: Int) async throws(StoreError) -> StatusChanges
    /// Position of the newest audit entry. Cheap: poll it to learn of changes by other processes.
    func lastSequence() async throws(StoreError) -> Int64
    /// Takes the next CRL number of the issuer, from 1; never twice the same.
    func reserveCRLNumber(issuer: AuthorityID, origin: ChangeOrigin) async throws(StoreError) -> Int64
    /// Keeps the CRL as the newest one. A number not above that of the kept one, or never reserved, is refused.
    func publish(_ crl: CRLRecord, origin: ChangeOrigin) async throws(StoreError)
    func latestCRL(issuer: AuthorityID) async throws(StoreError) -> CRLRecord?

    // Settings.
    func setting(_ key: String) async throws(StoreError) -> SettingRecord?
    /// Replaces the document if its version is still `expectedVersion` (0: there is none yet); gives the new version.
    func put(
        _ value: [UInt8], forSetting key: String, expectedVersion: Int64, origin: ChangeOrigin
    ) async throws(StoreError) -> Int64

    // Audit.
    /// Records something that has no other record in the store, such as a key ceremony or a refused request.
    func note(_ subject: String, detail: String, origin: ChangeOrigin) async throws(StoreError)
    func auditEntries(after sequence: Int64, limit: Int) async throws(StoreError) -> [AuditEntry]
    func auditHead() async throws(StoreError) -> AuditHead
    /// Reads the whole log and compares it with the records; `expected` is a head exported earlier.
    func verifyAudit(against expected: AuditHead?) async throws(StoreError) -> AuditReport

    /// Waits for what is under way and lets go of the files.
    func close() async throws(StoreError)
}

extension CertificateStore {
    package func plan(_ plan: IssuancePlan, origin: ChangeOrigin) async throws(StoreError) -> IntentID {
        guard let intent = try await self.plan([plan], origin: origin).first else {
            throw StoreError(.storageFailed, "the store answered a plan without an intent; check the store's version")
        }
        return intent
    }

    package func complete(
        _ intent: IntentID, certificate: [UInt8], origin: ChangeOrigin
    ) async throws(StoreError) {
        try await complete([IssuanceResult(intent: intent, certificate: certificate)], origin: origin)
    }
}
