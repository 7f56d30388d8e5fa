import Testing
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// Who may speak for whom: what a peer sends never raises its own standing, and no branch of the hierarchy speaks for
/// another.
@Suite struct VerifyTrustTests {
    private let fixture = ChainFixture()

    private static func renaming(_ template: inout CertificateTemplate, component: String?) {
        let isRoot = template.subject == template.issuer
        var attributes = template.subject.rdns.flatMap { $0 }.filter { $0.type != .domainComponent }
        if let component { attributes.append(NameAttribute(.domainComponent, component)) }
        template.subject = DistinguishedName(attributes)
        if isRoot { template.issuer = template.subject }
    }

    // MARK: Links

    /// A root's tenant without a path length, with two sub-CAs and a leaf below, and the tenant's self-signed copy.
    private func tenancy(_ root: Issued, _ component: String = "V2G") throws -> (chain: [Issued], copy: Certificate) {
        let tenant = try fixture.issue(.cpoSub1, by: root, name: "Tenant") {
            $0.replace(.basicConstraints(BasicConstraints(isCA: true)))
        }
        let copy = try fixture.issue(.v2gRoot, name: "Tenant", key: tenant.key)
        let sub1 = try fixture.issue(.cpoSub1, by: tenant, name: "Own 1")
        let sub2 = try fixture.issue(.cpoSub2, by: sub1, name: "Own 2")
        return ([try fixture.issue(.secc, by: sub2), sub2, sub1, tenant, root], copy.certificate)
    }

    @Test func aPeerDoesNotMakeItsSubCAARootBySendingASelfSignedCopy() throws {
        let (chain, copy) = try tenancy(try fixture.issue(.v2gRoot))
        var question = Question(.secc, chain, fixture)
        #expect(question.refusingRules() != [])
        question.chain.append(copy)
        #expect(question.refusingRules() != [])
        // Control: what the operator offers counts.
        question.chain = chain.sent
        question.intermediates = [copy]
        #expect(question.refusingRules() == [])
        question.intermediates = []
        question.anchors.addLink(chain[3].certificate)
        #expect(question.refusingRules() == [])
    }

    @Test func anAnchorOfAnotherKindMakesNoLink() throws {
        let (chain, copy) = try tenancy(try fixture.issue(.v2gRoot))
        var question = Question(.secc, chain, fixture)
        question.anchors.add(copy, kind: .csms)
        #expect(question.refusingRules() != [])
        question.anchors.add(copy, kind: .v2g)
        #expect(question.refusingRules() == [])
    }

    // MARK: Anchors

    @Test func anAnchorThatDidNotSignItselfIsRefused() throws {
        let root = try fixture.issue(.v2gRoot)
        // Names itself as its issuer, signed by somebody else.
        let forged = try fixture.issue(.v2gRoot, by: root)
        #expect(forged.certificate.body.isSelfIssued)
        let chain = try fixture.chain(.secc, from: forged)
        #expect(Question(.secc, chain, fixture).refusingRules().contains("V2G.ANCHOR.SELF-SIGNATURE"))
        let control = try fixture.chain(.secc, from: root)
        #expect(Question(.secc, control, fixture).refusingRules() == [])
    }

    // MARK: Branches

