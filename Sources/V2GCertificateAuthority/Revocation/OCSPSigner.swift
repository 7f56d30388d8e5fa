internal import V2GDER
package import V2GKeys
internal import V2GPrimitives
package import V2GX509

/// Who signs the answers for one authority: a certificate that the authority gave the task, or the authority itself
/// (RFC 6960 4.2.2.2).
package struct OCSPSigner: Sendable {
    package let certificate: Certificate
    let key: any SigningKey
    let algorithm: SignatureAlgorithm
    let responderID: BasicOCSPResponse.ResponderID
    /// Sent along with each answer: peers know the authority already, but not its delegate.
    let companions: [[UInt8]]
    /// Whether it signs for an authority and is not the authority itself.
    var isDelegate: Bool { !companions.isEmpty }

    /// Checks that a certificate may answer for an authority.
    ///
    /// - Parameters:
    ///   - key: The certificate's private key.
    ///   - authority: The authority's own certificates; one of them must have issued `certificate`, or be it.
    /// - Throws: ``RevocationError`` with `badSigner`.
    package init(
        certificate: Certificate, key: any SigningKey, authority: [Certificate], verifier: any SignatureVerifier
    ) throws(RevocationError) {
        func refuse(_ why: String) -> RevocationError {
            RevocationError(
                .badSigner,
                """
                The certificate '\(certificate.subject)' cannot sign OCSP answers: \(why). Issue an OCSP signer \
                (role ocsp) under the authority and name it with its key.
                """)
        }
        guard key.publicKey == certificate.publicKey else { throw refuse("the key given with it is another one") }
        guard let algorithm = key.publicKey.algorithm.signatureAlgorithm else { throw refuse("its key cannot sign") }
        let isAuthority = authority.contains {
            $0.subject.matches(certificate.subject) && $0.publicKey == certificate.publicKey
        }
        if !isAuthority {
            let usage: KeyUsage?
            let purposes: [V2GDER.ObjectIdentifier]?
            do {
                usage = try certificate.body.keyUsage()
                purposes = try certificate.body.extendedKeyUsage()
            } catch {
                throw refuse("an extension is malformed (\(error))")
            }
            guard purposes?.contains(.ocspSigning) == true else {
                throw refuse("its extended key usage lacks OCSPSigning")  // RFC 6960 4.2.2.2
            }
            guard usage?.contains(.digitalSignature) ?? true else {
                throw refuse("its key usage lacks digitalSignature")
            }
            guard let announced = certificate.signatureAlgorithm.signatureAlgorithm,
                authority.contains(where: { issuer in
                    guard let issuerKey = issuer.publicKey, issuer.subject.matches(certificate.issuer) else {
                        return false
                    }
                    return verifier.isValid(
                        signature: certificate.signature, algorithm: announced, over: certificate.body.der,
                        by: issuerKey)
                })
            else { throw refuse("it was not issued by the authority it answers for") }
        }
        self.certificate = certificate
        self.key = key
        self.algorithm = algorithm
        responderID = .keyHash(certificate.body.subjectPublicKeyInfo.keyIdentifier)  // by key, RFC 5019 2.2.1
        companions = isAuthority ? [] : [certificate.der]
    }
}

/// One certificate authority that a responder answers for.
package struct OCSPAuthority: Sendable {
    /// Its name in the store.
    package let name: String
    /// Every certificate it has under this name: one a root, a link, or a key before and after a change.
    package let certificates: [Certificate]
    /// `nil` when there is none that may sign: requests get `tryLater`, and health tells.
    package let signer: OCSPSigner?

    package init(name: String, certificates: [Certificate], signer: OCSPSigner?) {
        self.name = name
        self.certificates = certificates
        self.signer = signer
    }

    /// No answer outlives the last of the authority's certificates.
    var notAfter: Timestamp { certificates.map(\.body.notAfter).max() ?? .earliest }
}
