import Synchronization
import Testing
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// Counts what a verification costs.
final class CountingVerifier: SignatureVerifier {
    private let inner: any SignatureVerifier
    private let calls = Mutex(0)
    var count: Int { calls.withLock { $0 } }

    init(_ inner: any SignatureVerifier) { self.inner = inner }

    func isValid(
        signature: [UInt8], algorithm: SignatureAlgorithm, over message: [UInt8], by key: PublicKey
    ) -> Bool {
        calls.withLock { $0 += 1 }
        return inner.isValid(signature: signature, algorithm: algorithm, over: message, by: key)
    }
}

@Suite struct VerifyRobustnessTests {
    private let fixture = ChainFixture()

    @Test func aThousandNamesakesCostABoundedNumberOfSignatures() throws {
        let chain = try fixture.chain(.secc)
        let real = chain[1].certificate
        // The same name and key identifier, a thousand keys; the right one comes last.
        let decoys = try (0..<1_000).map { _ in
            let template = try decoy(of: real)
            return try Certificate(
                der: Certificate.assemble(body: template.encoded(), algorithm: .ecdsaSHA256, signature: real.signature))
        }
        var question = Question(.secc, chain, fixture)
        question.chain = [chain[0].certificate, chain[2].certificate]
        question.intermediates = decoys + [real]
        let counter = CountingVerifier(ProductFixture.verifier)
        let verifier = ChainVerifier(
            role: .secc, edition: .iso2, anchors: question.anchors, settings: question.settings, verifier: counter)
        // The root's own signature is judged once, when the verifier is made.
        let before = counter.count
        #expect(before == 1)
        let refusal = #expect(throws: ChainRefusal.self) {
            try verifier.verify(question.chain, intermediates: question.intermediates, at: question.time)
        }
        #expect(refusal?.rules.contains("V2G.CHAIN.LIMIT") == true)
        #expect(counter.count - before <= question.settings.limits.maximumSignatureChecks)
        // In a peer's chain they are not even looked at.
        let flood = #expect(throws: ChainRefusal.self) {
            try verifier.verify([chain[0].certificate] + decoys, at: question.time)
        }
        #expect(flood?.rules == ["V2G.CHAIN.TOO-MANY"])
        // A few decoys do not hide the path.
        #expect(throws: Never.self) {
            try verifier.verify(question.chain, intermediates: Array(decoys.prefix(20)) + [real], at: question.time)
        }
    }

    private func decoy(of real: Certificate) throws -> CertificateTemplate {
        CertificateTemplate(
            serialNumber: SerialNumber(magnitude: [1] + SystemRandom.bytes(count: 8)),
            signatureAlgorithm: real.body.signatureAlgorithm, issuer: real.issuer, notBefore: real.body.notBefore,
            notAfter: real.body.notAfter, subject: real.subject, subjectPublicKeyInfo: ProfileFixture.key(.p256),
            extensions: real.body.extensions)
    }

    @Test func aStationChainCostsItsOwnSignaturesAndNoMore() throws {
        let chain = try fixture.chain(.secc)
        let answer = try StatusFixture(at: fixture.now).answer(chain[0].certificate, by: chain[1])
        let counter = CountingVerifier(ProductFixture.verifier)
        let verifier = ChainVerifier(role: .secc, edition: .iso2, anchors: chain.anchors, verifier: counter)
        let before = counter.count
        _ = try verifier.verify(chain.sent, evidence: RevocationEvidence(ocsp: [answer]), at: fixture.now)
        #expect(counter.count - before == 4)
    }

    @Test func aMeshOfCrossCertificatesEnds() throws {
        // Six CAs that all certify each other, and none of them is trusted.
        let cas = try (0..<6).map { try fixture.issue(.cpoSub1, name: "Mesh \($0)") }
        var mesh: [Certificate] = []
        for issuer in cas {
            for subject in cas where subject.certificate != issuer.certificate {
                mesh.append(
                    try fixture.issue(.cpoSub1, by: issuer, key: subject.key) {
                        $0.subject = subject.certificate.subject
                    }
                    .certificate)
            }
        }
        let leaf = try fixture.issue(.secc, by: cas[0])
        let root = try fixture.issue(.v2gRoot)
        var question = Question(.secc, [leaf, root], fixture)
        question.intermediates = mesh
        let counter = CountingVerifier(ProductFixture.verifier)
        let verifier = ChainVerifier(
            role: .secc, edition: .iso2, anchors: question.anchors, settings: question.settings, verifier: counter)
        // The root's own signature is judged once, when the verifier is made.
        let before = counter.count
        #expect(before == 1)
        #expect(throws: ChainRefusal.self) {
            try verifier.verify(question.chain, intermediates: mesh, at: question.time)
        }
        #expect(counter.count - before <= question.settings.limits.maximumSignatureChecks)
    }

    @Test func everyAlteredByteOfALeafIsRefused() throws {
        let chain = try fixture.chain(.secc)
        let verifier = ChainVerifier(
            role: .secc, edition: .iso2, anchors: chain.anchors, settings: Question(.secc, chain, fixture).settings)
        let der = chain[0].certificate.der
        let rest = chain.sent.dropFirst().map(\.der)
        for offset in der.indices {
            var altered = der
            altered[offset] ^= 0x10
            #expect(throws: ChainRefusal.self, "byte \(offset)") {
                try verifier.verify(der: [altered] + rest, at: fixture.now)
            }
        }
        #expect(throws: Never.self) { try verifier.verify(der: [der] + rest, at: fixture.now) }
    }
}
