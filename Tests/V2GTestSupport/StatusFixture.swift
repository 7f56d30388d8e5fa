internal import CryptoOpenSSL
internal import V2GDER
package import V2GKeys
package import V2GPrimitives
package import V2GX509

/// OCSP answers and CRLs with a place to bend each part.
package struct StatusFixture: Sendable {
    package var thisUpdate: Timestamp
    package var nextUpdate: Timestamp?
    package var producedAt: Timestamp
    package var status: OCSPStatus = .good
    package var hash: HashAlgorithm = .sha1
    package var nonce: [UInt8]?
    /// Whether the responder names itself by its key's hash.
    package var namesKey = true
    /// Whether the responder's certificate is sent along.
    package var sendsCertificate = true

    package init(at time: Timestamp) {
        thisUpdate = time.advanced(bySeconds: -3_600)
        producedAt = thisUpdate
        nextUpdate = time.advanced(bySeconds: 3_600)
    }

    /// An answer about `certificate`, issued by `issuer`, signed by `signer` (the issuer itself if `nil`).
    package func answer(_ certificate: Certificate, by issuer: Issued, signer: Issued? = nil) throws -> [UInt8] {
        let signer = signer ?? issuer
        let single = BasicOCSPResponse.SingleResponse(
            certID: OCSPCertID(
                serialNumber: certificate.body.serialNumber, issuer: issuer.certificate.body, hash: hash),
            status: status, thisUpdate: thisUpdate, nextUpdate: nextUpdate)
        let body = BasicOCSPResponse.body(
            responderID: namesKey
                ? .keyHash(signer.certificate.body.subjectPublicKeyInfo.keyIdentifier)
                : .name(signer.certificate.subject),
            producedAt: producedAt, responses: [single], nonce: nonce)
        let isDelegated = signer.certificate != issuer.certificate
        return BasicOCSPResponse.assemble(
            body: body, algorithm: try signer.signatureAlgorithm, signature: try signer.key.sign(body),
            certificates: isDelegated && sendsCertificate ? [signer.certificate.der] : [])
    }

    /// A CRL of `issuer` that lists `revoked`.
    package func list(
        by issuer: Issued, signer: Issued? = nil, revoking revoked: [Certificate] = [], point: [GeneralName]? = nil,
        bend: (inout IssuingDistributionPoint) -> Void = { _ in }
    ) throws -> [UInt8] {
        let signer = signer ?? issuer
        var distributionPoint = IssuingDistributionPoint(fullName: point ?? [.uri(ProfileFixture.crlURL)])
        bend(&distributionPoint)
        var template = CRLTemplate(
            issuer: issuer.certificate.subject, signatureAlgorithm: try signer.signatureAlgorithm,
            thisUpdate: thisUpdate, nextUpdate: nextUpdate ?? .latest, number: 7,
            authorityKeyIdentifier: issuer.certificate.body.subjectPublicKeyInfo.keyIdentifier,
            distributionPoint: distributionPoint)
        for certificate in revoked {
            template.append(
                serialNumber: certificate.body.serialNumber, revokedAt: thisUpdate, reason: .keyCompromise)
        }
        let body = template.encodedBody()
        return CRLTemplate.assemble(
            body: body, algorithm: try signer.signatureAlgorithm, signature: try signer.key.sign(body))
    }
}

extension Issued {
    package var signatureAlgorithm: SignatureAlgorithm {
        get throws {
            guard let algorithm = key.publicKey.algorithm.signatureAlgorithm else {
                throw ChainFixture.FixtureError.cannotSign
            }
            return algorithm
        }
    }
}
