import GRDB
import Testing
import V2GCertificateAuthority
import V2GPrimitives
import V2GX509

@Suite struct AuditTests {
    let files: TemporaryStore

    init() throws { files = try TemporaryStore() }

    /// A store in which every kind of entry occurs.
    private func fill() async throws -> AuditHead {
        let store = try files.open()
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        _ = try await store.addCertificate([0x30, 0], issuerName: "root", toAuthority: ca.id, origin: Sample.origin)
        _ = try await store.addOCSPSigner(
            certificate: [0x30, 1], keyReference: "file:k", notAfter: 1, toAuthority: ca.id, origin: Sample.origin)
        let (_, revoked) = try await store.issue(ca.id, subject: "A")
        let (_, held) = try await store.issue(ca.id, subject: "B")
        let open = try await store.plan(Sample.plan(ca.id, subject: "C").plan, origin: Sample.origin)
        try await store.cancel(open, reason: "test", origin: Sample.origin)
        _ = try await store.plan(Sample.plan(ca.id, subject: "D").plan, origin: Sample.origin)
        _ = try await store.revoke(issuer: ca.id, serial: held, reason: .certificateHold, origin: Sample.origin)
        _ = try await store.revoke(issuer: ca.id, serial: held, reason: .removeFromCRL, origin: Sample.origin)
        _ = try await store.revoke(issuer: ca.id, serial: revoked, reason: .keyCompromise, origin: Sample.origin)
        let number = try await store.reserveCRLNumber(issuer: ca.id, origin: Sample.origin)
        let crl = CRLRecord(
            authority: ca.id, number: number, crl: [0x30, 2], thisUpdate: 1, nextUpdate: 2, coveredSequence: 3)
        try await store.publish(crl, origin: Sample.origin)
        _ = try await store.put([1], forSetting: "rollover", expectedVersion: 0, origin: Sample.origin)
        try await store.note("ceremony", detail: "root key made", origin: Sample.origin)
        let head = try await store.auditHead()
        #expect(try await store.verifyAudit(against: head) == AuditReport(intact: head))
        try await store.close()
        return head
    }

    private func verify(against head: AuditHead? = nil) async throws -> AuditReport {
        let store = try files.open(.schema)
        let report = try await store.verifyAudit(against: head)
        try await store.close()
        return report
    }

    @Test func everyKindOfEntryIsReadableAndVerifies() async throws {
        let head = try await fill()
        let store = try files.open()
        let entries = try await store.auditEntries(after: 0, limit: 1_000)
        #expect(entries.count == Int(head.sequence))
        #expect(Set(entries.map(\.action)) == Set(AuditAction.allCases.map(\.rawValue)))
        #expect(entries.allSatisfy { !$0.fields.isEmpty })
        let planned = try #require(entries.first { $0.action == AuditAction.planned.rawValue })
        #expect(planned.fields.first { $0.name == "subject" }?.value == .text("A"))
        #expect(try await store.auditEntries(after: 3, limit: 2).map(\.sequence) == [4, 5])
    }

