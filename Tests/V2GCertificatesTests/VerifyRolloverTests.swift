import Testing
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// A root is replaced while chains under both are in the field.
@Suite struct VerifyRolloverTests {
    private let fixture = ChainFixture()

    private struct Rollover {
        let old: Issued
        let new: Issued
        /// The new root's key certified by the old root, and the reverse.
        let newByOld: Certificate
        let oldByNew: Certificate
    }

    private func rollover(_ root: Role, _ link: Role) throws -> Rollover {
        let old = try fixture.issue(root, name: "Root 1")
        let new = try fixture.issue(root, name: "Root 2")
        func linked(_ subject: Issued, by issuer: Issued, _ name: String) throws -> Certificate {
            try fixture.issue(link, by: issuer, name: name, key: subject.key) {
                $0.subject = subject.certificate.subject
            }
            .certificate
        }
        return Rollover(
            old: old, new: new, newByOld: try linked(new, by: old, "Root 2"),
            oldByNew: try linked(old, by: new, "Root 1"))
    }

    @Test(arguments: [
        (Role.secc, Role.v2gRoot, Role.v2gRootLink), (.cps, .v2gRoot, .v2gRootLink),
        (.contract, .moRoot, .moRootLink), (.oem, .oemRoot, .oemRootLink), (.station, .csmsRoot, .csmsRootLink),
    ])
    func chainsOfBothRootsVerifyWithEitherAnchorAndWithBoth(_ role: Role, _ root: Role, _ link: Role) throws {
        let change = try rollover(root, link)
        let kind = try #require(AnchorKind.allCases.first { $0.rootRole == root })
        for (signer, joint) in [(change.old, change.oldByNew), (change.new, change.newByOld)] {
            let chain = try fixture.chain(role, root: root, from: signer)
            for anchors in [[change.old], [change.new], [change.old, change.new]] {
                var question = Question(role, chain, fixture)
                question.anchors = AnchorStore()
                for anchor in anchors { question.anchors.add(anchor.certificate, kind: kind) }
                let needsLink = !anchors.contains { $0.certificate == signer.certificate }
                #expect(question.refusingRules().isEmpty != needsLink)
                question.anchors.addLink(change.newByOld)
                question.anchors.addLink(change.oldByNew)
                let validated = try question.verify()
                #expect(validated.certificates.contains(joint) == needsLink)
                #expect(validated.roles.contains(link) == needsLink)
            }
        }
    }

    @Test func aLinkInThePeersChainCountsWhenTheOperatorKnowsItsRoot() throws {
        let change = try rollover(.v2gRoot, .v2gRootLink)
        let chain = try fixture.chain(.secc, from: change.new)
        var question = Question(.secc, chain, fixture)
        question.anchors = [change.old].anchors
        question.chain = chain.sent + [change.newByOld]
        question.intermediates = [change.new.certificate]
        #expect(question.refusingRules() == [])
        // The peer's word for it is none.
        question.intermediates = []
        question.chain = chain.sent + [change.newByOld, change.new.certificate]
        #expect(question.refusingRules() != [])
        // Without it, the link is one sub-CA too many: its form alone proves nothing.
        question.chain = chain.sent + [change.newByOld]
        #expect(question.refusingRules() != [])
    }

    @Test func aLinkOfAnUnknownRootLeadsNowhere() throws {
        let change = try rollover(.v2gRoot, .v2gRootLink)
        let stranger = try rollover(.v2gRoot, .v2gRootLink)
        let chain = try fixture.chain(.secc, from: change.new)
        var question = Question(.secc, chain, fixture)
        question.anchors = [change.old].anchors
        question.anchors.addLink(stranger.newByOld)
        #expect(question.refusingRules() != [])
        question.anchors.addLink(change.newByOld)
        #expect(question.refusingRules() == [])
    }

    @Test func anExpiredOrRevokedLinkIsRefused() throws {
        let old = try fixture.issue(.v2gRoot, name: "Root 1")
        let new = try fixture.issue(.v2gRoot, name: "Root 2")
        let link = try fixture.issue(.v2gRootLink, by: old, name: "Root 2", key: new.key) {
            $0.notAfter = fixture.now.advanced(bySeconds: 86_400)
        }
        let chain = try fixture.chain(.secc, from: new)
        var question = Question(.secc, chain, fixture)
        question.anchors = [old].anchors
        question.anchors.addLink(link.certificate)
        #expect(question.refusingRules() == [])
        let list = try StatusFixture(at: fixture.now).list(by: old, revoking: [link.certificate])
        question.evidence = RevocationEvidence(crls: [list])
        #expect(question.refusingRules() == ["V2G.STATUS.REVOKED"])
        question.evidence = .none
        question.time = fixture.now.advanced(bySeconds: 86_401)
        #expect(question.refusingRules() == ["V2G.TIME.EXPIRED"])
    }

    @Test func subCAsSignedAgainUnderTheNewRootServeBoth() throws {
        let change = try rollover(.v2gRoot, .v2gRootLink)
        let chain = try fixture.chain(.secc, from: change.old)
        let again = try fixture.issue(.cpoSub1, by: change.new, key: chain[2].key).certificate
        for anchor in [change.old, change.new] {
            var question = Question(.secc, chain, fixture)
            question.anchors = [anchor].anchors
            question.chain = chain.sent + [again]
            #expect(question.refusingRules() == [])
            question.chain =
                [chain[0].certificate, chain[1].certificate] + [
                    anchor.certificate == change.old.certificate ? again : chain[2].certificate
                ]
            #expect(question.refusingRules() != [])
        }
    }
}
