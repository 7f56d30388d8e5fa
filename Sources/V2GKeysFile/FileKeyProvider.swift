package import CryptoOpenSSL
public import V2GKeys
internal import V2GPrimitives

/// Keys in files: PKCS#8 PEM, plain or encrypted, one key a file.
///
/// A file that group or others can read or change is refused, as is one in a directory where others can replace it.
/// New files appear whole with mode 0400 and never overwrite.
public struct FileKeyProvider: KeyProvider {
    private let passphrase: SecretSource?

    /// - Parameter passphrase: Where the passphrase of encrypted keys is read; new keys are encrypted with it. Without
    ///   it new keys are plain.
    public init(passphrase: SecretSource? = nil) {
        self.passphrase = passphrase
    }

    /// Opens the signing key in a file.
    ///
    /// - Throws: ``KeyError`` with `notFound`, `insecurePermissions`, `unreadable`, `unsupported`, `pinRequired`,
    ///   `pinIncorrect`, or `badReference` for a reference that is no file.
    public func signingKey(_ reference: KeyReference) async throws(KeyError) -> any SigningKey {
        let key = try softwareKey(reference)
        guard key.algorithm.canSign else {
            throw KeyError(.unsupported, "'\(reference)' holds an \(key.algorithm.rawValue) key, which cannot sign.")
        }
        return key
    }

    public func agreementKey(_ reference: KeyReference) async throws(KeyError) -> any AgreementKey {
        let key = try softwareKey(reference)
        guard key.algorithm.canAgree else {
            throw KeyError(
                .unsupported, "'\(reference)' holds an \(key.algorithm.rawValue) key, which cannot agree on a secret.")
        }
        return key
    }

    /// Makes a key file with mode 0400.
    ///
    /// - Throws: ``KeyError`` with `alreadyExists`, `notFound` (no such directory), `insecurePermissions`.
    public func generate(_ reference: KeyReference, algorithm: KeyAlgorithm) async throws(KeyError) -> PublicKey {
        let path = try path(of: reference)
        let key = try SoftwareKey.generate(algorithm)
        try store(key, at: path)
        return key.publicKey
    }

    public func describe(_ reference: KeyReference) async throws(KeyError) -> KeyDescription {
        let key = try softwareKey(reference)
        return KeyDescription(publicKey: key.publicKey, place: try path(of: reference), isInToken: false)
    }

    /// Opens the key in a file for code that needs it in memory.
    package func softwareKey(_ reference: KeyReference) throws(KeyError) -> SoftwareKey {
        let path = try path(of: reference)
        let contents = try ProtectedFile.read(path, what: "key file", limit: SoftwareKey.maximumEncodedLength)
        do throws(KeyError) {
            return try SoftwareKey(pem: contents, passphrase: try readPassphrase())
        } catch {
            throw KeyError(error.code, "Key file '\(path)': \(error.message)", cause: error)
        }
    }

    /// Writes a key that was made elsewhere (a contract key for delivery, an EST server-side key).
    package func store(_ key: SoftwareKey, at path: String) throws(KeyError) {
        let text = try key.pem(passphrase: try readPassphrase())
        try ProtectedFile.create(path, contents: text, mode: 0o400, what: "key file")
    }

    private func readPassphrase() throws(KeyError) -> SecretBytes? {
        guard let passphrase else { return nil }
        guard let secret = try passphrase.read() else {
            // Set up to encrypt: falling back to plain would be a silent downgrade.
            throw KeyError(.pinRequired, "The passphrase's environment variable is not set. Set it or name a file.")
        }
        return secret
    }

    private func path(of reference: KeyReference) throws(KeyError) -> String {
        guard case .file(let path) = reference else {
            throw KeyError(.badReference, "'\(reference)' is no key file. Write file:PATH.")
        }
        return path
    }
}
