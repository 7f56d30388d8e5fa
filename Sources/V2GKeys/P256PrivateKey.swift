internal import Crypto
package import V2GPrimitives

/// A P-256 private key in memory. swift-crypto is the faster library for this curve on every operation we need.
package struct P256PrivateKey: Sendable {
    private let signing: P256.Signing.PrivateKey
    private let agreement: P256.KeyAgreement.PrivateKey
    package let publicKey: PublicKey

    /// - Parameter scalar: 32 bytes, big endian, in `1..<n`.
    /// - Throws: ``KeyError`` with `unreadable`.
    package init(scalar: SecretBytes) throws(KeyError) {
        var copy = scalar.copy()
        defer { copy.wipe() }
        do {
            signing = try P256.Signing.PrivateKey(rawRepresentation: copy)
            agreement = try P256.KeyAgreement.PrivateKey(rawRepresentation: copy)
        } catch {
            throw KeyError(
                .unreadable, "The P-256 private key is not a number in 1..<n of 32 bytes. Generate a new key.",
                cause: error)
        }
        guard let publicKey = PublicKey(algorithm: .p256, bytes: [UInt8](signing.publicKey.x963Representation)) else {
            throw KeyError(.operationFailed, "The P-256 public key could not be computed.")
        }
        self.publicKey = publicKey
    }

    /// Signs with ECDSA and SHA-256.
    ///
    /// - Returns: DER `ECDSA-Sig-Value`.
    package func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        let raw: [UInt8]
        do {
            raw = [UInt8](try signing.signature(for: message).rawRepresentation)
        } catch {
            throw KeyError(.operationFailed, "Signing with the P-256 key failed.", cause: error)
        }
        guard let signature = ECDSASignature(raw: raw, algorithm: .p256) else {
            throw KeyError(.operationFailed, "Signing with the P-256 key gave numbers out of range.")
        }
        return signature.der
    }

    /// The x coordinate of the shared point, 32 bytes.
    package func agree(with peer: PublicKey) throws(KeyError) -> SecretBytes {
        guard peer.algorithm == .p256 else {
            throw KeyError(.unsupported, "A P-256 key cannot agree with a \(peer.algorithm.rawValue) key.")
        }
        do {
            let point = try P256.KeyAgreement.PublicKey(x963Representation: peer.bytes)
            var bytes = try unsafe agreement.sharedSecretFromKeyAgreement(with: point).withUnsafeBytes { buffer in
                unsafe [UInt8](buffer)
            }
            return SecretBytes(taking: &bytes)
        } catch {
            throw KeyError(
                .operationFailed, "P-256 key agreement failed: the peer's public key is not a point of the curve.",
                cause: error)
        }
    }
}

/// A P-256 public key made ready for verification.
package struct P256VerificationKey: Sendable {
    private let key: P256.Signing.PublicKey

    /// `nil` when the key is of another kind or its point is not on the curve.
    package init?(_ publicKey: PublicKey) {
        guard publicKey.algorithm == .p256 else { return nil }
        // The reason is always the same: not a point of the curve.
        guard let key = try? P256.Signing.PublicKey(x963Representation: publicKey.bytes) else { return nil }
        self.key = key
    }

    /// Whether a DER `ECDSA-Sig-Value` over `message` with SHA-256 was made by this key.
    package func isValid(signature: [UInt8], over message: [UInt8]) -> Bool {
        guard let parsed = ECDSASignature(der: signature, algorithm: .p256),
            // The range was checked; there is no reason left to report.
            let value = try? P256.Signing.ECDSASignature(rawRepresentation: parsed.raw)
        else { return false }
        return key.isValidSignature(value, for: message)
    }
}

extension PublicKey {
    /// Whether a NIST point lies on its curve; always true for Ed448 and X448, whose keys are checked where used.
    /// A point off the curve must never reach a private key (invalid-curve attacks).
    package var isOnCurve: Bool {
        switch algorithm {
        // Only success matters: any failure means that it is no point of the curve.
        case .p256: (try? P256.KeyAgreement.PublicKey(x963Representation: bytes)) != nil
        case .p521: (try? P521.KeyAgreement.PublicKey(x963Representation: bytes)) != nil
        case .ed448, .x448: true
        }
    }
}

extension SignatureAlgorithm {
    /// The digest that an ECDSA signature is made over; the message itself for Ed448, which hashes inside.
    package func digest(of message: [UInt8]) -> [UInt8] {
        switch self {
        case .ecdsaSHA256: [UInt8](SHA256.hash(data: message))
        case .ecdsaSHA512: [UInt8](SHA512.hash(data: message))
        case .ed448: message
        }
    }
}
