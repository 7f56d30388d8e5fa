internal import COpenSSL
internal import V2GKeys
internal import V2GPrimitives

/// Sole owner of an `EVP_MD_CTX`.
@safe struct DigestContext: ~Copyable {
    let pointer: OpaquePointer

    init() throws(KeyError) {
        guard let pointer = unsafe EVP_MD_CTX_new() else {
            throw .drainingOpenSSL(.operationFailed, "Out of memory for a signature operation.")
        }
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe EVP_MD_CTX_free(pointer) }
}

extension PKey {
    /// The digest that the signature is made over; `nil` for Ed448, which hashes inside.
    private var digestName: String? {
        switch algorithm {
        case .p256: "SHA256"
        case .p521: "SHA512"
        case .ed448, .x448: nil
        }
    }

    /// Signs a whole message: DER `ECDSA-Sig-Value`, or 114 bytes for Ed448.
    func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        let failed = "Signing with the \(algorithm.rawValue) key failed."
        guard algorithm.canSign else {
            throw KeyError(.unsupported, "\(algorithm.rawValue) keys agree on secrets and cannot sign.")
        }
        let context = try DigestContext()
        guard unsafe EVP_DigestSignInit_ex(context.pointer, nil, digestName, nil, nil, pointer, nil) == 1 else {
            throw .drainingOpenSSL(.operationFailed, failed)
        }
        // 141 bytes is the longest ECDSA-Sig-Value of P-521 with both signs: 3 + 2 * (2 + 67).
        var signature = [UInt8](repeating: 0, count: 144)
        var count = signature.count
        guard unsafe EVP_DigestSign(context.pointer, &signature, &count, message, message.count) == 1,
            count <= signature.count
        else { throw .drainingOpenSSL(.operationFailed, failed) }
        signature.removeLast(signature.count - count)
        return signature
    }

    /// Whether the signature is right. Malformed signatures are wrong signatures.
    ///
    /// - Parameter digest: OpenSSL's name of a hash that is not the key's own.
    func isValid(signature: [UInt8], over message: [UInt8], digest: String? = nil) -> Bool {
        switch algorithm {
        case .p256, .p521:
            // OpenSSL reads BER here; X.509 signatures are DER and must have one form only.
            guard ECDSASignature(der: signature, algorithm: algorithm) != nil else { return false }
        case .ed448:
            guard signature.count == 114 else { return false }
        case .x448:
            return false
        }
        // Out of memory is the only reason, and then nothing is valid.
        guard let context = try? DigestContext() else { return false }
        guard unsafe EVP_DigestVerifyInit_ex(context.pointer, nil, digest ?? digestName, nil, nil, pointer, nil) == 1,
            unsafe EVP_DigestVerify(context.pointer, signature, signature.count, message, message.count) == 1
        else {
            discardOpenSSLErrors()
            return false
        }
        return true
    }

    /// The Diffie-Hellman shared secret.
    func agree(with peer: PKey) throws(KeyError) -> SecretBytes {
        let failed = "Key agreement with the \(algorithm.rawValue) key failed. The peer's public key may be invalid."
        guard algorithm.canAgree else {
            throw KeyError(.unsupported, "\(algorithm.rawValue) keys sign and cannot agree on secrets.")
        }
        guard peer.algorithm == algorithm else {
            throw KeyError(
                .unsupported, "A \(algorithm.rawValue) key cannot agree with a \(peer.algorithm.rawValue) key.")
        }
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil) else {
            throw .drainingOpenSSL(.operationFailed, failed)
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var secret = [UInt8](repeating: 0, count: algorithm.privateScalarLength)
        defer { secret.wipe() }
        var count = secret.count
        guard unsafe EVP_PKEY_derive_init(context) == 1,
            unsafe EVP_PKEY_derive_set_peer(context, peer.pointer) == 1,
            unsafe EVP_PKEY_derive(context, &secret, &count) == 1, count == secret.count
        else { throw .drainingOpenSSL(.operationFailed, failed) }
        // RFC 7748 section 6.2: a low-order peer key gives zero, which everybody knows.
        guard secret.reduce(0, |) != 0 else {
            throw KeyError(
                .operationFailed, "Key agreement gave an all-zero secret: the peer's public key has low order.")
        }
        return SecretBytes(copying: secret)
    }
}
