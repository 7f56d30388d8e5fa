internal import CTLSEngine
internal import CryptoOpenSSL
internal import V2GKeys
internal import V2GPrimitives

/// Sole owner of an engine context.
///
/// Sendable: nothing changes it after it was set up, and OpenSSL counts and locks what connections share of it.
@safe final class NativeContext: @unchecked Sendable {
    let pointer: OpaquePointer

    init(isServer: Bool) throws(TLSError) {
        guard let pointer = unsafe v2g_tls_context_new(isServer ? 1 : 0, JudgeSeat.judge) else {
            throw .drainingOpenSSL(.libraryFailed, "No TLS context. Is this OpenSSL 3 with its default provider?")
        }
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe v2g_tls_context_free(pointer) }

    /// Suites, groups and signature algorithms for a range of versions.
    func set(
        minimum: Int, maximum: Int, suites: String, groups: String, signatureAlgorithms: String
    ) throws(TLSError) {
        guard unsafe v2g_tls_context_set_versions(pointer, Int32(minimum), Int32(maximum)) == 1,
            unsafe v2g_tls_context_set_cipher_list(pointer, TLSProfile.iso2Suites) == 1,
            unsafe v2g_tls_context_set_suites(pointer, suites) == 1,
            unsafe v2g_tls_context_set_groups(pointer, groups) == 1,
            unsafe v2g_tls_context_set_signature_algorithms(pointer, signatureAlgorithms) == 1
        else {
            throw .drainingOpenSSL(.libraryFailed, "This OpenSSL lacks a suite, group or signature of V2G.")
        }
    }

    func set(_ credential: TLSCredential) throws(TLSError) {
        try set(credential.key)
        for (index, certificate) in credential.chain.enumerated() {
            guard unsafe v2g_tls_context_add_certificate(pointer, certificate, certificate.count) == 1 else {
                throw .drainingOpenSSL(.unusableCredential, "Certificate \(index) of a TLS chain cannot be used.")
            }
        }
        guard unsafe v2g_tls_context_has_matching_key(pointer) == 1 else {
            throw .drainingOpenSSL(
                .unusableCredential, "The key of a TLS chain is not the one in its leaf. Put the leaf first.")
        }
    }

    private func set(_ key: TLSKey) throws(TLSError) {
        let failed = "The key of a TLS chain cannot be used."
        switch key {
        case .software(let software):
            let secret: SecretBytes
            do throws(KeyError) { secret = try software.pkcs8DER() } catch {
                throw TLSError(.unusableCredential, "\(failed) \(error.message)")
            }
            let done = secret.withExposed { span in
                unsafe span.withUnsafeBufferPointer { buffer -> Bool in
                    guard let base = buffer.baseAddress else { return false }
                    return unsafe v2g_tls_context_set_key(pointer, base, buffer.count) == 1
                }
            }
            guard done else { throw .drainingOpenSSL(.unusableCredential, failed) }
        case .external(let external):
            let curve: Int32
            switch external.publicKey.algorithm {
            case .p256: curve = 0
            case .p521: curve = 1
            case .ed448: curve = 2
            case .x448: throw TLSError(.unusableCredential, "\(failed) X448 keys cannot sign.")
            }
            let bytes = external.publicKey.bytes
            guard unsafe v2g_tls_context_set_external_key(pointer, curve, bytes, bytes.count) == 1 else {
                throw .drainingOpenSSL(.unusableCredential, failed)
            }
        }
    }

    func add(authorities: [[UInt8]]) throws(TLSError) {
        for name in authorities {
            guard unsafe v2g_tls_context_add_authority(pointer, name, name.count) == 1 else {
                throw .drainingOpenSSL(.badConfiguration, "A name of a root is not a distinguished name in DER.")
            }
        }
    }

    func setTrustedAuthorities(_ body: [UInt8]) throws(TLSError) {
        guard unsafe v2g_tls_context_set_trusted_authorities(pointer, body, body.count) == 1 else {
            throw .drainingOpenSSL(.libraryFailed, "Out of memory for trusted_ca_keys.")
        }
    }

    func askStatus() throws(TLSError) {
        guard unsafe v2g_tls_context_ask_status(pointer) == 1 else {
            throw .drainingOpenSSL(.libraryFailed, "This OpenSSL cannot ask for OCSP answers.")
        }
    }

    func setMaximumFragment(_ length: Int) throws(TLSError) {
        guard let length = Int32(exactly: length),
            unsafe v2g_tls_context_set_maximum_fragment(pointer, length) == 1
        else {
            throw TLSError(.badConfiguration, "The maximum fragment length is 512, 1024, 2048 or 4096, not \(length).")
        }
    }

    func logKeys() { unsafe v2g_tls_context_log_keys(pointer) }
}
