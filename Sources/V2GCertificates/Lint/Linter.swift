internal import V2GDER
public import V2GX509

/// Judges certificates by the profile of one role in one edition. Make it once and keep it; it holds no state.
public struct Linter: Sendable {
    public let profile: CertificateProfile
    public let purpose: LintPurpose
    public let settings: ProfileSettings

    /// `nil` when the edition does not know the role: vehicle certificates are new in -20.
    public init?(
        role: Role, edition: Edition, purpose: LintPurpose = .verifying, settings: ProfileSettings = ProfileSettings()
    ) {
        guard let profile = CertificateProfile.profile(role, edition) else { return nil }
        self.init(profile, purpose: purpose, settings: settings)
    }

    public init(
        _ profile: CertificateProfile, purpose: LintPurpose = .verifying,
        settings: ProfileSettings = ProfileSettings()
    ) {
        self.profile = profile
        self.purpose = purpose
        self.settings = settings
    }

    /// Judges a whole certificate.
    ///
    /// - Parameter issuer: The CA above, when it is known: it adds the rules about names, keys and validity between
    ///   the two. That the CA really signed is for the verifier.
    public func lint(_ certificate: Certificate, issuer: LintIssuer? = nil) -> LintReport {
        let run = LintRun(self, body: certificate.body, issuer: issuer)
        run.checkLength(certificate.der.count)
        run.checkSignature(of: certificate)
        run.checkBody()
        return run.report
    }

    /// Judges a body that is not signed yet; its length is judged with the longest signature it may get.
    public func lint(_ body: CertificateBody, issuer: LintIssuer? = nil) -> LintReport {
        let run = LintRun(self, body: body, issuer: issuer)
        run.checkLength(run.longestCertificate)
        run.checkBody()
        return run.report
    }

    /// Judges bytes. What is no certificate at all is a finding too, so that every refusal has its rule.
    ///
    /// - Returns: The report, and the certificate if the bytes could be read.
    public func lint(der: [UInt8], issuer: LintIssuer? = nil) -> (report: LintReport, certificate: Certificate?) {
        do {
            let certificate = try Certificate(der: der)
            return (lint(certificate, issuer: issuer), certificate)
        } catch {
            return (report(of: error), nil)
        }
    }

    func report(of error: DERError) -> LintReport {
        let rule: Rule =
            if case .trailingBytes = error.kind { .trailingBytes } else { .notDER }
        let finding = Finding(
            rule: rule, severity: .error, detail: error.description, tolerance: nil, position: nil)
        return LintReport(
            role: profile.role, edition: profile.edition, purpose: purpose, subject: nil, findings: [finding])
    }
}
