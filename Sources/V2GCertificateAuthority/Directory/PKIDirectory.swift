public import V2GFiles
public import V2GX509

/// The directory that holds one PKI: `certs/ crl/ newcerts/ private/` and `pki.sqlite`.
public struct PKIDirectory: Sendable, Hashable {
    /// Without a final slash.
    public let path: String

    public init(_ path: String) {
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.path = trimmed
    }

    public var storePath: String { path + "/pki.sqlite" }
    public var certificatesPath: String { path + "/certs" }
    public var revocationListsPath: String { path + "/crl" }
    public var newCertificatesPath: String { path + "/newcerts" }
    public var privatePath: String { path + "/private" }

    /// Where a named certificate is published.
    public func certificatePath(_ name: String) -> String { "\(certificatesPath)/\(name).crt" }
    /// Where a named key lives, for keys in files.
    public func keyPath(_ name: String) -> String { "\(privatePath)/\(name).key" }

    /// Whether a PKI was begun here.
    public var holdsStore: Bool { DurableFile.exists(storePath) }

    /// Makes the folders; `private/` is closed to others.
    public func make() throws(FileFailure) {
        try DurableFile.makeDirectory(path)
        for folder in [certificatesPath, revocationListsPath, newCertificatesPath] {
            try DurableFile.makeDirectory(folder)
        }
        try DurableFile.makeDirectory(privatePath, mode: 0o700)
        // One that was there before may be open to others.
        try DurableFile.setMode(0o700, of: privatePath)
    }

    /// Removes what writers that were killed left half done; in `private/` that may be a key.
    ///
    /// Only for a process that knows that no other one is issuing. CRLs are written by others too, so theirs must be an
    /// hour old.
    public func removeLeftovers() throws(FileFailure) {
        for folder in [privatePath, certificatesPath, newCertificatesPath] {
            try DurableFile.removeTemporaries(in: folder, olderThan: 0)
        }
        try DurableFile.removeTemporaries(in: revocationListsPath, olderThan: 3_600)
    }

    /// Publishes one certificate as PEM. CA certificates are public (0444); a station's or car's chain is closed (0400).
    public func publish(_ certificate: Certificate, as name: String, isPublic: Bool) throws(FileFailure) {
        let text = PEMBlock(label: "CERTIFICATE", der: certificate.der).text
        try DurableFile.write(Array(text.utf8), to: certificatePath(name), mode: isPublic ? 0o444 : 0o400)
    }

    /// Keeps a copy of an issued certificate under its serial.
    public func keepCopy(of certificate: Certificate) throws(FileFailure) {
        let text = PEMBlock(label: "CERTIFICATE", der: certificate.der).text
        let path = "\(newCertificatesPath)/\(certificate.body.serialNumber.hex).pem"
        try DurableFile.write(Array(text.utf8), to: path, mode: 0o444)
    }
}
