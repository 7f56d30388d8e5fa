internal import COpenSSL
public import V2GKeys
public import V2GPrimitives

extension SoftwareKey {
    /// Most bytes of a PEM or DER private key that are read.
    public static let maximumEncodedLength = 16384

    /// Reads a PKCS#8 private key in PEM, plain or encrypted (RFC 7468 sections 10 and 11).
    ///
    /// - Parameter passphrase: Needed for an encrypted key and refused by nobody for a plain one.
    /// - Throws: ``KeyError`` with `unreadable`, `unsupported` (RSA, other curves), `pinRequired`, `pinIncorrect`.
    public convenience init(pem: SecretBytes, passphrase: SecretBytes? = nil) throws(KeyError) {
        let block = try PEMBlock(pem)
        switch block.label {
        case "PRIVATE KEY":
            try self.init(pkcs8DER: block.contents)
        case "ENCRYPTED PRIVATE KEY":
            guard let passphrase else {
                throw KeyError(
                    .pinRequired, "The private key is encrypted and no passphrase was given. Name a passphrase file.")
            }
            try self.init(encryptedPKCS8DER: block.contents, passphrase: passphrase)
        default:
            throw KeyError(
                .unreadable,
                "The PEM block is '\(block.label)', not a PKCS#8 'PRIVATE KEY'. Convert it: openssl pkcs8 -topk8 -nocrypt."
            )
        }
    }

