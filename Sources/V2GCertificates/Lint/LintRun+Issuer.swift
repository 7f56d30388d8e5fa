internal import V2GDER
internal import V2GKeys
internal import V2GPrimitives
internal import V2GX509

extension LintRun {
    /// What stands between a certificate and the CA above it. A root is its own issuer.
    func checkIssuer() {
        if body.issuer.isEmpty { report(.issuerNameEmpty, "the issuer name is empty") }
        let isRoot = profile.role.isRoot
        if isRoot {
            if !body.isSelfIssued { report(.rootNotSelfSigned, "issued by \(body.issuer)") }
        } else if !profile.role.isRootLink, body.isSelfIssued {
            report(.notARoot, "issuer and subject are \(body.subject)")
        }
        checkAuthorityKeyIdentifier()
        if isRoot {
            if let made = body.subjectPublicKeyInfo.key?.algorithm.signatureAlgorithm { checkSignature(made) }
            return
        }
        guard let issuer else {
            report(.issuerUnknown, "no issuing CA was given")
            return
        }
        let isNamed = isIssuing ? body.issuer.der == issuer.body.subject.der : body.issuer.matches(issuer.body.subject)
        if !isNamed { report(.issuerName, "issuer is \(body.issuer); the CA is \(issuer.body.subject)") }
        if let role = issuer.role, !profile.issuers.contains(role) {
            report(.issuerRole, "issued by a \(role.title)")
        }
        if let made = issuer.signatureAlgorithm { checkSignature(made) }
        if body.notBefore < issuer.body.notBefore || body.notAfter > issuer.body.notAfter {
            report(
                .issuerValidity, "the issuer is valid from \(issuer.body.notBefore) to \(issuer.body.notAfter)")
        }
        if profile.role.isRootLink, issuer.body.subjectPublicKeyInfo.der == body.subjectPublicKeyInfo.der {
            report(.linkToItself, "subject and issuer have one key")
        }
    }

    private func checkSignature(_ made: SignatureAlgorithm) {
        guard let announced = body.signatureAlgorithm.signatureAlgorithm, announced != made else { return }
        report(.signatureOfIssuer, "\(announced.rawValue) where the issuer's key makes \(made.rawValue)")
    }

    private func checkAuthorityKeyIdentifier() {
        guard let found = body.firstExtension(.authorityKeyIdentifier),
            let value = decoded(found, { (body) throws(DERError) in try body.authorityKeyIdentifier() }),
            let named = value.keyIdentifier
        else { return }
        let expected: [UInt8]?
        if profile.role.isRoot {
            // A malformed identifier has its own finding.
            expected = (try? body.subjectKeyIdentifier()) ?? nil
        } else {
            expected = issuer?.keyIdentifier
        }
        guard let expected, expected != named else { return }
        report(
            .issuerKeyIdentifier,
            "\(Hex.encode(named.prefix(20))) where the issuer has \(Hex.encode(expected.prefix(20)))")
    }
}
