import CryptoOpenSSL
import Testing
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

@Suite struct RolloverPlanTests {
    private func plan(
        _ pki: TestPKI, old: String = "v2g_root", new: String = "v2g_root_g2", name: String = "Example G2",
        algorithm: KeyAlgorithm = .p256, days: (Int, Int, Int) = (5, 15, 35)
    ) throws -> RolloverPlan {
        try RolloverPlan(
            oldRoot: old, newRoot: new, newCommonName: name, algorithm: algorithm, start: pki.clock.now,
            distributeAfter: days.0, changeOverAfter: days.1, retireAfter: days.2)
    }

    @Test func aPlanThatCannotBeCarriedOutIsRefusedAtOnce() async throws {
        let pki = try await TestPKI.built()
        let own = try #require(try pki.published("v2g_root").subject.commonName)
        for bent in [
            try plan(pki, algorithm: .p521), try plan(pki, algorithm: .x448), try plan(pki, name: ""),
            try plan(pki, name: String(repeating: "x", count: 65)), try plan(pki, name: own),
            try plan(pki, new: "mo_root"), try plan(pki, new: "../evil"), try plan(pki, new: ""),
            try plan(pki, old: "cpo_sub1"), try plan(pki, old: "nobody"),
        ] {
            let error = await refusal { try await pki.authority.planRollover(bent) }
            #expect(
                error?.code == .planRefused || error?.code == .unknownAuthority, "\(bent.newRoot) \(bent.newCommonName)"
            )
        }
        for days in [(5, 5, 6), (5, 4, 6), (-1, 5, 6), (1, 2, 2), (1, 2, 20_001)] {
            #expect(throws: IssuanceError.self) { try plan(pki, days: days) }
        }
        #expect(try await pki.authority.rollovers().isEmpty)
        try await pki.authority.planRollover(try plan(pki))
        #expect(try await pki.authority.rollovers().map(\.newRoot) == ["v2g_root_g2"])
        #expect(
            await refusal { try await pki.authority.planRollover(try plan(pki, new: "v2g_root_g3", name: "G3")) }?.code
                == .planRefused)
    }

    @Test func stepsComeInOrderAndNotBeforeTheirDay() async throws {
        let pki = try await TestPKI.built()
        #expect(
            await refusal { _ = try await pki.authority.advanceRollover(of: "v2g_root", at: pki.site) }?.code
                == .planRefused)
        try await pki.authority.planRollover(try plan(pki))
        #expect(try await pki.authority.advanceRollover(of: "v2g_root", at: pki.site) == .announce)
        let days: [Int64] = [5, 10, 20]
        for (step, wait) in zip([RolloverPlan.Step.distribute, .changeOver, .retire], days) {
            pki.clock.advance(seconds: wait * 86_400 - 1)
            let before = try await pki.store.authorityCertificates(of: nil).count
            let early = await refusal { _ = try await pki.authority.advanceRollover(of: "v2g_root", at: pki.site) }
            #expect(early?.code == .planRefused)
            #expect(early?.message.contains("--ahead") == true)
            #expect(try await pki.store.authorityCertificates(of: nil).count == before)
            pki.clock.advance(seconds: 1)
            #expect(try await pki.authority.advanceRollover(of: "v2g_root", at: pki.site) == step)
        }
        let end = await refusal {
            _ = try await pki.authority.advanceRollover(of: "v2g_root", at: pki.site, ahead: true)
        }
        #expect(end?.code == .planRefused)
        // The new root can be replaced in its turn, the retired one cannot.
        #expect(await refusal { try await pki.authority.planRollover(try plan(pki, new: "x", name: "X")) } != nil)
        try await pki.authority.planRollover(try plan(pki, old: "v2g_root_g2", new: "v2g_root_g3", name: "Example G3"))
        #expect(try await pki.authority.advanceRollover(of: "v2g_root_g2", at: pki.site) == .announce)
    }

    @Test func aheadDoesAStepBeforeItsDay() async throws {
        let pki = try await TestPKI.built()
        try await pki.authority.planRollover(try plan(pki))
        for step in RolloverPlan.Step.allCases {
            #expect(try await pki.authority.advanceRollover(of: "v2g_root", at: pki.site, ahead: true) == step)
        }
    }

    @Test func retiringWaitsForStationsAndCars() async throws {
        let pki = try await TestPKI.built()
        try await pki.issue(.secc, "DE*ABC*E1")
        try await pki.issue(.secc, "DE*ABC*E2")
        try await pki.issue(.oem, "WMIV1234567890ABC")
        let gone = try await pki.issue(.secc, "DE*ABC*E3").certificate
        _ = try await pki.authority.revoke(serial: gone.body.serialNumber.magnitude, reason: .cessationOfOperation)
        try await pki.authority.planRollover(try plan(pki))
        var status = try await pki.authority.rolloverStatus(of: "v2g_root")
        #expect(status.stationsNotReady == ["DE*ABC*E1", "DE*ABC*E2"])
        #expect(status.carsNotReady == ["WMIV1234567890ABC"])
        #expect(status.steps.map(\.isDue) == [true, false, false, false])
        for _ in 0..<3 { _ = try await pki.authority.advanceRollover(of: "v2g_root", at: pki.site, ahead: true) }
        pki.clock.advance(days: 35)

        func retire(unready: Bool = false) async -> IssuanceError? {
            await refusal {
                _ = try await pki.authority.advanceRollover(of: "v2g_root", at: pki.site, unready: unready)
            }
        }
        #expect(await retire()?.code == .planRefused)
        // A new chain makes a station ready; a car has to say that it has the root.
        try await pki.issue(.secc, "DE*ABC*E1")
        try await pki.authority.confirm(["DE*ABC*E2"], rollover: "v2g_root")
        status = try await pki.authority.rolloverStatus(of: "v2g_root")
        #expect(status.stationsNotReady.isEmpty)
        #expect(!status.isReadyToRetire)
        let refused = await retire()
        #expect(refused?.message.contains("0 stations and 1 cars") == true)
        #expect(try await pki.store.authorities().allSatisfy { $0.state == .active })
        try await pki.authority.confirm(["WMIV1234567890ABC"], rollover: "v2g_root")
        #expect(try await pki.authority.rolloverStatus(of: "v2g_root").isReadyToRetire)
        #expect(await retire() == nil)
        #expect(try await notes(pki).isEmpty)
    }

    @Test func retiringUnreadyIsNotedInTheAuditLog() async throws {
        let pki = try await TestPKI.built()
        try await pki.issue(.secc, "DE*ABC*E1")
        try await pki.authority.planRollover(try plan(pki))
        for _ in 0..<3 { _ = try await pki.authority.advanceRollover(of: "v2g_root", at: pki.site, ahead: true) }
        #expect(
            try await pki.authority.advanceRollover(of: "v2g_root", at: pki.site, ahead: true, unready: true) == .retire
        )
        let note = try #require(try await notes(pki).first)
        #expect(note.contains("1 stations and 0 cars"))
        #expect(note.contains("v2g_root"))
    }

    private func notes(_ pki: TestPKI) async throws -> [String] {
        try await pki.store.auditEntries(after: 0, limit: 100_000).filter { $0.action == AuditAction.note.rawValue }
            .map { $0.fields.map { "\($0.name) \($0.value)" }.joined(separator: " ") }
    }

    /// Stations trust the backend's root, cars do not.
    @Test func whoMustBeReadyDependsOnTheKindOfRoot() async throws {
        let pki = try await TestPKI.built()
        try await pki.issue(.secc, "DE*ABC*E1")
        try await pki.issue(.station, "station-1")
        try await pki.issue(.oem, "WMIV1234567890ABC")
        let expected: [(String, stations: [String], cars: [String])] = [
            ("v2g_root", ["DE*ABC*E1"], ["WMIV1234567890ABC"]), ("mo_root", ["DE*ABC*E1"], []),
            ("oem_root", [], ["WMIV1234567890ABC"]), ("csms_root", ["station-1"], []),
        ]
        for (root, stations, cars) in expected {
            try await pki.authority.planRollover(try plan(pki, old: root, new: root + "_g2", name: "\(root) G2"))
            let status = try await pki.authority.rolloverStatus(of: root)
            #expect(status.stationsNotReady == stations, "\(root)")
            #expect(status.carsNotReady == cars, "\(root)")
        }
    }

    /// Every write, key and signature of every step is cut off before and after it was done.
    @Test func aStepThatWasCutOffGoesOnAndMakesNothingTwice() async throws {
        let pki = try await TestPKI.built()
        try await pki.issue(.secc, "DE*ABC*E1")
        try await pki.authority.planRollover(try plan(pki))
        pki.clock.advance(days: 40)
        let cuts = CutOffs()
        pki.store.fail { step, isDone in !step.hasPrefix("cancel") && cuts.isFirst("\(step) \(isDone)") }
        pki.keys.fail { cuts.isFirst($0) }
        var runs = 0
        var authority = pki.restarted()
        while try await authority.rollovers().first?.next != nil {
            runs += 1
            try #require(runs < 500, "the rollover does not come to an end")
            authority = pki.restarted()
            do {
                _ = try await authority.settleOpenIntents()
                _ = try await authority.advanceRollover(of: "v2g_root", at: pki.site, unready: true)
            } catch {
                #expect(!error.code.isRefusal, "\(error.message)")
            }
        }
        #expect(runs > 40)
        pki.store.fail(when: nil)
        pki.keys.fail(when: nil)
        let records = try await pki.store.authorities()
        #expect(records.map(\.name).count { $0 == "v2g_root_g2" } == 1)
        // The new root: its own and one link; the old one the same; each direct sub-CA an old and a new one.
        for (name, count) in [
            ("v2g_root_g2", 2), ("v2g_root", 2), ("cpo_sub1", 2), ("cps_sub1", 2), ("cpo_sub2", 1), ("mo_sub1", 1),
        ] {
            let certificates = try await pki.store.authorityCertificates(of: pki.authorityID(name))
            #expect(certificates.count == count, "\(name)")
        }
        // Nothing was issued that nobody knows of.
        let known = Set(try await pki.store.authorityCertificates(of: nil).map(\.certificate))
        for issuance in try await pki.issuances(.issued) {
            guard let role = Role(rawValue: issuance.role), role.isCA else { continue }
            let der = try #require(try await pki.store.certificate(of: issuance.id))
            #expect(known.contains(der), "\(issuance.subject) is not recorded as an authority's")
        }
        #expect(try await pki.store.ocspSigners(of: pki.authorityID("v2g_root_g2")).count == 1)
        #expect(try await pki.store.verifyAudit(against: nil).fault == nil)
        let chain = try await pki.restarted().publishedChain(of: "cpo_sub2")
        #expect(chain.last == (try pki.published("v2g_root_g2")))
    }
}
