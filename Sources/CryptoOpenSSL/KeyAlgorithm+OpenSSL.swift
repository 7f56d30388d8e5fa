internal import COpenSSL
package import V2GKeys

extension KeyAlgorithm {
    /// The name that OpenSSL's providers know the key type by.
    var openSSLName: String {
        switch self {
        case .p256, .p521: "EC"
        case .ed448: "ED448"
        case .x448: "X448"
        }
    }

    /// The named curve, `nil` for the Edwards and Montgomery keys, whose type says it all.
    var openSSLCurve: (name: String, identifier: Int32)? {
        switch self {
        case .p256: ("prime256v1", NID_X9_62_prime256v1)
        case .p521: ("secp521r1", NID_secp521r1)
        case .ed448, .x448: nil
        }
    }

    /// Length in bytes of the private scalar (NIST curves, big endian) or the raw private key (Ed448, X448).
    package var privateScalarLength: Int {
        switch self {
        case .p256: 32
        case .p521: 66
        case .ed448: 57
        case .x448: 56
        }
    }
}
