import CryptoOpenSSL
import Foundation
import Synchronization
import Testing
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GKeysFile
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// Lets each step fail the first time it is tried, once before and once after it was done.
final class CutOffs: Sendable {
    private let seen = Mutex<Set<String>>([])

    var count: Int { seen.withLock { $0.count } }
    func isFirst(_ step: String) -> Bool { seen.withLock { $0.insert(step).inserted } }
}

@Suite struct HierarchyTests {
    static let roots: [String: Role] = [
        "v2g_root": .v2gRoot, "mo_root": .moRoot, "oem_root": .oemRoot, "csms_root": .csmsRoot,
    ]

    @Test(arguments: [(Edition.iso2, KeyAlgorithm.p256), (.iso20, .p521), (.iso20, .ed448)])
    func aBuildMakesEveryAuthorityAndEverySampleVerifies(_ edition: Edition, _ algorithm: KeyAlgorithm) async throws {
        let pki = try await TestPKI.built(edition, algorithm: algorithm, samples: true)
        for planned in pki.plan.authorities {
            let chain = try await pki.authority.publishedChain(of: planned.name)
            let own = try pki.published(planned.name)
            #expect(chain.first == own, "\(planned.name)")
            #expect(own.subject.commonName == planned.commonName)
            let root = try #require(chain.last)
            #expect(root.body.isSelfIssued)
            #expect(try await pki.store.ocspSigners(of: pki.authorityID(planned.name)).count == 1)
            #expect(try pki.published("ocsp_" + planned.name).issuer.der == own.subject.der)
        }
        let samples = pki.plan.samples.filter { edition == .iso20 || $0.role != .vehicle }
        #expect(samples.count == (edition == .iso20 ? 5 : 4))
        for sample in samples {
            let leaf = try pki.published(sample.name)
            let chain = try await pki.authority.publishedChain(of: sample.issuer)
            var anchors = AnchorStore()
            let root = try #require(chain.last)
            anchors.add(root, kinds: Set(sample.role.anchors))
            var settings = ChainVerifier.Settings()
            settings.revocation = .ifPresented
            let verifier = ChainVerifier(role: sample.role, edition: edition, anchors: anchors, settings: settings)
            #expect(throws: Never.self) { try verifier.verify([leaf] + chain.dropLast(), at: pki.clock.now) }
            // Negative control: without its sub-CAs the leaf leads nowhere.
            #expect(throws: ChainRefusal.self) { try verifier.verify([leaf], at: pki.clock.now) }
        }
        #expect(try await pki.store.openIntents(limit: 10).isEmpty)
        #expect(try await pki.store.verifyAudit(against: nil).fault == nil)
    }

