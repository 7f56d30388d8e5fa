import Testing
import V2GCertificates
import V2GKeys
import V2GTestSupport

/// Every rule of every role: broken alone, it is the rule that answers.
@Suite struct LintRuleTests {
    static let profiles = CertificateProfile.all.map { ProfileName(role: $0.role, edition: $0.edition) }

    struct ProfileName: Sendable, CustomTestStringConvertible {
        let role: Role
        let edition: Edition
        var testDescription: String { "\(role.rawValue) \(edition.rawValue)" }
    }

    @Test func ruleIdentifiersAreUnique() {
        #expect(Set(Rule.all.map(\.id)).count == Rule.all.count)
    }

    @Test func everyRuleHasExactlyOneMutation() {
        #expect(Mutation.all.map(\.rule).sorted() == Rule.all.map(\.id).sorted())
    }

    @Test func everyRuleSaysWhyAndWhatToDo() {
        for rule in Rule.all {
            #expect(rule.reason.hasSuffix(".") && rule.remedy.hasSuffix("."), "\(rule.id)")
            #expect(!rule.reference.isEmpty, "\(rule.id)")
            #expect(rule.issuing != nil, "\(rule.id)")
        }
    }

    @Test(arguments: profiles)
    func theCompliantBodyPassesWithoutAWord(_ name: ProfileName) throws {
        let profile = try #require(CertificateProfile.profile(name.role, name.edition))
        for algorithm in profile.keyAlgorithms {
            let compliant = try LintCase(profile, algorithm: algorithm)
            #expect(compliant.findings(.issuing).map(\.description) == [])
            #expect(compliant.findings(.verifying).map(\.description) == [])
        }
    }

    @Test(arguments: profiles)
    func everyRuleAnswersWhenItIsBroken(_ name: ProfileName) throws {
        let profile = try #require(CertificateProfile.profile(name.role, name.edition))
        var asked = 0
        for mutation in Mutation.all {
            let rule = try #require(Rule.named(mutation.rule))
            guard rule.applies(to: profile) else { continue }
            var bent = try LintCase(profile)
            try mutation.apply(&bent)
            for purpose in LintPurpose.allCases {
                guard let severity = rule.severity(purpose, profile) else { continue }
                asked += 1
                let findings = bent.findings(purpose)
                let own = try #require(
                    findings.first { $0.rule == rule },
                    "\(rule.id) stays silent on \(purpose.rawValue); said: \(findings.map(\.rule.id))")
                #expect(own.severity <= severity)
                if purpose == .issuing { #expect(own.severity == severity) }
                let others = findings.filter { $0.severity == .error && $0.rule != rule }.map(\.rule.id)
                #expect(
                    Set(others).isSubset(of: mutation.also),
                    "\(rule.id) on \(purpose.rawValue) comes with \(others): \(findings.map(\.detail))")
            }
        }
        #expect(asked > 100)
    }

    @Test func everyRuleIsAskedOfSomeRole() {
        for rule in Rule.all {
            #expect(CertificateProfile.all.contains { rule.applies(to: $0) }, "\(rule.id)")
        }
    }

    @Test func everythingButAFewWeightsRefusesOnIssue() {
        #expect(Rule.all.filter { $0.issuing != .error }.map(\.id) == [])
    }
}
