internal import V2GPrimitives
internal import V2GX509

extension ChainVerifier {
    func refusal(_ findings: [Finding], _ paths: [VerificationReport.Path], _ time: Timestamp) -> ChainRefusal {
        ChainRefusal(
            report: VerificationReport(
                verdict: .refused, role: role, edition: edition, time: time, findings: findings, paths: paths,
                validUntil: nil))
    }

    func tooMany(_ count: Int, _ time: Timestamp) -> ChainRefusal {
        let limit = settings.limits.maximumChainLength
        return refusal([.verifier(.chainTooMany, "\(count) certificates where \(limit) are allowed")], [], time)
    }

    /// A path that reached no anchor, with what is missing said of its last certificate.
    func explain(_ end: DeadEnd) -> VerificationReport.Path {
        let last = end.certificates.count - 1
        return VerificationReport.Path(
            isComplete: false,
            entries: end.certificates.enumerated().map { index, certificate in
                VerificationReport.Entry(
                    certificate, role: index == 0 ? role : nil, isAnchor: false, revocation: nil,
                    findings: index == last ? reasons(end, certificate).map { $0.at(position: index) } : [])
            })
    }

    private func reasons(_ end: DeadEnd, _ top: Certificate) -> [Finding] {
        let issuer = "'\(top.issuer)'"
        if end.certificates.count == 1, top.body.isSelfIssued {
            return [.verifier(.chainSelfSigned, "issuer and subject are \(issuer)")]
        }
        switch end.cause {
        case .noIssuer:
            let known = anchors.anchors.prefix(4).map { "'\($0.certificate.subject)'" }.joined(separator: ", ")
            return [.verifier(.chainNoIssuer, "the issuer is \(issuer); installed anchors: \(known)")]
        case .signature(let triedAnchor):
            guard triedAnchor else { return [.verifier(.chainSignature, "the issuer is \(issuer)")] }
            let prints = anchors.anchors.filter { $0.certificate.subject.matches(top.issuer) }.prefix(4)
                .map { Hex.encode($0.fingerprint) }.joined(separator: ", ")
            return [
                .verifier(.anchorTwin, "the issuer is \(issuer); installed under this name: key \(prints)"),
                .verifier(.chainSignature, "the issuer is \(issuer)"),
            ]
        case .loop: return [.verifier(.chainLoop, "the issuer is \(issuer), which is in the path already")]
        case .tooLong:
            return [
                .verifier(
                    .chainTooLong, "more than \(settings.limits.maximumIntermediates) certificates above the leaf")
            ]
        }
    }
}
