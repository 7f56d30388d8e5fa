import CryptoOpenSSL
import Foundation
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GKeysFile
import V2GKeysPKCS11
import V2GX509

/// A PKI of one edition in a directory of its own, removed with its last owner.
final class BenchSite {
    let directory: String
    let store: SQLiteStore
    let plan: HierarchyPlan
    let verifier = ProductSignatureVerifier()
    private let keys: KeyProviders
    private let pki: PKIDirectory

    init(_ algorithm: KeyAlgorithm, in parent: String? = nil, placement: KeyPlacement = .files) async throws {
        directory = (parent ?? NSTemporaryDirectory()) + "/v2g-bench-" + UUID().uuidString
        pki = PKIDirectory(directory)
        try pki.make()
        store = try SQLiteStore(path: pki.storePath)
        plan = try HierarchyPlan.standard(algorithm == .p256 ? .iso2 : .iso20, algorithm: algorithm)
        keys = KeyProviders(file: FileKeyProvider(), pkcs11: PKCS11KeyProvider(verifier: verifier))
        try await authority(AuthoritySettings()).build(
            at: CertificateAuthority.Site(directory: pki, keys: placement), includesSamples: true
        ) { _, _, _ in }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func authority(_ settings: AuthoritySettings) -> CertificateAuthority {
        CertificateAuthority(
            plan: plan, settings: settings, store: store, keys: keys, verifier: verifier, actor: "benchmark")
    }

    func certificate(_ name: String) throws -> Certificate {
        let text = try Data(contentsOf: URL(fileURLWithPath: pki.certificatePath(name)))
        guard let block = try PEM.blocks(in: Array(text)).first else {
            throw BenchFailure("\(name).crt holds no certificate")
        }
        return try Certificate(der: block.der)
    }

    /// The key file of an authority, for the peer.
    func keyPEM(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: pki.keyPath(name))))
    }
}

struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Certification requests, each with a key of its own.
enum RequestMaker {
    static func requests(_ algorithm: KeyAlgorithm, numbers: Range<Int>) throws -> [[UInt8]] {
        try numbers.map { try request(algorithm, commonName: commonName($0)) }
    }

    /// The same, made on two threads.
    static func many(_ algorithm: KeyAlgorithm, numbers: Range<Int>) async throws -> [[UInt8]] {
        let middle = numbers.lowerBound + numbers.count / 2
        async let first = requests(algorithm, numbers: numbers.lowerBound..<middle)
        async let second = requests(algorithm, numbers: middle..<numbers.upperBound)
        return try await first + second
    }

    static func commonName(_ number: Int) -> String { "DE*ABC*E\(10_000_000 + number)" }

    private static func request(_ algorithm: KeyAlgorithm, commonName: String) throws -> [UInt8] {
        let name = DistinguishedName([NameAttribute(.commonName, commonName)])
        guard let scheme = algorithm.signatureAlgorithm else { throw BenchFailure("\(algorithm) cannot sign") }
        if algorithm == .p256 { return try FastP256.request(name) }
        let key = try SoftwareKey.generate(algorithm)
        let body = CertificationRequest.body(subject: name, key: key.publicKey)
        return CertificationRequest.assemble(body: body, algorithm: scheme, signature: try key.sign(body))
    }
}
