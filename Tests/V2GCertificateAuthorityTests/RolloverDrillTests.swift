import CryptoOpenSSL
import Testing
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// A whole PKI whose V2G, MO and OEM roots are replaced by a plan with dates.
struct RolloverDrill {
    static let roots = ["v2g_root", "mo_root", "oem_root"]
    static let distributeAfter = 5
    static let changeOverAfter = 15
    static let retireAfter = 35

    /// A leaf with what its holder sends.
    struct Holder {
        let role: Role
        let root: String
        let sent: [Certificate]
    }

    let pki: TestPKI
    let roles: [(role: Role, root: String)]

    init(_ edition: Edition, algorithm: KeyAlgorithm) async throws {
        pki = try await TestPKI.built(edition, algorithm: algorithm)
        var roles: [(role: Role, root: String)] = [
            (.secc, "v2g_root"), (.cps, "v2g_root"), (.contract, "mo_root"), (.oem, "oem_root"),
        ]
        if edition == .iso20 { roles.append((.vehicle, "oem_root")) }
        self.roles = roles
    }

    /// A fresh leaf of each role, with the chain that the authority gives today.
    func issueAll() async throws -> [Holder] {
        var holders: [Holder] = []
        for (role, root) in roles {
            let profile = try #require(CertificateProfile.profile(role, pki.plan.edition))
            let key = try SoftwareKey.generate(pki.plan.authorities[0].algorithm)
            let issued = try await pki.issue(role, ProfileFixture.commonName(profile), key: key)
            holders.append(Holder(role: role, root: root, sent: [issued.certificate] + issued.chain))
        }
        return holders
    }

    func plan(_ root: String) throws -> RolloverPlan {
        try RolloverPlan(
            oldRoot: root, newRoot: root + "_g2", newCommonName: "Example \(root) G2",
            algorithm: pki.plan.authorities[0].algorithm, start: pki.clock.now,
            distributeAfter: Self.distributeAfter, changeOverAfter: Self.changeOverAfter, retireAfter: Self.retireAfter)
    }

    func planAll() async throws {
        for root in Self.roots { try await pki.authority.planRollover(try plan(root)) }
    }

    /// Does the step that is due of every root.
    func stepAll(_ step: RolloverPlan.Step, unready: Bool = false) async throws {
        for root in Self.roots {
            let done = try await pki.authority.advanceRollover(of: root, at: pki.site, unready: unready)
            #expect(done == step)
        }
    }

    /// Which roots a peer trusts.
    enum Trust: CaseIterable { case old, new, both }

    func accepts(
        _ holder: Holder, trusting trust: Trust, links: Bool, intermediates: [Certificate] = []
    ) throws -> ChainRefusal? {
        var anchors = AnchorStore()
        let kinds = Set(holder.role.anchors)
        if trust != .new { anchors.add(try pki.published(holder.root), kinds: kinds) }
        if trust != .old { anchors.add(try pki.published(holder.root + "_g2"), kinds: kinds) }
        if links {
            anchors.addLink(try pki.published("\(holder.root)_by_\(holder.root)_g2"))
            anchors.addLink(try pki.published("\(holder.root)_g2_by_\(holder.root)"))
        }
        var settings = ChainVerifier.Settings()
        settings.revocation = .ifPresented
        let verifier = ChainVerifier(
            role: holder.role, edition: pki.plan.edition, anchors: anchors, settings: settings)
        do {
            let chain = try verifier.verify(holder.sent, intermediates: intermediates, at: pki.clock.now)
            #expect(chain.role == holder.role)
            return nil
        } catch {
            return error
        }
    }

    func expect(
        _ holders: [Holder], _ day: String, _ trust: Trust, links: Bool, accepted: Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for holder in holders {
            let refusal = try accepts(holder, trusting: trust, links: links)
            #expect(
                (refusal == nil) == accepted,
                "\(day): \(holder.role.rawValue), \(trust), links \(links): \(refusal?.description ?? "accepted")",
                sourceLocation: sourceLocation)
        }
    }
}

