internal import EXICodec
internal import SchemaTypes
internal import V2GCertificates
internal import V2GKeys
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GSession
internal import V2GSignatures
internal import V2GX509

/// Where a request for contract certificates stands with the backend.
enum ProvisioningProgress: Sendable {
    case idle
    case asked
    case answered(ProvisioningVerdict)
    /// 55 s went by without an answer.
    case overdue
}

extension ISO20SECC {
    /// The backend makes the answer; the station checks that the car holds the provisioning key, relays, and keeps the
    /// car waiting in the meantime.
    mutating func certificateInstallation(
        _ request: ISO20Common.CertificateInstallationReq, octets: [UInt8]
    ) -> [Action] {
        guard let session else { return [] }
        switch provisioning {
        case .answered(let verdict):
            provisioning = .idle
            return deliver(verdict, to: request)
        case .overdue:
            provisioning = .idle
            return deliver(.refused(.unavailable, "the backend did not answer within 55 s"), to: request)
        case .asked:
            state = .awaitInstallation(request)
            return wait(for: .certificateInstallation)
        case .idle: break
        }
        let message = Message.common(.certificateInstallationReq(request))
        var actions: [Action]
        do {
            actions = try verifyProvisioning(request)
        } catch {
            return refuse(message, .failedSignatureError, "CertificateInstallationReq: \(error.message)")
        }
        provisioning = .asked
        state = .awaitInstallation(request)
        actions += wait(for: .certificateInstallation)
        actions.append(.startTimer(.ongoing, after: timing.ongoingPerformance))
        actions.append(
            .provision(ProvisioningQuestion(edition: .iso20, kind: .installation, session: session, request: octets)))
        return actions
    }

    private func verifyProvisioning(
        _ request: ISO20Common.CertificateInstallationReq
    ) throws(SignatureRefusal) -> [Action] {
        let chain = request.oemProvisioningCertificateChain
        guard let key = (try? Certificate(der: chain.certificate.octets))?.publicKey else {
            throw SignatureRefusal(
                .cannotCompute, "The provisioning certificate cannot be read, or holds no known key.")
        }
        let verified = try signatures.verify(
            request.header.signature, over: [.oemProvisioningCertificateChain(chain)], by: key)
        return try accepted(verified, in: "CertificateInstallationReq")
    }

    mutating func provisioned(_ verdict: ProvisioningVerdict) -> [Action] {
        guard case .asked = provisioning else { return [] }
        guard case .awaitInstallation(let request) = state else {
            provisioning = .answered(verdict)
            return [.cancelTimer(.ongoing)]
        }
        provisioning = .idle
        return [.cancelTimer(.performance), .cancelTimer(.ongoing)] + deliver(verdict, to: request)
    }

    /// Ongoing, with dummies that the schema wants: the car asks again.
    mutating func installationOngoing() -> [Action] {
        guard let response = ISO20Refusal.installation(.ok, .ongoing, header) else { return [] }
        return answer(response, next: .expectInstallationRepeat)
    }

    private mutating func deliver(
        _ verdict: ProvisioningVerdict, to request: ISO20Common.CertificateInstallationReq
    ) -> [Action] {
        switch verdict {
        case .refused(let code, let reason): return refuseInstallation(code, reason, request)
        case .answered(let octets):
            guard let element = try? ISO20Common.Element(decodingDocument: octets.span),
                case .certificateInstallationRes(var response) = element
            else {
                return refuseInstallation(
                    .unavailable, "the backend's answer is no CertificateInstallationRes; it was not relayed", request)
            }
            let code = response.responseCode
            let next: State = response.evseProcessing == .finished ? .expectAuthorization : .expectInstallationRepeat
            let relay: Action
            if let session, session.matches(response.header.sessionID.octets) {
                relay = .relay(octets)
            } else {
                // The header is outside the signature, which covers SignedInstallationData alone.
                response.header = ISO20.MessageHeader(
                    session: session ?? .zero, at: now.wall, signature: response.header.signature)
                relay = .send(.common(.certificateInstallationRes(response)))
            }
            let reason = code.family == .ok ? nil : "the backend answered so"
            let notes = notes(of: .common(.certificateInstallationRes(response)), reason)
            guard code.family != .failed else {
                return [relay] + notes
                    + end(
                        .refused, "The backend refused the installation with \(code.schemaName). Ask it why.",
                        linger: timing.linger)
            }
            state = next
            return [relay] + notes
                + [.startTimer(.sequence, after: timing[.certificateInstallation].seccSequence)]
        }
    }

    /// WARNING codes leave the car the way to EIM or to a contract it has.
    private mutating func refuseInstallation(
        _ code: ProvisioningRefusalCode, _ reason: String, _ request: ISO20Common.CertificateInstallationReq
    ) -> [Action] {
        let warning: ISO20.ResponseCode
        switch code {
        case .noCertificateAvailable: warning = .warningNoContractMatchingPCIDFound
        case .certificateExpired: warning = .warningCertificateExpired
        case .certificateRevoked: warning = .warningCertificateRevoked
        case .contractCanceled, .unavailable: warning = .warningNoCertificateAvailable
        case .signatureInvalid:
            return refuse(.common(.certificateInstallationReq(request)), .failedSignatureError, reason)
        }
        guard let response = ISO20Refusal.installation(warning, .finished, header) else { return [] }
        return answer(response, next: .expectAuthorization, because: reason)
    }

    /// Notes a signature; refuses P-256 where no quirk asked for it, whatever the verifier was told.
    func accepted(_ signature: VerifiedSignature, in message: String) throws(SignatureRefusal) -> [Action] {
        var actions: [Action] = [
            .note(
                .signatureVerified(
                    message: message, grammar: signature.grammar.rawValue, isOutOfProfile: signature.isOutOfProfile))
        ]
        guard signature.isOutOfProfile else { return actions }
        guard offer.quirks.contains(.josev) else {
            throw SignatureRefusal(
                .keyNotAllowed, "The signature is of a P-256 key, which -20 does not have. The quirk josev allows it.")
        }
        actions.append(.note(.quirkUsed(.josev, detail: "\(message) is signed with P-256 and SHA-256")))
        actions.append(
            .note(
                .securityEvent("\(message) is signed with P-256, below the profile of -20; the quirk josev allows it."))
        )
        return actions
    }
}
