import Testing
import V2GCertificates
import V2GDER
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// What must be refused. Each case has its control in the same test: the same chain without the fault verifies.
@Suite struct VerifyRefusalTests {
    private let fixture = ChainFixture()

    private func rules(
        _ role: Role = .secc, bending bent: Role, _ bend: @escaping (inout CertificateTemplate) -> Void
    ) throws -> [String] {
        let chain = try fixture.chain(role) { if $0 == bent { bend(&$1) } }
        return Question(role, chain, fixture).refusingRules()
    }

    @Test func theControlVerifies() throws {
        #expect(try rules(bending: .secc) { _ in } == [])
    }

    @Test(arguments: [Role.secc, .cpoSub2, .cpoSub1, .v2gRoot])
    func expiredAndNotYetValid(_ role: Role) throws {
        let now = fixture.now
        #expect(try rules(bending: role) { $0.notAfter = now.advanced(bySeconds: -1) }.contains("V2G.TIME.EXPIRED"))
        #expect(try rules(bending: role) { $0.notAfter = now }.contains("V2G.TIME.EXPIRED") == false)
        #expect(
            try rules(bending: role) { $0.notBefore = now.advanced(bySeconds: 1) }.contains("V2G.TIME.NOT-YET-VALID"))
        #expect(try rules(bending: role) { $0.notBefore = now }.contains("V2G.TIME.NOT-YET-VALID") == false)
    }

    @Test func clockSkewIsForgivenOnlyWhenAllowed() throws {
        let chain = try fixture.chain(.secc)
        var question = Question(.secc, chain, fixture)
        question.time = chain[0].certificate.body.notAfter.advanced(bySeconds: 60)
        #expect(question.refusingRules() == ["V2G.TIME.EXPIRED"])
        question.settings.clockSkewSeconds = 60
        #expect(question.refusingRules() == [])
        question.settings.clockSkewSeconds = 59
        #expect(question.refusingRules() == ["V2G.TIME.EXPIRED"])
    }

    @Test func wrongPurposesPathLengthsAndExtensions() throws {
        #expect(try rules(bending: .secc) { $0.replace(.extendedKeyUsage([.clientAuth])) }.isEmpty == false)
        #expect(try rules(bending: .secc) { $0.replace(.extendedKeyUsage([.serverAuth])) } == [])
        #expect(
            try rules(bending: .cpoSub2) { $0.replace(.basicConstraints(BasicConstraints(isCA: true, pathLength: 1))) }
                != [])
        #expect(try rules(bending: .cpoSub1) { $0.replace(.basicConstraints(BasicConstraints(isCA: true))) } != [])
        let short = try rules(bending: .cpoSub1) {
            $0.replace(.basicConstraints(BasicConstraints(isCA: true, pathLength: 0)))
        }
        #expect(short.contains("V2G.CHAIN.PATH-LENGTH"))
        #expect(try rules(bending: .cpoSub2) { $0.replace(.basicConstraints(BasicConstraints(isCA: false))) } != [])
        #expect(try rules(bending: .cpoSub2) { $0.replace(.keyUsage([.cRLSign])) } != [])
        let unknown = CertificateExtension(
            type: ObjectIdentifier(1, 3, 6, 1, 4, 1, 55555, 1), isCritical: true, value: [5, 0])
        for role in [Role.secc, .cpoSub2, .cpoSub1] {
            #expect(try rules(bending: role) { $0.extensions.append(unknown) } != [], "\(role)")
        }
        let mild = CertificateExtension(type: ObjectIdentifier(1, 3, 6, 1, 4, 1, 55555, 1), value: [5, 0])
        #expect(try rules(bending: .secc) { $0.extensions.append(mild) } == [])
    }

    @Test func wrongDomainComponent() throws {
        let found = try rules(bending: .secc) { template in
            template.subject = DistinguishedName(
                template.subject.rdns.flatMap { $0 }.map {
                    $0.type == .domainComponent ? NameAttribute(.domainComponent, "MO") : $0
                })
        }
        #expect(found.count == 1 && found[0].contains("925"), "\(found)")
    }

    @Test func leafInTheWrongPlace() throws {
        let root = try fixture.issue(.v2gRoot)
        let sub1 = try fixture.issue(.cpoSub1, by: root)
        let bySub1 = try fixture.issue(.secc, by: sub1)
        #expect(Question(.secc, [bySub1, sub1, root], fixture).refusingRules() != [])
        let byRoot = try fixture.issue(.secc, by: root)
        #expect(Question(.secc, [byRoot, root], fixture).refusingRules() == ["V2G.CHAIN.POSITION"])
        let own = try fixture.issue(.privateRoot)
        let atHome = try fixture.issue(.secc, by: own)
        #expect(Question(.secc, [atHome, own], fixture).refusingRules() == [])
    }

    @Test func threeSubCAsAreTooMany() throws {
        let root = try fixture.issue(.v2gRoot)
        let sub0 = try fixture.issue(.cpoSub1, by: root, name: "Sub 0") {
            $0.replace(.basicConstraints(BasicConstraints(isCA: true, pathLength: 2)))
        }
        let sub1 = try fixture.issue(.cpoSub1, by: sub0)
        let sub2 = try fixture.issue(.cpoSub2, by: sub1)
        let leaf = try fixture.issue(.secc, by: sub2)
        #expect(Question(.secc, [leaf, sub2, sub1, sub0, root], fixture).refusingRules() == ["V2G.CHAIN.POSITION"])
    }

    @Test func aLeafThatIssuesALeaf() throws {
        let chain = try fixture.chain(.secc)
        let forged = try fixture.issue(.secc, by: chain[0], name: "DE*ABC*E0666")
        #expect(Question(.secc, [forged] + chain, fixture).refusingRules().isEmpty == false)
        let alone = Question(.secc, [forged, chain[0], chain[3]], fixture)
        #expect(alone.refusingRules().isEmpty == false)
    }

    @Test func alteredSignaturesAndBodies() throws {
        let chain = try fixture.chain(.secc)
        for position in 0..<3 {
            let der = chain[position].certificate.der
            // A byte of the serial, and the last byte of the signature.
            for offset in [20, der.count - 1] {
                var altered = der
                altered[offset] ^= 1
                guard let read = try? Certificate(der: altered) else { continue }
                var question = Question(.secc, chain, fixture)
                question.chain[position] = read
                #expect(question.refusingRules() != [], "certificate \(position), byte \(offset)")
            }
        }
    }

    @Test func missingPartsAreNamed() throws {
        let chain = try fixture.chain(.secc)
        var question = Question(.secc, chain, fixture)
        question.chain.remove(at: 1)
        #expect(question.refusingRules() == ["V2G.CHAIN.NO-ISSUER"])
        question = Question(.secc, chain, fixture)
        question.chain.remove(at: 2)
        #expect(question.refusingRules() == ["V2G.CHAIN.NO-ISSUER"])
        question = Question(.secc, chain, fixture)
        question.anchors = AnchorStore()
        #expect(question.refusingRules() == ["V2G.ANCHOR.NONE"])
        question.anchors.add(try fixture.issue(.v2gRoot, name: "Another root").certificate, kind: .v2g)
        #expect(question.refusingRules() == ["V2G.CHAIN.NO-ISSUER"])
        question = Question(.secc, chain, fixture)
        question.chain = []
        #expect(question.refusingRules() == ["V2G.CHAIN.EMPTY"])
    }

    @Test func anEvilTwinRootTrustsNothing() throws {
        let chain = try fixture.chain(.secc)
        let twin = try fixture.issue(.v2gRoot)
        #expect(twin.certificate.subject == chain[3].certificate.subject)
        var question = Question(.secc, chain, fixture)
        question.anchors = [twin].anchors
        #expect(question.refusingRules().contains("V2G.ANCHOR.TWIN"))
        // The real root sent along makes it no anchor.
        question.chain.append(chain[3].certificate)
        #expect(question.refusingRules().contains("V2G.ANCHOR.TWIN"))
        // With both installed, the key decides.
        question.anchors.add(chain[3].certificate, kind: .v2g)
        #expect(try question.verify().anchor.certificate == chain[3].certificate)
    }

    @Test func selfSignedLeafAndRings() throws {
        let alone = try fixture.issue(.secc)
        let root = try fixture.issue(.v2gRoot)
        var question = Question(.secc, [alone, root], fixture)
        #expect(question.refusingRules() == ["V2G.CHAIN.SELF-SIGNED"])
        // Installed as an anchor by mistake, it still is no chain.
        question.anchors.add(alone.certificate, kind: .v2g)
        #expect(question.refusingRules() == ["V2G.CHAIN.SELF-SIGNED"])

        let a = try fixture.issue(.cpoSub2, name: "Ring A")
        let b = try fixture.issue(.cpoSub1, by: a, name: "Ring B")
        let closed = try fixture.issue(.cpoSub2, by: b, name: "Ring A", key: a.key)
        let leaf = try fixture.issue(.secc, by: closed)
        let ring = Question(.secc, [leaf, closed, b, root], fixture)
        #expect(ring.refusingRules() == ["V2G.CHAIN.LOOP"])
    }

    @Test func anAnchorOfAnotherKindIsRefused() throws {
        let chain = try fixture.chain(.contract, root: .moRoot)
        var question = Question(.contract, chain, fixture)
        #expect(question.refusingRules() == [])
        question.anchors = AnchorStore()
        question.anchors.add(chain[3].certificate, kind: .csms)
        #expect(question.refusingRules() == ["V2G.ANCHOR.KIND"])
        // Vouched for as a V2G root, it says itself that it is an MO root.
        question.anchors = AnchorStore()
        question.anchors.add(chain[3].certificate, kind: .v2g)
        #expect(question.refusingRules().contains { $0.contains("DC") || $0.contains("925") })
    }

    @Test func nameConstraintsBind() throws {
        func constraint(_ base: GeneralName, excluded: Bool = false) -> CertificateExtension {
            CertificateExtension(type: .nameConstraints, isCritical: true) { writer in
                writer.writeSequence { list in
                    list.write(.contextConstructed(excluded ? 1 : 0)) { $0.writeSequence { base.write(to: &$0) } }
                }
            }
        }
        let permitted = DistinguishedName([NameAttribute(.commonName, "DE*ABC*E0001")])
        let other = DistinguishedName([NameAttribute(.commonName, "DE*XYZ*E0001")])
        #expect(try rules(bending: .cpoSub2) { $0.extensions.append(constraint(.directory(permitted))) } == [])
        #expect(
            try rules(bending: .cpoSub2) { $0.extensions.append(constraint(.directory(other), excluded: true)) } == [])
        let outside = try rules(bending: .cpoSub2) { $0.extensions.append(constraint(.directory(other))) }
        #expect(outside == ["V2G.CHAIN.NAME-CONSTRAINTS"])
        let banned = try rules(bending: .cpoSub2) {
            $0.extensions.append(constraint(.directory(permitted), excluded: true))
        }
        #expect(banned == ["V2G.CHAIN.NAME-CONSTRAINTS"])
    }

    @Test func vehicleCertificatesAreNewInEditionTwenty() throws {
        var question = Question(.secc, try fixture.chain(.secc), fixture)
        question.role = .vehicle
        #expect(question.refusingRules() == ["V2G.CHAIN.ROLE"])
    }

    @Test func everyRefusalIsExplained() throws {
        let chain = try fixture.chain(.secc) { if $0 == .cpoSub2 { $1.notAfter = self.fixture.begin } }
        let refusal = #expect(throws: ChainRefusal.self) { try Question(.secc, chain, self.fixture).verify() }
        let text = try #require(refusal?.description)
        #expect(text.contains("✗ CPO sub-CA 2") && text.contains("✓ SECC certificate"))
        #expect(text.contains("V2G.TIME.EXPIRED") && text.contains("remedy:"))
    }
}
