internal import CPKCS11
internal import Synchronization
public import V2GKeys
internal import V2GPrimitives

/// Keys on PKCS#11 tokens: HSMs, SoftHSM, a TPM 2.0 through tpm2-pkcs11.
///
/// A key is made on its token as sensitive and not extractable and never leaves it. Every signature is verified before
/// it is handed out. Calls run on threads of the module's own pool; every one has a deadline. Thread-safe.
public struct PKCS11KeyProvider: KeyProvider {
    private let verifier: any SignatureVerifier
    private let settings: PKCS11Settings

    /// - Parameter verifier: Checks every signature that a token makes.
    public init(verifier: any SignatureVerifier, settings: PKCS11Settings = PKCS11Settings()) {
        self.verifier = verifier
        self.settings = settings
    }

    /// Opens a signing key.
    ///
    /// - Throws: ``KeyError`` with `notFound` (module, token or key), `badReference`, `pinRequired`, `pinIncorrect`,
    ///   `unsupported` (naming the mechanism), `tokenUnavailable`, `tokenMisbehaved`.
    public func signingKey(_ reference: KeyReference) async throws(KeyError) -> any SigningKey {
        try await pkcs11SigningKey(reference)
    }

    package func pkcs11SigningKey(_ reference: KeyReference) async throws(KeyError) -> PKCS11SigningKey {
        let (verifier, timeout) = (verifier, settings.operationTimeout)
        return try await withToken(reference, within: timeout, doing: "opening a signing key") {
            uri, token throws(KeyError) in
            let key = try TokenKey(uri, on: token)
            let kind = key.publicKey.algorithm
            guard let algorithm = kind.signatureAlgorithm, let mechanism = Mechanism.signing(kind) else {
                throw KeyError(.unsupported, "'\(uri)' is an \(kind.rawValue) key, which cannot sign.")
            }
            try token.check(mechanism, kind)
            guard key.maySign else {
                throw KeyError(.unsupported, "'\(uri)' may not sign (CKA_SIGN is false). Use another key.")
            }
            return PKCS11SigningKey(
                key: key, mechanism: mechanism, algorithm: algorithm, verifier: verifier, timeout: timeout)
        }
    }

    /// Opens a key for agreement. Errors as for ``signingKey(_:)``.
    public func agreementKey(_ reference: KeyReference) async throws(KeyError) -> any AgreementKey {
        let timeout = settings.operationTimeout
        return try await withToken(reference, within: timeout, doing: "opening an agreement key") {
            uri, token throws(KeyError) in
            let key = try TokenKey(uri, on: token)
            let kind = key.publicKey.algorithm
            guard kind == .p256 || kind == .p521 else {
                throw KeyError(
                    .unsupported, "'\(uri)' is an \(kind.rawValue) key; on a token only P-256 and P-521 agree.")
            }
            try token.check(.ecdh, kind)
            guard key.mayDerive else {
                throw KeyError(
                    .unsupported, "'\(uri)' may not agree on secrets (CKA_DERIVE is false). Use another key.")
            }
            return PKCS11AgreementKey(key: key, timeout: timeout)
        }
    }

    /// Makes a key pair on the token.
    ///
    /// - Throws: As ``signingKey(_:)``, and `alreadyExists` when the label or id is taken.
    public func generate(_ reference: KeyReference, algorithm: KeyAlgorithm) async throws(KeyError) -> PublicKey {
        let mayAgree = settings.newKeysMayAgree
        return try await withToken(reference, within: settings.generationTimeout, doing: "generating a key") {
            uri, token throws(KeyError) in
            try token.generating.withLock { _ throws(KeyError) in
                try KeyPairGeneration(uri: uri, token: token, algorithm: algorithm, mayAgree: mayAgree).run()
            }
        }
    }

    public func describe(_ reference: KeyReference) async throws(KeyError) -> KeyDescription {
        try await withToken(reference, within: settings.operationTimeout, doing: "describing a key") {
            uri, token throws(KeyError) in
            let key = try TokenKey(uri, on: token)
            return KeyDescription(
                publicKey: key.publicKey, place: "token '\(token.identity.label)', object '\(key.label)'",
                isInToken: key.isProtected)
        }
    }

    private func withToken<T: Sendable>(
        _ reference: KeyReference, within limit: Duration, doing: String,
        _ body: @escaping @Sendable (PKCS11URI, PKCS11Token) throws(KeyError) -> T
    ) async throws(KeyError) -> T {
        guard case .pkcs11(let uri) = reference else {
            throw KeyError(.badReference, "'\(reference)' is no PKCS#11 URI. Write pkcs11:token=LABEL;object=LABEL.")
        }
        _ = try TokenKey.selection(uri)
        let pin = uri.pinSourcePath.map { SecretSource.file(path: $0) } ?? settings.pin
        let module = try await ModuleRegistry.shared.module(for: uri, settings: settings)
        return try await module.pool.run(within: limit, doing: doing) { () throws(KeyError) in
            let token: PKCS11Token
            do throws(PKCS11Failure) {
                token = try module.token(uri)
            } catch {
                throw error.keyError(doing: "Looking for the token of '\(uri)'")
            }
            try token.authenticate(pin)
            return try body(uri, token)
        }
    }
}

extension PKCS11Token {
    func check(_ mechanism: Mechanism, _ algorithm: KeyAlgorithm) throws(KeyError) {
        do throws(PKCS11Failure) {
            try require(mechanism, for: algorithm)
        } catch {
            throw error.keyError(doing: "\(name): asking for \(mechanism.name)")
        }
    }
}
