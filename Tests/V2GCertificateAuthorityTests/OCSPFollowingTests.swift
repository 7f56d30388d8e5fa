import Foundation
import Testing
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// A server's responder over a PKI that other processes change.
@Suite struct OCSPFollowingTests {
    /// The status of a certificate as the responder tells it, or why not.
    private enum Told: Equatable {
        case status(OCSPStatus?, signer: [UInt8]?)
        case failed(OCSPFailure)

        var isGood: Bool { if case .status(.good, _) = self { true } else { false } }
        var signer: [UInt8]? { if case .status(_, let signer) = self { signer } else { nil } }
    }

    private func ask(
        _ responder: OCSPResponder, _ certificate: Certificate, issuer: Certificate, now: Timestamp
    ) async throws -> Told {
        let certID = OCSPCertID(serialNumber: certificate.body.serialNumber, issuer: issuer.body, hash: .sha1)
        let answer = await responder.answer(request: OCSPRequest(certIDs: [certID]).encoded(), now: now)
        switch try OCSPResponse(der: answer.der) {
        case .failed(let failure): return .failed(failure)
        case .answered(let basic):
            return .status(basic.responses.first?.status, signer: basic.certificates.first?.der)
        }
    }

    @Test func aRootMadeByAnotherProcessIsAnsweredForWithoutARestart() async throws {
        let pki = try await TestPKI.built()
        let (responder, follower) = try await pki.authority.makeFollowedResponder(at: pki.site)
        try await responder.refresh(now: pki.clock.now)
        #expect(try await follower.follow() == false)

        let other = pki.restarted()
        try await other.planRollover(
            RolloverPlan(
                oldRoot: "v2g_root", newRoot: "v2g_root_2", newCommonName: "V2GRootCA2", algorithm: .p256,
                start: pki.clock.now, distributeAfter: 1, changeOverAfter: 2, retireAfter: 3))
        _ = try await other.advanceRollover(of: "v2g_root", at: pki.site)
        try await responder.refresh(now: pki.clock.now)
        let root = try pki.published("v2g_root_2")
        #expect(try await ask(responder, root, issuer: root, now: pki.clock.now) == .failed(.unauthorized))

        #expect(try await follower.follow())
        #expect(try await ask(responder, root, issuer: root, now: pki.clock.now).isGood)
        #expect(try await follower.follow() == false)
        // The authority itself knows the new root now, and owes its CRL.
        let crls = try pki.authority.crlIssuer(pki.site.directory)
        #expect(try await pki.authority.renewCRLs(using: crls).contains("v2g_root_2"))
    }

    @Test(arguments: [RevocationReason.keyCompromise, .superseded])
    func aRevokedSignerSignsNothingAndIsReplaced(_ reason: RevocationReason) async throws {
        let pki = try await TestPKI.built()
        let issuer = try pki.published("cpo_sub2")
        let first = try pki.published("ocsp_cpo_sub2")
        let leaf = try await pki.issue(.secc, "DE*TST*E1").certificate
        let responder = try await pki.authority.makeResponder(at: pki.site)
        let now = pki.clock.now
        try await responder.refresh(now: now)
        #expect(try await ask(responder, leaf, issuer: issuer, now: now).signer == first.der)

        _ = try await pki.restarted().revoke(
            serial: first.body.serialNumber.magnitude, authority: "cpo_sub2", reason: reason)
        try await responder.refresh(now: now)
        #expect(try await ask(responder, leaf, issuer: issuer, now: now) == .failed(.tryLater))
        let health = responder.health(now: now)
        #expect(!health.isHealthy)
        #expect(health.signers.filter { !$0.isUsable }.map(\.authority) == ["cpo_sub2"])

        try await responder.reloadSigners(now: now)
        try await responder.refresh(now: now)
        let told = try await ask(responder, leaf, issuer: issuer, now: now)
        let second = try pki.published("ocsp_cpo_sub2")
        #expect(told.isGood)
        #expect(told.signer == second.der)
        #expect(second != first)
        // A compromised key is never certified again; another reason leaves the key as good as before.
        #expect((second.publicKey == first.publicKey) == (reason == .superseded))
        #expect(responder.health(now: now).isHealthy)
        // After a restart too.
        let again = try await pki.restarted().makeResponder(at: pki.site)
        try await again.refresh(now: now)
        #expect(try await ask(again, leaf, issuer: issuer, now: now).signer == second.der)
    }

