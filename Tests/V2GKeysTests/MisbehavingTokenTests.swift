import CryptoOpenSSL
import Foundation
import Testing
import V2GKeys
import V2GKeysPKCS11
import V2GPrimitives

/// A module built from `Fixtures/misbehaving-token.c` for one test: a process loads each file once.
private struct FakeToken {
    let directory: TemporaryDirectory
    let reference: KeyReference
    let provider: PKCS11KeyProvider

    init(_ behavior: String, label: String = "key", pin: String = "1234", timeout: Duration = .seconds(10)) throws {
        directory = try TemporaryDirectory()
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/misbehaving-token.c").path
        let module = directory.file("fake.so")
        let built = try run("cc", "-shared", "-fPIC", "-w", "-DBEHAVIOR=\(behavior)", source, "-o", module, "-lcrypto")
        try #require(built.status == 0, "\(built.errors)")
        let pinFile = try directory.write(pin, to: "pin", mode: 0o400)
        var uri = PKCS11URI(token: "fake", object: label, modulePath: module)
        uri.pinSourcePath = pinFile
        reference = .pkcs11(uri)
        var settings = PKCS11Settings()
        settings.operationTimeout = timeout
        provider = PKCS11KeyProvider(verifier: ProductSignatureVerifier(), settings: settings)
    }

    func sign() async throws {
        _ = try await provider.signingKey(reference).sign([1, 2, 3])
    }
}

