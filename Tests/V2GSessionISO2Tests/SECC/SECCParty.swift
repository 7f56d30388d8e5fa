import CryptoOpenSSL
import SchemaTypes
import V2GCertificates
import V2GKeys
import V2GMessagesISO2
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSession
import V2GSignatures
import V2GTestSupport
import V2GX509

/// Chains and keys of a car and its mobility operator, made once.
struct SECCParty: Sendable {
    let contract: [Issued]
    let provisioning: [Issued]
    let approval: ContractApproval
    /// Approval of a contract that ends within 21 days.
    let endingSoon: (chain: [Issued], approval: ContractApproval)
    /// A contract of the same operator with another key.
    let other: [Issued]
    let now: Timestamp
    let profile = SignatureProfile(edition: .iso2)

    static let shared = Result { try SECCParty() }

    struct Unusable: Error {}

    init() throws {
        let fixture = ChainFixture(.iso2)
        let now = fixture.now
        self.now = now
        contract = try fixture.chain(.contract)
        provisioning = try fixture.chain(.oem)
        other = try fixture.chain(.contract, from: contract.last)
        approval = try Self.approve(contract, now)
        let ending = try fixture.chain(.contract) { role, template in
            if role == .contract { template.notAfter = now.advanced(bySeconds: 10 * 86_400) }
        }
        endingSoon = (ending, try Self.approve(ending, now))
    }

    static func approve(_ chain: [Issued], _ now: Timestamp) throws -> ContractApproval {
        var settings = ChainVerifier.Settings()
        settings.revocation.leaf = .ignored
        settings.revocation.subCAs = .ignored
        let verifier = ChainVerifier(role: .contract, edition: .iso2, anchors: chain.anchors, settings: settings)
        let valid = try verifier.verify(chain.sent, at: now)
        guard let approval = ContractApproval(chain: valid, emaid: chain[0].certificate.subject.commonName) else {
            throw Unusable()
        }
        return approval
    }

    func sign(_ element: SignableElement, by key: SoftwareKey) throws -> XMLDSig.Signature {
        let pending = try PendingSignature([element], signer: key.publicKey, profile: profile)
        return try pending.completed(with: try key.sign(pending.octets))
    }

    func emaid(_ chain: [Issued]) throws -> ISO2.EMAIDString {
        try ISO2.EMAIDString(chain[0].certificate.subject.commonName ?? "")
    }

    func certificates(_ chain: [Issued], id: String? = nil) throws -> ISO2.CertificateChain {
        try ISO2.CertificateChain(der: chain.sent.map(\.der), id: try id.map { try XMLID($0) })
    }
}
