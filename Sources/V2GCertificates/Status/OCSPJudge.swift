internal import V2GDER
internal import V2GKeys
internal import V2GPrimitives
internal import V2GX509

/// Judges what OCSP answers say of a certificate (RFC 6960 3.2).
struct OCSPJudge {
    /// What one answer is worth for one certificate.
    enum Outcome {
        case good(until: Timestamp)
        case revoked(at: Timestamp, reason: RevocationReason?)
        /// A signed answer `unknown`.
        case notKnown
        /// Not evidence, for this reason.
        case unusable(Finding)
        /// About other certificates.
        case foreign(Finding)
    }

    /// What CRLs say of a responder certificate and its issuer.
    typealias SignerStatus = (_ signer: Certificate, _ issuer: Certificate) -> RevocationVerdict

    let verifier: any SignedDataVerifier
    let policy: RevocationPolicy
    /// Judges responder certificates; `nil` judges them by RFC 6960 alone.
    let responderLinter: Linter?
    let time: Timestamp
    /// How many more responder certificates' signatures are checked, for all answers and certificates of one judgment.
    let budget = SignatureBudget()

    /// What an answer says of `certificate`, which `issuer` signed.
    ///
    /// - Parameters:
    ///   - anchor: The end of the path; its responders count only if the policy says so.
    ///   - signerStatus: Tells whether a responder certificate that asks for it is known not to be revoked.
    func judge(
        _ answer: RevocationEvidence.Answer, of certificate: Certificate, issuer: Certificate, anchor: Certificate,
        nonce: [UInt8]?, signerStatus: SignerStatus
    ) -> Outcome {
        let basic: BasicOCSPResponse
        switch answer {
        case .malformed(let why): return .foreign(.verifier(.ocspMalformed, why))
        case .failed(let failure): return .foreign(.verifier(.ocspNotAnswered, "the responder says \(failure)"))
        case .basic(let found): basic = found
        }
        let singles = basic.responses.filter { Self.names($0.certID, certificate, issuer) }
        guard let single = singles.first else { return .foreign(Self.foreign(basic, certificate)) }
        // Two answers about one certificate in one response: the worse counts.
        let worst =
            singles.first { if case .revoked = $0.status { true } else { false } }
            ?? singles.first { $0.status == .unknown } ?? single
        if let refusal = checkSigner(of: basic, issuer: issuer, anchor: anchor, signerStatus) {
            return .unusable(refusal)
        }
        // What was once said to be revoked stays so, however old the answer is.
        if case .revoked(let at, let reason) = worst.status { return .revoked(at: at, reason: reason) }
        if let entry = basic.extensions.first(where: { $0.isCritical && $0.type != .ocspNonce }) {
            return .unusable(.verifier(.ocspCritical, "extension \(entry.type)"))
        }
        if worst.hasCriticalExtension { return .unusable(.verifier(.ocspCritical, "in the single answer")) }
        if let nonce, basic.nonce.map({ constantTimeEquals($0, nonce) }) != true {
            return .unusable(.verifier(.ocspNonce, basic.nonce == nil ? "no nonce in the answer" : "another nonce"))
        }
        switch freshness(worst, producedAt: basic.producedAt) {
        case .failure(let refusal): return .unusable(refusal.finding)
        case .success(let until): return worst.status == .unknown ? .notKnown : .good(until: until)
        }
    }

    // MARK: Which certificate

    /// Whether a CertID names `certificate`: its hashes are computed anew from the issuer in the path.
    static func names(_ certID: OCSPCertID, _ certificate: Certificate, _ issuer: Certificate) -> Bool {
        guard certID.serialNumber == certificate.body.serialNumber,
            let hash = HashAlgorithm(certID.hashAlgorithm.algorithm),
            certID.issuerKeyHash == hash.hash(issuer.body.subjectPublicKeyInfo.keyBits)
        else { return false }
        return certID.issuerNameHash == hash.hash(certificate.issuer.der)
            || certID.issuerNameHash == hash.hash(issuer.subject.der)
    }

