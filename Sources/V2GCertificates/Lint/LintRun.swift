internal import V2GDER
internal import V2GKeys
internal import V2GPrimitives
internal import V2GX509

/// One pass of the rules over one body. Nothing is formatted and nothing allocated for a rule that holds.
final class LintRun {
    let profile: CertificateProfile
    let purpose: LintPurpose
    let settings: ProfileSettings
    let body: CertificateBody
    let issuer: LintIssuer?
    private(set) var findings: [Finding] = []

    init(_ linter: Linter, body: CertificateBody, issuer: LintIssuer?) {
        profile = linter.profile
        purpose = linter.purpose
        settings = linter.settings
        self.body = body
        self.issuer = issuer
    }

    var isIssuing: Bool { purpose == .issuing }

    var report: LintReport {
        LintReport(
            role: profile.role, edition: profile.edition, purpose: purpose,
            subject: findings.isEmpty ? nil : body.subject.description, findings: findings)
    }

    func checkBody() {
        checkStructure()
        checkKey()
        checkSignatureAlgorithm()
        checkSubject()
        checkExtensions()
        checkIssuer()
    }

    /// Notes that a rule is broken.
    ///
    /// - Parameters:
    ///   - tolerance: The switch that makes a warning of an error on verification.
    ///   - limit: The most it may weigh on verification.
    func report(
        _ rule: Rule, tolerance: FieldTolerance? = nil, atMost limit: Severity = .error,
        _ detail: @autoclosure () -> String
    ) {
        guard var severity = rule.severity(purpose, profile) else { return }
        var used: String?
        if purpose == .verifying {
            severity = min(severity, limit)
            if severity == .error, let tolerance, settings.tolerances.contains(tolerance) {
                severity = .warning
                used = tolerance.description
            }
        }
        findings.append(
            Finding(rule: rule, severity: severity, detail: detail(), tolerance: used, position: nil))
    }

    // MARK: Structure

    /// The length of the certificate with the longest signature its algorithm makes.
    var longestCertificate: Int {
        // Outer sequence 4; algorithm; bit string header, unused bits, signature.
        switch body.signatureAlgorithm.signatureAlgorithm {
        case .ecdsaSHA256: body.der.count + 4 + 12 + 3 + 72
        case .ed448: body.der.count + 4 + 7 + 3 + 114
        case .ecdsaSHA512, nil: body.der.count + 4 + 12 + 4 + 139
        }
    }

    func checkLength(_ length: Int) {
        guard let limit = profile.maximumLength, length > limit else { return }
        report(.tooLong, "\(length) bytes where \(limit) are allowed")
    }

    private func checkStructure() {
        if body.version != 3 { report(.version, "version \(body.version)") }
        let serial = body.serialNumber
        if serial.isNegative || serial.isZero {
            report(.serialNotPositive, serial.isZero ? "the serial is zero" : "the serial is negative")
        } else {
            let octets = serial.content.count
            if octets > 20 { report(.serialTooLong, "\(octets) octets") }
            // Eight octets hold 64 bits; a random serial of 64 bits or more is this short once in 2^57 times or less.
            if isIssuing, octets < 8 { report(.serialTooPredictable, "\(octets) octets") }
        }
        let span = body.notAfter.seconds - body.notBefore.seconds
        if span <= 0 {
            report(.validityReversed, "from \(body.notBefore.rfc3339) to \(body.notAfter.rfc3339)")
        } else if let days = profile.maximumValidityDays(settings),
            span > Int64(min(days, 4_000_000)) * 86_400
        {
            report(.validityTooLong, "\(span / 86_400) days where \(days) are allowed")
        }
    }
}
