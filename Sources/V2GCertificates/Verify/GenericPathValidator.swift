package import V2GPrimitives
package import V2GX509

/// Path validation by RFC 5280 alone, without roles: the machinery below ``ChainVerifier``, opened for conformance
/// suites. It adds certificate policies, which restrict nothing in V2G.
package struct GenericPathValidator: Sendable {
    private let verifier: any SignedDataVerifier
    private let anchors: [TrustAnchor]
    /// Whether every certificate must be shown not to be revoked.
    package var requiresStatus = true
    package var policies = PolicyInputs()
    package var limits = PathLimits()

    package init(anchors: [Certificate], verifier: any SignedDataVerifier) {
        self.verifier = verifier
        self.anchors = anchors.map { TrustAnchor($0, kinds: Set(AnchorKind.allCases)) }
        limits.maximumIntermediates = 10
    }

    /// The identifiers of the rules that refuse the best path, or what keeps the search from one; `nil` when some path
    /// is accepted.
    package func refusal(
        of leaf: Certificate, pool: [Certificate], lists: [CertificateRevocationList], at time: Timestamp
    ) -> [String]? {
        var policy = RevocationPolicy()
        policy.subCAs = .required
        let judge = RevocationJudge(
            verifier: verifier, policy: policy, responderLinter: nil, evidence: RevocationEvidence(lists: lists),
            time: time)
        var rules = PathRules()
        rules.judgesAnchor = false
        var best: [String]?
        var builder = PathBuilder(pool: pool, anchors: anchors, verifier: verifier, limits: limits)
        let isAccepted = builder.search(from: leaf) { path in
            var found = rules.findings(path, at: time).flatMap { $0 }.map(\.rule.id)
            do {
                if try !PolicyProcessing.accepts(path.certificates.map(\.body), policies) {
                    found.append(Rule.chainPolicy.id)
                }
            } catch {
                found.append(Rule.chainMalformed.id)
            }
            if requiresStatus {
                for (index, certificate) in path.certificates.enumerated() {
                    let issuer = path.issuer(of: index)
                    let verdict = judge.verdict(
                        on: certificate, issuer: issuer, anchor: path.anchor.certificate, mode: .required, stray: [],
                        otherCRLSigners: otherSigners(issuer, path, pool, judge, time)
                    ).verdict
                    switch verdict {
                    case .good, .notChecked: break
                    case .revoked: found.append(Rule.statusRevoked.id)
                    case .unknown(let why): found += why.map(\.rule.id)
                    }
                }
            }
            if best.map({ found.count < $0.count }) ?? true { best = found }
            return found.isEmpty
        }
        if isAccepted { return nil }
        if let best { return best }
        return [builder.isExhausted ? Rule.chainLimit.id : Rule.chainNoIssuer.id]
    }

    /// Certificates of the same CA for another key, issued by the CA above or by the CA itself and known not to be
    /// revoked: such keys may sign its CRLs (RFC 5280 6.3.3 (f)).
    private func otherSigners(
        _ issuer: Certificate, _ path: CandidatePath, _ pool: [Certificate], _ judge: RevocationJudge, _ time: Timestamp
    ) -> [Certificate] {
        let authorities = [issuer] + path.certificates.dropFirst() + [path.anchor.certificate]
        return pool.filter { other in
            guard other.subject.matches(issuer.subject), !other.hasSameIdentity(as: issuer),
                time >= other.body.notBefore, time <= other.body.notAfter
            else { return false }
            // One that stands in the path is judged there.
            if path.certificates.dropFirst().contains(other) { return true }
            return authorities.contains { upper in
                guard upper.subject.matches(other.issuer), verifier.isSigned(other, by: upper.body.subjectPublicKeyInfo)
                else { return false }
                let status = judge.verdict(
                    on: other, issuer: upper, anchor: path.anchor.certificate, mode: .required, stray: []
                ).verdict
                if case .good = status { return true }
                return false
            }
        }
    }
}
