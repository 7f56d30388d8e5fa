internal import V2GKeys
internal import V2GX509

/// Finds the authority that a CertID names: the hashes of all issuers under all algorithms, made once.
struct IssuerTable: Sendable {
    private struct Hashes: Hashable {
        let name: [UInt8]
        let key: [UInt8]
    }

    private var authorities: [Hashes: Int] = [:]

    init(_ served: [OCSPAuthority]) throws(RevocationError) {
        for (index, authority) in served.enumerated() {
            guard !authority.certificates.isEmpty else {
                throw RevocationError(
                    .badSettings, "The authority '\(authority.name)' has no certificate. Add it, or do not serve it.")
            }
            for certificate in authority.certificates {
                for algorithm in HashAlgorithm.allCases {
                    let hashes = Hashes(
                        name: algorithm.hash(certificate.subject.der),
                        key: algorithm.hash(certificate.body.subjectPublicKeyInfo.keyBits))
                    if let other = authorities.updateValue(index, forKey: hashes), other != index {
                        throw RevocationError(
                            .badSettings,
                            """
                            The authorities '\(served[other].name)' and '\(authority.name)' have the same name and key, \
                            so no request could tell them apart. Serve one of them.
                            """)
                    }
                }
            }
        }
    }

    /// The authority's index and the hash algorithm; the lengths of the hashes make sure that the algorithm fits them.
    func authority(of certID: OCSPCertID) -> (index: Int, hash: HashAlgorithm)? {
        guard let algorithm = HashAlgorithm(certID.hashAlgorithm.algorithm),
            certID.issuerNameHash.count == algorithm.length, certID.issuerKeyHash.count == algorithm.length,
            let index = authorities[Hashes(name: certID.issuerNameHash, key: certID.issuerKeyHash)]
        else { return nil }
        return (index, algorithm)
    }
}
