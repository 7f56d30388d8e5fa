internal import COpenSSL
package import V2GKeys

/// SHAKE256 (FIPS 202) with `count` octets of output.
///
/// - Throws: ``KeyError`` with `operationFailed`.
package func shake256(_ message: [UInt8], count: Int) throws(KeyError) -> [UInt8] {
    let failed = "SHAKE256 failed."
    let context = try DigestContext()
    var digest = [UInt8](repeating: 0, count: max(0, count))
    guard unsafe EVP_DigestInit_ex2(context.pointer, EVP_shake256(), nil) == 1,
        unsafe EVP_DigestUpdate(context.pointer, message, message.count) == 1,
        unsafe EVP_DigestFinalXOF(context.pointer, &digest, digest.count) == 1
    else { throw .drainingOpenSSL(.operationFailed, failed) }
    return digest
}