    private static func foreign(_ basic: BasicOCSPResponse, _ certificate: Certificate) -> Finding {
        let serials = basic.responses.prefix(4).map { $0.certID.serialNumber.hex }.joined(separator: ", ")
        let wanted = certificate.body.serialNumber
        if basic.responses.contains(where: { $0.certID.serialNumber == wanted }) {
            return .verifier(.ocspCertID, "the answer for serial \(wanted) names another issuer, or an unknown hash")
        }
        return .verifier(.ocspCertID, "the answer is about \(serials.isEmpty ? "nothing" : "serial \(serials)")")
    }

    // MARK: When

    private struct Refusal: Error {
        let finding: Finding
    }

    private func freshness(
        _ single: BasicOCSPResponse.SingleResponse, producedAt: Timestamp
    ) -> Result<Timestamp, Refusal> {
        func refused(_ rule: Rule, _ detail: String) -> Result<Timestamp, Refusal> {
            .failure(Refusal(finding: .verifier(rule, detail)))
        }
        let latest = time.advanced(bySeconds: policy.clockSkewSeconds)
        let earliest = time.advanced(bySeconds: -policy.clockSkewSeconds)
        if single.thisUpdate > latest {
            return refused(.ocspFuture, "thisUpdate \(single.thisUpdate), judged at \(time)")
        }
        if producedAt > latest { return refused(.ocspFuture, "producedAt \(producedAt), judged at \(time)") }
        if let limit = policy.maximumAgeSeconds, single.thisUpdate.advanced(bySeconds: limit) < earliest {
            return refused(.ocspStale, "thisUpdate \(single.thisUpdate) is more than \(limit) s old at \(time)")
        }
        guard let next = single.nextUpdate else {
            guard let age = policy.ageWithoutNextUpdateSeconds else {
                return refused(.ocspNoNextUpdate, "thisUpdate \(single.thisUpdate) and no nextUpdate")
            }
            let end = single.thisUpdate.advanced(bySeconds: age)
            return end < earliest ? refused(.ocspStale, "no nextUpdate, and older than \(age) s") : .success(end)
        }
        if next < single.thisUpdate {
            return refused(.ocspWindow, "nextUpdate \(next) is before thisUpdate \(single.thisUpdate)")
        }
        if next < earliest { return refused(.ocspStale, "nextUpdate \(next), judged at \(time)") }
        return .success(next)
    }

    // MARK: Who

    /// Why the signer does not count, `nil` when it does.
    private func checkSigner(
        of basic: BasicOCSPResponse, issuer: Certificate, anchor: Certificate,
        _ signerStatus: SignerStatus
    ) -> Finding? {
        func signed(by key: SubjectPublicKeyInfo) -> Bool {
            verifier.isValid(
                signature: basic.signature, algorithm: basic.signatureAlgorithm, over: basic.body, by: key)
        }
        if Self.names(basic.responderID, issuer) {
            if signed(by: issuer.body.subjectPublicKeyInfo) { return nil }
            // A delegate may bear its CA's name.
            guard
                basic.certificates.contains(where: {
                    Self.names(basic.responderID, $0) && !$0.hasSameIdentity(as: issuer)
                })
            else { return .verifier(.ocspSignature, "the issuing CA '\(issuer.subject)' did not sign this answer") }
        }
        var refusal: Finding?
        for candidate in basic.certificates where Self.names(basic.responderID, candidate) {
            guard let problem = checkDelegate(candidate, issuer: issuer, anchor: anchor, signerStatus) else {
                if signed(by: candidate.body.subjectPublicKeyInfo) { return nil }
                refusal =
                    refusal
                    ?? .verifier(.ocspSignature, "the responder '\(candidate.subject)' did not sign this answer")
                continue
            }
            refusal = refusal ?? problem
        }
        return refusal
            ?? .verifier(
                .ocspSigner,
                "the answer is signed by \(Self.text(basic.responderID)), whose certificate is not in it; the issuing CA is '\(issuer.subject)'"
            )
    }

