internal import SchemaTypes
internal import V2GCertificates
internal import V2GMessagesISO2
internal import V2GMessagesXMLDSig
internal import V2GPrimitives
internal import V2GSession
internal import V2GSignatures
internal import V2GX509

// Who pays: contract or external means.
extension ISO2SECC {
    /// A grant that was given before the pause. A contract proves itself anew, external means need not.
    var resumedGrant: ChargingGrant? {
        guard let session, let old = resumed?.grant, case .external = old.method else { return nil }
        return ChargingGrant.resumed(old, session: session)
    }

    mutating func identify(_ request: ISO2.PaymentDetailsReq) -> [Action] {
        guard let session else { return refuse(.paymentDetails, .failed, "There is no session.") }
        let question = ContractQuestion(
            edition: .iso2, session: session, emaid: request.emaid.string,
            chain: request.contractSignatureCertChain.der)
        return wait(.paymentDetails, in: .awaitContractVerdict(question), first: [.judgeContract(question)])
    }

    mutating func judged(_ verdict: ContractVerdict) -> [Action] {
        switch (state, verdict) {
        case (.awaitContractVerdict(let question), .accepted(let approval)):
            // The verdict has to be about what was asked: anything else would let one contract stand for another.
            guard approval.chain.leaf.der == question.chain.first,
                let claimed = question.emaid.flatMap({ EMAID($0) }), claimed.namesSameContract(as: approval.emaid)
            else {
                return refuse(.paymentDetails, .failed, "The verdict is about another contract than the car's.")
            }
            return challengeCar(approval)
        case (.awaitContractVerdict, .refused(let refusal)):
            return refuse(.paymentDetails, refusal.code.iso2, refusal.message)
        case (.expectSignedAuthorization, .refused(let refusal)):
            // AuthorizationRes knows no codes for contracts.
            return stop(.refused, refusal.message)
        case (.expectSignedAuthorization, .accepted), (.notBegun, _), (.expectSessionSetup, _),
            (.expectServiceDiscovery, _), (.expectServiceSelection, _), (.expectContract, _),
            (.awaitProvisioning, _), (.expectExternalAuthorization, _), (.expectParameters, _), (.awaitSchedules, _),
            (.expectCableCheck, _), (.awaitCableCheck, _), (.expectPreCharge, _), (.expectPowerDelivery, _),
            (.awaitContactor, _), (.awaitPowerOff, _), (.expectChargeLoop, _), (.expectReceipt, _), (.expectStop, _),
            (.awaitPilotRelease, _), (.ended, _):
            return []  // nobody asked, or no longer
        }
    }

    private mutating func challengeCar(_ approval: ContractApproval) -> [Action] {
        let challenge = Challenge(random)
        contract = approval
        let response = ISO2.PaymentDetailsRes(
            responseCode: approval.expiresSoon ? .okCertificateExpiresSoon : .ok,  // [V2G2-690]
            genChallenge: ISO2.GenChallenge(unchecked: challenge.bytes), evseTimeStamp: now?.wall.seconds ?? 0)
        return answer(
            .paymentDetailsRes(response), then: .expectSignedAuthorization(approval, challenge),
            last: approval.notes.map { .note(.warning($0)) })
    }

    mutating func authorize(_ request: ISO2.AuthorizationReq, _ header: ISO2.MessageHeader) -> [Action] {
        switch state {
        case .expectSignedAuthorization(let approval, let challenge):
            return authorize(request, header, approval, challenge)
        case .expectExternalAuthorization: return authorizeExternally()
        case .notBegun, .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectContract,
            .awaitProvisioning, .awaitContractVerdict, .expectParameters, .awaitSchedules, .expectCableCheck,
            .awaitCableCheck, .expectPreCharge, .expectPowerDelivery, .awaitContactor, .awaitPowerOff,
            .expectChargeLoop, .expectReceipt, .expectStop, .awaitPilotRelease, .ended:
            return []  // the table does not let it come here
        }
    }

    /// Plug & Charge: challenge, then signature, as other stations do it. We answer Finished at once, so the unsigned
    /// repetitions of [V2G2-684] do not occur.
    private mutating func authorize(
        _ request: ISO2.AuthorizationReq, _ header: ISO2.MessageHeader, _ approval: ContractApproval,
        _ challenge: Challenge
    ) -> [Action] {
        var challenge = challenge
        guard let session, let match = challenge.consume(request.genChallenge?.octets) else {
            return refuse(
                .authorization, .failedChallengeInvalid,
                "GenChallenge is absent, or not the one of PaymentDetailsRes [V2G2-475].")
        }
        let signed: SignableElement
        let verified: VerifiedSignature
        do throws(SignatureRefusal) {
            signed = try .authorizationReq(request)
            verified = try signatures.verify(header.signature, over: [signed], by: approval.signer)
        } catch {
            return refuse(.authorization, .failedSignatureError, error.message)
        }
        guard
            let granted = ChargingGrant.plugAndCharge(
                approval: approval, signature: verified, over: signed, challenge: match, session: session)
        else {
            return refuse(.authorization, .failedSignatureError, "The signature is not by the contract's leaf.")
        }
        let note = SessionNote.signatureVerified(
            message: "AuthorizationReq", grammar: verified.grammar.rawValue, isOutOfProfile: verified.isOutOfProfile)
        return authorized(
            granted,
            [.note(note), .note(.authorized(method: .plugAndCharge, detail: "contract, challenge, signature"))])
    }

    private mutating func authorizeExternally() -> [Action] {
        guard let session else { return refuse(.authorization, .failed, "There is no session.") }
        if let granted = resumedGrant {
            return authorized(
                granted, [.note(.authorized(method: .external, detail: "granted before the session was paused"))])
        }
        switch external {
        case .accepted(let approval):
            return authorized(
                .external(approval, session: session),
                [.note(.authorized(method: .external, detail: "the operator's means"))])
        case .refused(let reason):
            return refuse(.authorization, .failed, "The operator's means of identification said no: \(reason)")
        case nil:
            let response = ISO2.AuthorizationRes(
                responseCode: .ok, evseProcessing: .ongoingWaitingForCustomerInteraction)
            return answer(
                .authorizationRes(response), then: .expectExternalAuthorization,
                last: startOnce(.ongoing, after: timing.customer))
        }
    }

    private mutating func authorized(_ granted: ChargingGrant, _ notes: [Action]) -> [Action] {
        grant = granted
        let response = ISO2.AuthorizationRes(responseCode: .ok, evseProcessing: .finished)
        return answer(
            .authorizationRes(response), then: .expectParameters, first: cancel(.ongoing),
            last: notes + [.note(.phase("parameters"))])
    }

    /// Kept until AuthorizationReq comes; once charging is granted, a later verdict changes nothing.
    mutating func judged(_ verdict: ExternalVerdict) -> [Action] {
        if payment == .externalPayment, grant == nil { external = verdict }
        return []
    }
}

extension ContractRefusal.Code {
    /// The code of PaymentDetailsRes.
    var iso2: ISO2.ResponseCode {
        switch self {
        case .noCertificateAvailable: .failedNoCertificateAvailable
        // -2 has no code of its own for "not yet".
        case .certificateExpired, .certificateNotYetValid: .failedCertificateExpired
        case .certificateRevoked: .failedCertificateRevoked
        case .chainError: .failedCertChainError
        case .notAllowedHere: .failedCertificateNotAllowedAtThisEVSE
        case .contractCanceled: .failedContractCanceled
        case .providerUnknown, .refused: .failed
        }
    }
}
