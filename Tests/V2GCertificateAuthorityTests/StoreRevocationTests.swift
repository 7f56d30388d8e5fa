import GRDB
import Testing
import V2GCertificateAuthority
import V2GPrimitives
import V2GX509

@Suite struct StoreRevocationTests {
    let files: TemporaryStore
    let store: SQLiteStore

    init() throws {
        files = try TemporaryStore()
        store = try files.open()
    }

    private func revoke(
        _ ca: AuthorityRecord, _ serial: [UInt8], _ reason: RevocationReason, at time: Int64 = 2_000
    ) async throws -> RevocationOutcome {
        try await store.revoke(issuer: ca.id, serial: serial, reason: reason, origin: Sample.origin(at: time))
    }

    @Test func revokedNeverShowsGoodAgain() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let (_, serial) = try await store.issue(ca.id)
        let first = Revocation(reason: .keyCompromise, revokedAt: 2_000)
        #expect(try await revoke(ca, serial, .keyCompromise) == .revoked(first))
        #expect(try await revoke(ca, serial, .superseded, at: 3_000) == .alreadyRevoked(first))
        #expect(try await revoke(ca, serial, .certificateHold, at: 3_000) == .alreadyRevoked(first))
        await expect(.finallyRevoked) { _ = try await revoke(ca, serial, .removeFromCRL) }
        #expect(try await store.status(issuer: ca.id, serial: serial)?.revocation == first)
        #expect(throws: (any Error).self) { try directly("DELETE FROM revocation") }
        #expect(throws: (any Error).self) { try directly("UPDATE revocation SET reason = 6") }
    }

    @Test func holdCanBeLiftedOrMadeFinal() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let (_, serial) = try await store.issue(ca.id)
        await expect(.wrongState) { _ = try await revoke(ca, serial, .removeFromCRL) }
        let hold = Revocation(reason: .certificateHold, revokedAt: 2_000)
        #expect(try await revoke(ca, serial, .certificateHold) == .revoked(hold))
        #expect(try await revoke(ca, serial, .certificateHold, at: 2_500) == .alreadyRevoked(hold))
        #expect(try await revoke(ca, serial, .removeFromCRL) == .holdLifted)
        #expect(try await store.status(issuer: ca.id, serial: serial)?.revocation == nil)
        _ = try await revoke(ca, serial, .certificateHold)
        let final = Revocation(reason: .keyCompromise, revokedAt: 2_000)
        #expect(try await revoke(ca, serial, .keyCompromise, at: 3_000) == .holdMadeFinal(final))
        await expect(.finallyRevoked) { _ = try await revoke(ca, serial, .removeFromCRL) }
        #expect(try await store.verifyAudit(against: nil).fault == nil)
    }

    @Test func unknownSerialIsNotRevoked() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let mo = try await store.addAuthority(Sample.authority("mo_sub2"), origin: Sample.origin)
        let (_, serial) = try await store.issue(ca.id)
        await expect(.notFound) { _ = try await revoke(mo, serial, .keyCompromise) }
        await expect(.notFound) { _ = try await revoke(ca, [], .keyCompromise) }
        #expect(try await store.status(issuer: mo.id, serial: serial) == nil)
    }

    @Test func plannedSerialCanBeRevokedAndHasAStatus() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let (plan, certificate) = Sample.plan(ca.id)
        let intent = try await store.plan(plan, origin: Sample.origin)
        _ = try await revoke(ca, plan.serial, .keyCompromise)
        try await store.complete(intent, certificate: certificate, origin: Sample.origin)
        let status = try await store.status(issuer: ca.id, serial: plan.serial)
        #expect(status?.state == .issued && status?.revocation?.reason == .keyCompromise)
    }

    @Test func revokedArePagedByIssuer() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let mo = try await store.addAuthority(Sample.authority("mo_sub2"), origin: Sample.origin)
        var revoked: [[UInt8]] = []
        for index in 0..<7 {
            let (_, serial) = try await store.issue(index < 5 ? ca.id : mo.id, subject: "S\(index)")
            _ = try await revoke(index < 5 ? ca : mo, serial, .superseded)
            if index < 5 { revoked.append(serial) }
            try await store.issue(ca.id, subject: "good \(index)")
        }
        var found: [[UInt8]] = []
        var next: IntentID?
        repeat {
            let page = try await store.revoked(issuer: ca.id, after: next, limit: 2)
            found += page.entries.map(\.serial)
            next = page.next
        } while next != nil
        #expect(found == revoked.compactMap { StoredSerial.normalized($0) })
    }

    @Test func anotherProcessSeesARevocationBehindItsPosition() async throws {
        let other = try files.open()
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let (_, serial) = try await store.issue(ca.id)
        try await store.issue(ca.id, subject: "other")
        let position = try await other.lastSequence()
        #expect(try await other.statusChanges(since: position, limit: 10).statuses.isEmpty)
        _ = try await revoke(ca, serial, .keyCompromise)
        try await store.note("nothing about certificates", detail: "", origin: Sample.origin)
        let changes = try await other.statusChanges(since: position, limit: 10)
        #expect(changes.statuses.map(\.revocation?.reason) == [.keyCompromise])
        #expect(!changes.hasMore)
        #expect(try await other.lastSequence() == changes.through)
        let pieces = try await other.statusChanges(since: 0, limit: 2)
        #expect(pieces.hasMore && pieces.through == 2)
    }

    @Test func crlNumbersRiseAndOnlyNewerCRLsArePublished() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        func record(_ number: Int64) -> CRLRecord {
            CRLRecord(
                authority: ca.id, number: number, crl: [0x30, UInt8(number)], thisUpdate: 1, nextUpdate: 2,
                coveredSequence: 3)
        }
        await expect(.versionConflict) { try await store.publish(record(1), origin: Sample.origin) }
        #expect(try await store.reserveCRLNumber(issuer: ca.id, origin: Sample.origin) == 1)
        #expect(try await store.reserveCRLNumber(issuer: ca.id, origin: Sample.origin) == 2)
        try await store.publish(record(2), origin: Sample.origin)
        await expect(.versionConflict) { try await store.publish(record(1), origin: Sample.origin) }
        await expect(.versionConflict) { try await store.publish(record(2), origin: Sample.origin) }
        await expect(.versionConflict) { try await store.publish(record(3), origin: Sample.origin) }
        #expect(try await store.latestCRL(issuer: ca.id) == record(2))
        await expect(.notFound) {
            _ = try await store.reserveCRLNumber(issuer: AuthorityID(9), origin: Sample.origin)
        }
    }

    @Test func settingIsReplacedOnlyByWhoReadItsVersion() async throws {
        #expect(try await store.put([1], forSetting: "rollover", expectedVersion: 0, origin: Sample.origin) == 1)
        #expect(try await store.put([2], forSetting: "rollover", expectedVersion: 1, origin: Sample.origin) == 2)
        await expect(.versionConflict) {
            _ = try await store.put([3], forSetting: "rollover", expectedVersion: 1, origin: Sample.origin)
        }
        let kept = try await store.setting("rollover")
        #expect(kept?.value == [2] && kept?.version == 2)
        #expect(try await store.setting("nothing") == nil)
    }

    @Test func authoritiesKeepSeveralKeysAndCertificates() async throws {
        let first = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let second = try await store.addAuthority(Sample.authority(generation: 2), origin: Sample.origin)
        await expect(.alreadyExists) {
            _ = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        }
        let old = try await store.addCertificate(
            [0x30, 1], issuerName: "v2g_root", toAuthority: first.id, origin: Sample.origin)
        let new = try await store.addCertificate(
            [0x30, 2], issuerName: "v2g_root_2", toAuthority: first.id, origin: Sample.origin)
        await expect(.alreadyExists) {
            _ = try await store.addCertificate(
                [0x30, 2], issuerName: "v2g_root", toAuthority: first.id, origin: Sample.origin)
        }
        try await store.setState(.retired, ofAuthorityCertificate: old.id, origin: Sample.origin)
        let kept = try await store.authorityCertificates(of: first.id)
        #expect(kept.map(\.state) == [.retired, .active] && kept.last == new)
        #expect(try await store.authorityCertificates(of: second.id).isEmpty)
        let signer = try await store.addOCSPSigner(
            certificate: [0x30, 3], keyReference: "file:private/ocsp.key", notAfter: 9, toAuthority: first.id,
            origin: Sample.origin)
        #expect(try await store.ocspSigners(of: nil) == [signer])
        await expect(.notFound) { try await store.setState(.retired, ofOCSPSigner: 77, origin: Sample.origin) }
        #expect(try await store.verifyAudit(against: nil).isIntact)
    }

    /// Past the store, but with its triggers.
    private func directly(_ sql: String) throws {
        let queue = try DatabaseQueue(path: files.path)
        try queue.write { try $0.execute(sql: sql) }
    }
}