    @Test func filesHaveTheirModes() async throws {
        let files = try TemporaryStore()
        let directory = PKIDirectory(files.directory)
        try directory.make()
        let authority = CertificateAuthority(
            plan: try .standard(.iso2), store: try files.open(), keys: FileKeyProvider(),
            verifier: ProductSignatureVerifier(), actor: "test")
        let site = CertificateAuthority.Site(directory: directory, keys: .files)
        try await authority.build(at: site, includesSamples: true) { _, _, _ in }
        func mode(_ path: String) throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
        }
        #expect(try mode(directory.privatePath) == 0o700)
        #expect(try mode(directory.certificatesPath) == 0o755)
        let names = authority.plan.authorities.map(\.name) + authority.plan.infrastructure.map(\.name)
        for name in names {
            #expect(try mode(directory.keyPath(name)) == 0o400, "\(name)")
            #expect(try mode(directory.certificatePath(name)) == 0o444, "\(name)")
        }
        for name in ["secc", "contract", "oem", "cps"] {
            #expect(try mode(directory.keyPath(name)) == 0o400, "\(name)")
            #expect(try mode(directory.certificatePath(name)) == 0o400, "\(name)")
        }
        #expect(!FileManager.default.fileExists(atPath: directory.certificatePath("vehicle")))
        let strays = try FileManager.default.contentsOfDirectory(atPath: directory.certificatesPath).filter {
            $0.hasSuffix(".tmp")
        }
        #expect(strays.isEmpty)
    }

    @Test func samplesAreMadeOnlyWhenAskedFor() async throws {
        let pki = try await TestPKI.built()
        #expect(try await pki.issuances(role: .secc).isEmpty)
        try await pki.build(samples: true)
        #expect(try await pki.issuances(role: .secc).count == 1)
    }

    @Test func theVehicleStandsUnderOemSub2OrWhereThePlanSays() async throws {
        let usual = try await TestPKI.built(.iso20, algorithm: .ed448, samples: true)
        #expect(try usual.published("vehicle").issuer.der == usual.published("oem_sub2").subject.der)
        var file = PlanFile()
        file.vehicleIssuer = "vehicle_sub2"
        let other = try await TestPKI.built(.iso20, algorithm: .ed448, samples: true, file: file)
        #expect(try other.published("vehicle").issuer.der == other.published("vehicle_sub2").subject.der)
        let chain = try await other.authority.publishedChain(of: "vehicle_sub2")
        #expect(try chain.last == other.published("oem_root"))
        // Edition -2 has no vehicle certificates; the same plan file serves `--edition both`.
        let plan = try HierarchyPlan.standard(.iso2, file: file)
        #expect(plan.authority("vehicle_sub2") == nil)
    }

    @Test func aBuildIsRepeatedWithoutMakingAnything() async throws {
        let pki = try await TestPKI.built(samples: true)
        let before = try await pki.issuances().count
        try await pki.restarted().build(at: pki.site, includesSamples: true) { _, _, _ in }
        #expect(try await pki.issuances().count == before)
        #expect(pki.log.events.isEmpty)
    }

    /// Every write of the store, every key and every signature is cut off twice, before and after it was done.
    @Test func aBuildCutOffAtAnyStepGoesOnAndMakesNothingTwice() async throws {
        let pki = try await TestPKI()
        let cuts = CutOffs()
        pki.store.fail { step, isDone in !step.hasPrefix("cancel") && cuts.isFirst("\(step) \(isDone)") }
        pki.keys.fail { cuts.isFirst($0) }
        var runs = 0
        while true {
            runs += 1
            try #require(runs < 2_000, "the build does not come to an end")
            // A fresh authority each time, as after a crash.
            let authority = pki.restarted()
            do {
                _ = try await authority.settleOpenIntents()
                try await authority.build(at: pki.site, includesSamples: true) { _, _, _ in }
                break
            } catch {
                #expect(!error.code.isRefusal, "\(error.message)")
            }
        }
        #expect(runs > 200)
        #expect(runs == cuts.count + 1)
        let records = try await pki.store.authorities()
        #expect(records.map(\.name).sorted() == pki.plan.authorities.map(\.name).sorted())
        for record in records {
            let certificates = try await pki.store.authorityCertificates(of: record.id)
            #expect(certificates.count == 1, "\(record.name)")
            #expect(try await pki.store.ocspSigners(of: record.id).count == 1, "\(record.name)")
            let own = try Certificate(der: try #require(certificates.first).certificate)
            #expect(own.body.subjectPublicKeyInfo.fingerprint == record.keyHash)
        }
        // No certificate was recorded that nobody has.
        let issued = try await pki.issuances(.issued)
        #expect(issued.count == pki.plan.authorities.count + pki.plan.infrastructure.count + 4)
        #expect(Set(issued.map { "\($0.role) \($0.subject)" }).count == issued.count)
        #expect(try await pki.store.openIntents(limit: 10).isEmpty)
        #expect(try await pki.store.verifyAudit(against: nil).fault == nil)
    }

    // MARK: Renewal of the infrastructure

    @Test func infrastructureIsRenewedAtTwoThirdsOfItsLife() async throws {
        let pki = try await TestPKI.built()
        pki.clock.advance(days: 10)
        #expect(try await pki.authority.renewInfrastructure(at: pki.site) == false)
        pki.clock.advance(days: 11)
        #expect(try await pki.authority.renewInfrastructure(at: pki.site))
        for record in try await pki.store.authorities() {
            let signers = try await pki.store.ocspSigners(of: record.id)
            #expect(signers.map(\.state) == [.retired, .active])
        }
    }

    @Test func anExpiredAuthorityDoesNotKeepTheOthersFromBeingRenewed() async throws {
        let pki = try await TestPKI.built()
        // Two years and a bit: sub-CA 2 of CPO and CPS are over, the others go on.
        pki.clock.advance(days: 740)
        #expect(try await pki.authority.renewInfrastructure(at: pki.site))
        let now = pki.clock.now.seconds
        for name in ["v2g_root", "oem_sub2", "mo_sub2", "csms_sub"] {
            let newest = try #require(try await pki.store.ocspSigners(of: pki.authorityID(name)).last)
            #expect(newest.notAfter > now, "\(name)")
        }
        #expect(try pki.published("est").body.notAfter.seconds > now)
        #expect(try await pki.store.ocspSigners(of: pki.authorityID("cpo_sub2")).count == 1)
    }

    // MARK: Plans

    @Test(arguments: [
        "country", "country-lower", "organization", "ocsp_url", "ocsp_url-https", "crl_url-slash", "authority", "days",
        "days-long",
        "name", "leaf-days", "leaf-days-long", "leaf-role", "vehicle", "vehicle-role", "sample", "host", "no-host",
    ])
    func aWrongPlanIsRefusedByName(_ fault: String) throws {
        #expect(throws: Never.self) { try HierarchyPlan.standard(.iso20, file: PlanFile()) }
        var file = PlanFile()
        let field: String
        switch fault {
        case "country": (file.country, field) = ("DEU", "country")
        case "country-lower": (file.country, field) = ("de", "country")
        case "organization": (file.organization, field) = (String(repeating: "x", count: 65), "organization")
        case "ocsp_url": (file.ocspURL, field) = ("pki.example", "ocsp_url")
        case "ocsp_url-https": (file.ocspURL, field) = ("https://pki.example/ocsp", "ocsp_url")
        case "crl_url-slash": (file.crlURL, field) = ("http://pki.example/crl/", "crl_url")
        case "authority": (file.authorities, field) = (["cpo_sub3": PlanFile.Authority()], "cpo_sub3")
        case "days": (file.authorities, field) = (["cpo_sub2": Self.authority(days: 0)], "cpo_sub2.validity_days")
        case "days-long":
            (file.authorities, field) = (["cpo_sub2": Self.authority(days: 1_000)], "cpo_sub2.validity_days")
        case "name": (file.authorities, field) = (["mo_root": Self.authority(name: "")], "mo_root.common_name")
        case "leaf-days": (file.validityDays, field) = (["secc": -1], "validity_days.secc")
        case "leaf-days-long": (file.validityDays, field) = (["cps": 400], "validity_days.cps")
        case "leaf-role": (file.validityDays, field) = (["v2g-root": 10], "v2g-root")
        case "vehicle": (file.vehicleIssuer, field) = ("oem_sub9", "oem_sub9")
        case "vehicle-role": (file.vehicleIssuer, field) = ("oem_sub1", "oem_sub1")
        case "sample": (file.samples, field) = (["car": PlanFile.Sample()], "car")
        case "host": (file.backendHosts, field) = (["no host"], "backend_hosts")
        default: (file.backendHosts, field) = ([], "backend_hosts")
        }
        let error = #expect(throws: PlanError.self) { try HierarchyPlan.standard(.iso20, file: file) }
        #expect(error?.description.contains(field) == true, "\(error?.description ?? "accepted")")
    }

    private static func authority(name: String? = nil, days: Int? = nil) -> PlanFile.Authority {
        var made = PlanFile.Authority()
        made.commonName = name
        made.validityDays = days
        return made
    }

    @Test func whatThePlanSaysIsIssued() async throws {
        var file = PlanFile()
        file.organization = "Example Energy"
        file.country = "NL"
        file.ocspURL = "http://pki.example/ocsp"
        file.crlURL = "http://pki.example/crl"
        file.authorities = ["cpo_sub2": Self.authority(name: "Example Sub 2", days: 700)]
        file.validityDays = ["secc": 60]
        file.backendHosts = ["est.example", "csms.example"]
        let pki = try await TestPKI.built(file: file)
        let sub = try pki.published("cpo_sub2")
        #expect(sub.subject.commonName == "Example Sub 2")
        #expect(sub.subject.organization == "Example Energy")
        #expect(sub.body.notAfter.seconds - sub.body.notBefore.seconds == 700 * 86_400 - 1)
        let leaf = try await pki.issue(.secc, "DE*ABC*E1").certificate
        #expect(leaf.body.notAfter.seconds - leaf.body.notBefore.seconds == 60 * 86_400 - 1)
        #expect(leaf.subject.country == "NL")
        #expect(try pki.published("est").body.subjectAlternativeNames() == [.dns("est.example"), .dns("csms.example")])
    }
}
