import CryptoOpenSSL
import Foundation
import Testing
import V2GCertificates
import V2GKeys
import V2GKeysPKCS11
import V2GTLS
import V2GTestSupport
import V2GX509

/// SoftHSM with a token of our own.
struct Token {
    static let modulePath = [
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/libsofthsm2.so",
    ].first { FileManager.default.fileExists(atPath: $0) }
    static let isInstalled = modulePath != nil && findTool("softhsm2-util") != nil

    private let directory: Folder
    private let pinFile: String

    init() throws {
        directory = try Folder()
        try FileManager.default.createDirectory(atPath: directory.file("tokens"), withIntermediateDirectories: false)
        let configuration = "directories.tokendir = \(directory.file("tokens"))\nobjectstore.backend = file\n"
        unsafe setenv("SOFTHSM2_CONF", try directory.write(Array(configuration.utf8), to: "softhsm2.conf"), 1)
        pinFile = try directory.write(Array("4711\n".utf8), to: "pin")
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: pinFile)
        let made = try runTool(
            "softhsm2-util", ["--init-token", "--free", "--label", "tls", "--so-pin", "87654321", "--pin", "4711"])
        try #require(made.status == 0, "\(made.output)")
    }

    func reference(_ label: String) -> KeyReference {
        var uri = PKCS11URI(token: "tls", object: label, modulePath: Self.modulePath)
        uri.pinSourcePath = pinFile
        return .pkcs11(uri)
    }
}

@Suite(.enabled(if: Token.isInstalled)) struct TokenKeyTests {
    /// In a process of its own: SoftHSM reads its configuration once in a process, and other suites have theirs.
    @Test func keysOfATokenServeBothEditions() async throws {
        await #expect(processExitsWith: .success) {
            let token = try Token()
            for algorithm in [KeyAlgorithm.p256, .p521] { try await serve(algorithm, token) }
        }
    }
}

private func serve(_ algorithm: KeyAlgorithm, _ token: Token) async throws {
    let provider = PKCS11KeyProvider(verifier: ProductSignatureVerifier())
    let reference = token.reference("leaf \(algorithm.rawValue)")
    let publicKey = try await provider.generate(reference, algorithm: algorithm)
    let key = try await provider.signingKey(reference)
    let fixture = ChainFixture(algorithm == .p256 ? .iso2 : .iso20)
    // The leaf gets the token's key in the place of its own.
    let chain = try fixture.chain(.secc) { role, template in
        if role == .secc { template.subjectPublicKeyInfo = SubjectPublicKeyInfo(publicKey) }
    }
    let credential = TLSCredential(chain: chain.sentDER, key: .external(key), root: chain.rootDER)
    let pair = Pair(
        client: try client(algorithm == .p256 ? .tls12 : .tls13),
        server: try server {
            if algorithm == .p256 { $0.iso2Chains = [credential] } else { $0.iso20Chains = [credential] }
        })
    await pair.pump()
    try #require(pair.serverEnd.failure == nil)
    try #require(pair.clientEnd.failure == nil)
    try #require(pair.serverEnd.signatures == 1)
    try #require(pair.serverEnd.summary != nil)
}
