import CryptoOpenSSL
import V2GKeys
import V2GKeysFile
import V2GKeysPKCS11

/// The key stores that the command line can reach.
enum KeyAccess {
    static let verifier = ProductSignatureVerifier()

    static func providers(passphraseFile: String? = nil) -> KeyProviders {
        KeyProviders(
            file: FileKeyProvider(passphrase: passphraseFile.map { .file(path: $0) }),
            pkcs11: PKCS11KeyProvider(verifier: verifier))
    }
}
