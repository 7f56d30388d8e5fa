import CryptoOpenSSL
import Synchronization
import Testing
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

@Suite struct ReissueTests {
    /// Collects what is told and handed over.
    final class Desk: Sendable {
        struct Seen {
            var progress: [ReissueProgress] = []
            var handedOver: [IssuedCertificate] = []
        }
        let seen = Mutex(Seen())
        var progress: [ReissueProgress] { seen.withLock { $0.progress } }
        var handedOver: [IssuedCertificate] { seen.withLock { $0.handedOver } }
    }

    private func run(
        _ authority: CertificateAuthority, since: Timestamp, desk: Desk, role: Role = .secc
    ) async throws -> (done: Int, skipped: Int, failures: [(subject: String, error: String)]) {
        try await authority.reissue(
            role: role, since: since, concurrency: 8,
            progress: { step in desk.seen.withLock { $0.progress.append(step) } },
            handOver: { issued in desk.seen.withLock { $0.handedOver.append(issued) } })
    }

    private func pki(leaves: Int) async throws -> (TestPKI, [Certificate]) {
        let pki = try await TestPKI.built()
        var old: [Certificate] = []
        for number in 0..<leaves { old.append(try await pki.issue(.secc, "DE*ABC*E\(number)").certificate) }
        pki.clock.advance(days: 30)
        return (pki, old)
    }

    @Test func everyLeafGetsANewCertificateOfTheSameKeyAndName() async throws {
        let (pki, old) = try await pki(leaves: 40)
        let contract = try await pki.issue(.contract, "DEABCC000000013").certificate
        let desk = Desk()
        let result = try await run(pki.authority, since: pki.clock.now, desk: desk)
        #expect(result.done == 40)
        #expect(result.skipped == 0)
        #expect(result.failures.isEmpty)
        #expect(desk.progress.map(\.done) == Array(1...40))
        #expect(desk.progress.allSatisfy { $0.total == 40 && $0.failed == 0 })
        #expect(Set(desk.handedOver.map(\.certificate.publicKey)) == Set(old.map(\.publicKey)))
        for issued in desk.handedOver {
            let before = try #require(old.first { $0.publicKey == issued.certificate.publicKey })
            #expect(before.subject.der == issued.certificate.subject.der)
            #expect(before.body.notAfter < issued.certificate.body.notAfter)
            #expect(issued.chain.count == 2)
        }
        // Negative control: leaves of other roles have what they had.
        #expect(
            try await pki.issuances(.issued, role: .contract).map(\.serial) == [contract.body.serialNumber.magnitude])
    }

    @Test(arguments: ["plan", "complete", "complete after"])
    func aRunCutOffInTheMiddleGoesOnAndLosesNone(_ cut: String) async throws {
        let (pki, old) = try await pki(leaves: 60)
        let since = pki.clock.now
        pki.clock.advance(seconds: 1)
        let counter = Counter()
        pki.store.fail { step, isDone in
            let isHere = isDone == (cut == "complete after")
            guard step.hasPrefix(cut.prefix(4)), isHere else { return false }
            // All after the 25th fail, as on a disk that went away.
            return counter.next() > 25
        }
        let first = Desk()
        await #expect(throws: IssuanceError.self) { _ = try await run(pki.authority, since: since, desk: first) }
        #expect(first.handedOver.count == 25)
        pki.store.fail(when: nil)
        pki.clock.advance(seconds: 60)
        let next = pki.restarted()
        _ = try await next.settleOpenIntents()
        let second = Desk()
        let result = try await run(next, since: since, desk: second)
        #expect(result.done + result.skipped == 60)
        #expect(result.failures.isEmpty)
        #expect(second.progress.last?.done == second.progress.last?.total)
        // Every leaf has exactly one new certificate.
        let fresh = try await pki.issuances(.issued, role: .secc).filter { $0.plannedAt > since.seconds }
        #expect(fresh.count == 60)
        #expect(Set(fresh.map(\.subject)).count == 60)
        #expect(Set(fresh.map(\.keyHash)) == Set(old.map { $0.body.subjectPublicKeyInfo.fingerprint }))
        // What was recorded and not handed over can be had again.
        let serials = try await next.issuedSince(since, role: .secc).map(\.serial)
        #expect(serials.count == 60)
        for serial in serials { #expect(try await next.answer(serial: serial)?.chain.count == 2) }
        #expect(try await pki.store.openIntents(limit: 10).isEmpty)
        #expect(try await pki.store.verifyAudit(against: nil).fault == nil)
        // A third run has nothing to do.
        let third = try await run(next, since: since, desk: Desk())
        #expect(third.done == 0)
        #expect(third.skipped == 60)
    }

    final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock {
                $0 += 1; return $0
            }
        }
    }

    @Test func revokedAndExpiredLeavesGetNothing() async throws {
        let (pki, old) = try await pki(leaves: 3)
        _ = try await pki.authority.revoke(serial: old[0].body.serialNumber.magnitude, reason: .cessationOfOperation)
        pki.clock.advance(days: 50)
        _ = try await pki.issue(.secc, "DE*ABC*E9")
        pki.clock.advance(days: 5)
        let desk = Desk()
        let result = try await run(pki.authority, since: pki.clock.now, desk: desk)
        #expect(result.done == 3)
        pki.clock.advance(days: 91)
        let late = try await run(pki.authority, since: pki.clock.now, desk: Desk())
        #expect(late.done == 0)
    }

    @Test func oneRefusedLeafDoesNotStopTheOthers() async throws {
        let pki = try await TestPKI.built()
        let key = try SoftwareKey.generate(.p256)
        _ = try await pki.issue(.secc, "DE*ABC*E1", key: key)
        let second = try await pki.issue(.secc, "DE*ABC*E1", key: key).certificate
        for number in 2..<6 { try await pki.issue(.secc, "DE*ABC*E\(number)") }
        _ = try await pki.authority.revoke(serial: second.body.serialNumber.magnitude, reason: .keyCompromise)
        pki.clock.advance(days: 1)
        let desk = Desk()
        let result = try await run(pki.authority, since: pki.clock.now, desk: desk)
        #expect(result.done == 4)
        #expect(result.failures.map(\.subject) == ["DE*ABC*E1"])
        #expect(desk.progress.last.map { $0.done + $0.failed } == 5)
    }

    @Test func hostNamesAreKept() async throws {
        let pki = try await TestPKI.built()
        let host = try #require(HostName("csms.example"))
        try await pki.issue(.csms, "Backend") { $0.hosts = [host] }
        pki.clock.advance(days: 1)
        let desk = Desk()
        _ = try await run(pki.authority, since: pki.clock.now, desk: desk, role: .csms)
        #expect(try desk.handedOver.first?.certificate.body.subjectAlternativeNames() == [.dns("csms.example")])
    }
}
