internal import SchemaTypes
internal import V2GCertificates
internal import V2GKeys
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GSession
internal import V2GSignatures
internal import V2GX509

/// One attempt to be authorized: the same body is repeated until it is decided.
struct AuthorizationAttempt: Sendable {
    enum Evidence: Sendable {
        case contract(VerifiedSignature, ChallengeMatch)
        case external
    }

    enum Outcome: Sendable {
        case pending
        case contract(ContractVerdict)
        case external(ExternalVerdict)
        case overdue
    }

    let service: ISO20Common.Authorization
    let mode: ISO20Common.AuthorizationReq.AReqAuthorizationMode
    var evidence: Evidence
    var outcome: Outcome = .pending
}

/// The contract that a session is paid with, for the signatures that follow.
struct ContractSigner: Sendable {
    let key: PublicKey
}

extension ISO20SECC {
    mutating func authorization(_ request: ISO20Common.AuthorizationReq) -> [Action] {
        let message = Message.common(.authorizationReq(request))
        if let attempt, case .expectAuthorizationRepeat = state {
            guard attempt.service == request.selectedAuthorizationService, attempt.mode == request.aReqAuthorizationMode
            else {
                return refuse(
                    message, .failed,
                    "AuthorizationReq changed while it was processed; its body has to stay the same until Finished")
            }
            return repeated(request)
        }
        attempt = nil
        guard authorizationServices.contains(request.selectedAuthorizationService) else {
            return warn(
                .warningAuthorizationSelectionInvalid,
                "the car chose \(request.selectedAuthorizationService.schemaName), which is not offered (V2G20-2209)")
        }
        switch (request.selectedAuthorizationService, request.aReqAuthorizationMode) {
        case (.pnC, .pncAReqAuthorizationMode(let mode)): return plugAndCharge(mode, request)
        case (.eim, .eimAReqAuthorizationMode): return external(request)
        case (.pnC, .eimAReqAuthorizationMode), (.eim, .pncAReqAuthorizationMode):
            return warn(
                .warningAuthorizationSelectionInvalid,
                "the selected service and the content of AuthorizationReq do not belong together (V2G20-2226)")
        }
    }

    private mutating func plugAndCharge(
        _ mode: ISO20Common.PnCAReqAuthorizationMode, _ request: ISO20Common.AuthorizationReq
    ) -> [Action] {
        guard let session else { return [] }
        let chain = mode.contractCertificateChain
        let verified: VerifiedSignature
        var actions: [Action]
        do {
            (verified, actions) = try verifyAuthorization(mode, request)
        } catch let refusal {
            if refusal.code == .cannotCompute {
                return warn(.warningCertificateValidationError, refusal.message)
            }
            return refuse(
                .common(.authorizationReq(request)), .failedSignatureError,
                "AuthorizationReq: \(refusal.message) (V2G20-461)")
        }
        // An attempt after a WARNING has no new challenge to answer: AuthorizationSetup is not repeated. Within this
        // connection the same one serves each attempt, and each is judged anew.
        var issued = challenge
        guard let match = issued?.consume(mode.genChallenge.octets) else {
            return actions
                + warn(
                    .warningChallengeInvalid,
                    "GenChallenge is not the one of AuthorizationSetupRes; a recorded request does not open a session "
                        + "(V2G20-2565)")
        }
        attempt = AuthorizationAttempt(
            service: request.selectedAuthorizationService, mode: request.aReqAuthorizationMode,
            evidence: .contract(verified, match))
        state = .awaitAuthorization(request)
        actions += wait(for: .authorization)
        actions.append(.startTimer(.ongoing, after: timing.ongoingPerformance))
        let certificates = [chain.certificate.octets] + chain.subCertificates.certificate.map(\.octets)
        actions.append(
            .judgeContract(ContractQuestion(edition: .iso20, session: session, emaid: nil, chain: certificates)))
        return actions
    }

    private func verifyAuthorization(
        _ mode: ISO20Common.PnCAReqAuthorizationMode, _ request: ISO20Common.AuthorizationReq
    ) throws(SignatureRefusal) -> (VerifiedSignature, [Action]) {
        guard let key = (try? Certificate(der: mode.contractCertificateChain.certificate.octets))?.publicKey else {
            throw SignatureRefusal(
                .cannotCompute, "the contract certificate cannot be read, or holds no key of a known kind")
        }
        let verified = try signatures.verify(
            request.header.signature, over: [.pncAReqAuthorizationMode(mode)], by: key)
        return (verified, try accepted(verified, in: "AuthorizationReq"))
    }

    private mutating func external(_ request: ISO20Common.AuthorizationReq) -> [Action] {
        attempt = AuthorizationAttempt(
            service: request.selectedAuthorizationService, mode: request.aReqAuthorizationMode, evidence: .external)
        state = .awaitAuthorization(request)
        return wait(for: .authorization)
            + [.startTimer(.ongoing, after: timing.externalAuthorization), .judgeExternal]
    }

