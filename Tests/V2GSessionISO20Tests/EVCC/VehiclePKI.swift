import CryptoOpenSSL
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GSession
import V2GSignatures
import V2GTestSupport
import V2GX509

/// Keys and certificates of the car's tests, made once.
struct VehiclePKI: Sendable {
    static let shared = Result { try VehiclePKI() }

    let contract: [Issued]
    let provisioning: [Issued]
    let cps: [Issued]
    let other: SoftwareKey
    let now: Timestamp

    init() throws {
        let fixture = ChainFixture(.iso20)
        now = fixture.now
        contract = try fixture.chain(.contract)
        provisioning = try fixture.chain(.oem)
        cps = try fixture.chain(.cps)
        other = try SoftwareKey.generate(.p521)
    }

    var emaid: EMAID? { contract[0].certificate.subject.commonName.flatMap { EMAID($0) } }

    var credential: ContractCredential? {
        emaid.map { ContractCredential(chain: contract.sent.map(\.der), emaid: $0) }
    }

    var verifier: MessageSignatureVerifier { MessageSignatureVerifier(profile: SignatureProfile(edition: .iso20)) }

    var contractVerifier: ChainVerifier { chainVerifier(.contract, contract) }

    var policy: InstallationPolicy {
        InstallationPolicy(
            provisioningVerifier: chainVerifier(.cps, cps), contractVerifier: contractVerifier, signatures: verifier)
    }

    private func chainVerifier(_ role: Role, _ chain: [Issued]) -> ChainVerifier {
        var settings = ChainVerifier.Settings()
        settings.revocation.leaf = .ignored
        settings.revocation.subCAs = .ignored
        return ChainVerifier(role: role, edition: .iso20, anchors: chain.anchors, settings: settings)
    }

    /// A car with a contract and provisioning certificates.
    func profile(
        _ energy: VehicleProfile.Energy, _ control: VehicleProfile.Control = .scheduled,
        _ authorization: [AuthorizationMethod] = [.plugAndCharge, .external]
    ) -> VehicleProfile {
        var profile = VehicleProfile(macAddress: [2, 0, 0, 0, 0, 1], evccID: "WMIV1234567890ABCDEX", energy: energy)
        profile.control = control
        profile.authorization = authorization
        profile.contract = credential
        profile.contractKey = contract[0].key.publicKey
        profile.provisioning = provisioning.sent.map(\.der)
        profile.provisioningKey = provisioning[0].key.publicKey
        profile.trustedRoots = contract.suffix(1).map(\.certificate.der)
        profile.stopsAfterLoops = 3
        return profile
    }
}
