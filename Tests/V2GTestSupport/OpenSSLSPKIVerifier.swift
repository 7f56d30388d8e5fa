internal import COpenSSL

/// Verifies with any key and hash that OpenSSL knows, for conformance suites (NIST PKITS is RSA). Never part of the
/// product, which refuses all of these.
package struct OpenSSLSPKIVerifier: Sendable {
    package init() {}

    /// Whether `signature` over `message` was made by the key in a DER `SubjectPublicKeyInfo`.
    ///
    /// - Parameter digest: OpenSSL's name of the hash ("SHA256"); `nil` for EdDSA.
    package func isValid(signature: [UInt8], digest: String?, over message: [UInt8], by information: [UInt8]) -> Bool {
        var consumed = 0
        let count = information.count
        let key = unsafe information.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var position = buffer.baseAddress
            let key = unsafe d2i_PUBKEY(nil, &position, count)
            if let start = buffer.baseAddress, let end = unsafe position { consumed = unsafe end - start }
            return unsafe key
        }
        defer { ERR_clear_error() }
        guard let key = unsafe key else { return false }
        defer { unsafe EVP_PKEY_free(key) }
        guard consumed == count, let context = unsafe EVP_MD_CTX_new() else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        return unsafe EVP_DigestVerifyInit_ex(context, nil, digest, nil, nil, key, nil) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
