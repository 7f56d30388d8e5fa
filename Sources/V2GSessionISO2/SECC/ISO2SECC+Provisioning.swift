internal import SchemaTypes
internal import V2GCertificates
internal import V2GFraming
internal import V2GMessagesISO2
internal import V2GMessagesXMLDSig
internal import V2GPrimitives
internal import V2GSession
internal import V2GSignatures
internal import V2GX509

// Contract certificates from the backend. The request is relayed as it came; its signature and the leaf's validity are
// checked here already, so that a forged one does not reach the backend.
extension ISO2SECC {
    mutating func install(
        _ request: ISO2.CertificateInstallationReq, _ header: ISO2.MessageHeader, octets: [UInt8]
    ) -> [Action] {
        provision(
            .certificateInstallation, .installation, leaf: request.oemProvisioningCert.octets, header, octets,
            emaid: nil, element: { () throws(SignatureRefusal) in try .certificateInstallationReq(request) })
    }

    mutating func update(
        _ request: ISO2.CertificateUpdateReq, _ header: ISO2.MessageHeader, octets: [UInt8]
    ) -> [Action] {
        provision(
            .certificateUpdate, .update, leaf: request.contractSignatureCertChain.certificate.octets, header, octets,
            emaid: request.emaid.string, element: { () throws(SignatureRefusal) in try .certificateUpdateReq(request) })
    }

    private mutating func provision(
        _ pair: ISO2Pair, _ kind: ProvisioningQuestion.Kind, leaf: [UInt8], _ header: ISO2.MessageHeader,
        _ octets: [UInt8], emaid: String?, element: () throws(SignatureRefusal) -> SignableElement
    ) -> [Action] {
        guard let session, offer.iso2Services(link).contains(where: { $0.serviceID == StationOffer.certificateService })
        else {
            return refuse(pair, .failed, "The station does not offer the certificate service (ServiceID 2).")
        }
        // DERError says where the bytes break; for the car it is a certificate that is none.
        guard let certificate = try? Certificate(der: leaf), let key = certificate.publicKey else {
            return refuse(
                pair, kind == .update ? .failedCertChainError : .failed,
                "The request's certificate is no X.509 certificate with a key of a known kind.")
        }
        let verified: VerifiedSignature
        do throws(SignatureRefusal) {
            verified = try signatures.verify(header.signature, over: [try element()], by: key)
        } catch {
            return refuse(pair, .failedSignatureError, error.message)
        }
        guard let wall = now?.wall, certificate.body.notBefore <= wall, wall <= certificate.body.notAfter else {
            return refuse(
                pair, .failedCertificateExpired, "The request's certificate has expired or is not valid yet.")
        }
        if let emaid {
            guard let claimed = EMAID(emaid), let name = certificate.subject.commonName, let named = EMAID(name),
                claimed.namesSameContract(as: named)
            else {
                return refuse(
                    pair, .failedNoCertificateAvailable, "The eMAID of the request is not that of its certificate.")
            }
        }
        let note = SessionNote.signatureVerified(
            message: pair.requestName, grammar: verified.grammar.rawValue, isOutOfProfile: verified.isOutOfProfile)
        let question = ProvisioningQuestion(edition: .iso2, kind: kind, session: session, request: octets)
        return wait(pair, in: .awaitProvisioning(pair), first: [.note(note), .provision(question)])
    }

    mutating func provisioned(_ verdict: ProvisioningVerdict) -> [Action] {
        guard case .awaitProvisioning(let pair) = state else { return [] }
        switch verdict {
        case .answered(let octets): return relay(octets, pair)
        case .refused(let code, let reason): return refuse(pair, code.iso2, reason)
        }
    }

    /// Forwards the backend's answer, but never blindly: it is of the right kind and of this session.
    private mutating func relay(_ octets: [UInt8], _ pair: ISO2Pair) -> [Action] {
        let message: ISO2.V2GMessage
        do throws(MessageFault) {
            let frame = V2GTPFrame(payloadType: .sapOrISO2, payload: octets)
            message = try ISO2Edition.decode(frame, quirks: offer.quirks).message
        } catch {
            return refuse(pair, .failed, "The backend's answer cannot be read: \(error.message)")
        }
        guard let session, let body = message.body.bodyElement, body.kind.pair == pair, let code = body.kind.code else {
            return refuse(
                pair, .failed,
                "The backend answered with \(ISO2Edition.name(of: message)) instead of \(pair.responseName).")
        }
        var send = Action.relay(octets)
        if !session.matches(message.header.sessionID.octets) {
            // The header is outside the signature.
            var own = message
            own.header.sessionID = session.iso2
            send = .send(own)
        }
        guard !code.isFailure else {
            let reason = "The backend refused the car's request for a contract."
            return conclude(
                send, pair.responseName, code, SessionEnd(.refused, reason, linger: timing.linger),
                last: [.note(.refusal(message: pair.responseName, code: code.schemaName, reason: reason))])
        }
        return answer(send, pair.responseName, code, then: .expectContract(canProvision: false))
    }
}

extension ProvisioningRefusalCode {
    var iso2: ISO2.ResponseCode {
        switch self {
        case .noCertificateAvailable: .failedNoCertificateAvailable
        case .certificateExpired: .failedCertificateExpired
        case .certificateRevoked: .failedCertificateRevoked
        case .signatureInvalid: .failedSignatureError
        case .contractCanceled: .failedContractCanceled
        case .unavailable: .failed
        }
    }
}
