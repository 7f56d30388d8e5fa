internal import SchemaTypes
package import V2GCertificates
package import V2GKeys
package import V2GMessagesISO20
package import V2GMessagesISO20Common
package import V2GPrimitives
internal import V2GX509

/// A contract with its key wrapped for one car, ready to be signed by a provisioning service (edition -20).
package struct WrappedContract20: Sendable, Hashable {
    /// DER, leaf first, one to three sub-CAs, without the root.
    package let chain: [[UInt8]]
    package let blob: ContractKeyWrap20.Blob

    /// From a mobility operator that wrapped the key itself.
    package init(chain: [[UInt8]], blob: ContractKeyWrap20.Blob) {
        self.chain = chain
        self.blob = blob
    }

    /// Wraps a contract's key for a car.
    ///
    /// - Parameters:
    ///   - receiver: The car's provisioning key, P-521 or X448.
    ///   - pcid: The name in the provisioning certificate.
    /// - Throws: ``ProvisioningRefusal`` with `keyMismatch` when key and certificate do not belong together.
    package init(
        wrapping scalar: SecretBytes, of chain: [[UInt8]], for receiver: PublicKey, pcid: PCID,
        options: Wrap20Options = Wrap20Options()
    ) throws(ProvisioningRefusal) {
        let (certificate, _) = try Certificate.contractLeaf(chain.first ?? [])
        try certificate.requireKey(scalar)
        self.init(
            chain: chain,
            blob: try ContractKeyWrap20.wrap(
                scalar: scalar, for: receiver, contract: certificate, pcid: pcid, options: options))
    }
}

