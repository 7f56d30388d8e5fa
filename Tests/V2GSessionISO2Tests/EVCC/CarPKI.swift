import CryptoOpenSSL
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesISO2
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport
import V2GX509

/// A contract, a provisioning certificate, a provisioning service and a contract to be installed, made once.
struct CarPKI: Sendable {
    static let shared = Task { try await CarPKI() }

    let now: Timestamp
    /// Leaf, MO sub-CA 2, MO sub-CA 1, root.
    let contract: [Issued]
    let provisioning: [Issued]
    let newContract: [Issued]
    let installationResponse: (ISO2.CertificateInstallationRes, XMLDSig.Signature)
    let updateResponse: (ISO2.CertificateUpdateRes, XMLDSig.Signature)
    let installed: InstalledContract

    private init() async throws {
        let fixture = ChainFixture(.iso2)
        now = fixture.now
        contract = try fixture.chain(.contract)
        provisioning = try fixture.chain(.oem)
        newContract = try fixture.chain(.contract)
        let cps = try fixture.chain(.cps)
        let scalar = try newContract[0].key.exportPrivateScalar()
        let chain = newContract.sent.map(\.der)
        let signature: XMLDSig.Signature
        let response: ISO2.CertificateInstallationRes
        (response, signature) = try await ContractInstaller2.makeResponse(
            WrappedContract2(wrapping: scalar, of: chain, for: provisioning[0].key.publicKey),
            cpsChain: cps.sent.map(\.der), cpsKey: cps[0].key)
        installationResponse = (response, signature)
        updateResponse = try await ContractInstaller2.makeUpdateResponse(
            WrappedContract2(wrapping: scalar, of: chain, for: contract[0].key.publicKey),
            cpsChain: cps.sent.map(\.der), cpsKey: cps[0].key)
        var settings = ChainVerifier.Settings()
        settings.revocation.leaf = .ignored
        settings.revocation.subCAs = .ignored
        let policy = InstallationPolicy(
            provisioningVerifier: ChainVerifier(role: .cps, edition: .iso2, anchors: cps.anchors, settings: settings),
            signatures: MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2)))
        installed = try await ContractInstaller2.accept(
            response, signature: signature, policy: policy, at: fixture.now, oemKey: provisioning[0].key)
    }

    var credential: ContractCredential {
        get throws {
            let emaid = try #require(contract[0].certificate.subject.commonName.flatMap { EMAID($0) })
            return ContractCredential(chain: contract.sent.map(\.der), emaid: emaid)
        }
    }

    /// A car with a contract and a provisioning certificate.
    func profile(_ energy: VehicleProfile.Energy = .dc(DCVehicle())) throws -> VehicleProfile {
        var profile = VehicleProfile(macAddress: [2, 0, 0, 0, 0, 1], evccID: "WMIV1234567890ABCD", energy: energy)
        profile.contract = try credential
        profile.contractKey = contract[0].key.publicKey
        profile.provisioning = provisioning.sent.map(\.der)
        profile.provisioningKey = provisioning[0].key.publicKey
        profile.trustedRoots = [contract, provisioning].compactMap { $0.last?.certificate.der }
        profile.stopsAfterLoops = 3
        return profile
    }

    /// Sales tariffs signed by the given certificate's key.
    func signature(over tariffs: [ISO2.SalesTariff], by signer: Issued) throws -> XMLDSig.Signature {
        let pending = try PendingSignature(
            SignableElement.elements(of: tariffs), signer: signer.key.publicKey,
            profile: SignatureProfile(edition: .iso2))
        return try pending.completed(with: try signer.key.sign(pending.octets))
    }
}
