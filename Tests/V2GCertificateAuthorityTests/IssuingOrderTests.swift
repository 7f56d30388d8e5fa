import CryptoOpenSSL
import Foundation
import Testing
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// The order of an issue: planned, linted, signed, recorded, answered.
@Suite struct IssuingOrderTests {
    @Test func planIsDurableBeforeSigningAndTheCertificateBeforeTheAnswer() async throws {
        let pki = try await TestPKI.built()
        let issued = try await pki.issue(.secc, "DE*ABC*E1").certificate
        let body = issued.body.der
        #expect(
            pki.log.events == [
                .planned(subject: "DE*ABC*E1", bodyHash: HashAlgorithm.sha256.hash(body)), .signed(message: body),
                .completed(certificate: issued.der),
            ])
        // The bytes given to the key are the certificate's signed part, byte for byte.
        #expect(issued.der.firstRange(of: body) != nil)
        #expect(try await pki.issuances(.issued, role: .secc).count == 1)
    }

    @Test func aLintRefusalCancelsAndSignsNothing() async throws {
        let pki = try await TestPKI.built()
        let error = await refusal { try await pki.issue(.secc, "not a station") }
        #expect(error?.code == .lintFailed)
        let events = pki.log.events
        #expect(events.count == 2)
        #expect(events.last == .cancelled(reason: "lintFailed"))
        #expect(try await pki.issuances(role: .secc).map(\.state) == [.cancelled])
        #expect(try await pki.store.openIntents(limit: 10).isEmpty)
    }

    @Test func aFailingSignerCancels() async throws {
        let pki = try await TestPKI.built()
        pki.keys.fail { $0.hasPrefix("sign") && $0.contains("cpo_sub2") }
        let key = try SoftwareKey.generate(.p256)
        let error = await refusal { try await pki.issue(.secc, "DE*ABC*E1", key: key) }
        #expect(error?.code == .signerUnavailable)
        #expect(error?.code.isRefusal == false)
        #expect(try await pki.issuances(role: .secc).map(\.state) == [.cancelled])
        // Another authority's key still works, and so does this one's once it is back.
        #expect(try await pki.issue(.contract, "DEABCC000000013").authority == "mo_sub2")
        pki.keys.fail(when: nil)
        #expect(try await pki.issue(.secc, "DE*ABC*E1", key: key).authority == "cpo_sub2")
    }

    @Test func aStoreThatDoesNotTakeThePlanLetsNothingBeSigned() async throws {
        let pki = try await TestPKI.built()
        pki.store.fail { step, isDone in step.hasPrefix("plan") && !isDone }
        let error = await refusal { try await pki.issue(.secc, "DE*ABC*E1") }
        #expect(error?.code == .storeFailed)
        #expect(pki.log.events.isEmpty)
        #expect(try await pki.issuances(role: .secc).isEmpty)
    }

    @Test func aStoreThatDoesNotTakeTheCertificateLeavesTheIntentToBeSettled() async throws {
        let pki = try await TestPKI.built()
        pki.store.fail { step, isDone in step.hasPrefix("complete") && !isDone }
        let error = await refusal { try await pki.issue(.secc, "DE*ABC*E1") }
        #expect(error?.code == .storeFailed)
        let open = try await pki.store.openIntents(limit: 10)
        #expect(open.map(\.subject) == ["DE*ABC*E1"])
        pki.store.fail(when: nil)
        let next = pki.restarted()
        #expect(try await next.settleOpenIntents() == 1)
        #expect(try await pki.store.openIntents(limit: 10).isEmpty)
        #expect(try await pki.issuances(role: .secc).map(\.state) == [.cancelled])
        #expect(try await next.settleOpenIntents() == 0)
        #expect(try await pki.store.verifyAudit(against: nil).fault == nil)
    }

    @Test func anAnswerLostAfterRecordingIsNotLostFromSight() async throws {
        let pki = try await TestPKI.built()
        pki.store.fail { step, isDone in step.hasPrefix("complete") && isDone }
        let error = await refusal { try await pki.issue(.secc, "DE*ABC*E1") }
        #expect(error?.code == .storeFailed)
        pki.store.fail(when: nil)
        #expect(try await pki.restarted().settleOpenIntents() == 0)
        let kept = try #require(try await pki.issuances(.issued, role: .secc).first)
        let answer = try await pki.authority.answer(serial: SerialNumber(magnitude: kept.serial).hex)
        #expect(answer?.certificate.subject.commonName == "DE*ABC*E1")
        #expect(answer?.chain.count == 2)
    }

    @Test func aFailingCleanUpKeepsTheReasonAndLeavesTheIntentInSight() async throws {
        let pki = try await TestPKI.built()
        pki.store.fail { step, isDone in step.hasPrefix("cancel") && !isDone }
        let error = await refusal { try await pki.issue(.secc, "not a station") }
        #expect(error?.code == .lintFailed)
        #expect(try await pki.store.openIntents(limit: 10).count == 1)
        pki.store.fail(when: nil)
        #expect(try await pki.restarted().settleOpenIntents() == 1)
    }

    @Test func aRevokedSubCAIssuesNothingMore() async throws {
        let pki = try await TestPKI.built()
        let sub = try pki.published("cpo_sub1")
        _ = try await pki.issue(.secc, "DE*ABC*E1")
        _ = try await pki.authority.revoke(serial: sub.body.serialNumber.magnitude, reason: .cACompromise)
        pki.log.clear()
        for authority in [pki.authority, pki.restarted()] {
            let request = try pki.request(try TestRequest("DE*ABC*E2"))
            let error = await refusal { _ = try await authority.issue(request, role: .secc) }
            #expect(error?.code == .issuerUnsuitable)
        }
        #expect(pki.log.events.isEmpty)
        // Others go on, and CRLs are still owed.
        #expect(try await pki.issue(.contract, "DEABCC000000013").authority == "mo_sub2")
        let list = try await pki.authority.issueCRL(of: "v2g_root", in: pki.site.directory)
        #expect(list.count == 1)
        #expect(try await pki.authority.issueCRL(of: "cpo_sub2", in: pki.site.directory).count == 0)
    }

    @Test func whatAnotherProcessDidToAnAuthorityCountsWithinSeconds() async throws {
        let pki = try await TestPKI.built()
        try await pki.issue(.secc, "DE*ABC*E1")
        let other = pki.restarted()
        let serial = try pki.published("cpo_sub1").body.serialNumber.magnitude
        _ = try await other.revoke(serial: serial, reason: .certificateHold)
        pki.clock.advance(seconds: 5)
        #expect(await refusal { try await pki.issue(.secc, "DE*ABC*E2") }?.code == .issuerUnsuitable)
        _ = try await other.revoke(serial: serial, reason: .removeFromCRL)
        pki.clock.advance(seconds: 5)
        #expect(try await pki.issue(.secc, "DE*ABC*E2").authority == "cpo_sub2")
        // A rollover that another process moved on.
        let rollover = try RolloverPlan(
            oldRoot: "v2g_root", newRoot: "v2g_root_g2", newCommonName: "Example G2", algorithm: .p256,
            start: pki.clock.now, distributeAfter: 1, changeOverAfter: 2, retireAfter: 3)
        try await other.planRollover(rollover)
        for _ in 0..<4 { _ = try await other.advanceRollover(of: "v2g_root", at: pki.site, ahead: true, unready: true) }
        pki.clock.advance(seconds: 5)
        let chain = try await pki.issue(.secc, "DE*ABC*E3").chain
        #expect(chain.last?.issuer.der == (try pki.published("v2g_root_g2").subject.der))
    }

    // MARK: Serials

    @Test func serialsAre16RandomBytesAndNeverRepeat() async throws {
        let pki = try await TestPKI.built()
        let total = ProcessInfo.processInfo.environment["V2G_LONG_TESTS"] == nil ? 1_000 : 10_000
        let key = try SoftwareKey.generate(.p256)
        let request = try pki.request(TestRequest("DE*ABC*E1", key: key))
        let authority = pki.authority
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    for _ in 0..<(total / 50) { _ = try await authority.issue(request, role: .secc) }
                }
            }
            try await group.waitForAll()
        }
        let all = try await pki.issuances(.issued, role: .secc)
        #expect(all.count == total)
        #expect(Set(all.map(\.serial)).count == total)
        // 16 bytes; a leading zero byte, which is not stored, comes once in 256.
        #expect(all.allSatisfy { (12...16).contains($0.serial.count) })
        #expect(all.count { $0.serial.count == 16 } > total * 98 / 100)
        // Every bit is set about half of the time.
        for bit in 0..<128 {
            let count = all.count { $0.serial.count == 16 && $0.serial[bit / 8] & (1 << UInt8(bit % 8)) != 0 }
            // Eight standard deviations of a fair coin to each side.
            let deviation = 4 * Int(Double(total).squareRoot())
            #expect((total / 2 - deviation...total / 2 + deviation).contains(count), "bit \(bit): \(count)")
        }
    }
}
