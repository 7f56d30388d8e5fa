import CryptoOpenSSL
import Foundation
import Testing
import V2GKeys
import V2GPrimitives

@Suite struct SoftwareKeyTests {
    static let signing: [KeyAlgorithm] = [.p256, .p521, .ed448]
    let verifier = ProductSignatureVerifier()
    let message = Array("the to-be-signed bytes".utf8)

    @Test(arguments: signing)
    func signatureVerifiesAndNothingElseDoes(_ algorithm: KeyAlgorithm) throws {
        let key = try SoftwareKey.generate(algorithm)
        let other = try SoftwareKey.generate(algorithm)
        let scheme = try #require(algorithm.signatureAlgorithm)
        let signature = try key.sign(message)
        #expect(verifier.isValid(signature: signature, algorithm: scheme, over: message, by: key.publicKey))
        #expect(!verifier.isValid(signature: signature, algorithm: scheme, over: message + [0], by: key.publicKey))
        #expect(!verifier.isValid(signature: signature, algorithm: scheme, over: message, by: other.publicKey))
        #expect(!verifier.isValid(signature: signature + [0], algorithm: scheme, over: message, by: key.publicKey))
        #expect(!verifier.isValid(signature: [], algorithm: scheme, over: message, by: key.publicKey))
        for index in stride(from: 0, to: signature.count, by: 7) {
            var flipped = signature
            flipped[index] ^= 1
            #expect(!verifier.isValid(signature: flipped, algorithm: scheme, over: message, by: key.publicKey))
        }
        for wrong in SignatureAlgorithm.allCases where wrong != scheme {
            #expect(!verifier.isValid(signature: signature, algorithm: wrong, over: message, by: key.publicKey))
        }
    }

