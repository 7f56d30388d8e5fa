import Testing
import V2GCertificates
import V2GDER
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

@Suite struct VerifyOCSPTests {
    private let fixture = ChainFixture()
    private let chain: [Issued]
    private let delegate: Issued

    init() throws {
        chain = try fixture.chain(.secc)
        delegate = try fixture.issue(.ocsp, by: chain[1])
    }

    private var leaf: Certificate { chain[0].certificate }
    private var issuer: Issued { chain[1] }
    private var fresh: StatusFixture { StatusFixture(at: fixture.now) }

    /// The rules that refuse under hard fail.
    private func rules(_ answers: [UInt8]..., nonce: [UInt8]? = nil, policy: RevocationPolicy = .init()) -> [String] {
        var question = Question(.secc, chain, fixture)
        question.settings.revocation = policy
        question.evidence = RevocationEvidence(ocsp: answers, nonce: nonce)
        return question.refusingRules()
    }

    private func bent(_ bend: (inout StatusFixture) -> Void) throws -> [UInt8] {
        var status = fresh
        bend(&status)
        return try status.answer(leaf, by: issuer, signer: delegate)
    }

    @Test func goodAnswersAreTaken() throws {
        #expect(rules(try fresh.answer(leaf, by: issuer)) == [])
        #expect(rules(try fresh.answer(leaf, by: issuer, signer: delegate)) == [])
        for hash in HashAlgorithm.allCases { #expect(rules(try bent { $0.hash = hash }) == [], "\(hash)") }
        #expect(rules(try bent { $0.namesKey = false }) == [])
        #expect(rules(try bent { $0.nonce = [1, 2, 3] }, nonce: [1, 2, 3]) == [])
        // Nobody asked for the nonce that is in it.
        #expect(rules(try bent { $0.nonce = [1, 2, 3] }) == [])
    }

    @Test func theAcceptanceEndsWithTheAnswer() throws {
        var question = Question(.secc, chain, fixture)
        question.evidence = RevocationEvidence(ocsp: [try fresh.answer(leaf, by: issuer)])
        let validated = try question.verify()
        #expect(validated.validUntil == fresh.nextUpdate)
        let until = try #require(fresh.nextUpdate)
        #expect(validated.revocation.first == .good(evidence: .ocsp, freshUntil: until))
    }

    @Test func absentEvidence() throws {
        #expect(rules() == ["V2G.STATUS.MISSING"])
        #expect(rules(policy: .ifPresented) == [])
        #expect(rules(policy: .none) == [])
        #expect(rules(policy: .softFail) == [])
        var question = Question(.secc, chain, fixture)
        question.settings.revocation = .softFail
        #expect(
            try question.verify().findings.contains { $0.rule.id == "V2G.STATUS.MISSING" && $0.severity == .warning })
        // Hard fail for the sub-CAs too: the leaf's answer alone is not enough.
        #expect(rules(try fresh.answer(leaf, by: issuer), policy: .hardFail) == ["V2G.STATUS.MISSING"])
        let all = try (0..<3).map { try fresh.answer(chain[$0].certificate, by: chain[$0 + 1]) }
        #expect(rules(all[0], all[1], all[2], policy: .hardFail) == [])
    }

    @Test func revokedAndUnknownRefuse() throws {
        let revoked = try bent { $0.status = .revoked(at: $0.thisUpdate, reason: .keyCompromise) }
        let unknown = try bent { $0.status = .unknown }
        let good = try fresh.answer(leaf, by: issuer)
        for policy in [RevocationPolicy(), .ifPresented, .softFail] {
            #expect(rules(revoked, policy: policy) == ["V2G.STATUS.REVOKED"])
            #expect(rules(good, revoked, policy: policy) == ["V2G.STATUS.REVOKED"])
            #expect(rules(unknown, policy: policy) == ["V2G.STATUS.UNKNOWN"])
            #expect(rules(good, unknown, policy: policy) == ["V2G.STATUS.UNKNOWN"])
            #expect(rules(good, policy: policy) == [])
        }
        #expect(rules(revoked, policy: .none) == [])
    }

    @Test func aStaleRevocationStaysARevocation() throws {
        let old = try bent {
            $0.status = .revoked(at: $0.thisUpdate, reason: nil)
            $0.nextUpdate = $0.thisUpdate
        }
        #expect(rules(old) == ["V2G.STATUS.REVOKED"])
    }

