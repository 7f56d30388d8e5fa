internal import V2GCertificates
internal import V2GKeys
internal import V2GPrimitives
internal import V2GX509

/// Makes the to-be-signed body of a certificate from profile, plan and the few things that a request may say.
struct BodyMaker: Sendable {
    let plan: HierarchyPlan
    let settings: ProfileSettings
    let keyIdentifier: KeyIdentifierMethod
    /// How far before its making a certificate begins, so that clocks that run late take it at once.
    let backdating: Int64

    struct Subject: Sendable {
        var role: Role
        var commonName: String
        var key: PublicKey
        var hosts: [HostName] = []
        var validityDays: Int?
    }

    /// The body's DER.
    ///
    /// - Parameters:
    ///   - issuer: `nil` makes a self-signed root.
    ///   - issuerName: The authority's name, which its CRL is published under.
    ///   - serial: 16 random bytes.
    func body(
        _ subject: Subject, profile: CertificateProfile, issuer: Issuer?, serial: [UInt8], now: Timestamp
    ) throws(IssuanceError) -> CertificateTemplate {
        let name = profile.subject(
            commonName: subject.commonName, organization: plan.organization, country: plan.country, settings: settings)
        let spki = SubjectPublicKeyInfo(subject.key)
        let days = subject.validityDays ?? plan.leafValidityDays[subject.role.rawValue] ?? profile.defaultValidityDays
        guard (1...36_500).contains(days) else {
            throw IssuanceError(
                .lintFailed, "a validity of \(days) days is not in 1...36500. Ask for one within the profile's limit.")
        }
        var notBefore = now.advanced(bySeconds: -backdating)
        var notAfter = notBefore.advanced(bySeconds: Int64(days) * 86_400 - 1)
        if let issuer {
            // Nothing outlives its issuer, nor begins before it (RFC 5280 6.1 would not mind; validity models of the
            // field do).
            guard now < issuer.certificate.body.notAfter else {
                throw IssuanceError(
                    .issuerUnsuitable,
                    "authority '\(issuer.name)' expired on \(issuer.certificate.body.notAfter.rfc3339). "
                        + "Roll it over or have it re-signed first.")
            }
            notAfter = min(notAfter, issuer.certificate.body.notAfter)
            notBefore = max(notBefore, issuer.certificate.body.notBefore)
        }
        guard let signature = issuer?.signatureAlgorithm ?? subject.key.algorithm.signatureAlgorithm else {
            throw IssuanceError(
                .lintFailed, "a \(subject.key.algorithm.displayName) key cannot sign, so it cannot be a root.")
        }
        return CertificateTemplate(
            serialNumber: SerialNumber(magnitude: serial), signatureAlgorithm: AlgorithmIdentifier(signature),
            issuer: issuer?.certificate.subject ?? name, notBefore: notBefore, notAfter: notAfter, subject: name,
            subjectPublicKeyInfo: spki,
            extensions: profile.extensions(
                for: spki, issuerKeyIdentifier: issuer?.keyIdentifier, ocsp: [plan.ocspURL],
                crl: issuer.map { ["\(plan.crlURL)/\($0.name).crl"] } ?? [],
                hostNames: subject.hosts.map(\.description), keyIdentifier: keyIdentifier))
    }
}
