internal import V2GCertificates
internal import V2GDER
package import V2GX509

/// Checks the signatures of PKITS, which the product refuses: RSA and DSA.
package struct OpenSSLSignedDataVerifier: SignedDataVerifier {
    private let verifier = OpenSSLSPKIVerifier()

    package init() {}

    package func isValid(
        signature: [UInt8], algorithm: AlgorithmIdentifier, over data: [UInt8], by key: SubjectPublicKeyInfo
    ) -> Bool {
        let digest: String
        switch algorithm.algorithm.description {
        case "1.2.840.113549.1.1.5", "1.2.840.10040.4.3": digest = "SHA1"
        case "1.2.840.113549.1.1.11": digest = "SHA256"
        default: return false
        }
        return verifier.isValid(signature: signature, digest: digest, over: data, by: key.der)
    }
}
