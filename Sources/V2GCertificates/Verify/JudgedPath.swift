internal import V2GPrimitives
internal import V2GX509

/// A complete path with everything that was found out about it.
struct JudgedPath {
    let path: CandidatePath
    /// Leaf first, the anchor at the end.
    let roles: [Role?]
    let kind: AnchorKind?
    /// In the same order as the roles.
    let findings: [[Finding]]
    let verdicts: [RevocationVerdict]
    let validUntil: Timestamp

    var errorCount: Int { findings.reduce(0) { $0 + $1.count { $0.severity == .error } } }
    var isAccepted: Bool { errorCount == 0 && kind != nil }

    var report: VerificationReport.Path {
        let all = path.certificates + [path.anchor.certificate]
        return VerificationReport.Path(
            isComplete: true,
            entries: all.enumerated().map { index, certificate in
                VerificationReport.Entry(
                    certificate, role: roles[index], isAnchor: index == path.certificates.count,
                    revocation: index < verdicts.count ? verdicts[index].text : nil,
                    findings: findings[index].map { $0.at(position: index) })
            })
    }
}

extension Finding {
    /// Whether this error of a profile says what a rule of RFC 5280 would say again.
    func covers(_ rule: Rule) -> Bool {
        guard severity == .error else { return false }
        switch rule {
        case .chainNotCA: return self.rule == .caIsNoCA || self.rule == .basicConstraintsMissing
        case .chainCannotSign: return self.rule == .caCannotSign
        case .chainCritical: return self.rule == .extensionUnknownCritical
        case .chainRepeated: return self.rule == .extensionRepeated
        case .chainAlgorithm: return self.rule == .signatureMismatch
        case .chainMalformed: return self.rule == .extensionMalformed
        default: return false
        }
    }
}
