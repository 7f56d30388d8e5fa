internal import CryptoOpenSSL
internal import Synchronization
internal import V2GCertificates
internal import V2GKeys
internal import V2GMessagesISO2
internal import V2GMessagesISO20Common
internal import V2GPKIDirectory
internal import V2GPrimitives
internal import V2GSession
internal import V2GSessionISO2
internal import V2GSessionISO20
internal import V2GSignatures
internal import V2GX509

/// Installing and renewing contracts: verified, unwrapped, and durable before they are used.
extension Car {
    func accept2(
        _ message: ISO2Edition.Message, _ identity: CarIdentity
    ) async -> Result<(InstalledContract, any SigningKey), InstallationFailure> {
        let policy = installationPolicy(identity)
        do {
            let installed: InstalledContract
            switch message.body.bodyElement {
            case .certificateInstallationRes(let response):
                guard let provisioning = identity.provisioning else { return .failure(Self.noProvisioning) }
                installed = try await ContractInstaller2.accept(
                    response, signature: message.header.signature, policy: policy, at: .now(),
                    oemKey: provisioning.agreement)
            case .certificateUpdateRes(let response):
                guard let contract = identity.contract, let key = identity.contractAgreement else {
                    return .failure(InstallationFailure("The car has no contract to renew."))
                }
                installed = try await ContractInstaller2.acceptUpdate(
                    response, signature: message.header.signature, policy: policy, at: .now(), oldKey: key,
                    emaid: contract.credential.emaid)
            default: return .failure(InstallationFailure("The message installs no contract."))
            }
            return .success(try keep(installed, identity, .iso2))
        } catch {
            return .failure(InstallationFailure("\(error)"))
        }
    }

    func accept20(
        _ message: ISO20Edition.Message, _ identity: CarIdentity
    ) async -> Result<(InstalledContract, any SigningKey), InstallationFailure> {
        guard case .common(.certificateInstallationRes(let response)) = message else {
            return .failure(InstallationFailure("The message installs no contract."))
        }
        guard let provisioning = identity.provisioning,
            let name = provisioning.credential.leaf.subject.commonName, let pcid = PCID(name)
        else { return .failure(Self.noProvisioning) }
        do {
            let installed = try await ContractInstaller20.accept(
                response, policy: installationPolicy(identity), at: .now(), oemKey: provisioning.agreement, pcid: pcid)
            return .success(try keep(installed, identity, .iso20))
        } catch {
            return .failure(InstallationFailure("\(error)"))
        }
    }

    static let noProvisioning = InstallationFailure(
        "The car has no provisioning certificate with a PCID as its name (certs/oem.crt), whose key can agree on secrets."
    )

    /// The signer of a contract answer may lack status evidence: the answer carries none.
    func installationPolicy(_ identity: CarIdentity) -> InstallationPolicy {
        var settings = ChainVerifier.Settings()
        settings.revocation = .ifPresented
        let isLenient = configuration.quirks.contains(.josev)
        let edition = identity.pki.edition
        return InstallationPolicy(
            provisioningVerifier: identity.pki.verifier(role: .cps, settings: settings),
            signatures: MessageSignatureVerifier(
                profile: SignatureProfile(edition: edition, allowsP256InEdition20: isLenient)))
    }

    /// Durable before it is used.
    func keep(
        _ installed: InstalledContract, _ identity: CarIdentity, _ edition: Edition
    ) throws -> (InstalledContract, any SigningKey) {
        guard let algorithm = try Certificate(der: installed.chain[0]).publicKey?.algorithm else {
            throw CarError(.credentials, "The installed contract's key is of an unknown kind.")
        }
        let key = try SoftwareKey(privateScalar: installed.scalar, algorithm: algorithm)
        try store?.keep(installed, key: key, edition: edition)
        identities.withLock { all in
            var changed = identity
            changed.contract = (ContractCredential(chain: installed.chain, emaid: installed.emaid), key)
            changed.contractAgreement = key
            all[edition] = changed
        }
        return (installed, key)
    }
}