@Suite(.enabled(if: findTool("cc") != nil)) struct MisbehavingTokenTests {
    @Test(arguments: ["HONEST", "RAW_POINT"])
    func honestTokenSigns(_ behavior: String) async throws {
        let token = try FakeToken(behavior)
        let key = try await token.provider.signingKey(token.reference)
        let signature = try await key.sign([1, 2, 3])
        #expect(
            ProductSignatureVerifier().isValid(
                signature: signature, algorithm: .ecdsaSHA256, over: [1, 2, 3], by: key.publicKey))
        #expect(try await token.provider.describe(token.reference).isInToken)
    }

    @Test(arguments: ["GARBAGE", "SHORT_SIGNATURE", "ZERO_R", "OTHER_KEY", "HUGE_SIGNATURE"])
    func wrongSignatureNeverLeaves(_ behavior: String) async throws {
        let token = try FakeToken(behavior)
        let key = try await token.provider.signingKey(token.reference)
        for _ in 0..<3 {
            #expect(await code { _ = try await key.sign([1, 2, 3]) } == .tokenMisbehaved)
        }
    }

    @Test(arguments: ["POINT_OFF_CURVE", "HUGE_ATTRIBUTE", "MANY_SLOTS"])
    func absurdAnswersAreRefused(_ behavior: String) async throws {
        let token = try FakeToken(behavior)
        #expect(await code { try await token.sign() } == .tokenMisbehaved)
    }

    @Test(arguments: ["REMOVED_ONCE", "LOGGED_OUT_ONCE", "FINALIZED_ONCE"])
    func tokenThatComesBackIsUsedAgain(_ behavior: String) async throws {
        let token = try FakeToken(behavior)
        #expect(await keyError { try await token.sign() } == nil)
        #expect(await keyError { try await token.sign() } == nil)
    }

    @Test(arguments: ["REMOVED_FOR_GOOD", "SESSION_LOST_EACH_TIME"])
    func tokenThatIsGoneIsUnavailable(_ behavior: String) async throws {
        let token = try FakeToken(behavior)
        let key = try await token.provider.signingKey(token.reference)
        let error = await keyError { _ = try await key.sign([1]) }
        #expect(error?.code == .tokenUnavailable)
        #expect(error?.message.contains("CKR_") == true)
    }

    @Test(.timeLimit(.minutes(1))) func hangingTokenGivesAnErrorAtTheDeadline() async throws {
        let token = try FakeToken("HANGS", timeout: .milliseconds(300))
        let key = try await token.provider.signingKey(token.reference)
        let start = ContinuousClock.now
        #expect(await code { _ = try await key.sign([1]) } == .tokenUnavailable)
        let waited = ContinuousClock.now - start
        #expect(waited >= .milliseconds(300))
        #expect(waited < .seconds(5))
        // Others go on meanwhile: a look-up does not hang, and in the end the module is given up.
        #expect(await keyError { _ = try await token.provider.describe(token.reference) } == nil)
        for _ in 0..<2 {
            let errors = await withTaskGroup(of: KeyError.Code?.self) { group in
                for _ in 0..<16 { group.addTask { await code { _ = try await key.sign([1]) } } }
                var all: [KeyError.Code?] = []
                for await error in group { all.append(error) }
                return all
            }
            #expect(errors.count == 16 && errors.allSatisfy { $0 == .tokenUnavailable })
        }
        #expect(await code { _ = try await token.provider.describe(token.reference) } == .tokenUnavailable)
    }

    @Test func slowCallsRunSideBySide() async throws {
        let token = try FakeToken("SLOW")
        let key = try await token.provider.signingKey(token.reference)
        // The token ends the first call only when the second has come.
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { #expect(await code { _ = try await key.sign([1]) } == nil) } }
        }
    }

    @Test func missingMechanismIsNamed() async throws {
        let token = try FakeToken("NO_MECHANISM", label: "key")
        let error = await keyError { try await token.sign() }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("CKM_ECDSA") == true)
        let agreement = await keyError { _ = try await token.provider.agreementKey(token.reference) }
        #expect(agreement?.message.contains("CKM_ECDH1_DERIVE") == true)
    }

    @Test func keySizeBeyondTheMechanismIsRefused() async throws {
        let token = try FakeToken("HONEST", label: "new")
        let error = await keyError { _ = try await token.provider.generate(token.reference, algorithm: .p521) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("CKM_EC_KEY_PAIR_GEN") == true)
        #expect(error?.message.contains("521") == true)
    }

    @Test func generatedKeyThatCanBeReadOutIsDeleted() async throws {
        let token = try FakeToken("EXTRACTABLE", label: "new")
        #expect(
            await code { _ = try await token.provider.generate(token.reference, algorithm: .p256) } == .tokenMisbehaved)
        let honest = try FakeToken("HONEST", label: "new")
        #expect(await code { _ = try await honest.provider.generate(honest.reference, algorithm: .p256) } == nil)
    }

    @Test func lockedPINIsSaid() async throws {
        let token = try FakeToken("PIN_LOCKED")
        let error = await keyError { try await token.sign() }
        #expect(error?.code == .pinIncorrect)
        #expect(error?.message.contains("locked") == true)
        #expect(error?.message.contains("1234") == false)
    }

    @Test func aPINThatTheTokenNeverLookedAtProvesNothing() async throws {
        let token = try FakeToken("LOGGED_IN_ALREADY", pin: "9999")
        // Somebody else in the process has logged in, so any PIN gets through.
        #expect(await code { try await token.sign() } == nil)
        guard case .pkcs11(var uri) = token.reference else { return }
        uri.pinSourcePath = try token.directory.write("1234", to: "right-pin", mode: 0o400)
        // The right one is not held to the wrong one that came first.
        #expect(await code { _ = try await token.provider.signingKey(.pkcs11(uri)).sign([1]) } == nil)
    }

    @Test func anUnknownHandleIsLookedUpOnceMore() async throws {
        let token = try FakeToken("STALE_HANDLE_ONCE")
        #expect(await code { try await token.sign() } == nil)
        let hopeless = try FakeToken("STALE_HANDLE_FOR_GOOD")
        let error = await keyError { try await hopeless.sign() }
        #expect(error?.message.contains("CKR_KEY_HANDLE_INVALID") == true)
    }

    @Test(arguments: ["HONEST", "PIN_TOO_SHORT", "PIN_MALFORMED"])
    func refusedPINIsTriedOnceOnly(_ behavior: String) async throws {
        let token = try FakeToken(behavior, pin: "9999")
        #expect(await code { try await token.sign() } == .pinIncorrect)
        let second = await keyError { try await token.sign() }
        #expect(second?.code == .pinIncorrect)
        #expect(second?.message.contains("not tried again") == true)
    }

    @Test func brokenModulesAreRefused() async throws {
        #expect(await code { try await FakeToken("NO_SIGN_FUNCTION").sign() } == .unsupported)
        #expect(await code { try await FakeToken("INIT_FAILS").sign() } == .tokenUnavailable)
        #expect(await code { try await FakeToken("NO_PUBLIC_OBJECT").sign() } == .notFound)
    }

    @Test(arguments: ["ZERO_SECRET", "SHORT_SECRET"])
    func wrongSharedSecretIsRefused(_ behavior: String) async throws {
        let peer = try SoftwareKey.generate(.p256)
        let token = try FakeToken(behavior)
        let key = try await token.provider.agreementKey(token.reference)
        #expect(await code { _ = try await key.agree(with: peer.publicKey) } == .tokenMisbehaved)
        let honest = try FakeToken("HONEST")
        let good = try await honest.provider.agreementKey(honest.reference)
        #expect(try await good.agree(with: peer.publicKey).count == 32)
        // A point off the curve never reaches the token.
        var off = peer.publicKey.bytes
        off[64] ^= 1
        let invalid = try #require(PublicKey(algorithm: .p256, bytes: off))
        #expect(await code { _ = try await good.agree(with: invalid) } == .operationFailed)
    }

    @Test func moduleThatAnyoneCanChangeIsRefused() async throws {
        let token = try FakeToken("HONEST")
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: token.directory.file("fake.so"))
        #expect(await code { try await token.sign() } == .insecurePermissions)
    }

    @Test func missingModuleNamesWhatIsInstalled() async throws {
        let provider = PKCS11KeyProvider(verifier: ProductSignatureVerifier())
        let gone = KeyReference.pkcs11(PKCS11URI(token: "t", object: "k", modulePath: "/nonexistent/module.so"))
        let error = await keyError { _ = try await provider.signingKey(gone) }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("V2G_PKCS11_MODULE") == true)
        let directory = try TemporaryDirectory()
        let path = try directory.write("not a library", to: "module.so")
        let text = KeyReference.pkcs11(PKCS11URI(token: "t", object: "k", modulePath: path))
        #expect(await code { _ = try await provider.signingKey(text) } == .unreadable)
        #expect(
            await code { _ = try await provider.signingKey(.pkcs11(PKCS11URI(token: "t", modulePath: path))) }
                == .badReference)
        #expect(await code { _ = try await provider.signingKey(.file(path: path)) } == .badReference)
    }
}
