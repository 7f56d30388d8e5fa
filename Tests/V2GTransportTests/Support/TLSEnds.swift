import CryptoOpenSSL
import NIOCore
import Synchronization
import Testing
import V2GCertificates
import V2GFraming
import V2GKeys
import V2GTLS
import V2GTestSupport
import V2GX509

@testable import V2GTransport

/// Chains that the tests share, and TLS ends made of them. What the judges of the peers decide is not the matter here.
enum TLSEnds {
    static let iso2 = Result { try ChainFixture(.iso2).chain(.secc) }
    static let iso20 = Result { try ChainFixture(.iso20).chain(.secc) }
    static let vehicle = Result { try ChainFixture(.iso20).chain(.vehicle) }

    static func credential(_ chain: [Issued], key: TLSKey? = nil) throws -> TLSCredential {
        let leaf = try #require(chain.first)
        return TLSCredential(
            chain: chain.dropLast().map(\.certificate.der), key: key ?? .software(leaf.key),
            root: chain.last?.certificate.der)
    }

    static func station(_ change: (inout TLSServerConfiguration) throws -> Void = { _ in }) throws -> LinkCipherFactory
    {
        var configuration = TLSServerConfiguration { _ in .accepted }
        configuration.iso2Chains = [try credential(iso2.get())]
        configuration.iso20Chains = [try credential(iso20.get())]
        configuration.clientAuthorities = [try #require(vehicle.get().last).certificate.subject.der]
        try change(&configuration)
        let context = try TLSServerContext(configuration)
        return TLSLinkCipher.stations { context }
    }

    static func carContext(
        _ version: TLSSummary.Version, _ change: (inout TLSClientConfiguration) throws -> Void = { _ in }
    ) throws -> TLSClientContext {
        var configuration = TLSClientConfiguration { _ in .accepted }
        configuration.roots = [try iso2.get(), try iso20.get()].compactMap { $0.last?.certificate.der }
        configuration.vehicleChains = [try credential(vehicle.get())]
        configuration.allowsTLS12 = version == .tls12
        configuration.allowsTLS13 = version == .tls13
        try change(&configuration)
        return try TLSClientContext(configuration)
    }

    static func car(_ version: TLSSummary.Version) throws -> LinkCipherFactory {
        TLSLinkCipher.car(try carContext(version))
    }

    /// The bytes that a car sends first.
    static func clientHello(_ version: TLSSummary.Version) throws -> [UInt8] {
        let connection = try TLSConnection.client(try carContext(version))
        _ = connection.step()
        return connection.takeOutput()
    }
}

/// A key that answers when the test lets it.
final class SlowKey: SigningKey {
    private struct State {
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isOpen = false
        var asked = 0
    }

    private let key: SoftwareKey
    private let failure: KeyError?
    private let state = Mutex(State())

    init(_ key: SoftwareKey, failure: KeyError? = nil) {
        self.key = key
        self.failure = failure
    }

    var publicKey: PublicKey { key.publicKey }
    var asked: Int { state.withLock { $0.asked } }

    func sign(_ message: [UInt8]) async throws(KeyError) -> [UInt8] {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                state.asked += 1
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if goesOn { continuation.resume() }
        }
        if let failure { throw failure }
        return try key.sign(message)
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// A car whose TLS the test drives by hand over a raw connection, to stop it where it likes.
final class ManualCar {
    let client: RawClient
    let connection: TLSConnection
    private var consumed = 0
    private(set) var plaintext: [UInt8] = []
    private(set) var isOpen = false
    private(set) var isNotified = false

    init(_ client: RawClient, _ context: TLSClientContext) throws {
        self.client = client
        connection = try .client(context)
    }

    /// Moves bytes until `condition` holds.
    func pump(_ what: Comment, until condition: (ManualCar) -> Bool) async throws {
        try await eventually(what) {
            let received = client.received
            if received.count > consumed { connection.receive(Array(received[consumed...])) }
            consumed = received.count
            stepping: while true {
                switch connection.step() {
                case .handshakeDone: isOpen = true
                case .plaintext(let bytes): plaintext += bytes
                case .peerClosed:
                    isNotified = true
                    break stepping
                case .needsMore, .failed, .pendingSignature: break stepping
                }
            }
            let output = connection.takeOutput()
            if !output.isEmpty { try? await client.send(output) }
            return condition(self)
        }
    }
}