    @Test(arguments: signing)
    func opensslCommandAcceptsOurSignatureAndWeItsOne(_ algorithm: KeyAlgorithm) throws {
        let directory = try TemporaryDirectory()
        let key = try SoftwareKey.generate(algorithm)
        try directory.write(try key.pem().text, to: "key.pem")
        try Data(message).write(to: URL(fileURLWithPath: directory.file("message")))
        try Data(try key.sign(message)).write(to: URL(fileURLWithPath: directory.file("signature")))
        let digest =
            algorithm == .p256
            ? ["-rawin", "-digest", "sha256"] : algorithm == .p521 ? ["-rawin", "-digest", "sha512"] : ["-rawin"]
        let verified = try runArray(
            "openssl",
            [
                "pkeyutl", "-verify", "-inkey", directory.file("key.pem"), "-in", directory.file("message"), "-sigfile",
                directory.file("signature"),
            ] + digest)
        #expect(verified.status == 0, "\(verified.errors)")
        let signed = try runArray(
            "openssl",
            [
                "pkeyutl", "-sign", "-inkey", directory.file("key.pem"), "-in", directory.file("message"), "-out",
                directory.file("theirs"),
            ] + digest)
        #expect(signed.status == 0, "\(signed.errors)")
        let theirs = [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory.file("theirs"))))
        let scheme = try #require(algorithm.signatureAlgorithm)
        #expect(verifier.isValid(signature: theirs, algorithm: scheme, over: message, by: key.publicKey))
    }

    /// RFC 8032 section 7.4, the blank message and the 1 octet message.
    @Test func ed448GivesTheSignaturesOfRFC8032() throws {
        let blank = try SoftwareKey(
            privateScalar: SecretBytes(
                copying: bytes(
                    "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b"
                )),
            algorithm: .ed448)
        #expect(
            blank.publicKey.bytes
                == bytes(
                    "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180"
                ))
        #expect(
            try blank.sign([])
                == bytes(
                    "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980"
                        + "ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600"
                ))
    }

    @Test(arguments: [KeyAlgorithm.p256, .p521, .x448])
    func bothSidesAgree(_ algorithm: KeyAlgorithm) throws {
        let ours = try SoftwareKey.generate(algorithm)
        let theirs = try SoftwareKey.generate(algorithm)
        let third = try SoftwareKey.generate(algorithm)
        let secret = try ours.agree(with: theirs.publicKey).exposed
        #expect(secret == (try theirs.agree(with: ours.publicKey).exposed))
        #expect(secret != (try ours.agree(with: third.publicKey).exposed))
        #expect(secret.count == [.p256: 32, .p521: 66, .x448: 56][algorithm])
    }

    @Test func opensslCommandDerivesTheSameSecret() throws {
        let directory = try TemporaryDirectory()
        let ours = try SoftwareKey.generate(.p521)
        _ = try run(
            "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521", "-out",
            directory.file("peer.pem"))
        let peer = try SoftwareKey(pem: secret(try String(contentsOfFile: directory.file("peer.pem"), encoding: .utf8)))
        try directory.write(try ours.pem().text, to: "ours.pem")
        _ = try run("openssl", "pkey", "-in", directory.file("peer.pem"), "-pubout", "-out", directory.file("peer.pub"))
        let derived = try run(
            "openssl", "pkeyutl", "-derive", "-inkey", directory.file("ours.pem"), "-peerkey",
            directory.file("peer.pub"),
            "-out", directory.file("secret"))
        #expect(derived.status == 0, "\(derived.errors)")
        let theirs = [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory.file("secret"))))
        #expect(try ours.agree(with: peer.publicKey).exposed == theirs)
    }

    @Test func invalidPeersAreRefused() async throws {
        for algorithm in [KeyAlgorithm.p256, .p521] {
            let key = try SoftwareKey.generate(algorithm)
            var off = key.publicKey.bytes
            off[off.count - 1] ^= 1
            let invalid = try #require(PublicKey(algorithm: algorithm, bytes: off))
            #expect(!invalid.isOnCurve)
            #expect(key.publicKey.isOnCurve)
            #expect(await code { _ = try key.agree(with: invalid) } != nil)
            #expect(
                !verifier.isValid(
                    signature: try key.sign(message), algorithm: try #require(algorithm.signatureAlgorithm),
                    over: message, by: invalid))
        }
        let x448 = try SoftwareKey.generate(.x448)
        let zero = try #require(PublicKey(algorithm: .x448, bytes: [UInt8](repeating: 0, count: 56)))
        #expect(await code { _ = try x448.agree(with: zero) } == .operationFailed)
        let p256 = try SoftwareKey.generate(.p256)
        #expect(await code { _ = try p256.agree(with: x448.publicKey) } == .unsupported)
    }

    @Test func kindsThatCannotDoItRefuse() async throws {
        let x448 = try SoftwareKey.generate(.x448)
        let ed448 = try SoftwareKey.generate(.ed448)
        #expect(await code { _ = try x448.sign([]) } == .unsupported)
        #expect(await code { _ = try ed448.agree(with: ed448.publicKey) } == .unsupported)
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func scalarMatchesItsOwnKeyOnly(_ algorithm: KeyAlgorithm) throws {
        let key = try SoftwareKey.generate(algorithm)
        let other = try SoftwareKey.generate(algorithm)
        let scalar = try key.exportPrivateScalar()
        #expect(privateScalarMatches(scalar, publicKey: key.publicKey))
        #expect(!privateScalarMatches(scalar, publicKey: other.publicKey))
        #expect(!privateScalarMatches(SecretBytes(copying: [0] + scalar.exposed), publicKey: key.publicKey))
        #expect(try SoftwareKey(privateScalar: scalar, algorithm: algorithm).publicKey == key.publicKey)
    }

    @Test func scalarOutOfRangeIsRefused() async throws {
        let key = try SoftwareKey.generate(.p256)
        let zero = SecretBytes(copying: [UInt8](repeating: 0, count: 32))
        let order = SecretBytes(copying: ECDSASignatureTests.p256Order)
        for scalar in [zero, order] {
            #expect(!privateScalarMatches(scalar, publicKey: key.publicKey))
            #expect(await code { _ = try SoftwareKey(privateScalar: scalar, algorithm: .p256) } == .unreadable)
        }
    }

    @Test func verifierForgetsTheOldestAndStaysRight() throws {
        let small = ProductSignatureVerifier(cachedKeys: 2)
        let keys = try (0..<6).map { _ in try SoftwareKey.generate(.ed448) }
        for _ in 0..<3 {
            for key in keys {
                let signature = try key.sign(message)
                #expect(small.isValid(signature: signature, algorithm: .ed448, over: message, by: key.publicKey))
                #expect(!small.isValid(signature: signature, algorithm: .ed448, over: [], by: key.publicKey))
            }
        }
    }

    @Test func verifiedKeyLetsNoWrongSignatureOut() async throws {
        struct Broken: SigningKey {
            let publicKey: PublicKey
            func sign(_ message: [UInt8]) async throws(KeyError) -> [UInt8] { [UInt8](repeating: 1, count: 70) }
        }
        let good = try SoftwareKey.generate(.p521)
        #expect(try await VerifiedSigningKey(good, verifier: verifier).sign(message).count > 100)
        let broken = VerifiedSigningKey(Broken(publicKey: good.publicKey), verifier: verifier)
        #expect(await code { _ = try await broken.sign(message) } == .operationFailed)
    }

    @Test(arguments: [KeyAlgorithm.p256, .p521], ["SHA256", "SHA384", "SHA512"])
    func possessionIsProvenWithAnyHashButOnlyByTheKey(_ algorithm: KeyAlgorithm, _ digest: String) throws {
        let directory = try TemporaryDirectory()
        let key = try SoftwareKey.generate(algorithm)
        let other = try SoftwareKey.generate(algorithm)
        try directory.write(try key.pem().text, to: "key", mode: 0o400)
        try directory.write("message", to: "message")
        let signed = try run(
            "openssl", "dgst", "-\(digest.lowercased())", "-sign", directory.file("key"), "-out",
            directory.file("signature"),
            directory.file("message"))
        try #require(signed.status == 0, "\(signed.errors)")
        let signature = [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory.file("signature"))))
        let message = Array("message".utf8)
        let hash = try #require(ProofHash(rawValue: digest))
        #expect(verifier.isProof(signature: signature, hash: hash, over: message, by: key.publicKey))
        #expect(!verifier.isProof(signature: signature, hash: hash, over: message + [0], by: key.publicKey))
        #expect(!verifier.isProof(signature: signature, hash: hash, over: message, by: other.publicKey))
        #expect(!verifier.isProof(signature: signature + [0], hash: hash, over: message, by: key.publicKey))
        for wrong in ProofHash.allCases where wrong != hash {
            #expect(!verifier.isProof(signature: signature, hash: wrong, over: message, by: key.publicKey))
        }
    }

    @Test func ed448ProvesPossessionOnlyByItsOwnAlgorithm() throws {
        let key = try SoftwareKey.generate(.ed448)
        let signature = try key.sign(message)
        for hash in ProofHash.allCases {
            #expect(!verifier.isProof(signature: signature, hash: hash, over: message, by: key.publicKey))
        }
    }
}
