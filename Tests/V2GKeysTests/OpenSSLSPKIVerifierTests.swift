import Foundation
import Testing
import V2GTestSupport

@Suite struct OpenSSLSPKIVerifierTests {
    @Test(arguments: [("RSA", "SHA1"), ("RSA", "SHA256"), ("EC", "SHA384"), ("ED25519", "")])
    func anyKindVerifies(_ kind: String, _ digest: String) throws {
        let directory = try TemporaryDirectory()
        let curve = kind == "EC" ? ["-pkeyopt", "ec_paramgen_curve:P-384"] : []
        try #require(
            try runArray("openssl", ["genpkey", "-algorithm", kind, "-out", directory.file("k")] + curve).status == 0)
        try #require(
            try run(
                "openssl", "pkey", "-in", directory.file("k"), "-pubout", "-outform", "DER", "-out", directory.file("p")
            ).status == 0)
        try directory.write("message", to: "m")
        let hashing = digest.isEmpty ? [] : ["-digest", digest]
        let signed = try runArray(
            "openssl",
            [
                "pkeyutl", "-sign", "-rawin", "-inkey", directory.file("k"), "-in", directory.file("m"), "-out",
                directory.file("s"),
            ] + hashing)
        try #require(signed.status == 0, "\(signed.errors)")
        let key = [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory.file("p"))))
        let signature = [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory.file("s"))))
        let verifier = OpenSSLSPKIVerifier()
        let message = Array("message".utf8)
        let name = digest.isEmpty ? nil : digest
        #expect(verifier.isValid(signature: signature, digest: name, over: message, by: key))
        #expect(!verifier.isValid(signature: signature, digest: name, over: message + [0], by: key))
        #expect(!verifier.isValid(signature: signature, digest: name, over: message, by: key + [0]))
        #expect(!verifier.isValid(signature: signature, digest: name, over: message, by: [0x30, 0]))
        #expect(!verifier.isValid(signature: Array(signature.reversed()), digest: name, over: message, by: key))
    }
}
