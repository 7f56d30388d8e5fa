import Foundation
import Testing
import V2GCertificates
import V2GDER
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

@Suite struct LinterTests {
    private func makeCase(_ role: Role, _ edition: Edition = .iso2) throws -> LintCase {
        try LintCase(try #require(CertificateProfile.profile(role, edition)))
    }

    private func ids(_ made: LintCase, _ purpose: LintPurpose) -> [String] { made.findings(purpose).map(\.rule.id) }

    // MARK: Admission

    @Test func theAdmittedBytesAreTheBytesGiven() throws {
        let made = try makeCase(.secc)
        let tbs = made.template.encoded()
        let linted = try Linter(made.profile).admit(tbs: tbs, issuer: made.issuer)
        #expect(linted.der == tbs)
        #expect(linted.role == .secc && linted.edition == .iso2)
        #expect(linted.remarks.isEmpty)
    }

    @Test func admissionJudgesForIssuingWhateverTheLinterIsFor() throws {
        var made = try makeCase(.secc)
        made.setName(.commonName, "any name")
        let tbs = made.template.encoded()
        #expect(throws: LintRefusal.self) {
            _ = try Linter(made.profile, purpose: .verifying).admit(tbs: tbs, issuer: made.issuer)
        }
    }

    @Test func aRefusalNamesRuleReasonAndRemedy() throws {
        var made = try makeCase(.contract)
        made.setName(.commonName, "nobody")
        let tbs = made.template.encoded()
        let refusal = try #require(throws: LintRefusal.self) {
            _ = try Linter(made.profile).admit(tbs: tbs, issuer: made.issuer)
        }
        let rule = try #require(Rule.named("V2G.CN.EMAID"))
        #expect(refusal.description.contains(rule.id))
        #expect(refusal.description.contains(rule.reason))
        #expect(refusal.description.contains(rule.remedy))
        #expect(refusal.description.contains("CN=nobody"))
        #expect(!refusal.report.isAccepted)
    }

    @Test func everyTruncationIsRefusedAndNothingTraps() throws {
        let made = try makeCase(.secc, .iso20)
        let linter = Linter(made.profile)
        let tbs = made.template.encoded()
        for length in 0..<tbs.count {
            #expect(throws: LintRefusal.self) {
                _ = try linter.admit(tbs: Array(tbs.prefix(length)), issuer: made.issuer)
            }
        }
    }

    @Test func flippedBitsNeverTrap() throws {
        for role in [Role.v2gRoot, .contract, .ocsp, .csms] {
            let made = try makeCase(role, .iso20)
            let linter = Linter(made.profile)
            let certificate = ProfileFixture.certificate(
                made.template.encoded(), algorithm: made.template.signatureAlgorithm)
            for index in certificate.indices {
                var bent = certificate
                bent[index] ^= 1 << UInt8(index % 8)
                _ = linter.lint(der: bent, issuer: made.issuer)
                bent[index] = ~certificate[index]
                _ = linter.lint(der: bent, issuer: made.issuer)
            }
        }
    }

    // MARK: Forms of a rule beside the table's

    @Test func negativeSerialIsRefused() throws {
        var made = try makeCase(.secc)
        let serial = made.template.serialNumber.content
        made.bend = { bytes in
            var bent = bytes
            for index in bent.indices.dropLast(serial.count) where Array(bent[index..<index + serial.count]) == serial {
                bent[index] |= 0x80
                break
            }
            return bent
        }
        #expect(ids(made, .issuing) == ["V2G.SERIAL.POSITIVE"])
        #expect(ids(made, .verifying) == ["V2G.SERIAL.POSITIVE"])
    }

    @Test func serialOf20OctetsPassesAndOf21DoesNot() throws {
        var made = try makeCase(.secc)
        made.template.serialNumber = SerialNumber(magnitude: [0x7f] + [UInt8](repeating: 1, count: 19))
        #expect(ids(made, .issuing).isEmpty)
        made.template.serialNumber = SerialNumber(magnitude: [0x80] + [UInt8](repeating: 1, count: 19))
        #expect(ids(made, .issuing) == ["V2G.SERIAL.LENGTH"])
    }

    @Test(arguments: Edition.allCases)
    func sizeIsJudgedAtTheVeryLimit(_ edition: Edition) throws {
        var made = try makeCase(.secc, edition)
        let limit = edition.maximumCertificateLength
        func length() -> Int {
            ProfileFixture.certificate(made.template.encoded(), algorithm: made.template.signatureAlgorithm).count
        }
        var padding = max(0, limit - length() - 20)
        while length() < limit {
            padding += 1
            made.put(.crlDistributionPoints(["http://a/" + String(repeating: "x", count: padding)]))
        }
        #expect(length() == limit)
        #expect(ids(made, .verifying).isEmpty)
        made.put(.crlDistributionPoints(["http://a/" + String(repeating: "x", count: padding + 1)]))
        #expect(ids(made, .verifying) == ["V2G.SIZE"])
        // On issue the longest possible signature counts, so the body must be shorter still.
        #expect(ids(made, .issuing) == ["V2G.SIZE"])
    }

    @Test(arguments: Edition.allCases)
    func whatIsIssuedNeverOutgrowsItsFieldWhateverTheSignature(_ edition: Edition) throws {
        var made = try makeCase(.secc, edition)
        let algorithm = made.template.signatureAlgorithm
        let longest = [UInt8](repeating: 0xff, count: edition == .iso2 ? 72 : 139)
        var accepted = 0
        var refused = 0
        for padding in stride(from: 0, to: edition.maximumCertificateLength, by: 1) {
            made.put(.crlDistributionPoints([ProfileFixture.crlURL + String(repeating: "x", count: padding)]))
            let certificate = ProfileFixture.certificate(
                made.template.encoded(), algorithm: algorithm, signature: longest)
            let fits = certificate.count <= edition.maximumCertificateLength
            #expect(ids(made, .issuing) == (fits ? [] : ["V2G.SIZE"]), "\(certificate.count) bytes")
            if fits { accepted += 1 } else { refused += 1 }
        }
        #expect(accepted > 50 && refused > 50)
    }

    @Test(arguments: [KeyAlgorithm.p521, .ed448, .x448])
    func edition2TakesP256Only(_ algorithm: KeyAlgorithm) throws {
        var made = try makeCase(.secc)
        try made.setKey(ProfileFixture.key(algorithm))
        let rule = algorithm == .p521 ? "V2G.KEY.CURVE" : "V2G.KEY.TYPE"
        #expect(made.findings(.verifying).contains { $0.rule.id == rule && $0.severity == .error })
    }

    @Test(arguments: [KeyAlgorithm.p521, .ed448], [KeyAlgorithm.p521, .ed448])
    func edition20MixesBothKeysInOneChain(_ leaf: KeyAlgorithm, _ authority: KeyAlgorithm) throws {
        var made = try makeCase(.contract, .iso20)
        let issuer = try ProfileFixture.issuer(for: made.profile, algorithm: authority)
        made.issuer = issuer
        made.template = ProfileFixture.template(made.profile, issuer: issuer, algorithm: leaf)
        #expect(ids(made, .issuing).isEmpty)
        #expect(ids(made, .verifying).isEmpty)
    }

    @Test func invisibleCharactersInANameAreRefused() throws {
        for text in ["a\u{0}b", "a\u{9b}b", "a\u{202e}b", "a\u{200b}b", "a\u{7f}"] {
            var made = try makeCase(.secc)
            made.setName(.organizationName, text)
            #expect(ids(made, .verifying) == ["V2G.SUBJECT.TEXT"])
        }
        var made = try makeCase(.secc)
        made.setName(.organizationName, "Ümläut GmbH 株式会社")
        #expect(ids(made, .issuing).isEmpty)
    }

    @Test func findingsNeverCarryControlCharacters() throws {
        var made = try makeCase(.csms)
        made.put(.subjectAlternativeNames([.dns("evil\u{1b}[2J")]))
        let findings = made.findings(.verifying)
        #expect(findings.map(\.rule.id) == ["V2G.SAN.NAME"])
        #expect(findings.allSatisfy { !$0.description.unicodeScalars.contains("\u{1b}") })
    }

    @Test(arguments: [
        ("a.example", true), ("localhost", true), ("a-b.c", true), ("1.2", true), (".a", false), ("a.", false),
        ("a..b", false), ("-a.b", false), ("a-.b", false), ("a_b", false), ("a b", false),
        (String(repeating: "a", count: 63) + ".b", true), (String(repeating: "a", count: 64) + ".b", false),
    ])
    func hostNamesFollowTheRules(_ name: String, _ isGood: Bool) throws {
        var made = try makeCase(.csms)
        made.put(.subjectAlternativeNames([.dns(name)]))
        #expect(ids(made, .issuing) == (isGood ? [] : ["V2G.SAN.NAME"]))
    }

    @Test func addressesAreHostsAndOtherNamesAreNot() throws {
        var made = try makeCase(.csms)
        made.put(.subjectAlternativeNames([.ipAddress([10, 0, 0, 1])]))
        #expect(ids(made, .issuing).isEmpty)
        made.put(.subjectAlternativeNames([.ipAddress([10, 0, 0])]))
        #expect(ids(made, .issuing) == ["V2G.SAN.NAME"])
        made.put(.subjectAlternativeNames([.email("a@b.c")]))
        #expect(ids(made, .issuing) == ["V2G.SAN.NAME", "V2G.SAN.MISSING"])
    }

    @Test func stationsNeedNoHostNameAndMayHaveOne() throws {
        var made = try makeCase(.station)
        #expect(ids(made, .issuing).isEmpty)
        made.remove(.subjectAlternativeName)
        #expect(ids(made, .issuing).isEmpty)
    }

    @Test func privateEnvironmentNeedsNoResponder() throws {
        var made = try makeCase(.secc)
        made.remove(.authorityInformationAccess)
        #expect(ids(made, .issuing) == ["V2G.AIA.OCSP-MISSING"])
        let issuer = try ProfileFixture.issuer(for: made.profile, role: .privateRoot)
        var inside = made
        inside.issuer = issuer
        inside.template = ProfileFixture.template(made.profile, issuer: issuer)
        inside.remove(.authorityInformationAccess)
        #expect(ids(inside, .issuing).isEmpty)
        made.settings.isPrivateEnvironment = true
        #expect(ids(made, .issuing).isEmpty)
    }

    @Test func accessWithoutResponderCountsAsNone() throws {
        var made = try makeCase(.secc)
        made.put(.authorityInformationAccess(ocsp: [], caIssuers: ["http://pki.example/ca.cer"]))
        #expect(ids(made, .issuing) == ["V2G.AIA.OCSP-MISSING"])
    }

    @Test func whatTheCallerProcessesMayBeCritical() throws {
        var made = try makeCase(.cpoSub1)
        made.put(CertificateExtension(type: .nameConstraints, isCritical: true, value: [0x30, 0x00]))
        let isRefused = made.findings(.verifying).contains {
            $0.rule.id == "V2G.EXT.UNKNOWN-CRITICAL" && $0.severity == .error
        }
        #expect(isRefused)
        made.settings.processedCriticalExtensions = [.nameConstraints]
        #expect(!made.findings(.verifying).contains { $0.severity == .error })
    }

    @Test func keyIdentifiersOfEveryMethodAreKnown() throws {
        for method in KeyIdentifierMethod.allCases {
            var made = try makeCase(.contract, .iso20)
            let identifier = method.identifier(of: made.template.subjectPublicKeyInfo)
            #expect(identifier.count == (method == .truncatedSHA1 ? 8 : 20))
            made.put(.subjectKeyIdentifier(identifier))
            #expect(ids(made, .issuing).isEmpty)
        }
    }

    @Test func anyPurposeSatisfiesOnlyWhereNoneIsNeeded() throws {
        var old = try makeCase(.secc, .iso2)
        old.put(.extendedKeyUsage([.anyExtendedKeyUsage]))
        #expect(ids(old, .verifying) == ["V2G.EKU.UNEXPECTED"])
        var new = try makeCase(.vehicle, .iso20)
        new.put(.extendedKeyUsage([.anyExtendedKeyUsage]))
        #expect(ids(new, .verifying).contains("V2G.EKU.CONTRADICTION"))
    }

    @Test func theThreeCredentialsOfACarAreNotInterchangeable() throws {
        for role in [Role.contract, .oem] {
            var made = try makeCase(role, .iso20)
            made.put(.extendedKeyUsage([.clientAuth]))
            #expect(made.findings(.verifying).contains { $0.rule.id == "V2G.EKU.CONTRADICTION" })
        }
    }

    @Test func rootWithRoomForBothSubCAsVerifiesWithAWarning() throws {
        var made = try makeCase(.v2gRoot)
        made.put(.basicConstraints(BasicConstraints(isCA: true, pathLength: 2)))
        #expect(made.findings(.verifying).map(\.severity) == [.warning])
        #expect(made.findings(.issuing).map(\.severity) == [.error])
        made.put(.basicConstraints(BasicConstraints(isCA: true, pathLength: 0)))
        #expect(made.findings(.verifying).map(\.severity) == [.error])
    }

    // MARK: Profiles

    @Test func vehicleCertificatesAreUnknownToEdition2() {
        #expect(Linter(role: .vehicle, edition: .iso2) == nil)
        #expect(Linter(role: .vehicle, edition: .iso20) != nil)
    }

    @Test func theHierarchyIsClosed() {
        for role in Role.allCases {
            #expect(role.issuers.allSatisfy { $0.isCA }, "\(role)")
            #expect(!role.issuers.isEmpty && !role.anchors.isEmpty)
            if role.isLeaf, role != .ocsp {
                let firstLevel: [Role] = [.cpoSub1, .cpsSub1, .moSub1, .oemSub1, .vehicleSub1]
                #expect(Set(role.issuers).isDisjoint(with: firstLevel), "\(role)")
            }
        }
    }

    @Test func commandLineNamesAreStable() {
        #expect(
            Role.allCases.map(\.rawValue) == [
                "v2g-root", "cpo-sub1", "cpo-sub2", "cps-sub1", "cps-sub2", "mo-root", "mo-sub1", "mo-sub2", "oem-root",
                "oem-sub1", "oem-sub2", "vehicle-sub1", "vehicle-sub2", "csms-root", "csms-sub", "private-root",
                "v2g-root-link", "mo-root-link", "oem-root-link", "csms-root-link", "secc", "contract", "oem", "cps",
                "vehicle", "ocsp", "station", "csms", "est",
            ])
    }

    // MARK: Reports

    @Test func aReportGoesThroughJSONUnchanged() throws {
        var made = try makeCase(.contract)
        made.settings = ProfileSettings()
        made.setName(.commonName, "UKSWI123456791A")
        let certificate = ProfileFixture.certificate(
            made.template.encoded(), algorithm: made.template.signatureAlgorithm)
        let report = Linter(made.profile, settings: made.settings).lint(der: certificate, issuer: made.issuer).report
        #expect(report.isAccepted && report.tolerancesUsed == ["emaid-check-digit"])
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(LintReport.self, from: data) == report)
        let text = String(decoding: data, as: UTF8.self)
        #expect(text.contains("\"rule\":\"V2G.CN.EMAID-CHECK-DIGIT\""))
        #expect(text.contains("\"tolerance\":\"emaid-check-digit\""))
    }

    @Test func theRuleListInTheDocumentationIsTheOneInTheCode() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/rules.md")
        let expected = RuleDocument.text
        if ProcessInfo.processInfo.environment["V2G_UPDATE_DOCS"] != nil {
            try Data(expected.utf8).write(to: file.standardizedFileURL)
        }
        let found = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
        #expect(found == expected, "run the test with V2G_UPDATE_DOCS=1 to write docs/rules.md again")
    }
}
