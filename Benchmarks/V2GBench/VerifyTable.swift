import CryptoOpenSSL
import V2GCertificates
import V2GKeys
import V2GTestSupport
import V2GX509

/// A station's chain as a car verifies it: three certificates with their role's rules, and an OCSP answer by a
/// delegated signer. Five signatures in all.
enum VerifyTable {
    static func show(_ algorithm: KeyAlgorithm, _ options: BenchOptions) throws {
        let fixture = ChainFixture(algorithm == .p256 ? .iso2 : .iso20, algorithm: algorithm)
        let chain = try fixture.chain(.secc)
        let signer = try fixture.issue(.ocsp, by: chain[1])
        let answer = try StatusFixture(at: fixture.now).answer(chain[0].certificate, by: chain[1], signer: signer)
        let sent = chain.sent.map(\.der)
        let verifier = ProductSignatureVerifier()
        let judge = ChainVerifier(role: .secc, edition: fixture.edition, anchors: chain.anchors, verifier: verifier)
        let times = algorithm == .p256 ? 400 : 100
        let signatures = 5

        let root = chain[3].certificate
        guard let key = root.publicKey, let scheme = root.signatureAlgorithm.signatureAlgorithm else {
            throw BenchFailure("the root's key is of no known kind")
        }
        var whole: [Double] = []
        var single: [Double] = []
        for _ in 0..<options.rounds {
            var start = Processor.seconds
            for _ in 0..<times {
                _ = try judge.verify(der: sent, evidence: RevocationEvidence(ocsp: [answer]), at: fixture.now)
            }
            whole.append((Processor.seconds - start) / Double(times))
            start = Processor.seconds
            for _ in 0..<times * signatures
            where !verifier.isValid(signature: root.signature, algorithm: scheme, over: root.body.der, by: key) {
                throw BenchFailure("the root does not verify")
            }
            single.append((Processor.seconds - start) / Double(times))
        }
        Output.line(
            "\nverify a station's chain, \(algorithm.displayName): 3 certificates read, role rules, OCSP answer of a delegated signer"
        )
        Row.time("\(signatures) signature verifications", single.median)
        Row.time("ours, from bytes to verdict", whole.median)
        Row.ratio("times the sum of its verifications", whole.median / single.median, atMost: 1.3)
    }
}