    @Test func timesAreJudged() throws {
        let now = fixture.now
        #expect(rules(try bent { $0.nextUpdate = now.advanced(bySeconds: -1) }) == ["V2G.OCSP.STALE"])
        #expect(rules(try bent { $0.nextUpdate = now }) == [])
        #expect(rules(try bent { $0.thisUpdate = now.advanced(bySeconds: 1) }) == ["V2G.OCSP.FUTURE"])
        #expect(rules(try bent { $0.thisUpdate = now }) == [])
        #expect(rules(try bent { $0.producedAt = now.advanced(bySeconds: 1) }) == ["V2G.OCSP.FUTURE"])
        #expect(rules(try bent { $0.nextUpdate = nil }) == ["V2G.OCSP.NO-NEXT-UPDATE"])
        #expect(rules(try bent { $0.nextUpdate = $0.thisUpdate.advanced(bySeconds: -1) }) == ["V2G.OCSP.WINDOW"])

        var policy = RevocationPolicy()
        policy.ageWithoutNextUpdateSeconds = 3_600
        #expect(rules(try bent { $0.nextUpdate = nil }, policy: policy) == [])
        policy.ageWithoutNextUpdateSeconds = 3_599
        #expect(rules(try bent { $0.nextUpdate = nil }, policy: policy) == ["V2G.OCSP.STALE"])
        policy = RevocationPolicy()
        policy.maximumAgeSeconds = 3_599
        #expect(rules(try bent { _ in }, policy: policy) == ["V2G.OCSP.STALE"])
        policy.maximumAgeSeconds = 3_600
        #expect(rules(try bent { _ in }, policy: policy) == [])
        policy = RevocationPolicy()
        policy.clockSkewSeconds = 1
        #expect(rules(try bent { $0.thisUpdate = now.advanced(bySeconds: 1) }, policy: policy) == [])
        #expect(rules(try bent { $0.nextUpdate = now.advanced(bySeconds: -1) }, policy: policy) == [])
    }

    @Test func unusableEvidenceIsAWarningOnlyUnderSoftFail() throws {
        let stale = try bent { $0.nextUpdate = fixture.now.advanced(bySeconds: -1) }
        #expect(rules(stale, policy: .ifPresented) == ["V2G.OCSP.STALE"])
        #expect(rules(stale, policy: .softFail) == [])
        // Beside good evidence it does no harm.
        #expect(rules(stale, try fresh.answer(leaf, by: issuer)) == [])
    }

    @Test func wrongSigners() throws {
        let other = try fixture.chain(.secc)
        let stranger = try fixture.issue(.ocsp, by: other[1])
        #expect(rules(try fresh.answer(leaf, by: issuer, signer: stranger)) == ["V2G.OCSP.SIGNER"])
        var hidden = fresh
        hidden.sendsCertificate = false
        #expect(rules(try hidden.answer(leaf, by: issuer, signer: delegate)) == ["V2G.OCSP.SIGNER"])
        // A responder one level up, or the root's, did not get the right from the issuing CA.
        let above = try fixture.issue(.ocsp, by: chain[2])
        let roots = try fixture.issue(.ocsp, by: chain[3])
        #expect(rules(try fresh.answer(leaf, by: issuer, signer: above)) == ["V2G.OCSP.SIGNER"])
        #expect(rules(try fresh.answer(leaf, by: issuer, signer: roots)) == ["V2G.OCSP.SIGNER"])
        var policy = RevocationPolicy()
        policy.acceptsResponderOfAnchor = true
        #expect(rules(try fresh.answer(leaf, by: issuer, signer: roots), policy: policy) == [])
        #expect(rules(try fresh.answer(leaf, by: issuer, signer: above), policy: policy) == ["V2G.OCSP.SIGNER"])
        // The station itself is no responder.
        #expect(rules(try fresh.answer(leaf, by: issuer, signer: chain[0])) == ["V2G.OCSP.SIGNER-PROFILE"])
        // A CA with the issuer's name and another key.
        let twin = try fixture.issue(.cpoSub2, by: other[2])
        var byName = fresh
        byName.namesKey = false
        byName.sendsCertificate = false
        #expect(rules(try byName.answer(leaf, by: issuer, signer: twin)) == ["V2G.OCSP.SIGNATURE"])
    }

