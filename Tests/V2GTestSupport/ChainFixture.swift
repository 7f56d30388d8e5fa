package import CryptoOpenSSL
package import V2GCertificates
package import V2GKeys
package import V2GPrimitives
package import V2GX509

/// A certificate with its key: something that can sign what stands below it.
package struct Issued: Sendable {
    package let role: Role
    package let key: SoftwareKey
    package let certificate: Certificate
}

/// Signed chains of every role, made at test time, with a place to bend each certificate.
package struct ChainFixture: Sendable {
    package let edition: Edition
    package let algorithm: KeyAlgorithm
    /// When everything begins to be valid.
    package let begin: Timestamp
    /// A time at which everything is valid.
    package var now: Timestamp { begin.advanced(bySeconds: 30 * 86_400) }

    package init(_ edition: Edition = .iso2, algorithm: KeyAlgorithm? = nil) {
        self.edition = edition
        self.algorithm = algorithm ?? edition.defaultKeyAlgorithm
        begin = ProfileFixture.begin
    }

    /// Issues a certificate as the role's profile wants it, after `bend` had its way with the template.
    ///
    /// - Parameters:
    ///   - issuer: `nil` for a self-signed root.
    ///   - key: The subject's key, `nil` for a new one.
    package func issue(
        _ role: Role, by issuer: Issued? = nil, name: String? = nil, key: SoftwareKey? = nil,
        algorithm: KeyAlgorithm? = nil, bend: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> Issued {
        guard let profile = CertificateProfile.profile(role, edition) else { throw FixtureError.noProfile(role) }
        let key = try key ?? SoftwareKey.generate(algorithm ?? self.algorithm)
        let signer = issuer?.key ?? key
        guard let signature = signer.publicKey.algorithm.signatureAlgorithm else { throw FixtureError.cannotSign }
        let subject = profile.subject(
            commonName: name ?? ProfileFixture.commonName(profile), organization: "Example", country: "DE")
        let information = SubjectPublicKeyInfo(key.publicKey)
        let above = try issuer?.certificate.body.subjectKeyIdentifier()
        var template = CertificateTemplate(
            serialNumber: SerialNumber(magnitude: [0x5a] + SystemRandom.bytes(count: 15)),
            signatureAlgorithm: AlgorithmIdentifier(signature), issuer: issuer?.certificate.subject ?? subject,
            notBefore: begin, notAfter: begin.advanced(bySeconds: Int64(profile.defaultValidityDays) * 86_400),
            subject: subject, subjectPublicKeyInfo: information,
            extensions: profile.extensions(
                for: information, issuerKeyIdentifier: above, ocsp: [ProfileFixture.ocspURL],
                crl: [ProfileFixture.crlURL], hostNames: [ProfileFixture.hostName]))
        bend(&template)
        let body = template.encoded()
        let der = Certificate.assemble(body: body, algorithm: signature, signature: try signer.sign(body))
        return Issued(role: role, key: key, certificate: try Certificate(der: der))
    }

    /// A whole chain, leaf first, its root last.
    ///
    /// - Parameter bend: Gets each role's template before it is signed.
    package func chain(
        _ leaf: Role, root: Role? = nil, from known: Issued? = nil, subCAs: Int = 2,
        bend: (Role, inout CertificateTemplate) -> Void = { _, _ in }
    ) throws -> [Issued] {
        let path = Self.path(leaf, root: root, subCAs: subCAs)
        var above = known
        var made: [Issued] = []
        for role in path.reversed() {
            if known != nil, role.isRoot {
                made.append(contentsOf: [above].compactMap { $0 })
                continue
            }
            let issued = try issue(role, by: above) { bend(role, &$0) }
            made.append(issued)
            above = issued
        }
        return made.reversed()
    }

    /// The roles from a leaf up to its root.
    package static func path(_ leaf: Role, root: Role? = nil, subCAs: Int = 2) -> [Role] {
        var path = [leaf]
        if root != .privateRoot {
            while path.count <= subCAs, let next = path.last?.issuers.first(where: { !$0.isRoot }) { path.append(next) }
        }
        path.append(root ?? (leaf.anchors.first ?? .v2g).rootRole)
        return path
    }

    package enum FixtureError: Error {
        case noProfile(Role), cannotSign
    }
}

extension CertificateTemplate {
    /// Puts an extension in the place of one of its type, or at the end.
    package mutating func replace(_ entry: CertificateExtension) {
        guard let index = extensions.firstIndex(where: { $0.type == entry.type }) else {
            extensions.append(entry)
            return
        }
        extensions[index] = entry
    }
}

extension [Issued] {
    /// Without the root, as a peer sends it.
    package var sent: [Certificate] { dropLast().map(\.certificate) }

    /// A store that trusts the root for its kind.
    package var anchors: AnchorStore {
        var store = AnchorStore()
        if let root = last, let kind = AnchorKind.allCases.first(where: { $0.rootRole == root.role }) {
            store.add(root.certificate, kind: kind)
        }
        return store
    }
}
