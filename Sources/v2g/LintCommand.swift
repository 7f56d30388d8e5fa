import ArgumentParser
internal import V2GCertificates
internal import V2GX509

/// `v2g lint`: judges certificates by the profile of a role, without asking whether they can be trusted.
struct LintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Judge certificates by the profile of a role.",
        discussion: """
            Takes one certificate as DER, or one or several as PEM. Every certificate in the file is judged in the \
            given role, but one that issued the certificate before it is judged in the role of its issuer: a chain may \
            be given, leaf first. Nothing is said about trust: that is for 'v2g verify'.

            Exit status: 0 accepted, 1 refused by a rule, 2 wrong usage or unreadable input.
            """)

    @Option(help: "Role: secc contract oem cps vehicle ocsp station csms est, or a CA such as v2g-root or cpo-sub2.")
    var role: Role

    @Option(help: "Edition whose profiles apply: iso2 or iso20.")
    var profile: Edition

    @Option(help: "Certificate of the issuing CA, to judge names, keys and validity against.")
    var issuer: String?

    @Flag(help: "Hold the certificate to the letter, as on issue, instead of by what matters on verification.")
    var issuing = false

    @Flag(help: "Print the findings as JSON.")
    var json = false

    @Argument(help: "Certificate file, PEM or DER; '-' reads standard input.")
    var file: String

    func run() async throws {
        guard let linter = Linter(role: role, edition: profile, purpose: issuing ? .issuing : .verifying) else {
            throw CLIFailure(.usage, "Edition \(profile.rawValue) has no role '\(role.rawValue)'. Use --profile iso20.")
        }
        let above = try issuer.map { try CertificateFile.certificates($0) }?.first.map { LintIssuer($0) }
        let blocks = try CertificateFile.blocks(file, purpose: "certificate")
        guard !blocks.isEmpty else {
            throw CLIFailure(.usage, "'\(file)' holds no certificate. Give PEM with BEGIN CERTIFICATE, or DER.")
        }
        let reports = judge(blocks, linter, above)
        if json {
            try CLI.printJSON(reports)
        } else {
            for (index, report) in reports.enumerated() { CLI.print(Self.text(report, index, of: reports.count)) }
        }
        guard reports.allSatisfy(\.isAccepted) else {
            var ids: [String] = []
            for finding in reports.flatMap(\.errors) where !ids.contains(finding.rule.id) {
                ids.append(finding.rule.id)
            }
            throw CLIFailure(.refused, "refused by \(ids.joined(separator: ", "))")
        }
    }

    private func judge(_ blocks: [[UInt8]], _ linter: Linter, _ above: LintIssuer?) -> [LintReport] {
        var reports: [LintReport] = []
        var lower: (certificate: Certificate, role: Role)?
        for der in blocks {
            let (report, certificate) = linter.lint(der: der, issuer: above)
            var best = report
            if let lower, let certificate, !lower.certificate.body.isSelfIssued,
                lower.certificate.issuer.matches(certificate.subject)
            {
                let roles = lower.role.issuers.filter { $0.isRoot == certificate.body.isSelfIssued }
                let judged = roles.compactMap {
                    Linter(role: $0, edition: profile, purpose: linter.purpose)?.lint(certificate)
                }
                best = judged.min { $0.errors.count < $1.errors.count } ?? report
            }
            reports.append(best)
            lower = certificate.map { ($0, best.role) }
        }
        return reports
    }

    private static func text(_ report: LintReport, _ index: Int, of count: Int) -> String {
        let place = count > 1 ? "certificate \(index + 1) of \(count), " : ""
        var lines = ["\(report.isAccepted ? "✓" : "✗") \(place)\(report.role.title), edition \(report.edition.title)"]
        if let subject = report.subject { lines.append("  \(subject)") }
        for finding in report.findings.sorted(by: { $0.severity > $1.severity }) {
            let switched = finding.tolerance.map { " (tolerated by \($0))" } ?? ""
            lines.append("  \(finding.severity.rawValue) \(finding.rule.id): \(finding.detail)\(switched)")
            guard finding.severity == .error else { continue }
            lines.append("    why: \(finding.rule.reason) [\(finding.rule.reference)]")
            lines.append("    remedy: \(finding.rule.remedy)")
        }
        return lines.joined(separator: "\n")
    }
}