    /// The same request again, after Ongoing. In -20 each repeat is signed, and each signature is verified.
    private mutating func repeated(_ request: ISO20Common.AuthorizationReq) -> [Action] {
        var actions: [Action] = []
        if case .pncAReqAuthorizationMode(let mode) = request.aReqAuthorizationMode {
            do {
                let (_, notes) = try verifyAuthorization(mode, request)
                actions = notes
            } catch let refusal {
                return refuse(
                    .common(.authorizationReq(request)), .failedSignatureError,
                    "the repeated AuthorizationReq: \(refusal.message) (V2G20-461)")
            }
        }
        if let attempt, case .pending = attempt.outcome {
            state = .awaitAuthorization(request)
            return actions + wait(for: .authorization)
        }
        return actions + decide()
    }

    mutating func contractJudged(_ verdict: ContractVerdict) -> [Action] {
        guard let attempt, case .contract = attempt.evidence, case .pending = attempt.outcome else { return [] }
        return judged(.contract(verdict))
    }

    mutating func externalJudged(_ verdict: ExternalVerdict) -> [Action] {
        guard let attempt, case .external = attempt.evidence, case .pending = attempt.outcome else { return [] }
        return judged(.external(verdict))
    }

    private mutating func judged(_ outcome: AuthorizationAttempt.Outcome) -> [Action] {
        attempt?.outcome = outcome
        guard case .awaitAuthorization = state else { return [.cancelTimer(.ongoing)] }
        return [.cancelTimer(.performance), .cancelTimer(.ongoing)] + decide()
    }

    /// Nobody decided within the response's time: the car asks again.
    mutating func authorizationOngoing() -> [Action] {
        var processing = ISO20.Processing.ongoing
        if let attempt, case .external = attempt.evidence { processing = .ongoingWaitingForCustomerInteraction }
        return answer(authorizationResponse(.ok, processing), next: .expectAuthorizationRepeat)
    }

    mutating func authorizationOverdue() -> [Action] {
        guard let attempt, case .pending = attempt.outcome else { return [] }
        return judged(.overdue)
    }

    private mutating func decide() -> [Action] {
        guard let attempt, let session else { return [] }
        switch (attempt.outcome, attempt.evidence) {
        case (.contract(.accepted(let approval)), .contract(let signature, let match)):
            // What cannot be written as an element was not signed either.
            guard case .pncAReqAuthorizationMode(let mode) = attempt.mode,
                let signed = try? SignableElement.pncAReqAuthorizationMode(mode),
                let grant = ChargingGrant.plugAndCharge(
                    approval: approval, signature: signature, over: signed, challenge: match, session: session)
            else {
                return warn(
                    .warningGeneralPnCAuthorizationError, "the contract that was approved is not the one that signed")
            }
            contract = ContractSigner(key: approval.signer)
            return authorized(
                grant, .plugAndCharge, approval.expiresSoon ? .okCertificateExpiresSoon : .ok,
                detail: approval.notes.joined(separator: "; "))
        case (.contract(.refused(let refusal)), _): return warn(Self.code(for: refusal.code), refusal.message)
        case (.external(.accepted(let approval)), .external):
            return authorized(.external(approval, session: session), .external, .ok, detail: "external means")
        case (.external(.refused(let reason)), _): return warn(.warningEIMAuthorizationFailure, reason)
        case (.overdue, .external):
            return warn(.warningEIMAuthorizationFailure, "nobody identified at the station within 180 s")
        case (.overdue, .contract):
            return warn(.warningGeneralPnCAuthorizationError, "the contract could not be judged within 55 s")
        case (.pending, _), (.contract(.accepted), .external), (.external(.accepted), .contract): return []
        }
    }

    private mutating func authorized(
        _ grant: ChargingGrant, _ method: AuthorizationMethod, _ code: ISO20.ResponseCode, detail: String
    ) -> [Action] {
        self.grant = grant
        attempt = nil
        return [.note(.authorized(method: method, detail: detail)), .note(.phase("services"))]
            + answer(authorizationResponse(code, .finished), next: .expectServiceDiscovery)
    }

    /// The session lives: the car may try another contract, install one, or take EIM.
    private mutating func warn(_ code: ISO20.ResponseCode, _ reason: String) -> [Action] {
        attempt = nil
        return answer(authorizationResponse(code, .finished), next: .expectAuthorization, because: reason)
    }

    private func authorizationResponse(_ code: ISO20.ResponseCode, _ processing: ISO20.Processing) -> Message {
        .common(.authorizationRes(.init(header: header, responseCode: code, evseProcessing: processing)))
    }

    private static func code(for refusal: ContractRefusal.Code) -> ISO20.ResponseCode {
        switch refusal {
        case .noCertificateAvailable: .warningNoCertificateAvailable
        case .certificateExpired: .warningCertificateExpired
        case .certificateNotYetValid: .warningCertificateNotYetValid
        case .certificateRevoked: .warningCertificateRevoked
        case .chainError: .warningCertificateValidationError
        case .providerUnknown: .warningEMSPUnknown
        case .notAllowedHere, .contractCanceled, .refused: .warningGeneralPnCAuthorizationError
        }
    }
}
