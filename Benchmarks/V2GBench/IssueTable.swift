import CryptoOpenSSL
import Foundation
import OpenSSLBaseline
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GX509

/// Request in, certificate out, in process on one core: read, possession proven, linted, signed, encoded.
enum IssueTable {
    /// More keys than any cache of keys holds: a requester's key is seen once.
    private static let keys = 1_000

    static func show(_ algorithm: KeyAlgorithm, _ options: BenchOptions) async throws {
        let site = try await BenchSite(algorithm, in: options.directory)
        var settings = AuthoritySettings()
        settings.verifiesOwnSignatures = false  // the limit has one verification
        let authority = site.authority(settings)
        let requests = try await RequestMaker.many(algorithm, numbers: 0..<keys)
        let peer = try Peer(site, algorithm)
        let body = try site.certificate("secc").body.der
        let verifier = site.verifier

        func ours(_ der: [UInt8]) async throws -> [UInt8] {
            try await authority.measureSigning(
                try ProvenRequest(der: der, verifier: verifier), role: .secc)
        }
        // Both must give a certificate that verifies, or nothing is worth measuring.
        guard let first = requests.first else { throw BenchFailure("no requests") }
        let issuer = try site.certificate("cpo_sub2")
        for made in [try await ours(first), try peer.issue(first)] {
            let certificate = try Certificate(der: made)
            guard let scheme = certificate.signatureAlgorithm.signatureAlgorithm, let key = issuer.publicKey,
                verifier.isValid(
                    signature: certificate.signature, algorithm: scheme, over: certificate.body.der, by: key)
            else { throw BenchFailure("an issued certificate does not verify") }
        }

        let proven = try ProvenRequest(der: first, verifier: verifier)
        let times = algorithm == .p256 ? 2_000 : 400
        var oursNext = 0
        var peerNext = 0
        var proofNext = 0
        var contestants = [
            Contestant(name: "ours", times: times) { times in
                for _ in 0..<times {
                    _ = try await ours(requests[oursNext])
                    oursNext = (oursNext + 1) % keys
                }
            },
            Contestant(name: "proof", times: times) { times in
                for _ in 0..<times {
                    _ = try ProvenRequest(der: requests[proofNext], verifier: verifier)
                    proofNext = (proofNext + 1) % keys
                }
            },
            Contestant(name: "body", times: times) { times in
                for _ in 0..<times { try await authority.measureSigning(proven, role: .secc, upTo: .body) }
            },
            Contestant(name: "lint", times: times) { times in
                for _ in 0..<times { try await authority.measureSigning(proven, role: .secc, upTo: .lint) }
            },
            Contestant(name: "library", times: times) { times in
                for _ in 0..<times {
                    _ = try peer.issue(requests[peerNext])
                    peerNext = (peerNext + 1) % keys
                }
            },
            Contestant(name: "OpenSSL verify", times: times) { try peer.verify(body, times: $0) },
            Contestant(name: "OpenSSL sign", times: times) { try peer.sign(body, times: $0) },
        ]
        switch algorithm {
        case .p256:
            let other = try FastP256(message: body)
            contestants.append(Contestant(name: "swift-crypto verify", times: times) { try other.verify(times: $0) })
            contestants.append(Contestant(name: "swift-crypto sign", times: times) { try other.sign(times: $0) })
        case .p521:
            let other = try FastP521(message: body)
            contestants.append(
                Contestant(name: "swift-crypto verify", times: times / 2) { try other.verify(times: $0) })
            contestants.append(Contestant(name: "swift-crypto sign", times: times / 2) { try other.sign(times: $0) })
        case .ed448, .x448: break  // swift-crypto has neither
        }
        if let only = options.only { contestants = contestants.filter { $0.name == only } }
        let medians = try await Medians.measure(contestants, rounds: options.rounds)
        if let only = options.only {
            Row.time("\(algorithm.displayName), \(only)", medians[only])
            return try await site.store.close()
        }
        let limit =
            min(medians["OpenSSL verify"], medians["swift-crypto verify"].orInfinity)
            + min(medians["OpenSSL sign"], medians["swift-crypto sign"].orInfinity)

        Output.line(
            "\nissue in process, one core, \(algorithm.displayName): \(keys) keys in turn, \(options.rounds) rounds, medians of processor time"
        )
        for name in ["OpenSSL verify", "OpenSSL sign", "swift-crypto verify", "swift-crypto sign"]
        where medians[name].isFinite {
            Row.time(name, medians[name])
        }
        Row.time("limit: the faster verify + the faster sign", limit, rate(limit))
        Row.time("ours: read, prove, lint, sign, encode", medians["ours"], rate(medians["ours"]))
        Row.time("  of it: read and prove", medians["proof"])
        Row.time("  of it: the body", medians["body"])
        Row.time("  of it: lint", medians["lint"] - medians["body"])
        Row.time("  of it: sign and encode", medians["ours"] - medians["proof"] - medians["lint"])
        Row.time("OpenSSL's library (C)", medians["library"], rate(medians["library"]))
        Row.ratio("share of the limit", limit / medians["ours"], atLeast: 0.7)
        Row.show("  the most it could be: library to limit", String(format: "%.2f", medians["library"] / limit))
        Row.ratio("times OpenSSL's library", medians["library"] / medians["ours"], atLeast: algorithm.libraryGoal)
        try await site.store.close()
    }

    static func rate(_ seconds: Double) -> String { "\(Int(1 / seconds))/s" }
}

extension Double {
    fileprivate var orInfinity: Double { isFinite ? self : .infinity }
}

extension KeyAlgorithm {
    fileprivate var libraryGoal: Double {
        switch self {
        case .p256: 3
        case .p521: 1.4
        case .ed448, .x448: 1.8
        }
    }
}

/// OpenSSL's library, doing the same with the same keys.
@safe private final class Peer {
    private let baseline: OpaquePointer
    private var room = [UInt8](repeating: 0, count: 4_096)

    init(_ site: BenchSite, _ algorithm: KeyAlgorithm) throws {
        let issuer = try site.certificate("cpo_sub2").der
        let key = try site.keyPEM("cpo_sub2")
        let pattern = try site.certificate("secc").der
        let bits: Int32 = algorithm == .p256 ? 256 : algorithm == .p521 ? 512 : 0
        guard
            let made = unsafe v2g_baseline_new(
                issuer, issuer.count, key, key.count, pattern, pattern.count, bits)
        else { throw BenchFailure("OpenSSL cannot read the issuer") }
        unsafe baseline = made
    }

    deinit { unsafe v2g_baseline_free(baseline) }

    func issue(_ request: [UInt8]) throws -> [UInt8] {
        let count = unsafe v2g_baseline_issue(baseline, request, request.count, &room, room.count)
        guard count > 0 else { throw BenchFailure("OpenSSL refused a request") }
        return Array(room[..<count])
    }

    func sign(_ message: [UInt8], times: Int) throws {
        guard unsafe v2g_baseline_sign(baseline, message, message.count, Int32(times)) == 1 else {
            throw BenchFailure("OpenSSL cannot sign")
        }
    }

    func verify(_ message: [UInt8], times: Int) throws {
        guard unsafe v2g_baseline_verify(baseline, message, message.count, Int32(times)) == 1 else {
            throw BenchFailure("OpenSSL cannot verify")
        }
    }
}
