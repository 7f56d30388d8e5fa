internal import V2GCertificates
internal import V2GKeys
internal import V2GPKIDirectory
internal import V2GPrimitives
internal import V2GX509

/// Answers as a PKI's OCSP responder does, for a lab whose directory holds the delegated signer's key beside the
/// certificates: `ocsp_NAME.crt` with `private/ocsp_NAME.key`. What is revoked stands in the directory's CRLs.
struct LabResponder: Sendable {
    /// How long an answer holds.
    static let life: Int64 = 24 * 3_600

    private struct Signer: Sendable {
        let certificate: Certificate
        let key: any SigningKey
    }

    private let signers: [Signer]
    private let evidence: RevocationShelf

    /// Directories without a signer's key make no responder for that CA.
    init(_ editions: [PKIEdition], authorities: [Certificate], keys: KeyOpener, evidence: RevocationShelf) async {
        self.evidence = evidence
        var found: [Signer] = []
        for pki in editions {
            for name in ["cpo_sub2", "cpo_sub1", "v2g_root", "cps_sub2", "private_root"] {
                // No file, no responder: what is missing is missed when an answer is asked for.
                guard let credential = try? pki.credential(named: "ocsp_\(name)"),
                    authorities.contains(where: { $0.subject.matches(credential.leaf.issuer) }),
                    let key = try? await keys.signingKey(credential)
                else { continue }
                found.append(Signer(certificate: credential.leaf, key: key))
            }
        }
        signers = found
    }

    /// A signed answer about a certificate; `nil` when its issuer's signer is not here.
    func answer(about certificate: Certificate, issuer: Certificate, at now: Timestamp) async -> StapleAnswer? {
        guard
            let signer = signers.first(where: {
                Self.isIssued($0.certificate, by: issuer) && $0.certificate.body.notAfter > now
            }),
            let status = status(of: certificate)
        else { return nil }
        let next = min(now.advanced(bySeconds: Self.life), signer.certificate.body.notAfter)
        guard let algorithm = signer.key.publicKey.algorithm.signatureAlgorithm else { return nil }
        let body = BasicOCSPResponse.body(
            responderID: .keyHash(signer.certificate.body.subjectPublicKeyInfo.keyIdentifier), producedAt: now,
            responses: [
                .init(
                    certID: OCSPCertID(
                        serialNumber: certificate.body.serialNumber, issuer: issuer.body,
                        hash: certificate.publicKey?.algorithm == .p256 ? .sha256 : .sha512),
                    status: status, thisUpdate: now, nextUpdate: next)
            ])
        // A key that does not sign now is asked again at the next refresh.
        guard let signature = try? await signer.key.sign(body) else { return nil }
        let der = BasicOCSPResponse.assemble(
            body: body, algorithm: algorithm, signature: signature,
            certificates: [signer.certificate.der])
        return StapleAnswer(der: der, status: status, thisUpdate: now, nextUpdate: next)
    }

    /// By name and key: the CAs of two editions may bear the same names.
    private static func isIssued(_ certificate: Certificate, by issuer: Certificate) -> Bool {
        guard certificate.issuer.matches(issuer.subject) else { return false }
        // An extension that cannot be read names no key; the car judges the signature in any case.
        let named = (try? certificate.body.authorityKeyIdentifier())?.keyIdentifier
        return named == nil || named == issuer.body.subjectPublicKeyInfo.keyIdentifier
    }

    /// As the CRL of its CA says; `nil` when there is none, since nothing is known then.
    private func status(of certificate: Certificate) -> OCSPStatus? {
        var isKnown = false
        for edition in Edition.allCases {
            for list in evidence.lists(edition) where list.issuer.matches(certificate.issuer) {
                isKnown = true
                if let entry = list.entries.first(where: { $0.serialNumber == certificate.body.serialNumber }) {
                    return .revoked(at: entry.revokedAt, reason: entry.reason)
                }
            }
        }
        return isKnown ? .good : nil
    }
}
