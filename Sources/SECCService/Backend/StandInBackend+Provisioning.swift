internal import CryptoOpenSSL
internal import EXICodec
internal import SchemaTypes
internal import V2GCertificates
internal import V2GFraming
internal import V2GKeys
internal import V2GMessagesISO2
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GMessagesXMLDSig
internal import V2GPrimitives
package import V2GSession
internal import V2GSessionISO2
internal import V2GSessionISO20
internal import V2GSignatures
internal import V2GX509

extension StandInBackend {
    /// Verifies the request as a certificate provisioning service does, and wraps the waiting contract's key for the car.
    package func provision(_ question: ProvisioningQuestion) async -> ProvisioningVerdict {
        do throws(Refusal) {
            switch question.edition {
            case .iso2: return .answered(try await provision2(question))
            case .iso20: return .answered(try await provision20(question))
            }
        } catch {
            return .refused(error.code, error.message)
        }
    }

    private struct Refusal: Error {
        let code: ProvisioningRefusalCode
        let message: String

        init(_ code: ProvisioningRefusalCode, _ message: String) {
            self.code = code
            self.message = message
        }
    }

    private func ready(
        _ signers: Signers
    ) throws(Refusal) -> (cps: any SigningKey, contract: SecretBytes) {
        guard let cps = signers.cpsKey else {
            throw Refusal(.unavailable, "The directory has no cps.crt with its key, so that nothing can be signed.")
        }
        guard let contract = signers.contractKey else {
            throw Refusal(
                .noCertificateAvailable,
                "The directory has no contract.crt with its key: no contract waits for this car.")
        }
        do {
            return (cps, try contract.exportPrivateScalar())
        } catch {
            throw Refusal(.unavailable, "The contract's key cannot be wrapped: \(error.message)")
        }
    }

    /// The request's certificate is a provisioning certificate, and it signed the request.
    private func check(
        _ chain: [[UInt8]], signed element: SignableElement, _ signature: XMLDSig.Signature?, edition: Edition
    ) throws(Refusal) -> Certificate {
        let leaf: Certificate
        do throws(ChainRefusal) {
            leaf = try judge.provisioning(chain, edition: edition, at: now()).chain.leaf
        } catch {
            throw Refusal(
                error.saysRevoked
                    ? .certificateRevoked : error.saysExpired ? .certificateExpired : .noCertificateAvailable,
                "SSL_R_CERTIFICATE_VERIFY_FAILED: \(error.line)")
        }
        guard let key = leaf.publicKey else { throw Refusal(.signatureInvalid, "The provisioning key is of no kind.") }
        // A provisioning certificate of X448 cannot sign; its request comes unsigned.
        guard key.algorithm.canSign else { return leaf }
        do {
            _ = try MessageSignatureVerifier(profile: SignatureProfile(edition: edition, allowsP256InEdition20: true))
                .verify(signature, over: [element], by: key)
        } catch {
            throw Refusal(.signatureInvalid, "The request's signature: \(error.message)")
        }
        return leaf
    }

    // MARK: -2

    private func provision2(_ question: ProvisioningQuestion) async throws(Refusal) -> [UInt8] {
        let message: ISO2.V2GMessage
        do {
            message = try ISO2Edition.decode(
                .init(payloadType: .sapOrISO2, payload: question.request), quirks: []
            ).message
        } catch {
            throw Refusal(.signatureInvalid, "The request cannot be read: \(error.message)")
        }
        let signers = iso2
        let (cps, scalar) = try ready(signers)
        let body: ISO2.BodyElement
        let signature: XMLDSig.Signature
        do {
            switch message.body.bodyElement {
            case .certificateInstallationReq(let request):
                let leaf = try check(
                    [request.oemProvisioningCert.octets], signed: try .certificateInstallationReq(request),
                    message.header.signature, edition: .iso2)
                guard let receiver = leaf.publicKey else { throw Refusal(.signatureInvalid, "No key.") }
                let wrapped = try WrappedContract2(wrapping: scalar, of: signers.contractChain, for: receiver)
                let made = try await ContractInstaller2.makeResponse(wrapped, cpsChain: signers.cpsChain, cpsKey: cps)
                body = .certificateInstallationRes(made.response)
                signature = made.signature
            case .certificateUpdateReq(let request):
                let chain = request.contractSignatureCertChain.der
                let old: Certificate
                do throws(ChainRefusal) {
                    old = try judge.contract(chain, edition: .iso2, at: now()).chain.leaf
                } catch {
                    throw Refusal(.certificateRevoked, "SSL_R_CERTIFICATE_VERIFY_FAILED: \(error.line)")
                }
                guard let receiver = old.publicKey else { throw Refusal(.signatureInvalid, "No key.") }
                _ = try MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2)).verify(
                    message.header.signature, over: [try .certificateUpdateReq(request)], by: receiver)
                let wrapped = try WrappedContract2(wrapping: scalar, of: signers.contractChain, for: receiver)
                let made = try await ContractInstaller2.makeUpdateResponse(
                    wrapped, cpsChain: signers.cpsChain, cpsKey: cps)
                body = .certificateUpdateRes(made.response)
                signature = made.signature
            default:
                throw Refusal(.unavailable, "The request is neither an installation nor an update.")
            }
            return try ISO2Edition.encode(ISO2.V2GMessage(question.session, body, signature: signature)).payload
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(.unavailable, "The answer could not be made: \(error)")
        }
    }

    // MARK: -20

    private func provision20(_ question: ProvisioningQuestion) async throws(Refusal) -> [UInt8] {
        let signers = iso20
        do {
            guard
                case .common(.certificateInstallationReq(let request)) = try ISO20Edition.decode(
                    .init(payloadType: .iso20Common, payload: question.request), quirks: []
                ).message
            else { throw Refusal(.unavailable, "The request is no installation.") }
            let (cps, scalar) = try ready(signers)
            let chain = request.oemProvisioningCertificateChain
            let leaf = try check(
                chain.der, signed: try .oemProvisioningCertificateChain(chain), request.header.signature,
                edition: .iso20
            )
            guard let receiver = leaf.publicKey, let name = leaf.subject.commonName, let pcid = PCID(name) else {
                throw Refusal(.noCertificateAvailable, "The provisioning certificate bears no PCID.")
            }
            let wrapped = try WrappedContract20(
                wrapping: scalar, of: signers.contractChain, for: receiver, pcid: pcid)
            let response = try await ContractInstaller20.makeResponse(
                wrapped, header: ISO20.MessageHeader(session: question.session, at: now()), cpsChain: signers.cpsChain,
                cpsKey: cps)
            return try ISO20Edition.encode(.common(.certificateInstallationRes(response))).payload
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(.unavailable, "The answer could not be made: \(error)")
        }
    }
}
