import CryptoOpenSSL
import V2GCertificates
import V2GKeys
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSession
import V2GSignatures
import V2GTestSupport
import V2GX509

/// Chains and keys that the cars of these tests hold, made once.
struct StationPKI: Sendable {
    static let shared = Result { try StationPKI(.p521) }
    /// What Josev's cars bring.
    static let small = Result { try StationPKI(.p256) }

    let contract: [[UInt8]]
    let contractKey: SoftwareKey
    let provisioning: [[UInt8]]
    let provisioningKey: SoftwareKey
    let approval: ContractApproval
    let profile: SignatureProfile
    let now: Timestamp

    init(_ algorithm: KeyAlgorithm) throws {
        let fixture = ChainFixture(.iso20, algorithm: algorithm)
        now = fixture.now
        let contract = try fixture.chain(.contract)
        let oem = try fixture.chain(.oem)
        self.contract = contract.sent.map(\.der)
        contractKey = contract[0].key
        provisioning = oem.sent.map(\.der)
        provisioningKey = oem[0].key
        profile = SignatureProfile(edition: .iso20, allowsP256InEdition20: algorithm == .p256)
        var settings = ChainVerifier.Settings()
        settings.revocation.leaf = .ignored
        settings.revocation.subCAs = .ignored
        if algorithm == .p256 { settings.profile.tolerances.insert(.p256InEdition20) }
        let verifier = ChainVerifier(
            role: .contract, edition: .iso20, anchors: contract.anchors, settings: settings)
        let chain = try verifier.verify(der: self.contract, at: now)
        guard let approval = ContractApproval(chain: chain, emaid: nil) else { throw Missing() }
        self.approval = approval
    }

    func sign(_ elements: [SignableElement], with key: SoftwareKey) throws -> XMLDSig.Signature {
        let pending = try PendingSignature(elements, signer: key.publicKey, profile: profile)
        return try pending.completed(with: try key.sign(pending.octets))
    }

    struct Missing: Error {}
}
