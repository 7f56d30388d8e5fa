internal import V2GKeys
public import V2GX509

/// What a profile puts into a certificate. The authority and the tests build bodies from here, so that what is issued
/// and what is linted have one source.
extension CertificateProfile {
    /// The subject in the order CN, O, C, DC of Annex F, with the parts that the role has.
    public func subject(
        commonName: String, organization: String?, country: String?, settings: ProfileSettings = ProfileSettings()
    ) -> DistinguishedName {
        var attributes = [NameAttribute(.commonName, commonName)]
        if let organization { attributes.append(NameAttribute(.organizationName, organization)) }
        if namesCountry, let country { attributes.append(NameAttribute(.countryName, country)) }
        if let component = issuedDomainComponent(settings) {
            attributes.append(NameAttribute(.domainComponent, component))
        }
        return DistinguishedName(attributes)
    }

    /// The extensions of a certificate of this profile, in the order they are written.
    ///
    /// - Parameters:
    ///   - key: The subject's public key.
    ///   - issuerKeyIdentifier: The issuer's subject key identifier, `nil` for a root.
    ///   - ocsp: Responders to name, where the profile has any.
    ///   - crl: Places of the issuer's CRL; roots name none.
    ///   - hostNames: DNS names, where the profile has any.
    ///   - method: How the subject key identifier is derived.
    public func extensions(
        for key: SubjectPublicKeyInfo, issuerKeyIdentifier: [UInt8]?, ocsp: [String] = [], crl: [String] = [],
        hostNames names: [String] = [], keyIdentifier method: KeyIdentifierMethod = .sha1
    ) -> [CertificateExtension] {
        var made: [CertificateExtension] = [
            .basicConstraints(BasicConstraints(isCA: role.isCA, pathLength: issuedPathLength)),
            .keyUsage(key.key.map { issuedKeyUsage(for: $0.algorithm) } ?? keyUsage.issued),
            .subjectKeyIdentifier(method.identifier(of: key)),
        ]
        if let issuerKeyIdentifier { made.append(.authorityKeyIdentifier(issuerKeyIdentifier)) }
        if !extendedKeyUsage.issued.isEmpty { made.append(.extendedKeyUsage(extendedKeyUsage.issued)) }
        if self.hostNames != .absent, !names.isEmpty {
            made.append(.subjectAlternativeNames(names.map { .dns($0) }))
        }
        if ocspLocation != .absent, !ocsp.isEmpty { made.append(.authorityInformationAccess(ocsp: ocsp)) }
        if !role.isRoot, role != .ocsp, !crl.isEmpty { made.append(.crlDistributionPoints(crl)) }
        if role == .ocsp { made.append(.ocspNoCheck) }
        return made
    }
}
