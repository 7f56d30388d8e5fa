import CryptoOpenSSL
import Foundation
import Testing
import V2GKeys
import V2GKeysFile
import V2GPrimitives

@Suite struct FileKeyProviderTests {
    let directory: TemporaryDirectory
    let provider = FileKeyProvider()

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: KeyAlgorithm.allCases)
    func generatedKeyIsClosedToOthersAndOpensAgain(_ algorithm: KeyAlgorithm) async throws {
        let reference = KeyReference.file(path: directory.file("k.pem"))
        let publicKey = try await provider.generate(reference, algorithm: algorithm)
        #expect(try directory.mode(of: "k.pem") == 0o400)
        #expect(
            try await provider.describe(reference)
                == KeyDescription(publicKey: publicKey, place: directory.file("k.pem"), isInToken: false))
        if algorithm.canSign {
            let key = try await provider.signingKey(reference)
            let signature = try await key.sign([1, 2, 3])
            #expect(
                ProductSignatureVerifier().isValid(
                    signature: signature, algorithm: try #require(algorithm.signatureAlgorithm), over: [1, 2, 3],
                    by: publicKey))
        } else {
            #expect(await code { _ = try await provider.signingKey(reference) } == .unsupported)
        }
        if algorithm.canAgree {
            #expect(try await provider.agreementKey(reference).publicKey == publicKey)
        } else {
            #expect(await code { _ = try await provider.agreementKey(reference) } == .unsupported)
        }
        // Nothing but the key is left, in particular no temporary file.
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["k.pem"])
    }

    @Test func generationNeverOverwrites() async throws {
        let reference = KeyReference.file(path: directory.file("k.pem"))
        let first = try await provider.generate(reference, algorithm: .p256)
        #expect(await code { _ = try await provider.generate(reference, algorithm: .p256) } == .alreadyExists)
        #expect(try await provider.describe(reference).publicKey == first)
        // A dangling link is also something that exists.
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("link"), withDestinationPath: directory.file("elsewhere"))
        #expect(
            await code { _ = try await provider.generate(.file(path: directory.file("link")), algorithm: .p256) }
                == .alreadyExists)
        #expect(!FileManager.default.fileExists(atPath: directory.file("elsewhere")))
    }

    @Test func onlyOneOfManyConcurrentGenerationsWins() async throws {
        let reference = KeyReference.file(path: directory.file("k.pem"))
        let provider = provider
        let winners = await withTaskGroup(of: PublicKey?.self) { group in
            for _ in 0..<8 { group.addTask { try? await provider.generate(reference, algorithm: .ed448) } }
            var winners: [PublicKey] = []
            for await key in group { if let key { winners.append(key) } }
            return winners
        }
        #expect(winners == [try await provider.describe(reference).publicKey])
    }

    @Test(arguments: [0o404, 0o440, 0o402, 0o420, 0o410, 0o644, 0o660, 0o777])
    func fileOpenToOthersIsRefused(_ mode: Int) async throws {
        let path = try directory.write(try SoftwareKey.generate(.p256).pem().text, to: "k.pem", mode: mode)
        let error = await keyError { _ = try await provider.signingKey(.file(path: path)) }
        #expect(error?.code == .insecurePermissions)
        #expect(error?.message.contains("chmod") == true)
    }

    @Test(arguments: [0o400, 0o600, 0o700])
    func fileClosedToOthersIsAccepted(_ mode: Int) async throws {
        let path = try directory.write(try SoftwareKey.generate(.p256).pem().text, to: "k.pem", mode: mode)
        #expect(try await provider.signingKey(.file(path: path)).publicKey.algorithm == .p256)
    }

    @Test func directoryOpenToOthersIsRefusedUnlessSticky() async throws {
        let path = try directory.write(try SoftwareKey.generate(.p256).pem().text, to: "k.pem", mode: 0o400)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory.path)
        #expect(await code { _ = try await provider.signingKey(.file(path: path)) } == .insecurePermissions)
        #expect(
            await code { _ = try await provider.generate(.file(path: directory.file("n.pem")), algorithm: .p256) }
                == .insecurePermissions)
        try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: directory.path)
        #expect(await code { _ = try await provider.signingKey(.file(path: path)) } == nil)
    }

    @Test func linkIsJudgedByWhatItPointsAt() async throws {
        let other = try TemporaryDirectory()
        let target = try other.write(try SoftwareKey.generate(.p256).pem().text, to: "k.pem", mode: 0o400)
        try FileManager.default.createSymbolicLink(atPath: directory.file("link"), withDestinationPath: target)
        let reference = KeyReference.file(path: directory.file("link"))
        #expect(await code { _ = try await provider.signingKey(reference) } == nil)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: other.path)
        #expect(await code { _ = try await provider.signingKey(reference) } == .insecurePermissions)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: other.path)
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: target)
        #expect(await code { _ = try await provider.signingKey(reference) } == .insecurePermissions)
    }

    @Test func whatIsNoKeyFileIsSaid() async throws {
        #expect(await code { _ = try await provider.signingKey(.file(path: directory.file("none"))) } == .notFound)
        #expect(await code { _ = try await provider.signingKey(.file(path: directory.path)) } == .unreadable)
        let pipe = directory.file("pipe")
        #expect(try run("mkfifo", "-m", "0400", pipe).status == 0)
        #expect(await code { _ = try await provider.signingKey(.file(path: pipe)) } == .unreadable)
        let large = try directory.write(String(repeating: "x", count: 20000), to: "large", mode: 0o400)
        #expect(await code { _ = try await provider.signingKey(.file(path: large)) } == .unreadable)
        #expect(await code { _ = try await provider.signingKey(.pkcs11(PKCS11URI())) } == .badReference)
        #expect(
            await code { _ = try await provider.generate(.file(path: directory.file("no/k.pem")), algorithm: .p256) }
                == .notFound)
        #expect(
            await code { _ = try await provider.generate(.file(path: directory.path + "/"), algorithm: .p256) }
                == .badReference)
    }

    @Test func passphraseComesFromAFileClosedToOthers() async throws {
        let passphrase = try directory.write("correct horse\n", to: "passphrase", mode: 0o400)
        let encrypting = FileKeyProvider(passphrase: .file(path: passphrase))
        let reference = KeyReference.file(path: directory.file("k.pem"))
        let publicKey = try await encrypting.generate(reference, algorithm: .p521)
        #expect(try String(contentsOfFile: directory.file("k.pem"), encoding: .utf8).contains("ENCRYPTED PRIVATE KEY"))
        #expect(try await encrypting.signingKey(reference).publicKey == publicKey)
        #expect(await code { _ = try await provider.signingKey(reference) } == .pinRequired)
        let wrong = try directory.write("battery staple", to: "wrong", mode: 0o400)
        #expect(
            await code { _ = try await FileKeyProvider(passphrase: .file(path: wrong)).signingKey(reference) }
                == .pinIncorrect)
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: passphrase)
        #expect(await code { _ = try await encrypting.signingKey(reference) } == .insecurePermissions)
        let unset = FileKeyProvider(passphrase: .environment(variable: "V2G_TEST_UNSET_PASSPHRASE"))
        #expect(
            await code { _ = try await unset.generate(.file(path: directory.file("n.pem")), algorithm: .p256) }
                == .pinRequired)
    }

    @Test func privateDirectoryIsMadeClosedAndAnOpenOneIsRefused() async throws {
        let path = directory.file("private")
        try ProtectedFile.ensurePrivateDirectory(path)
        #expect(try directory.mode(of: "private") == 0o700)
        try ProtectedFile.ensurePrivateDirectory(path)
        try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: path)
        #expect(await code { try ProtectedFile.ensurePrivateDirectory(path) } == .insecurePermissions)
        try directory.write("", to: "file")
        #expect(await code { try ProtectedFile.ensurePrivateDirectory(directory.file("file")) } == .notFound)
    }

    @Test func publishedFilesGetTheModeAsked() throws {
        try ProtectedFile.create(
            directory.file("ca.crt"), contents: secret("certificate"), mode: 0o444, what: "certificate")
        #expect(try directory.mode(of: "ca.crt") == 0o444)
    }

    @Test func routerSendsEachKindToItsProvider() async throws {
        let reference = KeyReference.file(path: directory.file("k.pem"))
        let router = KeyProviders(file: provider)
        let publicKey = try await router.generate(reference, algorithm: .p256)
        #expect(try await router.describe(reference).publicKey == publicKey)
        #expect(await code { _ = try await router.signingKey(.pkcs11(PKCS11URI(token: "t"))) } == .unsupported)
    }
}
