internal import SchemaTypes
package import V2GCertificates
package import V2GKeys
package import V2GMessagesISO2
package import V2GMessagesXMLDSig
package import V2GPrimitives
internal import V2GX509

/// A contract with its key wrapped for one car, ready to be signed by a provisioning service (edition -2).
package struct WrappedContract2: Sendable, Hashable {
    /// DER, leaf first, without the root.
    package let chain: [[UInt8]]
    /// 48 octets.
    package let encryptedKey: [UInt8]
    /// 65 octets.
    package let dhPublicKey: [UInt8]
    package let emaid: EMAID

    /// From a mobility operator that wrapped the key itself.
    package init(chain: [[UInt8]], encryptedKey: [UInt8], dhPublicKey: [UInt8], emaid: EMAID) {
        self.chain = chain
        self.encryptedKey = encryptedKey
        self.dhPublicKey = dhPublicKey
        self.emaid = emaid
    }

    /// Wraps a contract's key for a car.
    ///
    /// - Parameter receiver: The OEM provisioning key, or on an update the old contract's.
    /// - Throws: ``ProvisioningRefusal`` with `keyMismatch` when key and certificate do not belong together.
    package init(
        wrapping scalar: SecretBytes, of chain: [[UInt8]], for receiver: PublicKey
    ) throws(ProvisioningRefusal) {
        let (certificate, emaid) = try Certificate.contractLeaf(chain.first ?? [])
        try certificate.requireKey(scalar)
        let wrapped = try ContractKeyWrap2.wrap(scalar: scalar, for: receiver)
        self.init(
            chain: chain, encryptedKey: wrapped.encryptedKey, dhPublicKey: wrapped.dhPublicKey, emaid: emaid)
    }
}