    /// Reads a plain PKCS#8 `PrivateKeyInfo` in DER (RFC 5958), with nothing after it.
    ///
    /// - Throws: ``KeyError`` with `unreadable` or `unsupported`.
    public convenience init(pkcs8DER der: SecretBytes) throws(KeyError) {
        var bytes = der.copy()
        defer { bytes.wipe() }
        guard bytes.count <= Self.maximumEncodedLength else {
            throw KeyError(.unreadable, "The private key has more than \(Self.maximumEncodedLength) bytes.")
        }
        var consumed = 0
        let count = bytes.count
        let info = unsafe bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var position = buffer.baseAddress
            let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &position, count)
            if let start = buffer.baseAddress, let end = unsafe position { consumed = unsafe end - start }
            return unsafe info
        }
        guard let info = unsafe info else {
            throw .drainingOpenSSL(.unreadable, "The bytes are not a PKCS#8 private key.")
        }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        guard consumed == count else { throw KeyError(.unreadable, "There are bytes after the PKCS#8 private key.") }
        try self.init(unsafe PKey.adopting(info))
    }

    /// Reads an encrypted PKCS#8 private key in DER, with nothing after it.
    ///
    /// - Throws: ``KeyError`` with `pinIncorrect`, `unreadable` or `unsupported`.
    public convenience init(encryptedPKCS8DER der: SecretBytes, passphrase: SecretBytes) throws(KeyError) {
        var bytes = der.copy()
        var secret = passphrase.copy()
        defer {
            bytes.wipe()
            secret.wipe()
        }
        guard bytes.count <= Self.maximumEncodedLength else {
            throw KeyError(.unreadable, "The private key has more than \(Self.maximumEncodedLength) bytes.")
        }
        var consumed = 0
        let count = bytes.count
        let envelope = unsafe bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var position = buffer.baseAddress
            let envelope = unsafe d2i_X509_SIG(nil, &position, count)
            if let start = buffer.baseAddress, let end = unsafe position { consumed = unsafe end - start }
            return unsafe envelope
        }
        guard let envelope = unsafe envelope else {
            throw .drainingOpenSSL(.unreadable, "The bytes are not an encrypted PKCS#8 private key.")
        }
        defer { unsafe X509_SIG_free(envelope) }
        guard consumed == count else {
            throw KeyError(.unreadable, "There are bytes after the encrypted PKCS#8 private key.")
        }
        unsafe try Self.checkScheme(of: envelope)
        let info = unsafe secret.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                unsafe PKCS8_decrypt(envelope, characters.baseAddress, Int32(characters.count))
            }
        }
        guard let info = unsafe info else {
            throw .drainingOpenSSL(
                .pinIncorrect, "The passphrase does not open the private key, or the file is damaged.")
        }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        try self.init(unsafe PKey.adopting(info))
    }

    /// The key as a plain PKCS#8 `PrivateKeyInfo` in DER.
    public func pkcs8DER() throws(KeyError) -> SecretBytes {
        guard let info = unsafe EVP_PKEY2PKCS8(handle.pointer) else {
            throw .drainingOpenSSL(.operationFailed, "The private key cannot be encoded.")
        }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        return unsafe try takeDER { out in unsafe i2d_PKCS8_PRIV_KEY_INFO(info, out) }
    }

    /// The key as an encrypted PKCS#8 in DER: PBES2 with scrypt and AES-256-CBC.
    public func encryptedPKCS8DER(passphrase: SecretBytes) throws(KeyError) -> SecretBytes {
        let failed = "The private key cannot be encrypted."
        guard passphrase.count > 0 else {
            throw KeyError(.pinRequired, "An empty passphrase protects nothing. Give one.")
        }
        guard let info = unsafe EVP_PKEY2PKCS8(handle.pointer) else { throw .drainingOpenSSL(.operationFailed, failed) }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        // N = 2^14 keeps the 16 MiB that any OpenSSL opens by default; p makes up for the rest of the work.
        var salt = [UInt8](repeating: 0, count: 16)
        var generator = SystemRandomNumberGenerator()
        for index in salt.indices { salt[index] = .random(in: .min ... .max, using: &generator) }
        guard
            let scheme = unsafe PKCS5_pbe2_set_scrypt(
                EVP_aes_256_cbc(), &salt, Int32(salt.count), nil, 1 << 14, 8, 5)
        else { throw .drainingOpenSSL(.operationFailed, failed) }
        var secret = passphrase.copy()
        defer { secret.wipe() }
        let envelope = unsafe secret.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                unsafe PKCS8_set0_pbe(characters.baseAddress, Int32(characters.count), info, scheme)
            }
        }
        guard let envelope = unsafe envelope else {
            unsafe X509_ALGOR_free(scheme)  // on failure the scheme was not taken over
            throw .drainingOpenSSL(.operationFailed, failed)
        }
        defer { unsafe X509_SIG_free(envelope) }
        return unsafe try takeDER { out in unsafe i2d_X509_SIG(envelope, out) }
    }

    /// The key as PKCS#8 PEM, encrypted when a passphrase is given.
    public func pem(passphrase: SecretBytes? = nil) throws(KeyError) -> SecretBytes {
        if let passphrase {
            return PEMBlock(label: "ENCRYPTED PRIVATE KEY", contents: try encryptedPKCS8DER(passphrase: passphrase))
                .encoded()
        }
        return PEMBlock(label: "PRIVATE KEY", contents: try pkcs8DER()).encoded()
    }

    /// Refuses what is not PBES2 before a passphrase is tried, since the old schemes fail in misleading ways.
    private static func checkScheme(of envelope: OpaquePointer) throws(KeyError) {
        var scheme: UnsafePointer<X509_ALGOR>?
        unsafe X509_SIG_get0(envelope, &scheme, nil)
        var identifier: OpaquePointer?
        unsafe X509_ALGOR_get0(&identifier, nil, nil, scheme)
        guard unsafe OBJ_obj2nid(identifier) == NID_pbes2 else {
            throw KeyError(
                .unsupported,
                "The private key is encrypted by an outdated scheme. Convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc.")
        }
    }

    /// Runs an `i2d` function, copies and wipes what it allocated.
    private func takeDER(
        _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) -> Int32
    ) throws(KeyError) -> SecretBytes {
        var allocated: UnsafeMutablePointer<UInt8>?
        let count = unsafe encode(&allocated)
        guard count > 0, let allocated = unsafe allocated else {
            throw .drainingOpenSSL(.operationFailed, "The private key cannot be encoded.")
        }
        defer { unsafe CRYPTO_clear_free(allocated, Int(count), #file, #line) }
        var bytes = unsafe [UInt8](UnsafeBufferPointer(start: allocated, count: Int(count)))
        return SecretBytes(taking: &bytes)
    }
}

extension PKey {
    /// Reads the key out of a PKCS#8 structure; the structure stays with the caller.
    static func adopting(_ info: OpaquePointer) throws(KeyError) -> PKey {
        guard let pointer = unsafe EVP_PKCS82PKEY_ex(info, nil, nil) else {
            throw .drainingOpenSSL(
                .unsupported, "The private key is of a kind that is not known. Use P-256, P-521, Ed448 or X448.")
        }
        do throws(KeyError) {
            return unsafe PKey(owning: pointer, algorithm: try kind(of: pointer))
        } catch {
            unsafe EVP_PKEY_free(pointer)
            throw error
        }
    }

    private static func kind(of pointer: OpaquePointer) throws(KeyError) -> KeyAlgorithm {
        for algorithm in [KeyAlgorithm.ed448, .x448] where unsafe EVP_PKEY_is_a(pointer, algorithm.openSSLName) == 1 {
            return algorithm
        }
        guard unsafe EVP_PKEY_is_a(pointer, "EC") == 1 else {
            let name =
                unsafe EVP_PKEY_get0_type_name(pointer).map { unsafe String(cString: $0) } ?? "of an unknown kind"
            throw KeyError(
                .unsupported,
                "The private key is \(name). ISO 15118 knows P-256, P-521, Ed448 and X448 only: generate one of these.")
        }
        var isExplicit: Int32 = 0
        // RFC 5480 section 2.1.1: only named curves; explicit parameters can hide a weak curve behind a known size.
        if unsafe EVP_PKEY_get_int_param(pointer, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &isExplicit) == 1,
            isExplicit != 0
        {
            throw KeyError(.unsupported, "The private key spells out its curve. Only named curves are accepted.")
        }
        discardOpenSSLErrors()
        var name = [CChar](repeating: 0, count: 80)
        var count = 0
        guard unsafe EVP_PKEY_get_group_name(pointer, &name, name.count, &count) == 1, count < name.count else {
            throw .drainingOpenSSL(.unsupported, "The private key is on a curve without a name.")
        }
        let curve = String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for algorithm in [KeyAlgorithm.p256, .p521] where algorithm.openSSLCurve?.name == curve { return algorithm }
        throw KeyError(
            .unsupported, "The private key is on the curve \(curve). ISO 15118 knows P-256 and P-521 only.")
    }
}