    /// Why a responder certificate does not count, `nil` when it does.
    private func checkDelegate(
        _ delegate: Certificate, issuer: Certificate, anchor: Certificate,
        _ signerStatus: SignerStatus
    ) -> Finding? {
        let name = "'\(delegate.subject)'"
        var authority = issuer
        let foreign = Finding.verifier(.ocspSigner, "\(name) was not issued by '\(issuer.subject)'")
        if !delegate.issuer.matches(issuer.subject) {
            guard policy.acceptsResponderOfAnchor, delegate.issuer.matches(anchor.subject) else { return foreign }
            authority = anchor
        }
        guard time.advanced(bySeconds: policy.clockSkewSeconds) >= delegate.body.notBefore,
            time.advanced(bySeconds: -policy.clockSkewSeconds) <= delegate.body.notAfter
        else {
            return .verifier(
                .ocspSignerExpired,
                "\(name) is valid from \(delegate.body.notBefore) to \(delegate.body.notAfter), judged at \(time)")
        }
        // Signatures are dear, and whoever sends answers chooses how many certificates are in them.
        guard budget.take() else {
            return .verifier(.ocspTooMany, "more than \(SignatureBudget.maximum) responder certificates in the answers")
        }
        guard verifier.isSigned(delegate, by: authority.body.subjectPublicKeyInfo) else { return foreign }
        do {
            guard let purposes = try delegate.body.extendedKeyUsage(), purposes.contains(.ocspSigning) else {
                return .verifier(.ocspSignerProfile, "\(name) has no OCSPSigning purpose")
            }
            if let usage = try delegate.body.keyUsage(), !usage.contains(.digitalSignature) {
                return .verifier(.ocspSignerProfile, "\(name) has the key usage \(usage)")
            }
        } catch {
            return .verifier(.ocspSignerProfile, "\(name): \(error)")
        }
        let critical = delegate.body.extensions.first { $0.isCritical && !PathRules.understood.contains($0.type) }
        if let critical { return .verifier(.ocspSignerProfile, "\(name) has the critical extension \(critical.type)") }
        // What the CA's own key allows its responder in edition -20 is told by the CA.
        let isBelowP256 = authority.body.subjectPublicKeyInfo.key?.algorithm == .p256
        let above = responderLinter?.profile.edition == .iso20 && isBelowP256 ? LintIssuer(authority) : nil
        if let broken = responderLinter?.lint(delegate, issuer: above).errors.first(where: {
            $0.rule != .noCheckMissing
        }) {
            return .verifier(.ocspSignerProfile, "\(name) breaks \(broken.rule.id): \(broken.detail)")
        }
        let status = signerStatus(delegate, authority)
        if case .revoked(let at, _) = status {
            return .verifier(.ocspSignerStatus, "\(name) was revoked at \(at)")
        }
        guard delegate.body.firstExtension(.ocspNoCheck) == nil, !policy.acceptsUncheckedResponder else { return nil }
        if case .good = status { return nil }
        return .verifier(.ocspSignerStatus, "\(name) has no id-pkix-ocsp-nocheck, and no CRL covers it")
    }

    private static func names(_ identifier: BasicOCSPResponse.ResponderID, _ certificate: Certificate) -> Bool {
        switch identifier {
        case .name(let name): name.matches(certificate.subject)
        case .keyHash(let hash): hash == certificate.body.subjectPublicKeyInfo.keyIdentifier
        }
    }

    private static func text(_ identifier: BasicOCSPResponse.ResponderID) -> String {
        switch identifier {
        case .name(let name): "'\(name)'"
        case .keyHash(let hash): "the key \(Hex.encode(hash.prefix(20)))"
        }
    }
}
