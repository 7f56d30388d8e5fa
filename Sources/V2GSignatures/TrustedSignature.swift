package import V2GCertificates
internal import V2GX509

/// A message that somebody trusted signed: chain, role, revocation status and signature in one value.
///
/// A right signature by whoever proves nothing, nor does a good chain without a signature; this needs both, of one key.
package struct TrustedSignature: Sendable {
    /// Which certificate of the chain the signer's key is in.
    package enum Signer: Sendable, Hashable {
        /// The leaf: contracts, provisioning certificates, provisioning services.
        case leaf
        /// The CA above the leaf: the mobility operator's sub-CA 2, which signs tariffs.
        case leafIssuer
    }

    package let signature: VerifiedSignature
    package let chain: ValidatedChain

    /// - Parameters:
    ///   - role: What the leaf has to be for this message.
    /// - Throws: ``SignatureRefusal`` with `untrustedSigner` when the chain is of another role, edition or key.
    package init(
        _ signature: VerifiedSignature, by signer: Signer = .leaf, of chain: ValidatedChain, role: Role
    ) throws(SignatureRefusal) {
        let certificate =
            signer == .leaf
            ? chain.leaf : chain.certificates.count > 1 ? chain.certificates[1] : chain.anchor.certificate
        guard chain.role == role, chain.edition == signature.edition, certificate.publicKey == signature.signer else {
            throw SignatureRefusal(
                .untrustedSigner,
                "The chain is that of a \(chain.role.title) in \(chain.edition.rawValue), and not of the key that signed "
                    + "for a \(role.title) in \(signature.edition.rawValue).")
        }
        self.signature = signature
        self.chain = chain
    }
}
