internal import V2GPrimitives
internal import V2GX509

/// Puts together what all evidence says of one certificate. Revoked beats unknown, and unknown beats good.
struct RevocationJudge {
    let ocsp: OCSPJudge
    let crl: CRLJudge
    let evidence: RevocationEvidence

    init(
        verifier: any SignedDataVerifier, policy: RevocationPolicy, responderLinter: Linter?,
        evidence: RevocationEvidence, time: Timestamp
    ) {
        ocsp = OCSPJudge(verifier: verifier, policy: policy, responderLinter: responderLinter, time: time)
        crl = CRLJudge(verifier: verifier, policy: policy, time: time)
        self.evidence = evidence
    }

    /// Which answers are about none of a path's certificates: they speak against its leaf, for which they were meant.
    func strayAnswers(_ path: CandidatePath) -> Set<Int> {
        var stray: Set<Int> = []
        for (index, answer) in evidence.answers.enumerated() {
            if case .basic(let basic) = answer {
                let isAboutPath = path.certificates.indices.contains { position in
                    basic.responses.contains {
                        OCSPJudge.names($0.certID, path.certificates[position], path.issuer(of: position))
                    }
                }
                if isAboutPath { continue }
            }
            stray.insert(index)
        }
        return stray
    }

    /// The verdict on a certificate of a path, with warnings about evidence that could not be used besides good one.
    ///
    /// - Parameter stray: The answers about other certificates that count as failed evidence for this one.
    func verdict(
        on certificate: Certificate, issuer: Certificate, anchor: Certificate, mode: RevocationPolicy.Mode,
        stray: Set<Int>, otherCRLSigners: [Certificate] = []
    ) -> (verdict: RevocationVerdict, warnings: [Finding]) {
        guard mode != .ignored else { return (.notChecked, []) }
        var good: (kind: EvidenceKind, until: Timestamp)?
        var notKnown: Finding?
        var unusable: [Finding] = []
        var foreign: [Finding] = []
        let signerVerdict: OCSPJudge.SignerStatus = { crlVerdict(on: $0, issuer: $1) }
        func note(_ kind: EvidenceKind, _ until: Timestamp) {
            if let known = good, known.until >= until { return }
            good = (kind, until)
        }
        for (index, answer) in evidence.answers.enumerated() {
            switch ocsp.judge(
                answer, of: certificate, issuer: issuer, anchor: anchor, nonce: evidence.nonce,
                signerStatus: signerVerdict)
            {
            case .good(let until): note(.ocsp, until)
            case .revoked(let at, let reason): return (.revoked(at: at, reason: reason), [])
            case .notKnown:
                notKnown = .verifier(
                    .statusUnknown, "the responder does not know serial \(certificate.body.serialNumber)")
            case .unusable(let finding): unusable.append(finding)
            case .foreign(let finding): if stray.contains(index) { foreign.append(finding) }
            }
        }
        let crlCounts = mode != .required || ocsp.policy.isSatisfiedByCRL
        for case .malformed(let why) in evidence.lists { unusable.append(.verifier(.crlMalformed, why)) }
        let (lists, isExcessive) = evidence.lists(of: certificate.issuer)
        for list in lists {
            switch crl.judge(list, of: certificate, issuer: issuer, otherSigners: otherCRLSigners) {
            case .good(let until): if crlCounts { note(.crl, until) }
            case .revoked(let at, let reason): return (.revoked(at: at, reason: reason), [])
            case .unusable(let finding): unusable.append(finding)
            case .foreign: break
            }
        }
        if let notKnown { return (.unknown(why: [notKnown]), []) }
        if isExcessive || evidence.isExcessive {
            // A revocation may be among what was not looked at, so nothing else makes this good.
            let count = RevocationEvidence.maximumCount
            unusable.append(.verifier(.ocspTooMany, "more than \(count) answers, or CRLs of '\(certificate.issuer)'"))
            return (.unknown(why: unusable), [])
        }
        // A delta CRL that cannot be applied may say what the complete one does not know yet.
        if unusable.contains(where: { $0.rule == .crlDelta }) { return (.unknown(why: unusable), []) }
        if let good {
            return (
                .good(evidence: good.kind, freshUntil: good.until), (unusable + foreign).map { $0.weighing(.warning) }
            )
        }
        if unusable.isEmpty, foreign.isEmpty {
            return (
                .unknown(why: [.verifier(.statusMissing, "no evidence for serial \(certificate.body.serialNumber)")]),
                []
            )
        }
        return (.unknown(why: unusable + foreign), [])
    }

    /// What the CRLs alone say of a responder certificate.
    private func crlVerdict(on certificate: Certificate, issuer: Certificate) -> RevocationVerdict {
        var good: Timestamp?
        let (lists, isExcessive) = evidence.lists(of: certificate.issuer)
        for list in lists {
            switch crl.judge(list, of: certificate, issuer: issuer) {
            case .good(let until): good = max(good ?? until, until)
            case .revoked(let at, let reason): return .revoked(at: at, reason: reason)
            case .unusable, .foreign: break
            }
        }
        if isExcessive || evidence.isExcessive { return .unknown(why: []) }
        return good.map { .good(evidence: .crl, freshUntil: $0) } ?? .unknown(why: [])
    }
}
