import CryptoOpenSSL
import Foundation
import Testing
import V2GKeys
import V2GKeysPKCS11
import V2GPrimitives

/// SoftHSM with tokens of our own, made before the module is loaded: it reads its configuration once a process.
private final class SoftHSM: Sendable {
    static let modulePath = [
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/libsofthsm2.so",
    ].first { FileManager.default.fileExists(atPath: $0) }
    static let isInstalled = modulePath != nil && findTool("softhsm2-util") != nil
    static let shared = Result { try SoftHSM() }

    let directory: TemporaryDirectory
    let pinFile: String

    private init() throws {
        directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.file("tokens"), withIntermediateDirectories: false)
        let configuration = try directory.write(
            "directories.tokendir = \(directory.file("tokens"))\nobjectstore.backend = file\nlog.level = ERROR\n",
            to: "softhsm2.conf")
        unsafe setenv("SOFTHSM2_CONF", configuration, 1)
        for label in ["main", "pin", "no pin"] {
            let made = try run(
                "softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "87654321", "--pin", "4711")
            try #require(made.status == 0, "\(made.errors)")
        }
        pinFile = try directory.write("4711\n", to: "pin", mode: 0o400)
    }

    func reference(_ label: String, token: String = "main", pinFile: String? = nil) -> KeyReference {
        var uri = PKCS11URI(token: token, object: label, modulePath: Self.modulePath)
        uri.pinSourcePath = pinFile ?? self.pinFile
        return .pkcs11(uri)
    }
}