/// Contract installation and update in edition -2 (ISO 15118-2 8.4.3.11): answers made by a provisioning service, and
/// accepted by a car.
package enum ContractInstaller2 {
    // MARK: Making

    /// A signed answer to CertificateInstallationReq.
    ///
    /// - Parameters:
    ///   - cpsChain: The provisioning service's chain, DER, leaf first, without the root.
    ///   - cpsKey: The key of its leaf.
    /// - Returns: The answer, and the signature that belongs into the header of its message.
    /// - Throws: ``ProvisioningRefusal`` with `misconfigured`, `wrongEMAID`, `malformedField`, `signatureRefused`.
    package static func makeResponse(
        _ contract: WrappedContract2, cpsChain: [[UInt8]], cpsKey: any SigningKey,
        responseCode: ISO2.ResponseCode = .ok, profile: SignatureProfile = SignatureProfile(edition: .iso2)
    ) async throws(ProvisioningRefusal) -> (response: ISO2.CertificateInstallationRes, signature: XMLDSig.Signature) {
        let parts = try Parts(contract, cpsChain: cpsChain, cpsKey: cpsKey.publicKey, profile)
        let response = ISO2.CertificateInstallationRes(
            responseCode: responseCode, saProvisioningCertificateChain: parts.cps,
            contractSignatureCertChain: parts.chain, contractSignatureEncryptedPrivateKey: parts.key,
            dhPublicKey: parts.dh, emaid: parts.emaid)
        do {
            let elements = try SignableElement.elements(of: response)
            return (response, try await PendingSignature.signature(over: elements, by: cpsKey, profile: profile))
        } catch {
            throw ProvisioningRefusal(error)
        }
    }

    /// A signed answer to CertificateUpdateReq; see
    /// ``makeResponse(_:cpsChain:cpsKey:responseCode:profile:)``.
    package static func makeUpdateResponse(
        _ contract: WrappedContract2, cpsChain: [[UInt8]], cpsKey: any SigningKey,
        responseCode: ISO2.ResponseCode = .ok, profile: SignatureProfile = SignatureProfile(edition: .iso2)
    ) async throws(ProvisioningRefusal) -> (response: ISO2.CertificateUpdateRes, signature: XMLDSig.Signature) {
        let (response, signature) = try await makeResponse(
            contract, cpsChain: cpsChain, cpsKey: cpsKey, responseCode: responseCode, profile: profile)
        return (
            ISO2.CertificateUpdateRes(
                responseCode: response.responseCode,
                saProvisioningCertificateChain: response.saProvisioningCertificateChain,
                contractSignatureCertChain: response.contractSignatureCertChain,
                contractSignatureEncryptedPrivateKey: response.contractSignatureEncryptedPrivateKey,
                dhPublicKey: response.dhPublicKey, emaid: response.emaid),
            signature
        )
    }

    /// The fields of an answer, checked before they are signed.
    private struct Parts {
        let cps: ISO2.CertificateChain
        let chain: ISO2.CertificateChain
        let key: ISO2.ContractSignatureEncryptedPrivateKey
        let dh: ISO2.DiffieHellmanPublickey
        let emaid: ISO2.EMAID

        init(
            _ contract: WrappedContract2, cpsChain: [[UInt8]], cpsKey: PublicKey, _ profile: SignatureProfile
        ) throws(ProvisioningRefusal) {
            guard profile.edition == .iso2 else {
                throw ProvisioningRefusal(.misconfigured, "The signature profile is not that of edition -2.")
            }
            let length = Edition.iso2.maximumCertificateLength
            let cpsCertificates = try Certificate.readChain(
                cpsChain, "The provisioning service's chain", subCertificates: 0...4, maximumLength: length)
            guard cpsCertificates.first?.publicKey == cpsKey else {
                throw ProvisioningRefusal(
                    .misconfigured, "The signing key is not the one of the provisioning service's certificate.")
            }
            _ = try Certificate.readChain(
                contract.chain, "The contract's chain", subCertificates: 0...4, maximumLength: length)
            let (_, named) = try Certificate.contractLeaf(contract.chain.first ?? [])
            guard named.namesSameContract(as: contract.emaid) else { throw .wrongEMAID }
            guard contract.encryptedKey.count == ContractKeyWrap2.encryptedKeyLength,
                PublicKey(algorithm: .p256, bytes: contract.dhPublicKey) != nil
            else {
                throw ProvisioningRefusal(
                    .malformedField,
                    "The wrapped key is not 48 octets with a DH key of 65. Wrap it with "
                        + "ContractKeyWrap2.")
            }
            do {
                cps = try ISO2.CertificateChain(der: cpsChain)
                chain = try ISO2.CertificateChain(der: contract.chain, id: XMLID("id1"))
                key = ISO2.ContractSignatureEncryptedPrivateKey(
                    id: try XMLID("id2"), value: try ISO2.PrivateKey(contract.encryptedKey))
                dh = ISO2.DiffieHellmanPublickey(
                    id: try XMLID("id3"), value: try ISO2.DHpublickey(contract.dhPublicKey))
                emaid = ISO2.EMAID(id: try XMLID("id4"), value: try ISO2.EMAIDString(contract.emaid.normalized))
            } catch {
                throw ProvisioningRefusal(.malformedField, "The answer does not fit its message: \(error.message)")
            }
        }
    }

    // MARK: Accepting

    /// Verifies an answer to CertificateInstallationReq and unwraps its key.
    ///
    /// - Parameters:
    ///   - signature: From the header of the answer's message.
    ///   - evidence: Of revocation, as far as the policy's verifiers ask for it.
    ///   - oemKey: The car's provisioning key.
    /// - Throws: ``ProvisioningRefusal``; nothing of a refused answer may be kept.
    package static func accept(
        _ response: ISO2.CertificateInstallationRes, signature: XMLDSig.Signature?, policy: InstallationPolicy,
        evidence: RevocationEvidence = .none, at time: Timestamp, oemKey: any AgreementKey
    ) async throws(ProvisioningRefusal) -> InstalledContract {
        let elements: [SignableElement]
        do {
            elements = try SignableElement.elements(of: response)
        } catch {
            throw ProvisioningRefusal(error)
        }
        return try await accept(
            Received(
                code: response.responseCode, cps: response.saProvisioningCertificateChain,
                chain: response.contractSignatureCertChain, key: response.contractSignatureEncryptedPrivateKey,
                dh: response.dhPublicKey, emaid: response.emaid),
            elements, signature, policy, evidence, time, oemKey)
    }

    /// Verifies an answer to CertificateUpdateReq and unwraps its key.
    ///
    /// - Parameters:
    ///   - oldKey: The key of the contract that is replaced.
    ///   - emaid: The contract that was to be updated; an answer for another one is refused.
    package static func acceptUpdate(
        _ response: ISO2.CertificateUpdateRes, signature: XMLDSig.Signature?, policy: InstallationPolicy,
        evidence: RevocationEvidence = .none, at time: Timestamp, oldKey: any AgreementKey, emaid: EMAID
    ) async throws(ProvisioningRefusal) -> InstalledContract {
        let elements: [SignableElement]
        do {
            elements = try SignableElement.elements(of: response)
        } catch {
            throw ProvisioningRefusal(error)
        }
        let installed = try await accept(
            Received(
                code: response.responseCode, cps: response.saProvisioningCertificateChain,
                chain: response.contractSignatureCertChain, key: response.contractSignatureEncryptedPrivateKey,
                dh: response.dhPublicKey, emaid: response.emaid),
            elements, signature, policy, evidence, time, oldKey)
        guard installed.emaid.namesSameContract(as: emaid) else { throw .wrongEMAID }
        return installed
    }

    /// What both answers have in common.
    private struct Received {
        let code: ISO2.ResponseCode
        let cps: ISO2.CertificateChain
        let chain: ISO2.CertificateChain
        let key: ISO2.ContractSignatureEncryptedPrivateKey
        let dh: ISO2.DiffieHellmanPublickey
        let emaid: ISO2.EMAID
    }

    private static func accept(
        _ received: Received, _ elements: [SignableElement], _ signature: XMLDSig.Signature?,
        _ policy: InstallationPolicy, _ evidence: RevocationEvidence, _ time: Timestamp, _ key: any AgreementKey
    ) async throws(ProvisioningRefusal) -> InstalledContract {
        try policy.check(.iso2)
        switch received.code {
        case .ok, .okCertificateExpiresSoon: break
        default:
            throw ProvisioningRefusal(
                .notAnOKAnswer, "The answer is \(received.code.schemaName): there is no contract.")
        }
        // The signer's chain first: a signature by whoever is worth nothing.
        let cps = try policy.judge(
            policy.provisioningVerifier, "The provisioning service's chain", received.cps.der, evidence, time)
        guard let signer = cps.leaf.publicKey else {
            throw ProvisioningRefusal(.chainRefused, "The provisioning service's key is of no known kind.")
        }
        let verified: VerifiedSignature
        do {
            verified = try policy.signatures.verify(signature, over: elements, by: signer)
        } catch {
            throw ProvisioningRefusal(error)
        }
        let (leaf, named) = try Certificate.contractLeaf(received.chain.certificate.octets)
        guard let emaid = EMAID(received.emaid.value.string), emaid.namesSameContract(as: named) else {
            throw .wrongEMAID
        }
        guard let contractKey = leaf.publicKey, contractKey.algorithm == .p256 else {
            throw ProvisioningRefusal(.badContractCertificate, "The contract's key is not P-256, the only one of -2.")
        }
        var findings = cps.findings
        if let verifier = policy.contractVerifier {
            findings += try policy.judge(verifier, "The contract's chain", received.chain.der, evidence, time).findings
        }
        let scalar = try await ContractKeyWrap2.unwrap(
            encryptedKey: received.key.value.octets, dhPublicKey: received.dh.value.octets, with: key,
            contract: contractKey)
        return InstalledContract(
            chain: received.chain.der, scalar: scalar, emaid: emaid, findings: findings, signature: verified,
            provisioningService: cps)
    }
}

extension ProvisioningRefusal {
    static var wrongEMAID: ProvisioningRefusal {
        ProvisioningRefusal(
            .wrongEMAID, "The eMAID of the answer, of the contract certificate and of the request are not the same.")
    }
}
