internal import V2GCertificates
internal import V2GKeys
internal import V2GPKIDirectory
internal import V2GX509

/// Certificates and key references of a station, from a directory or file by file.
struct StationMaterial: Sendable {
    let iso2: PKIEdition?
    let iso20: PKIEdition?
    private let listed: [(role: Role, edition: Edition, credential: LeafCredential)]?
    private let crls: [String]

    /// - Throws: ``PKIDirectoryError`` or `KeyError`.
    init(_ source: StationConfiguration.PKISource) throws {
        switch source {
        case .directory(let path):
            let directory = try PKIDirectory(path)
            iso2 = directory.iso2
            iso20 = directory.iso20
            listed = nil
            crls = []
        case .files(let trust, let credentials):
            let pki = try Self.edition(trust)
            // Roots that are listed without telling editions apart serve both.
            iso2 = trust.edition == .iso2 ? pki : nil
            iso20 = trust.edition == .iso20 || credentials.contains { $0.edition == .iso20 } ? pki : nil
            crls = trust.crls
            var found: [(role: Role, edition: Edition, credential: LeafCredential)] = []
            for entry in credentials {
                let reference: KeyReference =
                    entry.key.contains(":") ? try KeyReference(parsing: entry.key) : .file(path: entry.key)
                let credential = try LeafCredential(
                    certificates: try CertificateFiles.certificates(entry.chain), file: entry.chain, key: reference,
                    within: pki)
                found.append((entry.role, entry.edition, credential))
            }
            listed = found
        }
    }

    /// The chains of a role in an edition.
    func credentials(_ role: Role, _ edition: Edition) throws -> [LeafCredential] {
        if let listed { return listed.filter { $0.role == role && $0.edition == edition }.map(\.credential) }
        return try [(edition == .iso2 ? iso2 : iso20)?.credential(role)].compactMap { $0 }
    }

    /// Where CRLs of an edition lie: files, or directories.
    func crlPlaces(_ edition: Edition) -> [String] {
        guard listed == nil else { return crls }
        return [edition == .iso2 ? iso2 : iso20].compactMap { $0 }.map { "\($0.path)/crl" }
    }

    private static func edition(_ trust: StationConfiguration.TrustFiles) throws -> PKIEdition {
        func read(_ files: [String]) throws -> [Certificate] {
            try files.flatMap { try CertificateFiles.certificates($0) }
        }
        return PKIEdition(
            trust.edition, path: "trust", v2gRoots: try read(trust.v2g), moRoots: try read(trust.mo),
            oemRoots: try read(trust.oem), privateRoots: try read(trust.privateEnvironment),
            subCAs: try read(trust.subCAs), crls: try trust.crls.map { try CertificateFiles.list($0) })
    }
}