    @Test func changingAnyFieldOfAnyEntryIsDetectedThere() async throws {
        let head = try await fill()
        let changes = [
            "time = time + 1", "actor = actor || 'x'", "action = 'note '", "issuance = coalesce(issuance, 0) + 1",
            "details = CAST(details || 'x' AS BLOB)", "details = x''", "hash = zeroblob(32)",
        ]
        let image = try files.image()
        for sequence in 1...head.sequence {
            for change in changes {
                try files.tamper("UPDATE audit SET \(change) WHERE sequence = ?", [sequence])
                let report = try await verify()
                #expect(
                    report.fault?.sequence == sequence,
                    "\(change) of entry \(sequence): \(String(describing: report.fault))")
                #expect(report.verifiedEntries == sequence - 1)
                try files.restore(image)
            }
        }
        #expect(try await verify(against: head).isIntact)
    }

    @Test func removedInsertedAndReorderedEntriesAreDetected() async throws {
        let head = try await fill()
        let image = try files.image()
        let attacks: [(String, Int64)] = [
            ("DELETE FROM audit WHERE sequence = 4", 4),
            ("DELETE FROM audit WHERE sequence = 1", 1),
            ("UPDATE audit SET sequence = 900 WHERE sequence = 4", 4),
            (
                "UPDATE audit SET sequence = -sequence WHERE sequence IN (4, 5);"
                    + "UPDATE audit SET sequence = 9 + sequence WHERE sequence < 0", 4
            ),
            (
                "INSERT INTO audit SELECT max(sequence) + 1, time, actor, action, issuance, details, hash FROM audit",
                head.sequence + 1
            ),
        ]
        for (sql, sequence) in attacks {
            try files.tamper("PRAGMA ignore_check_constraints = ON; " + sql)
            #expect(try await verify().fault?.sequence == sequence, "\(sql)")
            try files.restore(image)
        }
    }

    @Test func cutOffTailIsDetectedWithAnExportedHead() async throws {
        let head = try await fill()
        // The last entry is a note, so no record misses it: only the exported head can tell.
        try files.tamper("DELETE FROM audit WHERE sequence = \(head.sequence)")
        #expect(try await verify().isIntact)
        let report = try await verify(against: head)
        #expect(report.fault?.kind == .headMissing && report.verifiedEntries == head.sequence - 1)
    }

    @Test func rewrittenLogIsDetectedWithAnExportedHead() async throws {
        let head = try await fill()
        let wrong = AuditHead(sequence: head.sequence - 1, hash: head.hash, time: head.time)
        let report = try await verify(against: wrong)
        #expect(report.fault?.kind == .headMissing && report.fault?.sequence == head.sequence - 1)
    }

    @Test(arguments: [
        "UPDATE issuance SET subject = 'Z' WHERE id = 1",
        "UPDATE issuance SET serial = x'0102' WHERE id = 1",
        "UPDATE issuance SET key_prefix = 0 WHERE id = 1",
        "UPDATE issuance SET key_hash = zeroblob(32) WHERE id = 2",
        "UPDATE issuance SET not_after = not_after + 1 WHERE id = 1",
        "UPDATE issuance SET planned_at = 0 WHERE id = 1",
        "UPDATE issuance SET sequence = 1 WHERE id = 1",
        "UPDATE issuance SET state = 2 WHERE id = 4",
        "UPDATE issuance SET state = 0 WHERE id = 3",
        "UPDATE issuance SET state = 0 WHERE id = 1",
        "DELETE FROM issuance WHERE id = 4",
        "UPDATE certificate SET der = x'3000' WHERE id = 1",
        "DELETE FROM certificate WHERE id = 1",
        "INSERT INTO certificate VALUES (4, x'3000', 2)",
        "DELETE FROM cancellation", "UPDATE cancellation SET reason = 'other'",
        "DELETE FROM revocation", "UPDATE revocation SET reason = 6", "UPDATE revocation SET revoked_at = 1",
        "INSERT INTO revocation VALUES (2, 1, 1, 5, 9)",
        "UPDATE authority SET key_reference = 'file:evil'", "UPDATE authority SET state = 1",
        "UPDATE authority_certificate SET certificate = x'3001'", "DELETE FROM ocsp_signer",
        "UPDATE ocsp_signer SET not_after = 99", "UPDATE crl_number SET number = 9", "UPDATE crl SET der = x'3003'",
        "DELETE FROM crl", "UPDATE setting SET value = x'02'", "INSERT INTO setting VALUES ('x', 1, x'00', 1)",
        "DELETE FROM setting", "UPDATE store SET created_at = 0",
        """
        INSERT INTO issuance SELECT 5, issuer, 0, x'0909', role, edition, subject, key_prefix, key_hash, body_hash,
            not_after, planned_at, sequence FROM issuance WHERE id = 4
        """,
    ])
    func recordChangedBehindTheLogsBackIsDetected(_ sql: String) async throws {
        let head = try await fill()
        try files.tamper(sql)
        let report = try await verify(against: head)
        #expect(!report.isIntact)
        #expect(
            report.fault?.kind == .recordDiffers || report.fault?.kind == .recordUncovered
                || report.fault?.kind == .storeDiffers)
    }

    @Test func triggersForbidChangingTheLog() async throws {
        _ = try await fill()
        let queue = try DatabaseQueue(path: files.path)
        for sql in ["UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE sequence > 3", "DELETE FROM certificate"] {
            #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: sql) } }
        }
        try queue.close()
        #expect(try await verify().isIntact)
    }

    @Test func fieldsHaveOneEncoding() throws {
        var fields = AuditFields()
        fields.add("text", text: "é")
        fields.add("number", number: -2)
        fields.add("bytes", bytes: [])
        let decoded = try #require(AuditFields.decode(fields.encoded))
        #expect(decoded.map(\.value) == [.text("é"), .number(-2), .bytes([])])
        for count in 1..<fields.encoded.count {
            let cut = AuditFields.decode(Array(fields.encoded.prefix(count)))
            #expect(cut == nil || (cut ?? []).count < 3)
        }
        #expect(AuditFields.decode([0x7a, 0, 0, 0, 0, 0]) == nil)
        #expect(AuditFields.decode([0x62, 0, 0xff, 0xff, 0xff, 0xff]) == nil)
    }
}

extension AuditReport {
    init(intact head: AuditHead) { self.init(verifiedEntries: head.sequence, head: head, fault: nil) }
}