    @Test func withoutAGoodSignerNothingIsSignedButTheOthersGoOn() async throws {
        let pki = try await TestPKI.built()
        let signer = try pki.published("ocsp_cpo_sub2")
        let leaf = try await pki.issue(.secc, "DE*TST*E1").certificate
        _ = try await pki.authority.revoke(
            serial: signer.body.serialNumber.magnitude, authority: "cpo_sub2", reason: .certificateHold)
        let responder = try await pki.restarted().makeResponder(at: pki.site)
        let now = pki.clock.now
        try await responder.refresh(now: now)
        // The authority's key is offline, so no successor can be made.
        pki.keys.fail { $0.hasPrefix("sign ") && $0.contains("/cpo_sub2.key") }
        let error = await #expect(throws: RevocationError.self) { try await responder.reloadSigners(now: now) }
        #expect(error?.message.contains("cpo_sub2") == true)
        #expect(try await ask(responder, leaf, issuer: pki.published("cpo_sub2"), now: now) == .failed(.tryLater))
        #expect(!responder.health(now: now).isHealthy)
        let other = try pki.published("mo_sub2")
        let told = try await ask(responder, other, issuer: pki.published("mo_sub1"), now: now)
        #expect(told.isGood)
    }

    @Test func oneSignerThatCannotBeReloadedDoesNotHoldUpTheOthers() async throws {
        let now = Timestamp.now()
        let end = now.advanced(bySeconds: 86_400)
        let broken = try TestAuthority("Broken", signerEnd: end)
        let sound = try TestAuthority("Sound", signerEnd: end)
        let successor = try sound.signer(endingAt: now.advanced(bySeconds: 400 * 86_400))
        let responder = try OCSPResponder(
            authorities: [try broken.served, try sound.served], source: StatusBoard()
        ) { name async throws(RevocationError) in
            guard name == "Sound" else { throw RevocationError(.badSigner, "the key is gone") }
            return successor
        }
        try await responder.refresh(now: now)
        let error = await #expect(throws: RevocationError.self) { try await responder.reloadSigners(now: now) }
        #expect(error?.message.contains("Broken: the key is gone") == true)
        #expect(responder.health(now: now).signers.map(\.isNearItsEnd) == [true, false])
    }

    @Test func theAuthoritiesAndTheNewestAreSignedInAdvance() async throws {
        let pki = try await TestPKI.built()
        let leaf = try await pki.issue(.secc, "DE*TST*E1").certificate
        let gone = try await pki.issue(.secc, "DE*TST*E2").certificate
        _ = try await pki.authority.revoke(serial: gone.body.serialNumber.magnitude, reason: .superseded)
        let all = try await pki.authority.likelyAsked(1_000)
        let wanted = SerialReference(ca: "cpo_sub2", serialNumber: leaf.body.serialNumber)
        #expect(all.contains(wanted))
        #expect(!all.contains { $0.serialNumber == gone.body.serialNumber })
        #expect(Set(all).count == all.count)
        // The authorities come first and the bound holds.
        let few = try await pki.authority.likelyAsked(3)
        #expect(few.count == 3)
        #expect(!few.contains(wanted))
        #expect(try await pki.authority.likelyAsked(0).isEmpty)

        let responder = try await pki.authority.makeResponder(at: pki.site)
        try await responder.refresh(now: pki.clock.now)
        #expect(await responder.presign(all, now: pki.clock.now) == 2 * all.count)
        let signatures = responder.statistics.signatures
        #expect(try await ask(responder, leaf, issuer: pki.published("cpo_sub2"), now: pki.clock.now).isGood)
        #expect(responder.statistics.signatures == signatures)
    }
}
