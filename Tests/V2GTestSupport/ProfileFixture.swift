package import V2GCertificates
internal import V2GDER
package import V2GKeys
package import V2GPrimitives
package import V2GX509

/// Bodies that keep every rule of their profile, to bend one thing at a time. Their keys are random bytes in the right
/// form: lint looks at form, not at curves.
package enum ProfileFixture {
    package static let begin = Timestamp(seconds: 1_767_225_600)  // 2026-01-01
    package static let ocspURL = "http://pki.example/ocsp"
    package static let crlURL = "http://pki.example/crl/ca.crl"
    package static let hostName = "csms.example.org"

    package static func commonName(_ profile: CertificateProfile) -> String {
        switch profile.commonName {
        case .free: profile.role.title
        case .station: "DE*ABC*E0001"
        case .emaid: "DE83DUIEN83QGZD"
        case .pcid: "WMI12345678901234X"
        case .evccID: "WMIV1234567890ABCDEX"
        }
    }

    /// Bytes that look like a key of the kind.
    package static func key(_ algorithm: KeyAlgorithm) -> SubjectPublicKeyInfo {
        var bytes = SystemRandom.bytes(count: algorithm.publicKeyLength)
        if algorithm == .p256 || algorithm == .p521 { bytes[0] = 4 }
        guard let key = PublicKey(algorithm: algorithm, bytes: bytes) else { preconditionFailure("length of a key") }
        return SubjectPublicKeyInfo(key)
    }

    /// The CA above a role, valid for as long as anything can be.
    package static func issuer(
        for profile: CertificateProfile, algorithm: KeyAlgorithm? = nil, role: Role? = nil, validFor days: Int64? = nil
    ) throws -> LintIssuer {
        let role = role ?? profile.role.issuers[0]
        let key = key(algorithm ?? profile.edition.defaultKeyAlgorithm)
        let name = DistinguishedName([
            NameAttribute(.commonName, role.title), NameAttribute(.organizationName, "Example"),
        ])
        let template = CertificateTemplate(
            serialNumber: SerialNumber(magnitude: [1]),
            signatureAlgorithm: AlgorithmIdentifier(algorithm?.signatureAlgorithm ?? .ecdsaSHA256), issuer: name,
            notBefore: days == nil ? .earliest : begin,
            notAfter: days.map { begin.advanced(bySeconds: $0 * 86_400) } ?? .latest, subject: name,
            subjectPublicKeyInfo: key, extensions: [.subjectKeyIdentifier(key.keyIdentifier)])
        return LintIssuer(try CertificateBody(der: template.encoded()), role: role)
    }

    /// A body that the profile accepts on issue without a word.
    package static func template(
        _ profile: CertificateProfile, issuer: LintIssuer?, algorithm: KeyAlgorithm? = nil
    ) -> CertificateTemplate {
        let key = key(algorithm ?? profile.edition.defaultKeyAlgorithm)
        let subject = profile.subject(commonName: commonName(profile), organization: "Example", country: "DE")
        let signature =
            (profile.role.isRoot ? nil : issuer?.signatureAlgorithm) ?? key.key?.algorithm.signatureAlgorithm
            ?? .ecdsaSHA256
        return CertificateTemplate(
            serialNumber: SerialNumber(magnitude: [0x5a] + SystemRandom.bytes(count: 15)),
            signatureAlgorithm: AlgorithmIdentifier(signature),
            issuer: profile.role.isRoot ? subject : (issuer?.body.subject ?? subject), notBefore: begin,
            notAfter: begin.advanced(bySeconds: Int64(profile.defaultValidityDays) * 86_400), subject: subject,
            subjectPublicKeyInfo: key,
            extensions: profile.extensions(
                for: key, issuerKeyIdentifier: profile.role.isRoot ? nil : issuer?.keyIdentifier, ocsp: [ocspURL],
                crl: [crlURL], hostNames: [hostName]))
    }

    /// A certificate around a body whose signature has the right form and signs nothing.
    package static func certificate(
        _ body: [UInt8], algorithm: AlgorithmIdentifier, signature: [UInt8]? = nil
    ) -> [UInt8] {
        var writer = DERWriter()
        writer.writeSequence { outer in
            outer.write(encoded: body)
            algorithm.write(to: &outer)
            outer.writeBitString(signature ?? formalSignature(algorithm.signatureAlgorithm))
        }
        return writer.bytes
    }

    private static func formalSignature(_ algorithm: SignatureAlgorithm?) -> [UInt8] {
        if algorithm == .ed448 { return [UInt8](repeating: 7, count: 114) }
        var writer = DERWriter()
        writer.writeSequence { pair in
            pair.write(unsigned: [UInt8](repeating: 7, count: 32))
            pair.write(unsigned: [UInt8](repeating: 9, count: 32))
        }
        return writer.bytes
    }
}