    @Test func signerCertificatesAreJudged() throws {
        func signedBy(_ bend: (inout CertificateTemplate) -> Void) throws -> [String] {
            let signer = try fixture.issue(.ocsp, by: issuer, bend: bend)
            return rules(try fresh.answer(leaf, by: issuer, signer: signer))
        }
        #expect(try signedBy { _ in } == [])
        #expect(try signedBy { $0.notAfter = fixture.now.advanced(bySeconds: -1) } == ["V2G.OCSP.SIGNER-EXPIRED"])
        #expect(try signedBy { $0.notBefore = fixture.now.advanced(bySeconds: 1) } == ["V2G.OCSP.SIGNER-EXPIRED"])
        #expect(try signedBy { $0.replace(.extendedKeyUsage([.serverAuth])) } == ["V2G.OCSP.SIGNER-PROFILE"])
        #expect(try signedBy { $0.replace(.extendedKeyUsage([.anyExtendedKeyUsage])) } == ["V2G.OCSP.SIGNER-PROFILE"])
        #expect(try signedBy { $0.replace(.keyUsage([.keyAgreement])) } == ["V2G.OCSP.SIGNER-PROFILE"])
        let withoutNoCheck = try signedBy { $0.extensions.removeAll { $0.type == .ocspNoCheck } }
        #expect(withoutNoCheck == ["V2G.OCSP.SIGNER-STATUS"])
    }

    @Test func aSignerWithoutNoCheckNeedsACRL() throws {
        let signer = try fixture.issue(.ocsp, by: issuer) { template in
            template.extensions.removeAll { $0.type == .ocspNoCheck }
            template.extensions.append(.crlDistributionPoints([ProfileFixture.crlURL]))
        }
        var question = Question(.secc, chain, fixture)
        question.settings.revocation = RevocationPolicy()
        let answer = try fresh.answer(leaf, by: issuer, signer: signer)
        question.evidence = RevocationEvidence(ocsp: [answer], crls: [try fresh.list(by: issuer)])
        #expect(question.refusingRules() == [])
        question.settings.revocation.isSatisfiedByCRL = false
        question.evidence = RevocationEvidence(
            ocsp: [answer], crls: [try fresh.list(by: issuer, revoking: [signer.certificate])])
        #expect(question.refusingRules() == ["V2G.OCSP.SIGNER-STATUS"])
    }

    @Test func answersAboutOthers() throws {
        let neighbor = try fixture.issue(.secc, by: issuer)
        #expect(rules(try fresh.answer(neighbor.certificate, by: issuer)) == ["V2G.OCSP.CERT-ID"])
        // The same serial under another CA.
        let other = try fixture.chain(.secc)
        #expect(rules(try fresh.answer(leaf, by: other[1], signer: issuer)) == ["V2G.OCSP.CERT-ID"])
        // A neighbor's answer beside the right one is no harm.
        #expect(rules(try fresh.answer(neighbor.certificate, by: issuer), try fresh.answer(leaf, by: issuer)) == [])
    }

    @Test func malformedRefusedAndTampered() throws {
        #expect(rules([0x30, 0x03]) == ["V2G.OCSP.MALFORMED"])
        #expect(rules([]) == ["V2G.OCSP.MALFORMED"])
        for failure in [OCSPFailure.tryLater, .unauthorized, .internalError, .malformedRequest, .sigRequired] {
            #expect(rules(OCSPResponse.encoded(failure)) == ["V2G.OCSP.NOT-ANSWERED"])
        }
        let good = try fresh.answer(leaf, by: issuer)
        for offset in stride(from: 0, to: good.count, by: 3) {
            var altered = good
            altered[offset] ^= 0x01
            #expect(rules(altered) != [], "byte \(offset)")
        }
        for length in stride(from: 0, to: good.count, by: 7) { #expect(rules(Array(good[..<length])) != []) }
    }

    @Test func noncesMustComeBack() throws {
        #expect(rules(try bent { $0.nonce = [1, 2, 4] }, nonce: [1, 2, 3]) == ["V2G.OCSP.NONCE"])
        #expect(rules(try bent { _ in }, nonce: [1, 2, 3]) == ["V2G.OCSP.NONCE"])
    }

    @Test func revokedSubCAsRefuse() throws {
        for position in 1...2 {
            var status = fresh
            status.status = .revoked(at: status.thisUpdate, reason: .cACompromise)
            let answer = try status.answer(chain[position].certificate, by: chain[position + 1])
            #expect(rules(answer, try fresh.answer(leaf, by: issuer)) == ["V2G.STATUS.REVOKED"])
        }
    }

    @Test func privateEnvironmentsNeedNoAnswer() throws {
        let atHome = try fixture.chain(.secc, root: .privateRoot)
        var question = Question(.secc, atHome, fixture)
        question.settings.revocation = RevocationPolicy()
        #expect(question.refusingRules() == [])
        question.settings.revocation.exemptsPrivateEnvironment = false
        #expect(question.refusingRules() == ["V2G.STATUS.MISSING"])
    }
}

@Suite struct VerifyCRLTests {
    private let fixture = ChainFixture()
    private let chain: [Issued]

