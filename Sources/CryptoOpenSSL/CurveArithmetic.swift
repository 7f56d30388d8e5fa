internal import COpenSSL
package import V2GKeys
package import V2GPrimitives

/// Whether a private scalar belongs to a public key. A car checks this before it installs a contract key
/// [V2G2-823]; for the NIST curves it means `0 < d < n` and `d * G == Q`.
///
/// - Parameter scalar: Big endian in field length (NIST curves) or the raw private key (Ed448, X448).
/// - Returns: `false` also for a scalar of wrong length or out of range.
package func privateScalarMatches(_ scalar: SecretBytes, publicKey: PublicKey) -> Bool {
    // Whatever is wrong with the scalar, it does not match.
    guard let key = try? PKey.make(privateScalar: scalar, algorithm: publicKey.algorithm),
        let computed = try? key.publicKey()
    else { return false }
    return computed == publicKey
}

/// Arithmetic on the NIST curves that the key API does not offer.
enum CurveArithmetic {
    /// `d * G` as `04 || X || Y`.
    ///
    /// - Parameter scalar: `d`, big endian.
    /// - Throws: ``KeyError`` with `unreadable` unless `0 < d < n`.
    static func publicPoint(of scalar: [UInt8], algorithm: KeyAlgorithm) throws(KeyError) -> [UInt8] {
        let failed = "The public half of a \(algorithm.rawValue) key cannot be computed."
        guard let curve = algorithm.openSSLCurve else {
            throw KeyError(.unsupported, "\(algorithm.rawValue) keys have no scalar on a NIST curve.")
        }
        guard let group = unsafe EC_GROUP_new_by_curve_name_ex(nil, nil, curve.identifier) else {
            throw .drainingOpenSSL(.unsupported, failed)
        }
        defer { unsafe EC_GROUP_free(group) }
        guard let number = unsafe BN_bin2bn(scalar, Int32(scalar.count), nil) else {
            throw .drainingOpenSSL(.operationFailed, failed)
        }
        defer { unsafe BN_clear_free(number) }
        guard let order = unsafe EC_GROUP_get0_order(group) else { throw .drainingOpenSSL(.operationFailed, failed) }
        guard unsafe BN_is_zero(number) == 0, unsafe BN_cmp(number, order) < 0 else {
            throw KeyError(.unreadable, "The \(algorithm.rawValue) private key is not a number in 1..<n.")
        }
        guard let point = unsafe EC_POINT_new(group) else { throw .drainingOpenSSL(.operationFailed, failed) }
        defer { unsafe EC_POINT_free(point) }
        // With the generator alone, OpenSSL multiplies in constant time.
        guard unsafe EC_POINT_mul(group, point, number, nil, nil, nil) == 1 else {
            throw .drainingOpenSSL(.operationFailed, failed)
        }
        var bytes = [UInt8](repeating: 0, count: algorithm.publicKeyLength)
        let count = unsafe EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, bytes.count, nil)
        guard count == bytes.count else { throw .drainingOpenSSL(.operationFailed, failed) }
        return bytes
    }
}
