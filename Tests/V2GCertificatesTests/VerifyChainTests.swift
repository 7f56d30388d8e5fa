import Testing
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

@Suite struct VerifyChainTests {
    @Test(arguments: legalPlaces.indices, [Edition.iso2, .iso20])
    func everyRoleVerifiesUnderEachOfItsRoots(_ index: Int, _ edition: Edition) throws {
        let (role, root) = legalPlaces[index]
        guard CertificateProfile.profile(role, edition) != nil else { return }
        let fixture = ChainFixture(edition)
        let chain = try fixture.chain(role, root: root)
        let validated = try Question(role, chain, fixture).verify()
        #expect(validated.leaf == chain[0].certificate)
        #expect(validated.anchor.certificate == chain.last?.certificate)
        #expect(validated.roles.last == root)
        #expect(validated.certificates.count == chain.count - 1)
        #expect(validated.validUntil == chain.map(\.certificate.body.notAfter).min())
        #expect(validated.report.verdict == .accepted)
    }

    @Test(arguments: [Role.secc, .contract, .oem, .cps])
    func aSingleSubCADirectlyUnderTheRootIsLegal(_ role: Role) throws {
        let fixture = ChainFixture()
        let chain = try fixture.chain(role, subCAs: 1)
        #expect(chain.count == 3)
        #expect(try Question(role, chain, fixture).verify().certificates.count == 2)
    }

    @Test func aChainOfEachRoleIsRefusedForEveryOtherRole() throws {
        let fixture = ChainFixture(.iso20, algorithm: .ed448)
        let chains = try legalPlaces.map { ($0.role, $0.root, try fixture.chain($0.role, root: $0.root)) }
        for (role, root, chain) in chains {
            for (wanted, _) in legalPlaces where wanted != role {
                // Backend roles differ in what they name, not in who may be one: a server may serve both.
                if role.isBackend && wanted.isBackend { continue }
                var question = Question(role, chain, fixture)
                question.role = wanted
                #expect(question.refusingRules() != [], "\(role) under \(root) passed for \(wanted)")
                // The operator vouches for the root: the leaf and its sub-CAs must still speak for themselves. A TLS
                // client under names that say nothing may be a vehicle: only its anchor tells (ISO 15118-20 B.8).
                if role == .station, wanted == .vehicle { continue }
                question.anchors = AnchorStore()
                question.anchors.add(try #require(chain.last).certificate, kinds: Set(AnchorKind.allCases))
                #expect(question.refusingRules() != [], "\(role) under \(root) passed for \(wanted), root for all")
            }
        }
    }

    @Test func mixedCurvesOfEditionTwentyVerify() throws {
        let fixture = ChainFixture(.iso20)
        let root = try fixture.issue(.v2gRoot, algorithm: .p521)
        let sub1 = try fixture.issue(.cpoSub1, by: root, algorithm: .ed448)
        let sub2 = try fixture.issue(.cpoSub2, by: sub1, algorithm: .p521)
        let leaf = try fixture.issue(.secc, by: sub2, algorithm: .ed448)
        #expect(throws: Never.self) { try Question(.secc, [leaf, sub2, sub1, root], fixture).verify() }
    }

    @Test func editionTwoRefusesTheCurvesOfEditionTwenty() throws {
        let fixture = ChainFixture(.iso20)
        var question = Question(.secc, try fixture.chain(.secc), fixture)
        question.edition = .iso2
        #expect(question.refusingRules().contains("V2G.KEY.CURVE"), "\(question.refusingRules())")
    }

    @Test func orderDuplicatesAndTheRootInTheChainDoNotMatter() throws {
        let fixture = ChainFixture()
        let chain = try fixture.chain(.secc)
        var question = Question(.secc, chain, fixture)
        let leaf = chain[0].certificate
        for rest in [[2, 1], [1, 2], [3, 2, 1], [1, 1, 2, 2, 3, 3], [0, 2, 1]] {
            question.chain = [leaf] + rest.map { chain[$0].certificate }
            #expect(question.refusingRules() == [], "order \(rest)")
        }
    }

    @Test func knownIntermediatesCompleteAChain() throws {
        let fixture = ChainFixture()
        let chain = try fixture.chain(.contract)
        var question = Question(.contract, chain, fixture)
        question.chain = [chain[0].certificate]
        #expect(question.refusingRules() == ["V2G.CHAIN.NO-ISSUER"])
        question.intermediates = [chain[2].certificate, chain[1].certificate]
        #expect(question.refusingRules() == [])
    }

    @Test func bytesAreReadAndMalformedOnesRefusedByTheirRule() throws {
        let fixture = ChainFixture()
        let chain = try fixture.chain(.secc)
        let verifier = ChainVerifier(
            role: .secc, edition: .iso2, anchors: chain.anchors, settings: Question(.secc, chain, fixture).settings)
        let ders = chain.sent.map(\.der)
        #expect(throws: Never.self) { try verifier.verify(der: ders, at: fixture.now) }
        let trailing = #expect(throws: ChainRefusal.self) {
            try verifier.verify(der: [ders[0] + [0], ders[1], ders[2]], at: fixture.now)
        }
        #expect(trailing?.rules == [Rule.trailingBytesID])
        #expect(throws: ChainRefusal.self) { try verifier.verify(der: [[1, 2, 3]], at: fixture.now) }
    }

    @Test func warningsOfAnAcceptedChainCarryTheirPlace() throws {
        let fixture = ChainFixture()
        let chain = try fixture.chain(.secc)
        var question = Question(.secc, chain, fixture)
        question.time = chain[0].certificate.body.notAfter.advanced(bySeconds: -86_400)
        let soon = try question.verify().findings.filter { $0.rule.id == "V2G.TIME.EXPIRES-SOON" }
        #expect(soon.map(\.position) == [0])
    }
}

extension Rule {
    static var trailingBytesID: String { Rule.all.first { $0.id.contains("TRAILING") }?.id ?? "" }
}