    init() throws { chain = try fixture.chain(.secc) }

    private var leaf: Certificate { chain[0].certificate }
    private var fresh: StatusFixture { StatusFixture(at: fixture.now) }

    private func rules(_ lists: [UInt8]..., policy: RevocationPolicy = .init()) -> [String] {
        var question = Question(.secc, chain, fixture)
        question.settings.revocation = policy
        question.evidence = RevocationEvidence(crls: lists)
        return question.refusingRules()
    }

    @Test func listedIsRevokedAndUnlistedGood() throws {
        #expect(rules(try fresh.list(by: chain[1])) == [])
        #expect(rules(try fresh.list(by: chain[1], revoking: [leaf])) == ["V2G.STATUS.REVOKED"])
        #expect(rules(try fresh.list(by: chain[1], revoking: [chain[1].certificate])) == [])
        let ofSub2 = try fresh.list(by: chain[2], revoking: [chain[1].certificate])
        #expect(rules(ofSub2, policy: .ifPresented) == ["V2G.STATUS.REVOKED"])
    }

    @Test func aCRLDoesNotStandInWhereOCSPIsAskedFor() throws {
        var policy = RevocationPolicy()
        policy.isSatisfiedByCRL = false
        #expect(rules(try fresh.list(by: chain[1]), policy: policy) == ["V2G.STATUS.MISSING"])
        #expect(rules(try fresh.list(by: chain[1], revoking: [leaf]), policy: policy) == ["V2G.STATUS.REVOKED"])
    }

    @Test func timesSignersAndScopes() throws {
        var stale = fresh
        stale.nextUpdate = fixture.now.advanced(bySeconds: -1)
        #expect(rules(try stale.list(by: chain[1])) == ["V2G.CRL.STALE"])
        var future = fresh
        future.thisUpdate = fixture.now.advanced(bySeconds: 1)
        #expect(rules(try future.list(by: chain[1])) == ["V2G.CRL.FUTURE"])
        let twin = try fixture.chain(.secc)[1]
        #expect(rules(try fresh.list(by: chain[1], signer: twin)) == ["V2G.CRL.SIGNATURE"])
        #expect(rules(try fresh.list(by: chain[2])) == ["V2G.STATUS.MISSING"])
        let elsewhere = [GeneralName.uri("http://elsewhere.example/1.crl")]
        #expect(rules(try fresh.list(by: chain[1], point: elsewhere)) == ["V2G.CRL.SCOPE"])
        #expect(rules(try fresh.list(by: chain[1]) { $0.onlyContainsCACerts = true }) == ["V2G.CRL.SCOPE"])
        #expect(rules(try fresh.list(by: chain[1]) { $0.onlyContainsUserCerts = true }) == [])
        #expect(rules(try fresh.list(by: chain[1]) { $0.onlyContainsAttributeCerts = true }) == ["V2G.CRL.SCOPE"])
        #expect(rules(try fresh.list(by: chain[1]) { $0.isIndirect = true }) == ["V2G.CRL.INDIRECT"])
        #expect(rules([0x30, 0x00]) == ["V2G.CRL.MALFORMED"])
    }

    @Test func aCAThatMayNotSignCRLsDoesNot() throws {
        let mute = try fixture.chain(.secc) { if $0 == .cpoSub2 { $1.replace(.keyUsage([.keyCertSign])) } }
        var question = Question(.secc, mute, fixture)
        question.settings.revocation = RevocationPolicy()
        question.evidence = RevocationEvidence(crls: [try fresh.list(by: mute[1])])
        #expect(question.refusingRules() == ["V2G.CRL.SIGNER"])
    }

    @Test func alteredListsCountForNothing() throws {
        let good = try fresh.list(by: chain[1])
        for offset in stride(from: 0, to: good.count, by: 5) {
            var altered = good
            altered[offset] ^= 0x01
            #expect(rules(altered) != [], "byte \(offset)")
        }
    }
}
