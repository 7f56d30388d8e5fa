package import V2GCertificates
internal import V2GKeys

/// Why a contract was not installed, or its answer not made. Switch on ``code``; the rest is for people.
package struct ProvisioningRefusal: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// The answer says that it failed, or is not finished.
        case notAnOKAnswer
        /// The chain of the provisioning service, or of the contract, is not trusted.
        case chainRefused
        /// The signature of the provisioning service is missing or wrong.
        case signatureRefused
        /// The contract certificate cannot be read, or its key is of a kind that cannot be delivered.
        case badContractCertificate
        /// The eMAID is not the name in the contract certificate, or not the one that was asked for.
        case wrongEMAID
        /// A field has a length or form that the scheme does not have.
        case malformedField
        /// The sender's ephemeral key is not valid for the receiver's, or the receiver's key failed.
        case keyAgreementFailed
        /// The wrapped key was changed, or is for another receiver.
        case notDecryptable
        /// The unwrapped key does not belong to the contract certificate [V2G2-823].
        case keyMismatch
        /// The answer uses a scheme that this receiver does not have, such as a TPM's.
        case unsupportedScheme
        /// The caller's verifier, keys or certificates do not fit together.
        case misconfigured
        /// A library failed. Not the peer's fault.
        case cannotCompute
    }

    package let code: Code
    /// What is wrong and what to do about it. No key material.
    package let message: String
    /// The chain's report, when a chain was refused.
    package let chain: ChainRefusal?
    /// The signature's fault, when the signature was refused.
    package let signature: SignatureRefusal?

    package init(
        _ code: Code, _ message: String, chain: ChainRefusal? = nil, signature: SignatureRefusal? = nil
    ) {
        self.code = code
        self.message = message
        self.chain = chain
        self.signature = signature
    }

    init(_ signature: SignatureRefusal) {
        self.init(
            signature.code == .cannotCompute ? .cannotCompute : .signatureRefused, signature.message,
            signature: signature)
    }

    init(_ code: Code, _ what: String, _ error: KeyError) {
        self.init(code, "\(what): \(error.message)")
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
