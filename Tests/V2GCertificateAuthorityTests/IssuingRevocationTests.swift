import Testing
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

extension TestPKI {
    /// What the responder says of a serial of an authority.
    func status(_ serial: [UInt8], of name: String, from responder: OCSPResponder) async throws -> OCSPStatus? {
        let issuer = try #require(try await authority.publishedChain(of: name).first)
        let certID = OCSPCertID(serialNumber: SerialNumber(magnitude: serial), issuer: issuer.body, hash: .sha256)
        try await responder.refresh(now: clock.now)
        let answer = await responder.answer(request: OCSPRequest(certIDs: [certID]).encoded(), now: clock.now)
        guard case .answered(let basic) = try OCSPResponse(der: answer.der) else { return nil }
        return basic.responses.first?.status
    }

    func crl(_ name: String) async throws -> CertificateRevocationList {
        _ = try await authority.issueCRL(of: name, in: site.directory)
        let record = try #require(try await store.latestCRL(issuer: authorityID(name)))
        return try CertificateRevocationList(der: record.crl)
    }
}

@Suite struct IssuingRevocationTests {
    @Test func aRevocationShowsInResponderAndCRL() async throws {
        let pki = try await TestPKI.built()
        let responder = try await pki.authority.makeResponder(at: pki.site)
        let revoked = try await pki.issue(.secc, "DE*ABC*E1").certificate.body.serialNumber
        let other = try await pki.issue(.secc, "DE*ABC*E2").certificate.body.serialNumber
        #expect(try await pki.status(revoked.magnitude, of: "cpo_sub2", from: responder) == .good)
        let receipt = try await pki.authority.revoke(serial: revoked.magnitude, reason: .keyCompromise)
        #expect(receipt.change == .revoked)
        #expect(receipt.authority == "cpo_sub2")
        #expect(receipt.subject == "DE*ABC*E1")
        #expect(
            try await pki.status(revoked.magnitude, of: "cpo_sub2", from: responder)
                == .revoked(at: pki.clock.now, reason: .keyCompromise))
        #expect(try await pki.status(other.magnitude, of: "cpo_sub2", from: responder) == .good)
        let list = try await pki.crl("cpo_sub2")
        #expect(list.entries.map(\.serialNumber) == [revoked])
        #expect(list.entry(for: revoked)?.reason == .keyCompromise)
        #expect(list.entry(for: other) == nil)
        #expect(try await pki.crl("mo_sub2").entries.isEmpty)
        let again = try await pki.authority.revoke(serial: revoked.magnitude, reason: .superseded)
        #expect(again.change == .alreadyRevoked)
        #expect(again.reason == .keyCompromise)
    }

    @Test func aHoldIsLiftedOrMadeFinal() async throws {
        let pki = try await TestPKI.built()
        let responder = try await pki.authority.makeResponder(at: pki.site)
        let serial = try await pki.issue(.secc, "DE*ABC*E1").certificate.body.serialNumber
        let authority = pki.authority
        #expect(try await authority.revoke(serial: serial.magnitude, reason: .certificateHold).change == .revoked)
        #expect(try await pki.crl("cpo_sub2").entry(for: serial)?.reason == .certificateHold)
        #expect(try await authority.revoke(serial: serial.magnitude, reason: .removeFromCRL).change == .holdLifted)
        #expect(try await pki.status(serial.magnitude, of: "cpo_sub2", from: responder) == .good)
        #expect(try await pki.crl("cpo_sub2").entries.isEmpty)
        let held = pki.clock.now
        _ = try await authority.revoke(serial: serial.magnitude, reason: .certificateHold)
        pki.clock.advance(seconds: 30)
        #expect(try await authority.revoke(serial: serial.magnitude, reason: .keyCompromise).change == .holdMadeFinal)
        // The time stays that of the hold.
        #expect(
            try await pki.status(serial.magnitude, of: "cpo_sub2", from: responder)
                == .revoked(at: held, reason: .keyCompromise))
        let error = await refusal { _ = try await authority.revoke(serial: serial.magnitude, reason: .removeFromCRL) }
        #expect(error?.code == .alreadyRevoked)
        #expect(try await pki.crl("cpo_sub2").entry(for: serial)?.reason == .keyCompromise)
    }

    @Test func whatWasNeverIssuedCannotBeRevoked() async throws {
        let pki = try await TestPKI.built()
        let error = await refusal { _ = try await pki.authority.revoke(serial: [1, 2, 3], reason: .superseded) }
        #expect(error?.code == .unknownCertificate)
    }

    @Test func everySerialEverPlannedHasAnAnswer() async throws {
        let pki = try await TestPKI.built(samples: true)
        _ = await refusal { try await pki.issue(.secc, "not a station") }  // cancelled
        pki.store.fail { step, isDone in step.hasPrefix("complete") && !isDone }
        _ = await refusal { try await pki.issue(.secc, "DE*ABC*E8") }  // planned
        pki.store.fail(when: nil)
        let gone = try await pki.issue(.secc, "DE*ABC*E9").certificate.body.serialNumber
        _ = try await pki.authority.revoke(serial: gone.magnitude, reason: .superseded)
        let responder = try await pki.authority.makeResponder(at: pki.site)
        let names = Dictionary(uniqueKeysWithValues: try await pki.store.authorities().map { ($0.id, $0.name) })
        var seen: [IssuanceState: Int] = [:]
        for issuance in try await pki.issuances() {
            let name = try #require(names[issuance.issuer])
            let status = try await pki.status(issuance.serial, of: name, from: responder)
            seen[issuance.state, default: 0] += 1
            switch issuance.state {
            case .planned, .cancelled: #expect(status == .unknown, "\(issuance.subject)")
            case .issued where issuance.revocation != nil:
                #expect(status == .revoked(at: pki.clock.now, reason: .superseded))
            case .issued: #expect(status == .good, "\(issuance.subject)")
            }
        }
        #expect(seen[.planned] == 1)
        #expect(seen[.cancelled] == 1)
        #expect(seen[.issued] == pki.plan.authorities.count + pki.plan.infrastructure.count + 5)
    }

    @Test func aLiftedHoldOfASubCALetsItIssueAgain() async throws {
        let pki = try await TestPKI.built()
        let serial = try pki.published("cpo_sub2").body.serialNumber.magnitude
        _ = try await pki.authority.revoke(serial: serial, reason: .certificateHold)
        #expect(await refusal { try await pki.issue(.secc, "DE*ABC*E1") }?.code == .issuerUnsuitable)
        _ = try await pki.authority.revoke(serial: serial, reason: .removeFromCRL)
        #expect(try await pki.issue(.secc, "DE*ABC*E1").authority == "cpo_sub2")
    }

    // MARK: Renewing CRLs

    @Test func aKeyThatIsOfflineDoesNotHoldUpTheOtherCRLs() async throws {
        let pki = try await TestPKI.built()
        let crls = try pki.authority.crlIssuer(pki.site.directory)
        pki.keys.fail { $0.hasPrefix("sign") && $0.contains("v2g_root") }
        await #expect(throws: RevocationError.self) { _ = try await pki.authority.renewCRLs(using: crls) }
        for planned in pki.plan.authorities {
            let latest = try await pki.store.latestCRL(issuer: pki.authorityID(planned.name))
            #expect((latest == nil) == (planned.name == "v2g_root"), "\(planned.name)")
        }
        pki.keys.fail(when: nil)
        #expect(try await pki.authority.renewCRLs(using: crls) == ["v2g_root"])
        #expect(try await pki.authority.renewCRLs(using: crls).isEmpty)
    }

    @Test func anExpiredAuthorityOwesNoCRL() async throws {
        let pki = try await TestPKI.built()
        let crls = try pki.authority.crlIssuer(pki.site.directory)
        pki.clock.advance(days: 740)
        let renewed = try await pki.authority.renewCRLs(using: crls)
        #expect(!renewed.contains("cpo_sub2"))
        #expect(renewed.contains("mo_sub2"))
        #expect(try await pki.authority.renewCRLs(using: crls).isEmpty)
    }
}
