package import CryptoOpenSSL
package import V2GKeys
internal import V2GKeysFile
internal import V2GKeysPKCS11
internal import V2GX509

/// Opens keys by reference, wherever they live, and checks that they belong to their certificate.
package struct KeyOpener: Sendable {
    private let files: FileKeyProvider
    private let providers: KeyProviders

    /// - Parameter passphrase: Of encrypted key files.
    package init(passphrase: SecretSource? = nil) {
        files = FileKeyProvider(passphrase: passphrase)
        providers = KeyProviders(file: files, pkcs11: PKCS11KeyProvider(verifier: ProductSignatureVerifier()))
    }

    /// A key of a file as a value in memory, which TLS uses natively; `nil` for a key that lives elsewhere.
    package func softwareKey(_ credential: LeafCredential) throws -> SoftwareKey? {
        guard case .file = credential.key else { return nil }
        let key = try files.softwareKey(credential.key)
        try check(key.publicKey, credential)
        return key
    }

    package func signingKey(_ credential: LeafCredential) async throws -> any SigningKey {
        let key = try await providers.signingKey(credential.key)
        try check(key.publicKey, credential)
        return key
    }

    package func agreementKey(_ credential: LeafCredential) async throws -> any AgreementKey {
        let key = try await providers.agreementKey(credential.key)
        try check(key.publicKey, credential)
        return key
    }

    private func check(_ key: PublicKey, _ credential: LeafCredential) throws(PKIDirectoryError) {
        guard credential.leaf.publicKey == key else {
            throw PKIDirectoryError(
                .keyMismatch, path: "\(credential.key)",
                "the key does not belong to the certificate '\(credential.leaf.subject)'. Name the right one.")
        }
    }
}