    @Test(arguments: [Role.contract, .cps, .oem])
    func aSubCAOfTheChargePointOperatorIssuesForNoOtherBranch(_ role: Role) throws {
        let root = try fixture.issue(.v2gRoot)
        let sub1 = try fixture.issue(.cpoSub1, by: root)
        let sub2 = try fixture.issue(.cpoSub2, by: sub1)
        let leaf = try fixture.issue(role, by: sub2)
        var question = Question(role, [leaf, sub2, sub1, root], fixture)
        #expect(question.refusingRules() == ["V2G2-925.DC-WRONG"])
        let control = try fixture.chain(role, root: .v2gRoot)
        #expect(Question(role, control, fixture).refusingRules() == [])
        // By a named switch, and with its name in the verdict.
        question.settings.profile.tolerances.insert(try #require(FieldTolerance(name: "sub-ca-domain-component-v2g")))
        #expect(try question.verify().tolerancesUsed == ["sub-ca-domain-component-v2g"])
    }

    @Test(arguments: [(Role.contract, Role.moRoot), (.oem, .oemRoot)])
    func subCAsWithoutAComponentCountOnlyUnderTheRootOfTheirOwnKind(_ role: Role, _ own: Role) throws {
        func rules(_ root: Role, _ component: String?) throws -> [String] {
            let chain = try fixture.chain(role, root: root) { made, template in
                if made.isCA, !made.isRoot { Self.renaming(&template, component: component) }
            }
            return Question(role, chain, fixture).refusingRules()
        }
        #expect(try rules(own, nil) == [])
        #expect(try rules(.v2gRoot, nil) == ["V2G2-925.DC-MISSING"])
        #expect(try rules(.v2gRoot, own == .moRoot ? "MO" : "OEM") == [])
        #expect(try rules(own, "V2G") == ["V2G2-925.DC-WRONG"])
    }

    @Test(arguments: ["CPS", "MO", "OEM"])
    func aStationIsNotIssuedByAnotherBranch(_ component: String) throws {
        func rules(_ component: String) throws -> [String] {
            let chain = try fixture.chain(.secc) { made, template in
                if made == .cpoSub2 { Self.renaming(&template, component: component) }
            }
            return Question(.secc, chain, fixture).refusingRules()
        }
        #expect(try rules(component) == ["V2G2-925.DC-WRONG"])
        for legal in ["V2G", "CPO", "CSO"] { #expect(try rules(legal) == []) }
    }

    @Test(arguments: ["V2G", "MO", "OEM", "CPO", "CSO", "CPS", "v2g"])
    func rootsThatNameTheirHierarchyAreNoPrivateOrBackendRoots(_ component: String) throws {
        for (role, root) in [(Role.secc, Role.privateRoot), (.csms, .csmsRoot)] {
            func rules(_ component: String?, _ bent: Role) throws -> [String] {
                let chain = try fixture.chain(role, root: root) { made, template in
                    if made == bent { Self.renaming(&template, component: component) }
                }
                return Question(role, chain, fixture).refusingRules()
            }
            #expect(try rules(component, root) == ["V2G2-925.DC-WRONG"])
            #expect(try rules("example", root) == [])
            #expect(try rules(nil, root) == [])
            if role == .csms {
                #expect(try rules(component, .csmsSub) == ["V2G2-925.DC-WRONG"])
                #expect(try rules("example", .csmsSub) == [])
            }
        }
    }

    // MARK: Evidence

    @Test func aRevocationIsFoundAmongAnyNumberOfForeignLists() throws {
        let chain = try fixture.chain(.secc)
        let status = StatusFixture(at: fixture.now)
        let other = try status.list(by: try fixture.issue(.moRoot))
        let revoking = try status.list(by: chain[1], revoking: [chain[0].certificate])
        let good = try status.answer(chain[0].certificate, by: chain[1])
        var question = Question(.secc, chain, fixture)
        let foreign = [[UInt8]](repeating: other, count: 100)
        question.evidence = RevocationEvidence(ocsp: [good], crls: foreign + [revoking])
        #expect(question.refusingRules() == ["V2G.STATUS.REVOKED"])
        question.evidence = RevocationEvidence(ocsp: [good], crls: foreign)
        #expect(question.refusingRules() == [])
        // So many of its own issuer that not all are looked at: nobody knows.
        let own = try status.list(by: chain[1])
        question.evidence = RevocationEvidence(
            ocsp: [good], crls: [[UInt8]](repeating: own, count: RevocationEvidence.maximumCount) + [revoking])
        #expect(question.refusingRules() == ["V2G.OCSP.TOO-MANY"])
        question.settings.revocation = .softFail
        #expect(question.refusingRules() == [])
    }

    @Test func responderCertificatesOfAllAnswersShareOneBudget() throws {
        let chain = try fixture.chain(.secc)
        let leaf = chain[0].certificate
        // Signed by another CA under the issuing CA's name.
        let twin = try fixture.issue(.cpoSub2, by: try fixture.issue(.v2gRoot))
        let strangers = try (0..<8).map { _ in try fixture.issue(.ocsp, by: twin) }
        var status = StatusFixture(at: fixture.now)
        status.namesKey = false
        guard
            case .answered(let basic) = try OCSPResponse(
                der: try status.answer(leaf, by: chain[1], signer: strangers[0]))
        else { throw ChainFixture.FixtureError.cannotSign }
        let crowded = BasicOCSPResponse.assemble(
            body: basic.body, algorithm: .ecdsaSHA256, signature: basic.signature,
            certificates: strangers.map(\.certificate.der))
        let counter = CountingVerifier(ProductFixture.verifier)
        let verifier = ChainVerifier(role: .secc, edition: .iso2, anchors: chain.anchors, verifier: counter)
        let before = counter.count
        let flood = RevocationEvidence(ocsp: [[UInt8]](repeating: crowded, count: RevocationEvidence.maximumCount))
        let refusal = #expect(throws: ChainRefusal.self) {
            try verifier.verify(chain.sent, evidence: flood, at: self.fixture.now)
        }
        #expect(refusal?.rules.contains("V2G.OCSP.TOO-MANY") == true)
        #expect(counter.count - before <= 3 + 64)
        // Control: a few strangers beside the right one do no harm.
        let delegate = try fixture.issue(.ocsp, by: chain[1])
        let good = try status.answer(leaf, by: chain[1], signer: delegate)
        let mixed = RevocationEvidence(ocsp: [crowded, good])
        #expect(throws: Never.self) { try verifier.verify(chain.sent, evidence: mixed, at: self.fixture.now) }
    }

    // MARK: Size

    @Test func aLongRootIsOnlyAWarningWhileWhatTravelsIsRefused() throws {
        func question(_ bent: Role) throws -> Question {
            let chain = try fixture.chain(.secc) { made, template in
                if made == bent {
                    template.replace(
                        .crlDistributionPoints(["http://crl.example/" + String(repeating: "x", count: 500)]))
                }
            }
            return Question(.secc, chain, fixture)
        }
        let validated = try question(.v2gRoot).verify()
        #expect(validated.findings.contains { $0.rule.id == "V2G.SIZE" && $0.severity == .warning && $0.position == 3 })
        for role in [Role.secc, .cpoSub2, .cpoSub1] { #expect(try question(role).refusingRules() == ["V2G.SIZE"]) }
    }
}
