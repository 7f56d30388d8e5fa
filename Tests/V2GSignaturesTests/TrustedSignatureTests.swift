import CryptoOpenSSL
import Testing
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GSignatures
import V2GTestSupport
import V2GX509

/// threats.md 26: a signature counts only with the chain of the key that made it.
@Suite struct TrustedSignatureTests {
    private func validated(_ chain: [Issued], _ role: Role, _ edition: Edition) throws -> ValidatedChain {
        var settings = ChainVerifier.Settings()
        settings.revocation.leaf = .ignored
        settings.revocation.subCAs = .ignored
        let verifier = ChainVerifier(role: role, edition: edition, anchors: chain.anchors, settings: settings)
        return try verifier.verify(chain.sent, at: ChainFixture(edition).now)
    }

    private func signed(by key: SoftwareKey, _ edition: Edition) throws -> VerifiedSignature {
        let profile = SignatureProfile(edition: edition)
        let element = try #require(try SignedSample.all().first { $0.edition == edition }).signable()
        let pending = try PendingSignature([element], signer: key.publicKey, profile: profile)
        let signature = try pending.completed(with: try key.sign(pending.octets))
        return try MessageSignatureVerifier(profile: profile).verify(signature, over: [element], by: key.publicKey)
    }

    @Test func signatureAndChainOfOneKeyAreTrusted() throws {
        for edition in Edition.allCases {
            let chain = try ChainFixture(edition).chain(.contract)
            let trusted = try TrustedSignature(
                try signed(by: chain[0].key, edition), of: try validated(chain, .contract, edition), role: .contract)
            #expect(trusted.chain.leaf == chain[0].certificate)
        }
    }

    @Test func aRightSignatureUnderAnotherChainIsRefused() throws {
        let chain = try ChainFixture(.iso2).chain(.contract)
        let other = try ChainFixture(.iso2).chain(.contract, from: chain.last)
        let signature = try signed(by: chain[0].key, .iso2)
        for (found, role) in [(other, Role.contract), (chain, .cps)] {
            #expect(throws: SignatureRefusal.self) {
                _ = try TrustedSignature(signature, of: try validated(found, .contract, .iso2), role: role)
            }
        }
    }

    @Test func tariffsAreSignedByTheCAAboveTheContract() throws {
        let chain = try ChainFixture(.iso2).chain(.contract)
        let signature = try signed(by: chain[1].key, .iso2)
        let contract = try validated(chain, .contract, .iso2)
        _ = try TrustedSignature(signature, by: .leafIssuer, of: contract, role: .contract)
        #expect(throws: SignatureRefusal.self) { _ = try TrustedSignature(signature, of: contract, role: .contract) }
    }
}
