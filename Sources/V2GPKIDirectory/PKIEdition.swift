package import V2GCertificates
internal import V2GKeys
package import V2GX509

/// The PKI of one edition: anchors by kind, sub-CAs, CRLs, and the leaves that live here.
package struct PKIEdition: Sendable {
    package let edition: Edition
    package let path: String
    package let v2gRoots: [Certificate]
    package let moRoots: [Certificate]
    package let oemRoots: [Certificate]
    package let privateRoots: [Certificate]
    /// Every sub-CA that lies there, for building chains.
    package let subCAs: [Certificate]
    /// DER.
    package let crls: [[UInt8]]

    /// Roots are known by their file names: `v2g_root*`, `mo_root*`, `oem_root*`, `private_root*`, with `.crt`, `.pem`
    /// or `.der`; sub-CAs by `*_sub1*` and `*_sub2*`.
    package init(_ edition: Edition, in path: String) throws(PKIDirectoryError) {
        self.edition = edition
        self.path = path
        var roots: [String: [Certificate]] = [:]
        var subs: [Certificate] = []
        for name in PKIDirectory.names(in: "\(path)/certs") where Self.isCertificateName(name) {
            let file = "\(path)/certs/\(name)"
            let isLink = name.contains("_link")
            if let kind = ["v2g_root", "mo_root", "oem_root", "private_root"].first(where: { name.hasPrefix($0) }) {
                let found = try CertificateFiles.certificates(file)
                if isLink { subs += found } else { roots[kind, default: []] += found }
            } else if name.contains("_sub1") || name.contains("_sub2"), !name.hasPrefix("ocsp_") {
                subs += try CertificateFiles.certificates(file)
            }
        }
        v2gRoots = roots["v2g_root"] ?? []
        moRoots = roots["mo_root"] ?? []
        oemRoots = roots["oem_root"] ?? []
        privateRoots = roots["private_root"] ?? []
        subCAs = subs
        var lists: [[UInt8]] = []
        for name in PKIDirectory.names(in: "\(path)/crl") where name.hasSuffix(".crl") {
            lists.append(try CertificateFiles.list("\(path)/crl/\(name)"))
        }
        crls = lists
        guard !(v2gRoots + privateRoots + moRoots + oemRoots).isEmpty else {
            throw PKIDirectoryError(
                .incomplete, path: path,
                "no root in certs/ (v2g_root.crt, mo_root.crt, oem_root.crt or private_root.crt). Copy them there.")
        }
    }

    /// From files that are named one by one.
    ///
    /// - Parameter crls: DER.
    package init(
        _ edition: Edition, path: String, v2gRoots: [Certificate], moRoots: [Certificate], oemRoots: [Certificate],
        privateRoots: [Certificate], subCAs: [Certificate], crls: [[UInt8]]
    ) {
        self.edition = edition
        self.path = path
        self.v2gRoots = v2gRoots
        self.moRoots = moRoots
        self.oemRoots = oemRoots
        self.privateRoots = privateRoots
        self.subCAs = subCAs
        self.crls = crls
    }

    /// The same certificates and CRLs, as those of another edition.
    func counted(as edition: Edition) -> PKIEdition {
        PKIEdition(
            edition, path: path, v2gRoots: v2gRoots, moRoots: moRoots, oemRoots: oemRoots, privateRoots: privateRoots,
            subCAs: subCAs, crls: crls)
    }

    /// The anchors that an operator of this directory trusts, each for its kind.
    package var anchors: AnchorStore {
        var store = AnchorStore()
        for root in v2gRoots { store.add(root, kind: .v2g) }
        for root in moRoots { store.add(root, kind: .mo) }
        for root in oemRoots { store.add(root, kind: .oem) }
        for root in privateRoots { store.add(root, kind: .privateEnvironment) }
        return store
    }

    /// A verifier of chains of a role against these anchors.
    package func verifier(
        role: Role, settings: ChainVerifier.Settings = ChainVerifier.Settings()
    ) -> ChainVerifier {
        ChainVerifier(role: role, edition: edition, anchors: anchors, settings: settings)
    }

    /// The leaf of a role that lives here, with its chain; `nil` when there is none.
    ///
    /// The chain is built by names and keys from the certificate's own file and the sub-CAs; that it is valid is the
    /// verifier's to say.
    package func credential(_ role: Role) throws(PKIDirectoryError) -> LeafCredential? {
        try credential(named: role.rawValue.replacing("-", with: "_"))
    }

    /// The certificate `certs/NAME.crt` with its key `private/NAME.key` and its chain.
    package func credential(named name: String) throws(PKIDirectoryError) -> LeafCredential? {
        guard let file = Self.existing("\(path)/certs/\(name)", [".crt", ".pem", ".der"]) else { return nil }
        let key = "\(path)/private/\(name).key"
        return try LeafCredential(
            certificates: try CertificateFiles.certificates(file), file: file, key: .file(path: key), within: self)
    }

    var roots: [Certificate] { v2gRoots + moRoots + oemRoots + privateRoots }

    private static func isCertificateName(_ name: String) -> Bool {
        [".crt", ".pem", ".der"].contains { name.hasSuffix($0) }
    }

    private static func existing(_ stem: String, _ endings: [String]) -> String? {
        endings.map { stem + $0 }.first { CertificateFiles.exists($0) }
    }
}