@Suite struct RolloverDrillTests {
    @Test(arguments: [(Edition.iso2, KeyAlgorithm.p256), (.iso20, .p521), (.iso20, .ed448)])
    func chainsOfEveryRoleVerifyOnEachDayOfThePlan(_ edition: Edition, _ algorithm: KeyAlgorithm) async throws {
        let drill = try await RolloverDrill(edition, algorithm: algorithm)
        let pki = drill.pki
        // Before: only the old root exists.
        let old = try await drill.issueAll()
        try drill.expect(old, "before", .old, links: false, accepted: true)
        pki.clock.advance(days: 1)
        try await drill.planAll()

        // Announced: whoever has a link certificate can go either way.
        try await drill.stepAll(.announce)
        let announced = old + (try await drill.issueAll())
        for trust in RolloverDrill.Trust.allCases {
            try drill.expect(announced, "announced", trust, links: true, accepted: true)
        }
        try drill.expect(announced, "announced", .old, links: false, accepted: true)
        try drill.expect(announced, "announced", .both, links: false, accepted: true)
        // Negative control: the new root alone knows nobody yet.
        try drill.expect(announced, "announced", .new, links: false, accepted: false)

        // Distributed: the sub-CAs have a second certificate, so the new root alone suffices where it is at hand.
        pki.clock.advance(days: Int64(RolloverDrill.distributeAfter))
        try await drill.stepAll(.distribute)
        let distributed = announced + (try await drill.issueAll())
        for trust in RolloverDrill.Trust.allCases {
            try drill.expect(distributed, "distributed", trust, links: true, accepted: true)
        }
        try drill.expect(distributed, "distributed", .old, links: false, accepted: true)
        try drill.expect(distributed, "distributed", .new, links: false, accepted: false)
        let resigned =
            try ["cpo_sub1", "cps_sub1"].map { try pki.published($0 + "_by_v2g_root_g2") }
            + [try pki.published("mo_sub1_by_mo_root_g2"), try pki.published("oem_sub1_by_oem_root_g2")]
        for holder in distributed {
            let refusal = try drill.accepts(holder, trusting: .new, links: false, intermediates: resigned)
            #expect(refusal == nil, "\(refusal?.description ?? "")")
        }

        // Changed over: new chains lead to the new root, old ones still count.
        pki.clock.advance(days: Int64(RolloverDrill.changeOverAfter - RolloverDrill.distributeAfter))
        try await drill.stepAll(.changeOver)
        let changed = try await drill.issueAll()
        for trust in RolloverDrill.Trust.allCases {
            try drill.expect(distributed + changed, "changed over", trust, links: true, accepted: true)
        }
        try drill.expect(changed, "changed over", .new, links: false, accepted: true)
        try drill.expect(changed, "changed over", .both, links: false, accepted: true)
        try drill.expect(changed, "changed over", .old, links: false, accepted: false)
        try drill.expect(old, "changed over", .old, links: false, accepted: true)

        // Retired.
        pki.clock.advance(days: Int64(RolloverDrill.retireAfter - RolloverDrill.changeOverAfter))
        try await drill.stepAll(.retire, unready: true)
        pki.clock.advance(days: 10)
        let after = try await drill.issueAll()
        for trust in RolloverDrill.Trust.allCases {
            try drill.expect(distributed + changed + after, "after", trust, links: true, accepted: true)
        }
        try drill.expect(changed + after, "after", .new, links: false, accepted: true)
        try drill.expect(changed + after, "after", .old, links: false, accepted: false)
        // A chain of before is nothing to those who have let go of the old root and its links.
        try drill.expect(old, "after", .new, links: false, accepted: false)
        #expect(try await pki.store.verifyAudit(against: nil).fault == nil)
        #expect(try await pki.store.openIntents(limit: 10).isEmpty)
    }

    @Test func aLinkServesAsFurtherIntermediateWhereTheOtherRootIsSentAlong() async throws {
        let drill = try await RolloverDrill(.iso2, algorithm: .p256)
        let old = try await drill.issueAll()
        try await drill.planAll()
        try await drill.stepAll(.announce)
        for holder in old {
            let link = try drill.pki.published("\(holder.root)_by_\(holder.root)_g2")
            let root = try drill.pki.published(holder.root)
            #expect(try drill.accepts(holder, trusting: .new, links: false, intermediates: [link, root]) == nil)
            // Negative controls: the root without the link, and the other root's link.
            #expect(try drill.accepts(holder, trusting: .new, links: false, intermediates: [root]) != nil)
            let wrong = try drill.pki.published("\(holder.root)_g2_by_\(holder.root)")
            #expect(try drill.accepts(holder, trusting: .new, links: false, intermediates: [wrong, root]) != nil)
        }
    }

    @Test func aRetiredRootStillOwesStatusesAndGetsItsSignersRenewed() async throws {
        let drill = try await RolloverDrill(.iso2, algorithm: .p256)
        let pki = drill.pki
        let sub = try pki.published("cpo_sub1").body.serialNumber
        try await drill.planAll()
        try await drill.stepAll(.announce)
        pki.clock.advance(days: Int64(RolloverDrill.retireAfter))
        _ = try await pki.authority.renewInfrastructure(at: pki.site)
        for step in [RolloverPlan.Step.distribute, .changeOver, .retire] {
            try await drill.stepAll(step, unready: true)
        }
        #expect(
            try await pki.store.authorities().filter { $0.state == .retired }.map(\.name).sorted()
                == RolloverDrill.roots.sorted())
        // It issues nothing,
        let error = await refusal { try await pki.issue(.ocsp, "Another signer") { $0.authority = "v2g_root" } }
        #expect(error?.code == .issuerUnsuitable)
        // but revokes, lists and answers.
        _ = try await pki.authority.revoke(serial: sub.magnitude, authority: "v2g_root", reason: .superseded)
        #expect(try await pki.crl("v2g_root").entries.map(\.serialNumber) == [sub])
        for days in [Int64(25), 25, 25] {
            pki.clock.advance(days: days)
            #expect(try await pki.authority.renewInfrastructure(at: pki.site))
        }
        let responder = try await pki.authority.makeResponder(at: pki.site)
        #expect(
            try await pki.status(sub.magnitude, of: "v2g_root", from: responder)
                == .revoked(at: pki.clock.now.advanced(bySeconds: -75 * 86_400), reason: .superseded))
        let fresh = try pki.published("cpo_sub1_by_v2g_root_g2").body.serialNumber
        #expect(try await pki.status(fresh.magnitude, of: "v2g_root_g2", from: responder) == .good)
        // Its certificate under the old root being revoked does not hurt the one under the new root.
        #expect(
            try await pki.issue(.secc, "DE*ABC*E1").chain.last?.issuer.der == pki.published("v2g_root_g2").subject.der)
    }
}
