import Synchronization
import V2GCertificateAuthority
import V2GX509

/// A store that logs the steps of an issue and can be cut off at each write, before or after it is durable.
final class SpyStore: CertificateStore {
    /// Asked before (`isDone` false) and after each write, with a name that stays the same when the write is repeated.
    typealias Fault = @Sendable (_ step: String, _ isDone: Bool) -> Bool

    let inner: any CertificateStore
    private let log: EventLog
    private let fault = Mutex<Fault?>(nil)
    private let subjects = Mutex<[IntentID: String]>([:])

    init(_ inner: any CertificateStore, log: EventLog) {
        self.inner = inner
        self.log = log
    }

    func fail(when fault: Fault?) { self.fault.withLock { $0 = fault } }

    private func write<T: Sendable>(
        _ step: String, _ body: () async throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        let fault = fault.withLock { $0 }
        if let fault, fault(step, false) { throw StoreError(.storageFailed, "cut off before '\(step)'") }
        let result = try await body()
        if let fault, fault(step, true) { throw StoreError(.storageFailed, "cut off after '\(step)'") }
        return result
    }

    // MARK: Issuance

    func plan(_ plans: [IssuancePlan], origin: ChangeOrigin) async throws(StoreError) -> [IntentID] {
        let name = plans.map { "\($0.issuer) \($0.role) \($0.subject)" }.joined(separator: ", ")
        return try await write("plan \(name)") { () throws(StoreError) in
            let intents = try await inner.plan(plans, origin: origin)
            subjects.withLock { known in
                for (intent, plan) in zip(intents, plans) {
                    known[intent] = "\(plan.issuer) \(plan.role) \(plan.subject)"
                }
            }
            for plan in plans { log.add(.planned(subject: plan.subject, bodyHash: plan.bodyHash)) }
            return intents
        }
    }

    func complete(_ results: [IssuanceResult], origin: ChangeOrigin) async throws(StoreError) {
        let name = results.map { result in subjects.withLock { $0[result.intent] } ?? "?" }.joined(separator: ", ")
        try await write("complete \(name)") { () throws(StoreError) in
            try await inner.complete(results, origin: origin)
            for result in results { log.add(.completed(certificate: result.certificate)) }
        }
    }

    func cancel(_ intent: IntentID, reason: String, origin: ChangeOrigin) async throws(StoreError) {
        try await write("cancel \(subjects.withLock { $0[intent] } ?? "?")") { () throws(StoreError) in
            try await inner.cancel(intent, reason: reason, origin: origin)
            log.add(.cancelled(reason: reason))
        }
    }

    // MARK: Authorities

    func addAuthority(_ authority: NewAuthority, origin: ChangeOrigin) async throws(StoreError) -> AuthorityRecord {
        try await write("addAuthority \(authority.name)") { () throws(StoreError) in
            try await inner.addAuthority(authority, origin: origin)
        }
    }

    func setState(_ state: RecordState, ofAuthority id: AuthorityID, origin: ChangeOrigin) async throws(StoreError) {
        try await write("setState \(state) authority \(id)") { () throws(StoreError) in
            try await inner.setState(state, ofAuthority: id, origin: origin)
        }
    }

    func addCertificate(
        _ certificate: [UInt8], issuerName: String, toAuthority id: AuthorityID, origin: ChangeOrigin
    ) async throws(StoreError) -> AuthorityCertificate {
        try await write("addCertificate \(id) by \(issuerName)") { () throws(StoreError) in
            try await inner.addCertificate(certificate, issuerName: issuerName, toAuthority: id, origin: origin)
        }
    }

    func setState(
        _ state: RecordState, ofAuthorityCertificate id: Int64, origin: ChangeOrigin
    ) async throws(StoreError) {
        try await write("setState \(state) certificate \(id)") { () throws(StoreError) in
            try await inner.setState(state, ofAuthorityCertificate: id, origin: origin)
        }
    }

    func addOCSPSigner(
        certificate: [UInt8], keyReference: String, notAfter: Int64, toAuthority id: AuthorityID, origin: ChangeOrigin
    ) async throws(StoreError) -> OCSPSignerRecord {
        try await write("addOCSPSigner \(id)") { () throws(StoreError) in
            try await inner.addOCSPSigner(
                certificate: certificate, keyReference: keyReference, notAfter: notAfter, toAuthority: id,
                origin: origin)
        }
    }

