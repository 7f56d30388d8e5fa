import V2GCertificates
import V2GDER
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// A compliant body, its CA, and the ways in which tests bend them.
struct LintCase {
    let profile: CertificateProfile
    var template: CertificateTemplate
    var issuer: LintIssuer?
    var settings = ProfileSettings()
    /// Applied to the encoded body (issuing) or certificate (verifying).
    var bend: (@Sendable ([UInt8]) -> [UInt8])?
    var outerAlgorithm: AlgorithmIdentifier?
    var signature: [UInt8]?
    /// Whether only a signed certificate can show the fault.
    var needsCertificate = false

    init(_ profile: CertificateProfile, algorithm: KeyAlgorithm? = nil) throws {
        self.profile = profile
        issuer = profile.role.isRoot ? nil : try ProfileFixture.issuer(for: profile)
        template = ProfileFixture.template(profile, issuer: issuer, algorithm: algorithm)
        settings.tolerances = []
    }

    func findings(_ purpose: LintPurpose) -> [Finding] {
        let linter = Linter(profile, purpose: purpose, settings: settings)
        let body = template.encoded()
        if purpose == .issuing, !needsCertificate {
            do {
                let linted = try linter.admit(tbs: bend?(body) ?? body, issuer: issuer)
                return linted.remarks
            } catch {
                return error.report.findings
            }
        }
        let certificate = ProfileFixture.certificate(
            body, algorithm: outerAlgorithm ?? template.signatureAlgorithm, signature: signature)
        return linter.lint(der: bend?(certificate) ?? certificate, issuer: issuer).report.findings
    }

    // MARK: Bending

    mutating func editSubject(_ edit: (inout [NameAttribute]) -> Void) {
        var attributes = template.subject.rdns.flatMap { $0 }
        edit(&attributes)
        template.subject = DistinguishedName(attributes)
        if profile.role.isRoot { template.issuer = template.subject }
    }

    mutating func setName(_ type: ObjectIdentifier, _ text: String?) {
        editSubject { attributes in
            attributes.removeAll { $0.type == type }
            if let text { attributes.append(NameAttribute(type, text)) }
        }
    }

    mutating func remove(_ type: ObjectIdentifier) { template.extensions.removeAll { $0.type == type } }

    mutating func put(_ entry: CertificateExtension) {
        guard let index = template.extensions.firstIndex(where: { $0.type == entry.type }) else {
            template.extensions.append(entry)
            return
        }
        template.extensions[index] = entry
    }

    /// Replaces the key with one from raw parts and lets the key identifier follow.
    mutating func setKey(_ algorithm: AlgorithmIdentifier, bits: [UInt8]) throws {
        var writer = DERWriter()
        writer.writeSequence { inner in
            algorithm.write(to: &inner)
            inner.writeBitString(bits)
        }
        try setKey(SubjectPublicKeyInfo(der: writer.bytes))
    }

    mutating func setKey(_ key: SubjectPublicKeyInfo) throws {
        template.subjectPublicKeyInfo = key
        put(.subjectKeyIdentifier(key.keyIdentifier))
        if profile.role.isRoot, let signature = key.key?.algorithm.signatureAlgorithm {
            template.signatureAlgorithm = AlgorithmIdentifier(signature)
        }
    }

    /// The compliant key usage with bits added and removed.
    mutating func setKeyUsage(adding: KeyUsage = [], removing: KeyUsage = []) {
        put(.keyUsage(profile.keyUsage.issued.union(adding).subtracting(removing)))
    }
}