// One after the other: SoftHSM reads objects half-written when another process, here pkcs11-tool, works on the same token.
@Suite(.serialized, .enabled(if: SoftHSM.isInstalled)) struct SoftHSMTests {
    private let hsm: SoftHSM
    let verifier = ProductSignatureVerifier()
    let provider = PKCS11KeyProvider(verifier: ProductSignatureVerifier())

    init() throws { hsm = try SoftHSM.shared.get() }

    @Test(arguments: [KeyAlgorithm.p256, .p521, .ed448])
    func keysAreMadeOnTheTokenAndSign(_ algorithm: KeyAlgorithm) async throws {
        let reference = hsm.reference("sign \(algorithm.rawValue)")
        let publicKey = try await provider.generate(reference, algorithm: algorithm)
        #expect(publicKey.algorithm == algorithm)
        let key = try await provider.signingKey(reference)
        #expect(key.publicKey == publicKey)
        let scheme = try #require(algorithm.signatureAlgorithm)
        for message in [[], [1], [UInt8](repeating: 7, count: 5000)] {
            let signature = try await key.sign(message)
            #expect(verifier.isValid(signature: signature, algorithm: scheme, over: message, by: publicKey))
            #expect(!verifier.isValid(signature: signature, algorithm: scheme, over: message + [1], by: publicKey))
        }
        let description = try await provider.describe(reference)
        #expect(description.publicKey == publicKey)
        #expect(description.isInToken)
        #expect(description.place == "token 'main', object 'sign \(algorithm.rawValue)'")
        #expect(await code { _ = try await provider.generate(reference, algorithm: algorithm) } == .alreadyExists)
        #expect(try await provider.signingKey(reference).publicKey == publicKey)
    }

    @Test(arguments: [KeyAlgorithm.p256, .p521])
    func tokenAndSoftwareAgree(_ algorithm: KeyAlgorithm) async throws {
        let reference = hsm.reference("agree \(algorithm.rawValue)")
        let publicKey = try await provider.generate(reference, algorithm: algorithm)
        let peer = try SoftwareKey.generate(algorithm)
        let key = try await provider.agreementKey(reference)
        #expect(try await key.agree(with: peer.publicKey).exposed == (try peer.agree(with: publicKey).exposed))
        var off = peer.publicKey.bytes
        off[off.count - 1] ^= 1
        let invalid = try #require(PublicKey(algorithm: algorithm, bytes: off))
        #expect(await code { _ = try await key.agree(with: invalid) } == .operationFailed)
    }

    @Test func keyForSigningOnlyDoesNotAgree() async throws {
        var settings = PKCS11Settings()
        settings.newKeysMayAgree = false
        let strict = PKCS11KeyProvider(verifier: verifier, settings: settings)
        let reference = hsm.reference("sign only")
        _ = try await strict.generate(reference, algorithm: .p256)
        #expect(await code { _ = try await strict.agreementKey(reference) } == .unsupported)
        #expect(await code { _ = try await strict.signingKey(reference) } == nil)
    }

    @Test func manyTasksSignAtOnce() async throws {
        let reference = hsm.reference("many")
        let publicKey = try await provider.generate(reference, algorithm: .p256)
        let key = try await provider.signingKey(reference)
        let verifier = verifier
        let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<16 {
                group.addTask {
                    var wrong = 0
                    for round in 0..<25 {
                        let message = Array("task \(task) round \(round)".utf8)
                        let signature = try await key.sign(message)
                        if !verifier.isValid(
                            signature: signature, algorithm: .ecdsaSHA256, over: message, by: publicKey)
                        {
                            wrong += 1
                        }
                    }
                    return wrong
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    @Test func batchKeepsItsOrder() async throws {
        let reference = hsm.reference("batch")
        let publicKey = try await provider.generate(reference, algorithm: .p256)
        let key = try await provider.pkcs11SigningKey(reference)
        let messages = (0..<30).map { Array("message \($0)".utf8) }
        let signatures = try await key.signAll(messages)
        #expect(signatures.count == 30)
        for (message, signature) in zip(messages, signatures) {
            #expect(verifier.isValid(signature: signature, algorithm: .ecdsaSHA256, over: message, by: publicKey))
        }
        #expect(try await key.signAll([]).isEmpty)
        #expect(try await key.measurePooled(count: 40, tasks: 4, verifying: true) > .zero)
        #expect(try await key.measureBareLoop(count: 10) > .zero)
    }

    @Test func wrongPINIsRefusedAlsoWhileLoggedIn() async throws {
        let wrong = try hsm.directory.write("0815", to: "wrong-pin", mode: 0o400)
        #expect(
            await code { _ = try await provider.signingKey(hsm.reference("k", token: "pin", pinFile: wrong)) }
                == .pinIncorrect)
        let repeated = await keyError {
            _ = try await provider.signingKey(hsm.reference("k", token: "pin", pinFile: wrong))
        }
        #expect(repeated?.code == .pinIncorrect)
        #expect(repeated?.message.contains("0815") == false)
        _ = try await provider.generate(hsm.reference("k", token: "pin"), algorithm: .p256)
        #expect(
            await code { _ = try await provider.signingKey(hsm.reference("k", token: "pin", pinFile: wrong)) }
                == .pinIncorrect)
        #expect(await code { _ = try await provider.signingKey(hsm.reference("k", token: "pin")) } == nil)
    }

    @Test func missingPINSaysWhereToPutIt() async throws {
        var settings = PKCS11Settings()
        settings.pin = .environment(variable: "V2G_TEST_PIN_THAT_IS_NOT_SET")
        let without = PKCS11KeyProvider(verifier: verifier, settings: settings)
        let uri = PKCS11URI(token: "no pin", object: "k", modulePath: SoftHSM.modulePath)
        let error = await keyError { _ = try await without.signingKey(.pkcs11(uri)) }
        #expect(error?.code == .pinRequired)
        #expect(error?.message.contains("V2G_PIN") == true)
        #expect(error?.message.contains("pin-source") == true)
        unsafe setenv("V2G_TEST_PIN", "4711", 1)
        settings.pin = .environment(variable: "V2G_TEST_PIN")
        let with = PKCS11KeyProvider(verifier: verifier, settings: settings)
        _ = try await with.generate(.pkcs11(uri), algorithm: .p256)
        #expect(await code { _ = try await with.signingKey(.pkcs11(uri)) } == nil)
    }

    @Test func pinFileOpenToOthersIsRefused() async throws {
        let open = try hsm.directory.write("4711", to: "open-pin", mode: 0o444)
        #expect(
            await code { _ = try await provider.signingKey(hsm.reference("k", pinFile: open)) } == .insecurePermissions)
    }

    @Test func missingObjectAndTokenAreSaid() async throws {
        let object = await keyError { _ = try await provider.signingKey(hsm.reference("no such key")) }
        #expect(object?.code == .notFound)
        let token = await keyError { _ = try await provider.signingKey(hsm.reference("k", token: "no such token")) }
        #expect(token?.code == .notFound)
        #expect(token?.message.contains("'main'") == true)
    }

    @Test func unsupportedMechanismIsNamed() async throws {
        let error = await keyError { _ = try await provider.generate(hsm.reference("x448"), algorithm: .x448) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("CKM_EC_MONTGOMERY_KEY_PAIR_GEN") == true)
        _ = try await provider.generate(hsm.reference("ed"), algorithm: .ed448)
        #expect(await code { _ = try await provider.agreementKey(hsm.reference("ed")) } == .unsupported)
    }

    @Test func keyIsFoundByItsIdentifier() async throws {
        guard case .pkcs11(var uri) = hsm.reference("by id") else { return }
        uri.id = [0xca, 0xfe, 0x01]
        let publicKey = try await provider.generate(.pkcs11(uri), algorithm: .p256)
        uri.object = nil
        #expect(try await provider.signingKey(.pkcs11(uri)).publicKey == publicKey)
        // The id alone is taken too.
        uri.object = "another label"
        #expect(await code { _ = try await provider.generate(.pkcs11(uri), algorithm: .p256) } == .alreadyExists)
        uri.object = nil
        uri.id = [0xca, 0xfe, 0x02]
        #expect(await code { _ = try await provider.signingKey(.pkcs11(uri)) } == .notFound)
    }

    @Test(.enabled(if: findTool("pkcs11-tool") != nil))
    func keyMadeByAnotherToolSignsAndLostPublicHalfIsFoundInACertificate() async throws {
        let module = try #require(SoftHSM.modulePath)
        func tool(_ arguments: String...) throws -> Finished {
            try runArray(
                "pkcs11-tool", ["--module", module, "--token-label", "main", "--login", "--pin", "4711"] + arguments)
        }
        let made = try tool("--keypairgen", "--key-type", "EC:secp521r1", "--label", "foreign", "--id", "aabb")
        try #require(made.status == 0, "\(made.errors)")
        let key = try await provider.signingKey(hsm.reference("foreign"))
        #expect(key.publicKey.algorithm == .p521)
        _ = try await key.sign([1])

        // A certificate over a known key stands in for the one that a CA would have sent back.
        let software = try SoftwareKey.generate(.p521)
        try hsm.directory.write(try software.pem().text, to: "software.pem")
        let certificate = try run(
            "openssl", "req", "-x509", "-key", hsm.directory.file("software.pem"), "-subj", "/CN=x", "-days", "1",
            "-outform",
            "DER", "-out", hsm.directory.file("c.der"))
        try #require(certificate.status == 0, "\(certificate.errors)")
        #expect(try tool("--delete-object", "--type", "pubkey", "--id", "aabb").status == 0)
        #expect(await code { _ = try await provider.signingKey(hsm.reference("foreign")) } == .notFound)
        #expect(try tool("--write-object", hsm.directory.file("c.der"), "--type", "cert", "--id", "aabb").status == 0)
        let read = try await provider.signingKey(hsm.reference("foreign"))
        #expect(read.publicKey == software.publicKey)
        // It is not the certificate of this key, and the signature check says so.
        #expect(await code { _ = try await read.sign([1]) } == .tokenMisbehaved)
    }

    @Test(.enabled(if: findTool("pkcs11-tool") != nil)) func keysOfOtherKindsAreUnsupported() async throws {
        let module = try #require(SoftHSM.modulePath)
        for (kind, label) in [("rsa:2048", "rsa"), ("EC:secp384r1", "p384")] {
            let made = try run(
                "pkcs11-tool", "--module", module, "--token-label", "main", "--login", "--pin", "4711", "--keypairgen",
                "--key-type", kind, "--label", label, "--id", label == "rsa" ? "01" : "02")
            try #require(made.status == 0, "\(made.errors)")
            #expect(await code { _ = try await provider.signingKey(hsm.reference(label)) } == .unsupported)
        }
    }
}
