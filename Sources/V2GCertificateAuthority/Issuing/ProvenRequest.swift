internal import V2GDER
public import V2GKeys
internal import V2GX509

/// A certification request whose signer has proven to hold the private key. Only the check makes one.
///
/// Of the request, the authority uses the public key and the common name; ``ignored`` tells what it passed over.
public struct ProvenRequest: Sendable {
    public let publicKey: PublicKey
    /// The request's common name, if it has exactly one.
    public let commonName: String?
    /// What the request asked for and will not get, for people.
    public let ignored: [String]

    /// Reads a request and checks its proof of possession (RFC 2986 3).
    ///
    /// - Parameter der: PKCS#10, at most ``CertificationRequest/maximumLength`` bytes.
    public init(der: [UInt8], verifier: any SignatureVerifier) throws(IssuanceError) {
        let request: CertificationRequest
        do {
            request = try CertificationRequest(der: der)
        } catch {
            throw IssuanceError(
                .requestMalformed,
                "the certification request is not PKCS#10 in DER: \(error). Make a new one, for example with 'v2g pki csr'.",
                cause: error)
        }
        guard let key = request.subjectPublicKeyInfo.key else {
            let kind = request.subjectPublicKeyInfo
            let rule =
                kind.algorithm.algorithm == .rsaEncryption
                ? "V2G.KEY.RSA"
                : kind.algorithm.keyAlgorithm != nil
                    ? "V2G.KEY.POINT"
                    : kind.algorithm.algorithm == .ecPublicKey ? "V2G.KEY.CURVE" : "V2G.KEY.TYPE"
            throw IssuanceError(
                .lintFailed,
                "\(rule): the request holds \(kind.keyDescription), which no edition of ISO 15118 allows. "
                    + "Use P-256 (-2), or P-521 or Ed448 (-20), with an uncompressed point.")
        }
        guard try Self.isProven(request, by: key, verifier: verifier) else {
            throw IssuanceError(
                .possessionNotProven,
                "the request's signature does not verify under its own key, so nobody has shown to hold the private key. "
                    + "Make a new request with the key.")
        }
        publicKey = key
        // One that cannot be read counts too: which of two was meant is not ours to guess.
        let count = request.subject.rdns.reduce(0) { $0 + $1.count { $0.type == .commonName } }
        commonName = count == 1 ? request.subject.commonName : nil
        ignored = Self.passedOver(in: request, commonNames: count)
    }

    /// Certificates have one hash for each curve; a request is a message between two parties, and any SHA-2 proves.
    private static func isProven(
        _ request: CertificationRequest, by key: PublicKey, verifier: any SignatureVerifier
    ) throws(IssuanceError) -> Bool {
        let identifier = request.signatureAlgorithm
        if let algorithm = identifier.signatureAlgorithm, algorithm.keyAlgorithm == key.algorithm {
            return verifier.isValid(
                signature: request.signature, algorithm: algorithm, over: request.body, byOneTime: key)
        }
        guard let hash = identifier.ecdsaProofHash, key.algorithm == .p256 || key.algorithm == .p521 else {
            throw IssuanceError(
                .possessionNotProven,
                "the request is not signed with an algorithm of its \(key.algorithm.displayName) key "
                    + "(\(key.algorithm.signatureAlgorithm?.rawValue ?? "none: the key cannot sign")). Make a new request."
            )
        }
        return verifier.isProof(signature: request.signature, hash: hash, over: request.body, by: key)
    }

    private static func passedOver(in request: CertificationRequest, commonNames: Int) -> [String] {
        var list: [String] = []
        for rdn in request.subject.rdns {
            for attribute in rdn where attribute.type != .commonName {
                list.append("subject \(attribute.typeName)")
            }
        }
        if commonNames > 1 { list.append("all \(commonNames) common names") }
        for type in request.attributeTypes where type != .extensionRequest {
            list.append(type == .challengePassword ? "challenge password" : "attribute \(type)")
        }
        for requested in request.requestedExtensions {
            list.append("extension \(requested.type)\(requested.isCritical ? " (critical)" : "")")
        }
        return list
    }
}
