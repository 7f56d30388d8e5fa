internal import COpenSSL
internal import COpenSSLShims
internal import V2GKeys
internal import V2GPrimitives

/// Sole owner of an `EVP_PKEY`.
///
/// Sendable: nothing changes the key after init, OpenSSL counts its references atomically and locks the cache of
/// exported provider keys inside, so several threads may sign and verify with one handle (openssl-threads(7)).
@safe final class PKey: @unchecked Sendable {
    let pointer: OpaquePointer
    let algorithm: KeyAlgorithm

    init(owning pointer: OpaquePointer, algorithm: KeyAlgorithm) {
        unsafe self.pointer = unsafe pointer
        self.algorithm = algorithm
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// Makes a key with OpenSSL's generator, which the system's random source seeds.
    static func generate(_ algorithm: KeyAlgorithm) throws(KeyError) -> PKey {
        let failed = "Generating a \(algorithm.rawValue) key failed."
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, algorithm.openSSLName, nil) else {
            throw .drainingOpenSSL(.unsupported, "This OpenSSL has no \(algorithm.openSSLName). Install OpenSSL 3.")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_keygen_init(context) == 1 else { throw .drainingOpenSSL(.operationFailed, failed) }
        if let curve = algorithm.openSSLCurve {
            guard unsafe EVP_PKEY_CTX_set_group_name(context, curve.name) == 1 else {
                throw .drainingOpenSSL(.operationFailed, failed)
            }
        }
        var made: OpaquePointer?
        guard unsafe EVP_PKEY_generate(context, &made) == 1, let made = unsafe made else {
            throw .drainingOpenSSL(.operationFailed, failed)
        }
        return unsafe PKey(owning: made, algorithm: algorithm)
    }

    /// A public key for verification or as a peer; OpenSSL checks that a NIST point lies on its curve.
    static func make(_ key: PublicKey) throws(KeyError) -> PKey {
        let failed = "The \(key.algorithm.rawValue) public key is not valid."
        guard key.algorithm.openSSLCurve != nil else {
            guard
                let made = unsafe EVP_PKEY_new_raw_public_key_ex(
                    nil, key.algorithm.openSSLName, nil, key.bytes, key.bytes.count)
            else { throw .drainingOpenSSL(.unreadable, failed) }
            return unsafe PKey(owning: made, algorithm: key.algorithm)
        }
        // Copying a curve is many times faster than making it by its name, which counts where each key is new.
        let pattern = try CurvePattern.of(key.algorithm)
        guard let made = unsafe EVP_PKEY_new() else { throw .drainingOpenSSL(.operationFailed, failed) }
        let result = unsafe PKey(owning: made, algorithm: key.algorithm)
        guard unsafe EVP_PKEY_copy_parameters(made, pattern.pointer) == 1,
            unsafe EVP_PKEY_set1_encoded_public_key(made, key.bytes, key.bytes.count) == 1
        else { throw .drainingOpenSSL(.unreadable, failed) }
        return result
    }

    /// A private key from its scalar (NIST, big endian, field length) or raw bytes (Ed448, X448).
    static func make(privateScalar scalar: SecretBytes, algorithm: KeyAlgorithm) throws(KeyError) -> PKey {
        let failed = "The \(algorithm.rawValue) private key is not valid."
        var bytes = scalar.copy()
        defer { bytes.wipe() }
        guard bytes.count == algorithm.privateScalarLength else {
            throw KeyError(
                .unreadable,
                "A \(algorithm.rawValue) private key has \(algorithm.privateScalarLength) bytes, not \(bytes.count).")
        }
        guard let curve = algorithm.openSSLCurve else {
            guard
                let made = unsafe EVP_PKEY_new_raw_private_key_ex(nil, algorithm.openSSLName, nil, bytes, bytes.count)
            else { throw .drainingOpenSSL(.unreadable, failed) }
            return unsafe PKey(owning: made, algorithm: algorithm)
        }
        let point = try CurveArithmetic.publicPoint(of: bytes, algorithm: algorithm)
        guard let number = unsafe BN_bin2bn(bytes, Int32(bytes.count), nil) else {
            throw .drainingOpenSSL(.operationFailed, failed)
        }
        defer { unsafe BN_clear_free(number) }
        return unsafe try fromData(algorithm, curve.name, point: point, scalar: number, failed)
    }

    /// The public half.
    func publicKey() throws(KeyError) -> PublicKey {
        let failed = "The public half of a \(algorithm.rawValue) key cannot be read."
        var bytes: [UInt8]
        if algorithm.openSSLCurve != nil {
            // By coordinates, since the encoded point may be in compressed form.
            let x = try number(OSSL_PKEY_PARAM_EC_PUB_X, failed)
            let y = try number(OSSL_PKEY_PARAM_EC_PUB_Y, failed)
            bytes = [4] + x + y
        } else {
            bytes = [UInt8](repeating: 0, count: algorithm.publicKeyLength)
            var count = bytes.count
            guard unsafe EVP_PKEY_get_raw_public_key(pointer, &bytes, &count) == 1, count == bytes.count else {
                throw .drainingOpenSSL(.unreadable, failed)
            }
        }
        guard let key = PublicKey(algorithm: algorithm, bytes: bytes) else { throw KeyError(.unreadable, failed) }
        return key
    }

    /// The private scalar (NIST, big endian, field length) or raw private key (Ed448, X448).
    func privateScalar() throws(KeyError) -> SecretBytes {
        let failed = "The private half of a \(algorithm.rawValue) key cannot be read."
        if algorithm.openSSLCurve != nil {
            var bytes = try number(OSSL_PKEY_PARAM_PRIV_KEY, failed)
            return SecretBytes(taking: &bytes)
        }
        var bytes = [UInt8](repeating: 0, count: algorithm.privateScalarLength)
        var count = bytes.count
        guard unsafe EVP_PKEY_get_raw_private_key(pointer, &bytes, &count) == 1, count == bytes.count else {
            throw .drainingOpenSSL(.unreadable, failed)
        }
        return SecretBytes(taking: &bytes)
    }

    /// A number of the key, big endian in field length.
    private func number(_ name: String, _ failed: String) throws(KeyError) -> [UInt8] {
        var value: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(pointer, name, &value) == 1, let value = unsafe value else {
            throw .drainingOpenSSL(.unreadable, failed)
        }
        defer { unsafe BN_clear_free(value) }
        var bytes = [UInt8](repeating: 0, count: algorithm.privateScalarLength)
        guard unsafe BN_bn2binpad(value, &bytes, Int32(bytes.count)) == Int32(bytes.count) else {
            throw .drainingOpenSSL(.unreadable, failed)
        }
        return bytes
    }

    private static func fromData(
        _ algorithm: KeyAlgorithm, _ curve: String, point: [UInt8], scalar: OpaquePointer?, _ failed: String
    ) throws(KeyError) -> PKey {
        guard let builder = unsafe OSSL_PARAM_BLD_new() else { throw .drainingOpenSSL(.operationFailed, failed) }
        defer { unsafe OSSL_PARAM_BLD_free(builder) }
        // The builder keeps pointers and copies only when it makes the parameters, so all happens in one scope.
        let parameters = unsafe curve.withCString { name in
            unsafe point.withUnsafeBufferPointer { point -> UnsafeMutablePointer<OSSL_PARAM>? in
                guard unsafe OSSL_PARAM_BLD_push_utf8_string(builder, v2g_param_group_name(), name, 0) == 1,
                    unsafe OSSL_PARAM_BLD_push_octet_string(
                        builder, v2g_param_public_key(), point.baseAddress, point.count) == 1
                else { return nil }
                if let scalar = unsafe scalar {
                    guard
                        unsafe OSSL_PARAM_BLD_push_BN_pad(
                            builder, v2g_param_private_key(), scalar, algorithm.privateScalarLength) == 1
                    else { return nil }
                }
                return unsafe OSSL_PARAM_BLD_to_param(builder)
            }
        }
        guard let parameters = unsafe parameters else { throw .drainingOpenSSL(.operationFailed, failed) }
        defer { unsafe OSSL_PARAM_free(parameters) }
        let selection = unsafe scalar == nil ? v2g_selection_public_key() : v2g_selection_key_pair()
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, algorithm.openSSLName, nil) else {
            throw .drainingOpenSSL(.unsupported, failed)
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard unsafe EVP_PKEY_fromdata_init(context) == 1,
            unsafe EVP_PKEY_fromdata(context, &made, selection, parameters) == 1, let made = unsafe made
        else { throw .drainingOpenSSL(.unreadable, failed) }
        return unsafe PKey(owning: made, algorithm: algorithm)
    }
}

/// One key of each NIST curve, only for its curve.
private enum CurvePattern {
    private static let p256 = Result { () throws(KeyError) in try PKey.generate(.p256) }
    private static let p521 = Result { () throws(KeyError) in try PKey.generate(.p521) }

    static func of(_ algorithm: KeyAlgorithm) throws(KeyError) -> PKey {
        switch algorithm {
        case .p256: try p256.get()
        case .p521: try p521.get()
        case .ed448, .x448: throw KeyError(.unsupported, "\(algorithm.rawValue) is no NIST curve.")
        }
    }
}
