internal import CryptoOpenSSL
package import V2GKeys
package import V2GX509

/// Checks a signature in the terms of X.509. Path building asks this and not ``SignatureVerifier``, so that a
/// conformance suite can bring algorithms that the product refuses.
package protocol SignedDataVerifier: Sendable {
    /// Whether `signature` over `data` was made by `key`. Malformed input and unknown algorithms are `false`.
    func isValid(
        signature: [UInt8], algorithm: AlgorithmIdentifier, over data: [UInt8], by key: SubjectPublicKeyInfo
    ) -> Bool
}

/// The algorithms of ISO 15118, and no others.
package struct StandardSignedDataVerifier: SignedDataVerifier {
    private let verifier: any SignatureVerifier

    package init(_ verifier: any SignatureVerifier) { self.verifier = verifier }

    package func isValid(
        signature: [UInt8], algorithm: AlgorithmIdentifier, over data: [UInt8], by key: SubjectPublicKeyInfo
    ) -> Bool {
        guard let known = algorithm.signatureAlgorithm, let publicKey = key.key,
            known.keyAlgorithm == publicKey.algorithm
        else { return false }
        return verifier.isValid(signature: signature, algorithm: known, over: data, by: publicKey)
    }
}

extension SignedDataVerifier {
    /// Whether `key` signed the certificate.
    func isSigned(_ certificate: Certificate, by key: SubjectPublicKeyInfo) -> Bool {
        isValid(
            signature: certificate.signature, algorithm: certificate.signatureAlgorithm, over: certificate.body.der,
            by: key)
    }
}

extension Certificate {
    /// Whether the certificate names itself as its issuer and its own key signed it: the form of a root. Names alone say
    /// nothing, since anyone can write them.
    func isSelfSigned(by verifier: any SignedDataVerifier) -> Bool {
        body.isSelfIssued && verifier.isSigned(self, by: body.subjectPublicKeyInfo)
    }

    /// Whether the certificate is a root by its names and by its signature; algorithms that V2G does not know are `false`.
    package var isSelfSigned: Bool { isSelfSigned(by: StandardSignedDataVerifier(ProductSignatureVerifier())) }
}
