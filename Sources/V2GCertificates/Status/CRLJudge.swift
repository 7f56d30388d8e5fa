internal import V2GDER
internal import V2GPrimitives
internal import V2GX509

/// Judges what a CRL says of a certificate (RFC 5280 6.3.3), for complete CRLs signed by the issuing CA itself.
struct CRLJudge {
    enum Outcome {
        case good(until: Timestamp)
        case revoked(at: Timestamp, reason: RevocationReason?)
        case unusable(Finding)
        /// Another CA's CRL.
        case foreign
    }

    let verifier: any SignedDataVerifier
    let policy: RevocationPolicy
    let time: Timestamp

    /// What a CRL says of `certificate`, which `issuer` signed.
    ///
    /// - Parameter otherSigners: Further certificates of the issuing CA that path validation accepted, whose keys may
    ///   sign its CRLs.
    func judge(
        _ list: CertificateRevocationList, of certificate: Certificate, issuer: Certificate,
        otherSigners: [Certificate] = []
    ) -> Outcome {
        guard list.issuer.matches(certificate.issuer) else { return .foreign }
        if let refusal = checkSigner(of: list, [issuer] + otherSigners) { return .unusable(refusal) }
        let entry: CertificateRevocationList.Entry?
        switch scope(of: list, certificate) {
        case .failure(let refusal): return .unusable(refusal.finding)
        case .success(let isPartial):
            entry = list.entry(for: certificate.body.serialNumber)
            if let entry, entry.reason != .removeFromCRL {
                // What was once listed stays revoked, however old the CRL is.
                return .revoked(at: entry.revokedAt, reason: entry.reason)
            }
            if isPartial { return .unusable(.verifier(.crlScope, "the CRL covers only some reasons")) }
        }
        if list.entries.contains(where: \.hasUnknownCriticalExtension) {
            return .unusable(.verifier(.crlCritical, "in an entry"))
        }
        if let entry { return .unusable(.verifier(.crlDelta, "serial \(entry.serialNumber) is listed as removed")) }
        switch freshness(list) {
        case .failure(let refusal): return .unusable(refusal.finding)
        case .success(let until): return .good(until: until)
        }
    }

    private struct Refusal: Error {
        let finding: Finding
    }

    private func checkSigner(of list: CertificateRevocationList, _ signers: [Certificate]) -> Finding? {
        guard list.bodySignatureAlgorithm == list.signatureAlgorithm else {
            return .verifier(.crlSignature, "two different signature algorithms are named")
        }
        var refusal: Finding?
        for signer in signers {
            guard
                verifier.isValid(
                    signature: list.signature, algorithm: list.signatureAlgorithm, over: list.body,
                    by: signer.body.subjectPublicKeyInfo)
            else { continue }
            do {
                guard let usage = try signer.body.keyUsage(), !usage.contains(.cRLSign) else { return nil }
                refusal = .verifier(.crlSigner, "key usage of '\(signer.subject)': \(usage)")
            } catch {
                refusal = .verifier(.crlSigner, "key usage of '\(signer.subject)': \(error)")
            }
        }
        return refusal ?? .verifier(.crlSignature, "no key of '\(list.issuer)' in this path signed the CRL")
    }

    /// Whether the CRL covers the certificate; the value tells whether only for some reasons.
    private func scope(of list: CertificateRevocationList, _ certificate: Certificate) -> Result<Bool, Refusal> {
        func refused(_ rule: Rule, _ detail: String) -> Result<Bool, Refusal> {
            .failure(Refusal(finding: .verifier(rule, detail)))
        }
        if list.firstExtension(.deltaCRLIndicator) != nil { return refused(.crlDelta, "a delta CRL indicator") }
        let unknown = list.extensions.first { $0.isCritical && $0.type != .issuingDistributionPoint }
        if let unknown { return refused(.crlCritical, "extension \(unknown.type)") }
        if list.entries.contains(where: { $0.certificateIssuer != nil }) {
            return refused(.crlIndirect, "an entry names another certificate issuer")
        }
        let point: IssuingDistributionPoint?
        let isCA: Bool
        let own: DistributionPoints
        do {
            point = try list.issuingDistributionPoint()
            isCA = try certificate.body.basicConstraints()?.isCA ?? false
            own = try DistributionPoints(of: certificate.body)
        } catch {
            return refused(.crlMalformed, "distribution points: \(error)")
        }
        guard let point else {
            return own.isServedByFullCRL
                ? .success(false) : refused(.crlScope, "the certificate names another CRL issuer")
        }
        if point.isIndirect { return refused(.crlIndirect, "an indirect CRL") }
        if point.onlyContainsAttributeCerts { return refused(.crlScope, "for attribute certificates only") }
        if point.onlyContainsUserCerts, isCA { return refused(.crlScope, "for leaves only, and this is a CA") }
        if point.onlyContainsCACerts, !isCA { return refused(.crlScope, "for CAs only, and this is a leaf") }
        if point.hasRelativeName { return refused(.crlScope, "a point named relative to its issuer is not resolved") }
        if !point.fullName.isEmpty {
            if own.points.isEmpty {
                let isIssuer = point.fullName.contains { name in
                    if case .directory(let name) = name { name.matches(certificate.issuer) } else { false }
                }
                if !isIssuer, !policy.acceptsAnyPointForUnpointed {
                    return refused(.crlScope, "the CRL names a point, and the certificate none")
                }
            } else if !own.names(anyOf: point.fullName) {
                return refused(.crlScope, "the certificate names another distribution point")
            }
        } else if !own.isServedByFullCRL {
            return refused(.crlScope, "the certificate names another CRL issuer")
        }
        return .success(point.hasOnlySomeReasons)
    }

    private func freshness(_ list: CertificateRevocationList) -> Result<Timestamp, Refusal> {
        func refused(_ rule: Rule, _ detail: String) -> Result<Timestamp, Refusal> {
            .failure(Refusal(finding: .verifier(rule, detail)))
        }
        let earliest = time.advanced(bySeconds: -policy.clockSkewSeconds)
        if list.thisUpdate > time.advanced(bySeconds: policy.clockSkewSeconds) {
            return refused(.crlFuture, "thisUpdate \(list.thisUpdate), judged at \(time)")
        }
        if let limit = policy.maximumAgeSeconds, list.thisUpdate.advanced(bySeconds: limit) < earliest {
            return refused(.crlStale, "thisUpdate \(list.thisUpdate) is more than \(limit) s old at \(time)")
        }
        guard let next = list.nextUpdate else {
            guard let age = policy.ageWithoutNextUpdateSeconds else {
                return refused(.crlNoNextUpdate, "thisUpdate \(list.thisUpdate) and no nextUpdate")
            }
            let end = list.thisUpdate.advanced(bySeconds: age)
            return end < earliest ? refused(.crlStale, "no nextUpdate, and older than \(age) s") : .success(end)
        }
        return next < earliest ? refused(.crlStale, "nextUpdate \(next), judged at \(time)") : .success(next)
    }
}
