import Crypto
import Foundation
import V2GKeys
import V2GX509

/// P-256 straight through swift-crypto: for making requests in bulk, and as one of the two measures of the limit.
struct FastP256 {
    private let key = P256.Signing.PrivateKey()
    private let publicKey: P256.Signing.PublicKey
    private let message: Data
    private let signature: P256.Signing.ECDSASignature

    init(message: [UInt8]) throws {
        self.message = Data(message)
        publicKey = key.publicKey
        signature = try key.signature(for: self.message)
    }

    func sign(times: Int) throws {
        for _ in 0..<times { _ = try key.signature(for: message) }
    }

    func verify(times: Int) throws {
        for _ in 0..<times where !publicKey.isValidSignature(signature, for: message) {
            throw BenchFailure("swift-crypto's own P-256 signature does not verify")
        }
    }

    static func request(_ name: DistinguishedName) throws -> [UInt8] {
        let key = P256.Signing.PrivateKey()
        guard let publicKey = PublicKey(algorithm: .p256, bytes: Array(key.publicKey.x963Representation)) else {
            throw BenchFailure("swift-crypto made a P-256 key of another length")
        }
        let body = CertificationRequest.body(subject: name, key: publicKey)
        let signature = Array(try key.signature(for: body).derRepresentation)
        return CertificationRequest.assemble(body: body, algorithm: .ecdsaSHA256, signature: signature)
    }
}

/// The same for P-521.
struct FastP521 {
    private let key = P521.Signing.PrivateKey()
    private let publicKey: P521.Signing.PublicKey
    private let message: Data
    private let signature: P521.Signing.ECDSASignature

    init(message: [UInt8]) throws {
        self.message = Data(message)
        publicKey = key.publicKey
        signature = try key.signature(for: self.message)
    }

    func sign(times: Int) throws {
        for _ in 0..<times { _ = try key.signature(for: message) }
    }

    func verify(times: Int) throws {
        for _ in 0..<times where !publicKey.isValidSignature(signature, for: message) {
            throw BenchFailure("swift-crypto's own P-521 signature does not verify")
        }
    }
}
