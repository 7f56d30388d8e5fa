package import V2GKeys
package import V2GX509

/// A leaf certificate with the chain that is sent with it, and where its key lives.
package struct LeafCredential: Sendable {
    /// Leaf first, then sub-CAs upwards; without the root.
    package let chain: [Certificate]
    /// The root that the chain ends under, when it is known here.
    package let root: Certificate?
    package let key: KeyReference

    package var leaf: Certificate { chain[0] }
    package var der: [[UInt8]] { chain.map(\.der) }

    /// - Parameters:
    ///   - certificates: The file's: the leaf, perhaps with sub-CAs after it.
    ///   - file: For errors.
    package init(
        certificates: [Certificate], file: String, key: KeyReference, within pki: PKIEdition
    ) throws(PKIDirectoryError) {
        guard let leaf = certificates.first else {
            throw PKIDirectoryError(
                .incomplete, path: file, "holds no certificate. Put the leaf there, sub-CAs after it.")
        }
        let pool = certificates.dropFirst() + pki.subCAs
        var chain = [leaf]
        var root: Certificate?
        // No profile allows more than two sub-CAs; one more leaves room for a link.
        while chain.count < 4 {
            let last = chain[chain.count - 1]
            root = pki.roots.first { $0.subject.matches(last.issuer) }
            if root != nil { break }
            guard let next = pool.first(where: { $0.subject.matches(last.issuer) && !chain.contains($0) }) else {
                break
            }
            chain.append(next)
        }
        self.chain = chain
        self.root = root
        self.key = key
    }
}
