package import V2GCertificates
package import V2GKeys
package import V2GPrimitives
internal import V2GX509

/// What the station asks of whoever judges contracts: chain, status and the backend's opinion.
package struct ContractQuestion: Sendable {
    package let edition: Edition
    package let session: V2GSessionID
    /// As the message says it; `nil` in -20, where the certificate alone names it.
    package let emaid: String?
    /// DER, leaf first.
    package let chain: [[UInt8]]

    package init(edition: Edition, session: V2GSessionID, emaid: String?, chain: [[UInt8]]) {
        self.edition = edition
        self.session = session
        self.emaid = emaid
        self.chain = chain
    }
}

package enum ContractVerdict: Sendable {
    case accepted(ContractApproval)
    case refused(ContractRefusal)
}

/// The chain is valid and the backend accepts the contract.
package struct ContractApproval: Sendable {
    package let chain: ValidatedChain
    package let emaid: EMAID
    /// The leaf's key: what the request has to be signed with.
    package let signer: PublicKey
    /// The leaf ends soon (21 days in -2, 14 in -20).
    package let expiresSoon: Bool
    /// What was tolerated, for the log.
    package let notes: [String]

    /// - Returns: `nil` when the chain is not a contract's, its leaf bears no eMAID or another than the message says.
    package init?(chain: ValidatedChain, emaid claimed: String?, notes: [String] = []) {
        guard chain.role == .contract, let name = chain.leaf.subject.commonName, let emaid = EMAID(name),
            let signer = chain.leaf.publicKey
        else { return nil }
        if let claimed {
            guard let claimed = EMAID(claimed), claimed.namesSameContract(as: emaid) else { return nil }
        }
        self.chain = chain
        self.emaid = emaid
        self.signer = signer
        expiresSoon = chain.findings.contains { $0.rule == .chainExpiresSoon }
        self.notes = notes + chain.tolerancesUsed
    }
}

/// Why a contract does not count here. The editions map it to their response codes.
package struct ContractRefusal: Error, Sendable {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// No anchor or no backend knows the contract.
        case noCertificateAvailable
        case certificateExpired, certificateNotYetValid, certificateRevoked
        /// The chain does not validate, or the eMAID is not the certificate's.
        case chainError
        /// The contract's PKI is not accepted at this station.
        case notAllowedHere
        case contractCanceled
        /// The mobility operator is unknown to the backend (-20).
        case providerUnknown
        /// The backend says no without saying why, or could not be asked.
        case refused
    }

    package let code: Code
    /// Role, rule and remedy, for the record and the log; never an eMAID in clear.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// What the operator's means of identification said.
package enum ExternalVerdict: Sendable {
    case accepted(ExternalApproval)
    /// Denied, canceled or too late.
    case refused(String)
}
