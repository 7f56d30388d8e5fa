/// Routes each reference to the provider of its kind, so that callers need not know where a key lives.
public struct KeyProviders: KeyProvider {
    private let file: (any KeyProvider)?
    private let pkcs11: (any KeyProvider)?

    /// - Parameters:
    ///   - file: Answers `file:` references; without it they are refused.
    ///   - pkcs11: Answers `pkcs11:` references; without it they are refused.
    public init(file: (any KeyProvider)? = nil, pkcs11: (any KeyProvider)? = nil) {
        self.file = file
        self.pkcs11 = pkcs11
    }

    public func signingKey(_ reference: KeyReference) async throws(KeyError) -> any SigningKey {
        try await provider(for: reference).signingKey(reference)
    }

    public func agreementKey(_ reference: KeyReference) async throws(KeyError) -> any AgreementKey {
        try await provider(for: reference).agreementKey(reference)
    }

    public func generate(_ reference: KeyReference, algorithm: KeyAlgorithm) async throws(KeyError) -> PublicKey {
        try await provider(for: reference).generate(reference, algorithm: algorithm)
    }

    public func describe(_ reference: KeyReference) async throws(KeyError) -> KeyDescription {
        try await provider(for: reference).describe(reference)
    }

    private func provider(for reference: KeyReference) throws(KeyError) -> any KeyProvider {
        let (found, kind) =
            switch reference {
            case .file: (file, "key files")
            case .pkcs11: (pkcs11, "PKCS#11 tokens")
            }
        guard let found else {
            throw KeyError(.unsupported, "'\(reference)': this program was not set up to use \(kind).")
        }
        return found
    }
}
