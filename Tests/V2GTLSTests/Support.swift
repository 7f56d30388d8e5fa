import CryptoOpenSSL
import Foundation
import Synchronization
import Testing
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTLS
import V2GTestSupport
import V2GX509

/// Chains that many tests share; making P-521 keys takes a while.
enum Chains {
    static let iso2 = Result { try ChainFixture(.iso2).chain(.secc) }
    static let iso2Other = Result { try ChainFixture(.iso2).chain(.secc) }
    static let iso20 = Result { try ChainFixture(.iso20).chain(.secc) }
    static let iso20Other = Result { try ChainFixture(.iso20).chain(.secc) }
    static let iso20Ed448 = Result { try ChainFixture(.iso20, algorithm: .ed448).chain(.secc) }
    static let vehicle = Result { try ChainFixture(.iso20).chain(.vehicle) }
    static let vehicleOther = Result { try ChainFixture(.iso20).chain(.vehicle) }
    static let vehicleEd448 = Result { try ChainFixture(.iso20, algorithm: .ed448).chain(.vehicle) }
    /// As the peer Josev has it: the provisioning chain on P-256.
    static let provisioning = Result { try ChainFixture(.iso2).chain(.oem) }
}

extension [Issued] {
    var sentDER: [[UInt8]] { sent.map(\.der) }
    var rootDER: [UInt8] { last?.certificate.der ?? [] }
    var rootName: [UInt8] { last?.certificate.subject.der ?? [] }

    func credential(key: TLSKey? = nil) throws -> TLSCredential {
        let leaf = try #require(first)
        return TLSCredential(chain: sentDER, key: key ?? .software(leaf.key), root: rootDER)
    }
}

/// Judges peers as it is told, and remembers them.
final class Judge: Sendable {
    private let seen = Mutex<[PeerCertificates]>([])
    private let verdict: PeerVerdict

    init(_ verdict: PeerVerdict = .accepted) { self.verdict = verdict }

    var peers: [PeerCertificates] { seen.withLock { $0 } }

    var verify: PeerJudge {
        { peer in
            self.seen.withLock { $0.append(peer) }
            return self.verdict
        }
    }
}

func serverConfiguration(_ judge: Judge = Judge()) throws -> TLSServerConfiguration {
    var configuration = TLSServerConfiguration(verifyPeer: judge.verify)
    configuration.iso2Chains = [try Chains.iso2.get().credential()]
    configuration.iso20Chains = [try Chains.iso20.get().credential()]
    configuration.clientAuthorities = [try Chains.vehicle.get().rootName]
    return configuration
}

func clientConfiguration(_ judge: Judge = Judge()) throws -> TLSClientConfiguration {
    var configuration = TLSClientConfiguration(verifyPeer: judge.verify)
    configuration.roots = [try Chains.iso2.get().rootDER, try Chains.iso20.get().rootDER]
    configuration.vehicleChains = [try Chains.vehicle.get().credential()]
    return configuration
}

/// A car of edition -2 or of -20 alone.
func client(
    _ version: TLSSummary.Version, _ judge: Judge = Judge(),
    change: (inout TLSClientConfiguration) throws -> Void = { _ in }
) throws -> TLSConnection {
    var configuration = try clientConfiguration(judge)
    configuration.allowsTLS12 = version == .tls12
    configuration.allowsTLS13 = version == .tls13
    try change(&configuration)
    return try .client(try TLSClientContext(configuration))
}

func server(
    _ judge: Judge = Judge(), change: (inout TLSServerConfiguration) throws -> Void = { _ in }
) throws -> TLSConnection {
    var configuration = try serverConfiguration(judge)
    try change(&configuration)
    return try .server(try TLSServerContext(configuration))
}

/// What one end saw.
struct End {
    var summary: TLSSummary?
    var failure: TLSFailure?
    var plaintext: [UInt8] = []
    var isClosed = false
    var signatures = 0
}

/// Two ends and the wire between them.
final class Pair {
    let client: TLSConnection
    let server: TLSConnection
    var clientEnd = End()
    var serverEnd = End()
    /// Changes what the client (`true`) or the server sends.
    var tamper: (_ isFromClient: Bool, _ bytes: [UInt8]) -> [UInt8] = { _, bytes in bytes }
    var octetsAtOnce = Int.max

    init(client: TLSConnection, server: TLSConnection) {
        self.client = client
        self.server = server
    }

    /// Moves bytes until nothing moves any more.
    func pump() async {
        var isMoving = true
        while isMoving {
            isMoving = false
            await drive(client, &clientEnd)
            if transfer(from: client, to: server, isFromClient: true) { isMoving = true }
            await drive(server, &serverEnd)
            if transfer(from: server, to: client, isFromClient: false) { isMoving = true }
        }
    }

    private func transfer(from: TLSConnection, to: TLSConnection, isFromClient: Bool) -> Bool {
        let bytes = tamper(isFromClient, from.takeOutput())
        guard !bytes.isEmpty else { return false }
        var position = 0
        while position < bytes.count {
            let next = position + min(octetsAtOnce, bytes.count - position)
            to.receive(Array(bytes[position..<next]))
            if next < bytes.count { drainSilently(to) }
            position = next
        }
        return true
    }

    /// Lets slow arrival be seen by the engine too.
    private func drainSilently(_ connection: TLSConnection) {
        guard connection === server ? serverEnd.summary == nil : clientEnd.summary == nil else { return }
        if connection === server {
            record(connection.step(), &serverEnd)
        } else {
            record(connection.step(), &clientEnd)
        }
    }

    private func record(_ step: TLSStep, _ end: inout End) {
        switch step {
        case .handshakeDone(let summary): end.summary = summary
        case .plaintext(let bytes): end.plaintext += bytes
        case .peerClosed: end.isClosed = true
        case .failed(let failure): end.failure = failure
        case .needsMore, .pendingSignature: break
        }
    }
}

/// Steps until the connection needs more or has ended; makes the signatures that it asks for.
func drive(_ connection: TLSConnection, _ end: inout End) async {
    while true {
        switch connection.step() {
        case .needsMore: return
        case .handshakeDone(let summary): end.summary = summary
        case .plaintext(let bytes): end.plaintext += bytes
        case .pendingSignature(let pending):
            end.signatures += 1
            do throws(KeyError) {
                connection.provide(signature: .success(try await pending.key.sign(pending.message)))
            } catch {
                connection.provide(signature: .failure(error))
            }
        case .peerClosed:
            end.isClosed = true
            return
        case .failed(let failure):
            end.failure = failure
            return
        }
    }
}

/// A key that is not in the process as far as TLS can tell, and can fail.
struct DistantKey: SigningKey {
    let key: SoftwareKey
    var failure: KeyError?

    var publicKey: PublicKey { key.publicKey }

    func sign(_ message: [UInt8]) async throws(KeyError) -> [UInt8] {
        await Task.yield()
        if let failure { throw failure }
        return try key.sign(message)
    }
}
