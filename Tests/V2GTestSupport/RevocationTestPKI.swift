package import CryptoOpenSSL
import Synchronization
package import V2GCertificateAuthority
package import V2GKeys
package import V2GPrimitives
package import V2GX509
import V2GDER

/// A certificate authority with an OCSP signer, made for a test.
package struct TestAuthority: Sendable {
    package let name: String
    package let certificate: Certificate
    package let key: SoftwareKey
    package let signerCertificate: Certificate
    package let signerKey: CountingKey

    /// - Parameters:
    ///   - isSelfAnswering: Whether the authority signs its OCSP answers itself.
    ///   - signerEnd: When the signer's certificate ends.
    package init(
        _ name: String, algorithm: KeyAlgorithm = .p256, isSelfAnswering: Bool = false,
        validFrom: Timestamp = .now().advanced(bySeconds: -86_400),
        validTo: Timestamp = .now().advanced(bySeconds: 3_650 * 86_400), signerEnd: Timestamp? = nil
    ) throws {
        self.name = name
        key = try SoftwareKey.generate(algorithm)
        certificate = try Self.certify(
            key.publicKey, subject: name, by: key, issuer: name, serial: [1], from: validFrom, to: validTo,
            extensions: [.basicConstraints(BasicConstraints(isCA: true)), .keyUsage([.keyCertSign, .cRLSign])])
        if isSelfAnswering {
            signerKey = CountingKey(key)
            signerCertificate = certificate
        } else {
            let delegate = try SoftwareKey.generate(algorithm)
            signerKey = CountingKey(delegate)
            signerCertificate = try Self.certify(
                delegate.publicKey, subject: "\(name) OCSP", by: key, issuer: name, serial: [2], from: validFrom,
                to: signerEnd ?? validTo,
                extensions: [.keyUsage([.digitalSignature]), .extendedKeyUsage([.ocspSigning]), .ocspNoCheck])
        }
    }

    /// A leaf under this authority.
    package func leaf(_ serial: [UInt8], commonName: String = "DE*TST*E1") throws -> Certificate {
        try Self.certify(
            try SoftwareKey.generate(.p256).publicKey, subject: commonName, by: key, issuer: name, serial: serial,
            from: certificate.body.notBefore, to: certificate.body.notAfter,
            extensions: [.keyUsage([.digitalSignature])])
    }

    /// A successor of the OCSP signer.
    package func signer(endingAt end: Timestamp) throws -> OCSPSigner {
        let delegate = try SoftwareKey.generate(.p256)
        let certificate = try Self.certify(
            delegate.publicKey, subject: "\(name) OCSP 2", by: key, issuer: name, serial: [3],
            from: certificate.body.notBefore, to: end,
            extensions: [.keyUsage([.digitalSignature]), .extendedKeyUsage([.ocspSigning]), .ocspNoCheck])
        return try OCSPSigner(
            certificate: certificate, key: delegate, authority: [self.certificate], verifier: ProductSignatureVerifier()
        )
    }

    package var served: OCSPAuthority {
        get throws {
            OCSPAuthority(
                name: name, certificates: [certificate],
                signer: try OCSPSigner(
                    certificate: signerCertificate, key: signerKey, authority: [certificate],
                    verifier: ProductSignatureVerifier()))
        }
    }

    package func certID(_ serial: [UInt8], hash: HashAlgorithm = .sha1) -> OCSPCertID {
        OCSPCertID(serialNumber: SerialNumber(magnitude: serial), issuer: certificate.body, hash: hash)
    }

    package static func certify(
        _ subjectKey: PublicKey, subject: String, by key: SoftwareKey, issuer: String, serial: [UInt8],
        from: Timestamp, to: Timestamp, extensions: [CertificateExtension]
    ) throws -> Certificate {
        let algorithm = key.publicKey.algorithm.signatureAlgorithm ?? .ecdsaSHA256
        let body = CertificateTemplate(
            serialNumber: SerialNumber(magnitude: serial), signatureAlgorithm: AlgorithmIdentifier(algorithm),
            issuer: DistinguishedName([NameAttribute(.commonName, issuer)]), notBefore: from, notAfter: to,
            subject: DistinguishedName([NameAttribute(.commonName, subject)]),
            subjectPublicKeyInfo: SubjectPublicKeyInfo(subjectKey), extensions: extensions
        ).encoded()
        let signature = try key.sign(body)
        return try Certificate(der: Certificate.assemble(body: body, algorithm: algorithm, signature: signature))
    }
}

/// A key that counts its signatures, and can be made to fail or to wait.
package final class CountingKey: SigningKey {
    private struct State {
        var count = 0
        var failure: KeyError?
        var isHeld = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let key: SoftwareKey
    private let state = Mutex(State())

    package init(_ key: SoftwareKey) { self.key = key }

    package var publicKey: PublicKey { key.publicKey }
    package var count: Int { state.withLock { $0.count } }
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    package func fail(with failure: KeyError?) { state.withLock { $0.failure = failure } }

    /// Keeps signatures waiting until ``release()``.
    package func hold() { state.withLock { $0.isHeld = true } }

    package func release() {
        let waiting = state.withLock { state in
            state.isHeld = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    package func sign(_ message: [UInt8]) async throws(KeyError) -> [UInt8] {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                state.count += 1
                if state.isHeld { state.waiting.append(continuation) }
                return !state.isHeld
            }
            if goesOn { continuation.resume() }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
        return try key.sign(message)
    }
}