    func setState(_ state: RecordState, ofOCSPSigner id: Int64, origin: ChangeOrigin) async throws(StoreError) {
        try await write("setState \(state) signer \(id)") { () throws(StoreError) in
            try await inner.setState(state, ofOCSPSigner: id, origin: origin)
        }
    }

    // MARK: Other writes

    func revoke(
        issuer: AuthorityID, serial: [UInt8], reason: RevocationReason, origin: ChangeOrigin
    ) async throws(StoreError) -> RevocationOutcome {
        try await inner.revoke(issuer: issuer, serial: serial, reason: reason, origin: origin)
    }

    func reserveCRLNumber(issuer: AuthorityID, origin: ChangeOrigin) async throws(StoreError) -> Int64 {
        try await inner.reserveCRLNumber(issuer: issuer, origin: origin)
    }

    func publish(_ crl: CRLRecord, origin: ChangeOrigin) async throws(StoreError) {
        try await inner.publish(crl, origin: origin)
    }

    func put(
        _ value: [UInt8], forSetting key: String, expectedVersion: Int64, origin: ChangeOrigin
    ) async throws(StoreError) -> Int64 {
        try await write("put \(key) \(expectedVersion)") { () throws(StoreError) in
            try await inner.put(value, forSetting: key, expectedVersion: expectedVersion, origin: origin)
        }
    }

    func note(_ subject: String, detail: String, origin: ChangeOrigin) async throws(StoreError) {
        try await write("note \(subject)") { () throws(StoreError) in
            try await inner.note(subject, detail: detail, origin: origin)
        }
    }

    // MARK: Reading

    func authorities() async throws(StoreError) -> [AuthorityRecord] { try await inner.authorities() }
    func authorityCertificates(of id: AuthorityID?) async throws(StoreError) -> [AuthorityCertificate] {
        try await inner.authorityCertificates(of: id)
    }
    func ocspSigners(of id: AuthorityID?) async throws(StoreError) -> [OCSPSignerRecord] {
        try await inner.ocspSigners(of: id)
    }
    func openIntents(limit: Int) async throws(StoreError) -> [Issuance] { try await inner.openIntents(limit: limit) }
    func bindings(ofKey keyHash: [UInt8]) async throws(StoreError) -> [KeyBinding] {
        try await inner.bindings(ofKey: keyHash)
    }
    func issuance(_ intent: IntentID) async throws(StoreError) -> Issuance? { try await inner.issuance(intent) }
    func certificate(of intent: IntentID) async throws(StoreError) -> [UInt8]? {
        try await inner.certificate(of: intent)
    }
    func issuances(serial: [UInt8]) async throws(StoreError) -> [Issuance] { try await inner.issuances(serial: serial) }
    func issuances(
        matching query: IssuanceQuery, after intent: IntentID?, limit: Int
    ) async throws(StoreError) -> [Issuance] {
        try await inner.issuances(matching: query, after: intent, limit: limit)
    }
    func counts() async throws(StoreError) -> [IssuanceCount] { try await inner.counts() }
    func status(issuer: AuthorityID, serial: [UInt8]) async throws(StoreError) -> SerialStatus? {
        try await inner.status(issuer: issuer, serial: serial)
    }
    func revoked(issuer: AuthorityID, after intent: IntentID?, limit: Int) async throws(StoreError) -> RevocationPage {
        try await inner.revoked(issuer: issuer, after: intent, limit: limit)
    }
    func statuses(after intent: IntentID?, limit: Int) async throws(StoreError) -> [SerialStatus] {
        try await inner.statuses(after: intent, limit: limit)
    }
    func statusChanges(since sequence: Int64, limit: Int) async throws(StoreError) -> StatusChanges {
        try await inner.statusChanges(since: sequence, limit: limit)
    }
    func lastSequence() async throws(StoreError) -> Int64 { try await inner.lastSequence() }
    func latestCRL(issuer: AuthorityID) async throws(StoreError) -> CRLRecord? {
        try await inner.latestCRL(issuer: issuer)
    }
    func setting(_ key: String) async throws(StoreError) -> SettingRecord? { try await inner.setting(key) }
    func auditEntries(after sequence: Int64, limit: Int) async throws(StoreError) -> [AuditEntry] {
        try await inner.auditEntries(after: sequence, limit: limit)
    }
    func auditHead() async throws(StoreError) -> AuditHead { try await inner.auditHead() }
    func verifyAudit(against expected: AuditHead?) async throws(StoreError) -> AuditReport {
        try await inner.verifyAudit(against: expected)
    }
    func close() async throws(StoreError) { try await inner.close() }
}
