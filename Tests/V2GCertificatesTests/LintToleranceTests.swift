import Testing
import V2GCertificates
import V2GDER
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// What verification lets pass, and by which switch; each with the control that issuing does not.
@Suite struct LintToleranceTests {
    private func makeCase(_ role: Role, _ edition: Edition, _ bend: (inout LintCase) throws -> Void) throws -> LintCase
    {
        var made = try LintCase(try #require(CertificateProfile.profile(role, edition)))
        made.settings = ProfileSettings()
        try bend(&made)
        return made
    }

    private func expectTolerated(_ made: LintCase, _ rule: String, by name: String) throws {
        let tolerated = try #require(made.findings(.verifying).first { $0.rule.id == rule })
        #expect(tolerated.severity == .warning)
        #expect(tolerated.tolerance == name)
        var strict = made
        strict.settings.tolerances = []
        #expect(strict.findings(.verifying).contains { $0.rule.id == rule && $0.severity == .error })
        var generous = made
        generous.settings.tolerances = FieldTolerance(rawValue: .max)
        #expect(generous.findings(.issuing).contains { $0.rule.id == rule && $0.severity == .error })
    }

    @Test(arguments: [Role.v2gRoot, .moRoot, .oemRoot], Edition.allCases)
    func rootWithExtendedKeyUsagePassesBySwitch(_ role: Role, _ edition: Edition) throws {
        let made = try makeCase(role, edition) { $0.put(.extendedKeyUsage([.serverAuth])) }
        try expectTolerated(made, "V2G.EKU.ROOT", by: "root-extended-key-usage")
    }

    @Test(arguments: Edition.allCases)
    func wrongCheckDigitIsReportedButNeverIssued(_ edition: Edition) throws {
        let made = try makeCase(.contract, edition) { $0.setName(.commonName, "UKSWI123456791A") }
        try expectTolerated(made, "V2G.CN.EMAID-CHECK-DIGIT", by: "emaid-check-digit")
        #expect(!made.findings(.verifying).contains { $0.severity == .error })
    }

    @Test func contractWithoutCheckDigitOrWithSeparatorsIsIssued() throws {
        for name in ["DE83DUIEN83QGZ", "DE-83D-UIEN83QGZ-D", "de83duien83qgzd"] {
            let made = try makeCase(.contract, .iso2) { $0.setName(.commonName, name) }
            #expect(made.findings(.issuing).isEmpty, "\(name)")
        }
    }

    @Test(arguments: ["DE*83D*UIEN83QGZ*D", "DE-8AA-12A34B", "DE*8AA*12A34B", "de8aa12a34b"])
    func contractsInTheOlderFormVerifyWithAWarningAndAreNeverIssued(_ name: String) throws {
        let made = try makeCase(.contract, .iso2) { $0.setName(.commonName, name) }
        #expect(made.findings(.verifying).map(\.rule.id) == ["V2G.CN.EMAID"])
        #expect(made.findings(.verifying).allSatisfy { $0.severity == .warning })
        #expect(made.findings(.issuing).contains { $0.rule.id == "V2G.CN.EMAID" && $0.severity == .error })
        // Control: what is neither stays refused.
        let wrong = try makeCase(.contract, .iso2) { $0.setName(.commonName, name + "*X*X") }
        #expect(wrong.findings(.verifying).contains { $0.rule.id == "V2G.CN.EMAID" && $0.severity == .error })
    }

    @Test(arguments: [KeyAlgorithm.p256, .p521, .ed448])
    func aResponderMayHaveAP256KeyInEdition20OnlyBelowACAThatHasOne(_ algorithm: KeyAlgorithm) throws {
        var made = try makeCase(.ocsp, .iso20) { bent in
            bent.issuer = try ProfileFixture.issuer(for: bent.profile, algorithm: algorithm, role: .csmsSub)
            bent.template = ProfileFixture.template(bent.profile, issuer: bent.issuer, algorithm: .p256)
        }
        if let signature = algorithm.signatureAlgorithm {
            made.template.signatureAlgorithm = AlgorithmIdentifier(signature)
        }
        for purpose in [LintPurpose.issuing, .verifying] {
            let errors = made.findings(purpose).filter { $0.severity == .error }.map(\.rule.id)
            #expect(errors == (algorithm == .p256 ? [] : ["V2G.KEY.CURVE"]), "\(purpose)")
        }
    }

    @Test func edition20StationMayNameEitherOperatorComponent() throws {
        let made = try makeCase(.secc, .iso20) { $0.setName(.domainComponent, "CSO") }
        try expectTolerated(made, "V2G2-925.DC-WRONG", by: "secc-domain-component-either")
        // The setting turns the two around.
        var other = made
        other.settings.seccDomainComponentEdition20 = .cso
        #expect(other.findings(.issuing).isEmpty)
        #expect(other.findings(.verifying).isEmpty)
        // Edition -2 knows CPO only, whatever the switches.
        var old = try makeCase(.secc, .iso2) { $0.setName(.domainComponent, "CSO") }
        old.settings.tolerances = FieldTolerance(rawValue: .max)
        #expect(old.findings(.verifying).contains { $0.rule.id == "V2G2-925.DC-WRONG" && $0.severity == .error })
    }

    @Test(arguments: ["CPS", "MO", "OEM", "V2G", "cpo", "CPO "])
    func anotherRolesComponentIsNeverTolerated(_ component: String) throws {
        for edition in Edition.allCases {
            var made = try makeCase(.secc, edition) { $0.setName(.domainComponent, component) }
            made.settings.tolerances = FieldTolerance(rawValue: .max)
            #expect(made.findings(.verifying).contains { $0.rule.id == "V2G2-925.DC-WRONG" && $0.severity == .error })
        }
    }

    @Test func contractWithoutComponentPassesOnlyBySwitch() throws {
        var made = try makeCase(.contract, .iso2) { $0.setName(.domainComponent, nil) }
        made.settings.tolerances.insert(.contractWithoutDomainComponent)
        try expectTolerated(made, "V2G2-925.DC-MISSING", by: "contract-without-domain-component")
        #expect(!FieldTolerance.standard.contains(.contractWithoutDomainComponent))
    }

    @Test(arguments: [Role.secc, .vehicle])
    func missingPurposeInEdition20PassesOnlyBySwitch(_ role: Role) throws {
        var made = try makeCase(role, .iso20) { $0.remove(.extendedKeyUsage) }
        made.settings.tolerances.insert(.missingExtendedKeyUsage)
        try expectTolerated(made, "V2G.EKU.MISSING", by: "missing-extended-key-usage")
        #expect(!FieldTolerance.standard.contains(.missingExtendedKeyUsage))
    }

    @Test func p256InEdition20PassesOnlyBySwitch() throws {
        var made = try makeCase(.contract, .iso20) { bent in
            bent.issuer = try ProfileFixture.issuer(for: bent.profile, algorithm: .p256)
            bent.template = ProfileFixture.template(bent.profile, issuer: bent.issuer, algorithm: .p256)
        }
        made.settings.tolerances.insert(.p256InEdition20)
        try expectTolerated(made, "V2G.KEY.CURVE", by: "p256-in-edition-20")
        try expectTolerated(made, "V2G.SIG.HASH", by: "p256-in-edition-20")
        #expect(!FieldTolerance.standard.contains(.p256InEdition20))
        #expect(!made.findings(.verifying).contains { $0.severity == .error })
    }

    @Test(arguments: ["SECC", "DE*ABC*S1", "EVSE-0001", "x"])
    func anyStationNameOf1To64CharactersVerifiesWithAWarning(_ name: String) throws {
        for edition in Edition.allCases {
            let made = try makeCase(.secc, edition) { $0.setName(.commonName, name) }
            #expect(made.findings(.verifying).map(\.rule.id) == ["V2G.CN.STATION"])
            #expect(made.findings(.verifying).allSatisfy { $0.severity == .warning })
            #expect(made.findings(.issuing).contains { $0.rule.id == "V2G.CN.STATION" && $0.severity == .error })
        }
    }

    @Test(arguments: ["DE*ABC*E123", "DEABCE123", "DE-ABC-S-0123456789ABCDEF0123456789ABCDEF-X"])
    func stationNamesOfBothKindsAreIssued(_ name: String) throws {
        for edition in Edition.allCases {
            let made = try makeCase(.secc, edition) { $0.setName(.commonName, name) }
            #expect(made.findings(.issuing).isEmpty)
        }
    }

    @Test func switchesHaveNamesThatRead() {
        #expect(
            FieldTolerance.standard.description
                == "root-extended-key-usage,emaid-check-digit,secc-domain-component-either")
        #expect(!FieldTolerance.standard.contains(.subCADomainComponentV2G))
        #expect(FieldTolerance([]).description == "none")
        for (name, tolerance) in FieldTolerance.named {
            #expect(FieldTolerance(name: name) == tolerance)
            #expect(tolerance.description == name)
        }
        #expect(FieldTolerance(name: "anything") == nil)
    }
}
