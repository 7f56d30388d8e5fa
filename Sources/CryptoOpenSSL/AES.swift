internal import COpenSSL
package import V2GKeys
package import V2GPrimitives

/// Sole owner of an `EVP_CIPHER_CTX`, which OpenSSL wipes when it is freed.
@safe struct CipherContext: ~Copyable {
    let pointer: OpaquePointer

    init() throws(KeyError) {
        guard let pointer = unsafe EVP_CIPHER_CTX_new() else {
            throw .drainingOpenSSL(.operationFailed, "Out of memory for a cipher.")
        }
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe EVP_CIPHER_CTX_free(pointer) }
}

/// AES-128 in CBC mode without padding (NIST SP 800-38A): whole blocks only, and no integrity of its own.
package enum AES128CBC {
    /// - Parameters:
    ///   - plaintext: A multiple of 16 octets.
    ///   - key: 16 octets.
    ///   - iv: 16 octets that nobody can predict.
    /// - Throws: ``KeyError`` with `unsupported` for wrong lengths, `operationFailed`.
    package static func encrypt(_ plaintext: SecretBytes, key: SecretBytes, iv: [UInt8]) throws(KeyError) -> [UInt8] {
        var input = plaintext.copy()
        defer { input.wipe() }
        return try run(input, key, iv, encrypts: true)
    }

    /// The inverse of ``encrypt(_:key:iv:)``, with its rules.
    package static func decrypt(_ ciphertext: [UInt8], key: SecretBytes, iv: [UInt8]) throws(KeyError) -> SecretBytes {
        var output = try run(ciphertext, key, iv, encrypts: false)
        return SecretBytes(taking: &output)
    }

    private static func run(
        _ input: [UInt8], _ key: SecretBytes, _ iv: [UInt8], encrypts: Bool
    ) throws(KeyError) -> [UInt8] {
        let failed = "AES-128-CBC failed."
        guard key.count == 16, iv.count == 16, input.count.isMultiple(of: 16), input.count <= 4_096 else {
            throw KeyError(
                .unsupported, "AES-128-CBC takes a key and an IV of 16 octets, and whole blocks of 16, up to 4096.")
        }
        let context = try CipherContext()
        var secret = key.copy()
        defer { secret.wipe() }
        var output = [UInt8](repeating: 0, count: input.count + 16)
        var count: Int32 = 0
        var tail: Int32 = 0
        guard
            unsafe EVP_CipherInit_ex2(context.pointer, EVP_aes_128_cbc(), secret, iv, encrypts ? 1 : 0, nil) == 1,
            unsafe EVP_CIPHER_CTX_set_padding(context.pointer, 0) == 1,
            unsafe EVP_CipherUpdate(context.pointer, &output, &count, input, Int32(input.count)) == 1,
            Int(count) == input.count,
            unsafe EVP_CipherFinal_ex(context.pointer, &output[Int(count)], &tail) == 1, tail == 0
        else {
            output.wipe()
            throw .drainingOpenSSL(.operationFailed, failed)
        }
        output.removeLast(output.count - input.count)
        return output
    }
}

/// AES-256 in Galois/counter mode (NIST SP 800-38D) with an IV of 12 and a tag of 16 octets.
package enum AES256GCM {
    package static let ivLength = 12
    package static let tagLength = 16

    /// - Parameters:
    ///   - key: 32 octets.
    ///   - iv: 12 octets, never used twice with one key.
    ///   - aad: What is authenticated besides, and not sent.
    /// - Returns: The ciphertext with the tag after it.
    /// - Throws: ``KeyError`` with `unsupported` for wrong lengths, `operationFailed`.
    package static func seal(
        _ plaintext: SecretBytes, key: SecretBytes, iv: [UInt8], aad: [UInt8]
    ) throws(KeyError) -> [UInt8] {
        let failed = "AES-256-GCM encryption failed."
        try check(key, iv, plaintext.count, aad)
        let context = try CipherContext()
        var secret = key.copy()
        var input = plaintext.copy()
        defer {
            secret.wipe()
            input.wipe()
        }
        var output = [UInt8](repeating: 0, count: input.count)
        var tag = [UInt8](repeating: 0, count: tagLength)
        var count: Int32 = 0
        guard unsafe EVP_EncryptInit_ex2(context.pointer, EVP_aes_256_gcm(), secret, iv, nil) == 1,
            unsafe EVP_EncryptUpdate(context.pointer, nil, &count, aad, Int32(aad.count)) == 1,
            unsafe EVP_EncryptUpdate(context.pointer, &output, &count, input, Int32(input.count)) == 1,
            Int(count) == input.count,
            unsafe EVP_EncryptFinal_ex(context.pointer, nil, &count) == 1,
            unsafe EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), &tag) == 1
        else { throw .drainingOpenSSL(.operationFailed, failed) }
        return output + tag
    }

    /// The inverse of ``seal(_:key:iv:aad:)``; `nil` when key, IV, AAD or ciphertext is not what was sealed.
    ///
    /// - Throws: ``KeyError`` with `unsupported` for wrong lengths, `operationFailed`.
    package static func open(
        _ sealed: [UInt8], key: SecretBytes, iv: [UInt8], aad: [UInt8]
    ) throws(KeyError) -> SecretBytes? {
        let failed = "AES-256-GCM decryption failed."
        guard sealed.count >= tagLength else { return nil }
        let input = Array(sealed.dropLast(tagLength))
        var tag = Array(sealed.suffix(tagLength))
        try check(key, iv, input.count, aad)
        let context = try CipherContext()
        var secret = key.copy()
        // Nothing that was not authenticated leaves this function.
        var output = [UInt8](repeating: 0, count: input.count + 16)
        defer {
            secret.wipe()
            output.wipe()
        }
        var count: Int32 = 0
        guard unsafe EVP_DecryptInit_ex2(context.pointer, EVP_aes_256_gcm(), secret, iv, nil) == 1,
            unsafe EVP_DecryptUpdate(context.pointer, nil, &count, aad, Int32(aad.count)) == 1,
            unsafe EVP_DecryptUpdate(context.pointer, &output, &count, input, Int32(input.count)) == 1,
            Int(count) == input.count,
            unsafe EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1
        else { throw .drainingOpenSSL(.operationFailed, failed) }
        guard unsafe EVP_DecryptFinal_ex(context.pointer, &output[input.count], &count) == 1 else {
            discardOpenSSLErrors()
            return nil
        }
        var plaintext = Array(output[..<input.count])
        return SecretBytes(taking: &plaintext)
    }

    private static func check(_ key: SecretBytes, _ iv: [UInt8], _ count: Int, _ aad: [UInt8]) throws(KeyError) {
        guard key.count == 32, iv.count == ivLength, count <= 4_096, aad.count <= 4_096 else {
            throw KeyError(
                .unsupported,
                "AES-256-GCM takes a key of 32 octets, an IV of 12, and here at most 4096 octets of text.")
        }
    }
}
