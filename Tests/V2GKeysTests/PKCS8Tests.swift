import CryptoOpenSSL
import Foundation
import Testing
import V2GKeys
import V2GPrimitives

@Suite struct PKCS8Tests {
    @Test(arguments: KeyAlgorithm.allCases)
    func plainAndEncryptedKeysComeBack(_ algorithm: KeyAlgorithm) throws {
        let key = try SoftwareKey.generate(algorithm)
        #expect(try SoftwareKey(pem: key.pem()).publicKey == key.publicKey)
        #expect(try SoftwareKey(pkcs8DER: key.pkcs8DER()).publicKey == key.publicKey)
        let encrypted = try key.pem(passphrase: secret("long enough"))
        #expect(encrypted.text.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"))
        #expect(try SoftwareKey(pem: encrypted, passphrase: secret("long enough")).publicKey == key.publicKey)
    }

    @Test func wrongOrMissingPassphraseIsSaid() async throws {
        let encrypted = try SoftwareKey.generate(.p256).pem(passphrase: secret("right"))
        #expect(await code { _ = try SoftwareKey(pem: encrypted, passphrase: secret("wrong")) } == .pinIncorrect)
        #expect(await code { _ = try SoftwareKey(pem: encrypted) } == .pinRequired)
        #expect(await code { _ = try SoftwareKey.generate(.p256).pem(passphrase: secret("")) } == .pinRequired)
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func opensslCommandReadsOurKeys(_ algorithm: KeyAlgorithm) throws {
        let directory = try TemporaryDirectory()
        let key = try SoftwareKey.generate(algorithm)
        try directory.write(try key.pem().text, to: "plain.pem")
        try directory.write(try key.pem(passphrase: secret("pass word")).text, to: "encrypted.pem")
        try directory.write("pass word\n", to: "passphrase")
        let plain = try run("openssl", "pkey", "-in", directory.file("plain.pem"), "-pubout")
        #expect(plain.status == 0, "\(plain.errors)")
        let encrypted = try run(
            "openssl", "pkey", "-in", directory.file("encrypted.pem"), "-passin",
            "file:" + directory.file("passphrase"), "-pubout")
        #expect(encrypted.status == 0, "\(encrypted.errors)")
        #expect(plain.output == encrypted.output)
    }

    @Test(
        arguments: [
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
            ["-algorithm", "ED448"], ["-algorithm", "X448"],
        ], [["-v2", "aes-256-cbc"], ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"], ["-scrypt"]])
    func weReadWhatTheOpensslCommandMakes(_ kind: [String], _ scheme: [String]) throws {
        let directory = try TemporaryDirectory()
        try directory.write("geheim", to: "passphrase")
        #expect(try runArray("openssl", ["genpkey"] + kind + ["-out", directory.file("plain.pem")]).status == 0)
        let made = try runArray(
            "openssl",
            [
                "pkcs8", "-topk8", "-in", directory.file("plain.pem"), "-passout",
                "file:" + directory.file("passphrase"), "-out", directory.file("encrypted.pem"),
            ] + scheme)
        #expect(made.status == 0, "\(made.errors)")
        let plain = try SoftwareKey(pem: secret(String(contentsOfFile: directory.file("plain.pem"), encoding: .utf8)))
        let encrypted = try SoftwareKey(
            pem: secret(String(contentsOfFile: directory.file("encrypted.pem"), encoding: .utf8)),
            passphrase: secret("geheim"))
        #expect(plain.publicKey == encrypted.publicKey)
    }

    @Test(arguments: [
        ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], ["-algorithm", "ED25519"],
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
    ])
    func otherKindsAreUnsupported(_ kind: [String]) async throws {
        let directory = try TemporaryDirectory()
        #expect(try runArray("openssl", ["genpkey"] + kind + ["-out", directory.file("k.pem")]).status == 0)
        let text = try String(contentsOfFile: directory.file("k.pem"), encoding: .utf8)
        #expect(await code { _ = try SoftwareKey(pem: secret(text)) } == .unsupported)
    }

    @Test func oldFormatsAreRefusedWithARemedy() async throws {
        let directory = try TemporaryDirectory()
        let old = try run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout")
        let error = await keyError { _ = try SoftwareKey(pem: secret(old.output)) }
        #expect(error?.code == .unreadable)
        #expect(error?.message.contains("pkcs8 -topk8") == true)

        try directory.write(try SoftwareKey.generate(.p256).pem().text, to: "k.pem")
        let weak = try run(
            "openssl", "pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-in", directory.file("k.pem"), "-passout", "pass:x")
        try #require(weak.status == 0, "\(weak.errors)")
        #expect(await code { _ = try SoftwareKey(pem: secret(weak.output), passphrase: secret("x")) } == .unsupported)
    }

    @Test func damagedAndDoubledInputIsUnreadable() async throws {
        let key = try SoftwareKey.generate(.p256)
        let pem = try key.pem().text
        let der = try key.pkcs8DER().exposed
        for text in [
            "", "hello", pem + pem, pem.replacingOccurrences(of: "-----END", with: "----END"),
            String(repeating: "x", count: 20000),
        ] {
            #expect(await code { _ = try SoftwareKey(pem: secret(text)) } == .unreadable)
        }
        #expect(await code { _ = try SoftwareKey(pkcs8DER: SecretBytes(copying: der + [0])) } == .unreadable)
        for count in stride(from: 0, to: der.count, by: 5) {
            #expect(await code { _ = try SoftwareKey(pkcs8DER: SecretBytes(copying: Array(der.prefix(count)))) } != nil)
        }
    }

    @Test func publicHalfThatDoesNotBelongIsRefused() async throws {
        let key = try SoftwareKey.generate(.p256)
        let other = try SoftwareKey.generate(.p256)
        var der = try key.pkcs8DER().exposed
        let point = key.publicKey.bytes
        let start = try #require((0...(der.count - point.count)).first { Array(der[$0..<$0 + point.count]) == point })
        der.replaceSubrange(start..<start + point.count, with: other.publicKey.bytes)
        #expect(await code { _ = try SoftwareKey(pkcs8DER: SecretBytes(copying: der)) } == .unreadable)
    }
}