/// Contract installation in edition -20 (ISO 15118-20 8.3.4.3): answers made by a provisioning service, and accepted by
/// a car. A car with several contracts gets one answer for each.
package enum ContractInstaller20 {
    // MARK: Making

    /// A signed answer with one contract.
    ///
    /// - Parameters:
    ///   - header: Session id and time; the signature is put into it.
    ///   - remaining: Contracts that the car can ask for after this one.
    ///   - cpsChain: The provisioning service's chain, DER, leaf first, without the root.
    ///   - cpsKey: The key of its leaf.
    /// - Throws: ``ProvisioningRefusal`` with `misconfigured`, `malformedField`, `signatureRefused`.
    package static func makeResponse(
        _ contract: WrappedContract20, header: ISO20.MessageHeader, remaining: UInt8 = 0, cpsChain: [[UInt8]],
        cpsKey: any SigningKey, responseCode: ISO20.ResponseCode = .ok,
        profile: SignatureProfile = SignatureProfile(edition: .iso20)
    ) async throws(ProvisioningRefusal) -> ISO20Common.CertificateInstallationRes {
        guard profile.edition == .iso20 else {
            throw ProvisioningRefusal(.misconfigured, "The signature profile is not that of edition -20.")
        }
        let length = Edition.iso20.maximumCertificateLength
        let cpsCertificates = try Certificate.readChain(
            cpsChain, "The provisioning service's chain", subCertificates: 0...3, maximumLength: length)
        guard cpsCertificates.first?.publicKey == cpsKey.publicKey else {
            throw ProvisioningRefusal(
                .misconfigured, "The signing key is not the one of the provisioning service's certificate.")
        }
        _ = try Certificate.readChain(
            contract.chain, "The contract's chain", subCertificates: 1...3, maximumLength: length)
        _ = try Certificate.contractLeaf(contract.chain.first ?? [])
        let data: ISO20Common.SignedInstallationData
        let cps: ISO20Common.CertificateChain
        do {
            data = ISO20Common.SignedInstallationData(
                id: try XMLID("id1"),
                contractCertificateChain: try ISO20Common.ContractCertificateChain(der: contract.chain),
                ecdhCurve: contract.blob.curve == .x448 ? .x448 : .secp521,
                dhPublicKey: try ISO20Common.DhPublicKey(contract.blob.dhPublicKey),
                encryptedPrivateKey: contract.blob.curve == .x448
                    ? .x448EncryptedPrivateKey(try ISO20Common.X448EncryptedPrivateKey(contract.blob.encryptedKey))
                    : .secp521EncryptedPrivateKey(
                        try ISO20Common.Secp521EncryptedPrivateKey(contract.blob.encryptedKey)))
            cps = try ISO20Common.CertificateChain(der: cpsChain)
        } catch {
            throw ProvisioningRefusal(.malformedField, "The answer does not fit its message: \(error.message)")
        }
        var header = header
        do {
            header.signature = try await PendingSignature.signature(
                over: [try .signedInstallationData(data)], by: cpsKey, profile: profile)
        } catch {
            throw ProvisioningRefusal(error)
        }
        return ISO20Common.CertificateInstallationRes(
            header: header, responseCode: responseCode, evseProcessing: .finished, cpsCertificateChain: cps,
            signedInstallationData: data, remainingContractCertificateChains: remaining)
    }

    // MARK: Accepting

    /// Verifies an answer and unwraps its key.
    ///
    /// - Parameters:
    ///   - oemKey: The car's provisioning key, P-521 or X448.
    ///   - pcid: The name in the car's provisioning certificate.
    ///   - evidence: Of revocation, as far as the policy's verifiers ask for it.
    /// - Throws: ``ProvisioningRefusal``; nothing of a refused answer may be kept.
    package static func accept(
        _ response: ISO20Common.CertificateInstallationRes, policy: InstallationPolicy,
        evidence: RevocationEvidence = .none, at time: Timestamp, oemKey: any AgreementKey, pcid: PCID,
        options: Wrap20Options = Wrap20Options()
    ) async throws(ProvisioningRefusal) -> InstalledContract {
        try policy.check(.iso20)
        switch response.responseCode {
        case .ok, .okCertificateExpiresSoon: break
        default:
            throw ProvisioningRefusal(
                .notAnOKAnswer, "The answer is \(response.responseCode.schemaName): there is no contract.")
        }
        guard response.evseProcessing == .finished else {
            throw ProvisioningRefusal(
                .notAnOKAnswer, "The answer says \(response.evseProcessing.schemaName): its contract is a placeholder.")
        }
        let cps = try policy.judge(
            policy.provisioningVerifier, "The provisioning service's chain", response.cpsCertificateChain.der, evidence,
            time)
        guard let signer = cps.leaf.publicKey else {
            throw ProvisioningRefusal(.chainRefused, "The provisioning service's key is of no known kind.")
        }
        let data = response.signedInstallationData
        let verified: VerifiedSignature
        do {
            verified = try policy.signatures.verify(
                response.header.signature, over: [try .signedInstallationData(data)], by: signer)
        } catch {
            throw ProvisioningRefusal(error)
        }
        let (leaf, emaid) = try Certificate.contractLeaf(data.contractCertificateChain.certificate.octets)
        var findings = cps.findings
        if let verifier = policy.contractVerifier {
            findings += try policy.judge(
                verifier, "The contract's chain", data.contractCertificateChain.der, evidence, time
            ).findings
        }
        let scalar = try await ContractKeyWrap20.unwrap(
            try blob(of: data), with: oemKey, contract: leaf, pcid: pcid, options: options)
        return InstalledContract(
            chain: data.contractCertificateChain.der, scalar: scalar, emaid: emaid, findings: findings,
            signature: verified, provisioningService: cps)
    }

    private static func blob(
        of data: ISO20Common.SignedInstallationData
    ) throws(ProvisioningRefusal) -> ContractKeyWrap20.Blob {
        switch (data.ecdhCurve, data.encryptedPrivateKey) {
        case (.secp521, .secp521EncryptedPrivateKey(let key)):
            return ContractKeyWrap20.Blob(
                curve: .p521, encryptedKey: key.octets, dhPublicKey: data.dhPublicKey.octets)
        case (.x448, .x448EncryptedPrivateKey(let key)):
            return ContractKeyWrap20.Blob(
                curve: .x448, encryptedKey: key.octets, dhPublicKey: data.dhPublicKey.octets)
        case (_, .tpmEncryptedPrivateKey):
            throw ProvisioningRefusal(
                .unsupportedScheme, "The key is wrapped for a TPM, whose layout is not public, and this car has none.")
        case (.secp521, .x448EncryptedPrivateKey), (.x448, .secp521EncryptedPrivateKey):
            throw ProvisioningRefusal(.malformedField, "ECDHCurve and the encrypted key name different curves.")
        }
    }
}
