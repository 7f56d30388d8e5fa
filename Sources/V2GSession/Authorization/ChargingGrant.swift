internal import V2GCertificates
package import V2GPrimitives
package import V2GSignatures

/// The permission to charge in one session. The power path asks for one; only the functions below make it, and each
/// needs the evidence in its parameters.
package struct ChargingGrant: Sendable, Hashable {
    package enum Method: Sendable, Hashable {
        case contract(EMAID)
        case external(token: String)
    }

    package let method: Method
    package let session: V2GSessionID

    private init(method: Method, session: V2GSessionID) {
        self.method = method
        self.session = session
    }

    /// Plug & Charge: the chain was verified, its leaf signed the request that repeats our challenge, and the backend
    /// accepts the contract.
    ///
    /// - Parameter request: What asks for the grant. A signature of the same leaf over anything else, such as a metering
    ///   receipt, proves no wish to charge.
    /// - Returns: `nil` when the signature is not by the contract's leaf, or not over the request.
    package static func plugAndCharge(
        approval: ContractApproval, signature: VerifiedSignature, over request: SignableElement,
        challenge: ChallengeMatch, session: V2GSessionID
    ) -> ChargingGrant? {
        guard approval.chain.role == .contract, signature.signer == approval.signer, signature.covers(request)
        else { return nil }
        return ChargingGrant(method: .contract(approval.emaid), session: session)
    }

    /// External identification: the operator's means (card, app, free charging) said yes.
    package static func external(_ approval: ExternalApproval, session: V2GSessionID) -> ChargingGrant {
        ChargingGrant(method: .external(token: approval.token), session: session)
    }

    /// A grant that was kept with a paused session, taken up again in the same session.
    ///
    /// - Returns: `nil` when the session is another.
    package static func resumed(_ paused: ChargingGrant, session: V2GSessionID) -> ChargingGrant? {
        paused.session == session ? paused : nil
    }
}

/// The operator's means of identification said yes.
package struct ExternalApproval: Sendable, Hashable {
    /// What identified the customer, for the record: a card's identifier, `free`, `operator`.
    package let token: String

    package init(token: String) { self.token = token }
}
