internal import V2GDER
public import V2GX509

/// A certificate body that passed every rule of its profile for issuing. Only the linter makes one, from the very bytes
/// that it read, and it can be consumed once: what was linted is byte for byte what is signed.
public struct LintedBody: ~Copyable, Sendable {
    /// The bytes to sign.
    public let der: [UInt8]
    /// The same bytes, read.
    public let body: CertificateBody
    public let role: Role
    public let edition: Edition
    /// What is worth telling the operator although nothing refuses it.
    public let remarks: [Finding]

    fileprivate init(der: [UInt8], body: CertificateBody, profile: CertificateProfile, remarks: [Finding]) {
        self.der = der
        self.body = body
        role = profile.role
        edition = profile.edition
        self.remarks = remarks
    }
}

extension Linter {
    /// Reads a body, judges it for issuing whatever this linter's own purpose is, and lets it through or refuses it.
    ///
    /// - Parameters:
    ///   - tbs: The encoded body.
    ///   - issuer: The CA that will sign; `nil` only for a root, which signs itself.
    /// - Throws: ``LintRefusal`` with every rule that was broken.
    public func admit(tbs: [UInt8], issuer: LintIssuer?) throws(LintRefusal) -> LintedBody {
        let judge = purpose == .issuing ? self : Linter(profile, purpose: .issuing, settings: settings)
        let body: CertificateBody
        do {
            body = try CertificateBody(der: tbs)
        } catch {
            throw LintRefusal(report: judge.report(of: error))
        }
        let report = judge.lint(body, issuer: issuer)
        guard report.isAccepted else { throw LintRefusal(report: report) }
        return LintedBody(der: tbs, body: body, profile: profile, remarks: report.findings)
    }
}
