import CryptoOpenSSL
import Foundation
import Synchronization
import Testing
import V2GCertificateAuthority
import V2GCertificates
import V2GDER
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// A clock that tests move.
final class VirtualClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp = ProfileFixture.begin) { self.time = Mutex(time) }

    var now: Timestamp { time.withLock { $0 } }

    func advance(days: Int64) { time.withLock { $0 = $0.advanced(bySeconds: days * 86_400) } }
    func advance(seconds: Int64) { time.withLock { $0 = $0.advanced(bySeconds: seconds) } }
}

/// What was done, in order, by store and keys alike.
final class EventLog: Sendable {
    enum Event: Sendable, Hashable {
        case planned(subject: String, bodyHash: [UInt8])
        case signed(message: [UInt8])
        case completed(certificate: [UInt8])
        case cancelled(reason: String)
    }

    private let list = Mutex<[Event]>([])

    var events: [Event] { list.withLock { $0 } }
    func add(_ event: Event) { list.withLock { $0.append(event) } }
    func clear() { list.withLock { $0 = [] } }
}

/// Keys in memory, for as long as the provider lives. Signatures are logged; any operation can be made to fail.
final class MemoryKeys: KeyProvider {
    /// Named `generate REF`, `generated REF` (after the key was made), `sign REF`.
    typealias Fault = @Sendable (_ step: String) -> Bool

    private let keys = Mutex<[String: SoftwareKey]>([:])
    private let fault = Mutex<Fault?>(nil)
    private let log: EventLog

    init(log: EventLog = EventLog()) { self.log = log }

    func fail(when fault: Fault?) { self.fault.withLock { $0 = fault } }

    func signingKey(_ reference: KeyReference) async throws(KeyError) -> any SigningKey {
        LoggedKey(key: try key(reference), name: "\(reference)", owner: self)
    }

    func agreementKey(_ reference: KeyReference) async throws(KeyError) -> any AgreementKey { try key(reference) }

    func generate(_ reference: KeyReference, algorithm: KeyAlgorithm) async throws(KeyError) -> PublicKey {
        let name = "\(reference)"
        try check("generate \(name)")
        guard keys.withLock({ $0[name] }) == nil else { throw KeyError(.alreadyExists, "\(name) exists") }
        let made = try SoftwareKey.generate(algorithm)
        keys.withLock { $0[name] = made }
        try check("generated \(name)")
        return made.publicKey
    }

    func describe(_ reference: KeyReference) async throws(KeyError) -> KeyDescription {
        KeyDescription(publicKey: try key(reference).publicKey, place: "memory", isInToken: false)
    }

    private func key(_ reference: KeyReference) throws(KeyError) -> SoftwareKey {
        guard let known = keys.withLock({ $0["\(reference)"] }) else { throw KeyError(.notFound, "\(reference)") }
        return known
    }

    fileprivate func check(_ step: String) throws(KeyError) {
        if let fault = fault.withLock({ $0 }), fault(step) { throw KeyError(.tokenUnavailable, "cut off at '\(step)'") }
    }

    private struct LoggedKey: SigningKey {
        let key: SoftwareKey
        let name: String
        let owner: MemoryKeys
        var publicKey: PublicKey { key.publicKey }

        func sign(_ message: [UInt8]) async throws(KeyError) -> [UInt8] {
            try owner.check("sign \(name)")
            owner.log.add(.signed(message: message))
            return try key.sign(message)
        }
    }
}

/// A PKI in a directory of its own, with keys in memory and a clock to move.
struct TestPKI {
    let files: TemporaryStore
    let store: SpyStore
    let keys: MemoryKeys
    let clock: VirtualClock
    let log: EventLog
    let plan: HierarchyPlan
    let site: CertificateAuthority.Site
    let authority: CertificateAuthority

    init(
        _ edition: Edition = .iso2, algorithm: KeyAlgorithm? = nil, file: PlanFile = PlanFile(),
        settings: AuthoritySettings = AuthoritySettings()
    ) async throws {
        files = try TemporaryStore()
        log = EventLog()
        store = SpyStore(try files.open(), log: log)
        keys = MemoryKeys(log: log)
        clock = VirtualClock()
        plan = try HierarchyPlan.standard(edition, algorithm: algorithm, file: file)
        let directory = PKIDirectory(files.directory)
        try directory.make()
        site = CertificateAuthority.Site(directory: directory, keys: .files)
        authority = Self.authority(plan, settings, store, keys, clock)
    }

    /// With every authority made.
    static func built(
        _ edition: Edition = .iso2, algorithm: KeyAlgorithm? = nil, samples: Bool = false, file: PlanFile = PlanFile()
    ) async throws -> TestPKI {
        let pki = try await TestPKI(edition, algorithm: algorithm, file: file)
        try await pki.build(samples: samples)
        pki.log.clear()
        return pki
    }

    /// The same PKI after a restart of the process.
    func restarted() -> CertificateAuthority { Self.authority(plan, AuthoritySettings(), store, keys, clock) }

    private static func authority(
        _ plan: HierarchyPlan, _ settings: AuthoritySettings, _ store: SpyStore, _ keys: MemoryKeys,
        _ clock: VirtualClock
    ) -> CertificateAuthority {
        CertificateAuthority(
            plan: plan, settings: settings, store: store, keys: keys, verifier: ProductSignatureVerifier(),
            actor: "test", clock: { clock.now })
    }

    func build(samples: Bool = false) async throws {
        try await authority.build(at: site, includesSamples: samples) { _, _, _ in }
    }

    func published(_ name: String) throws -> Certificate {
        let text = try String(contentsOfFile: site.directory.certificatePath(name), encoding: .utf8)
        let block = try #require(try PEM.blocks(in: Array(text.utf8)).first)
        return try Certificate(der: block.der)
    }

    func request(_ request: TestRequest) throws -> ProvenRequest {
        try ProvenRequest(der: request.der(), verifier: ProductSignatureVerifier())
    }

    /// Issues to a new key, unless one is given.
    @discardableResult
    func issue(
        _ role: Role, _ commonName: String, key: SoftwareKey? = nil, bend: (inout IssueOptions) -> Void = { _ in }
    ) async throws -> IssuedCertificate {
        var options = IssueOptions()
        bend(&options)
        let key = try key ?? SoftwareKey.generate(plan.edition.defaultKeyAlgorithm)
        return try await authority.issue(
            try request(TestRequest(commonName, key: key)), role: role, options: options)
    }

    func authorityID(_ name: String) async throws -> AuthorityID {
        try #require(try await store.authorities().last { $0.name == name }).id
    }

    /// Issuances of a state.
    func issuances(_ state: IssuanceState? = nil, role: Role? = nil) async throws -> [Issuance] {
        var query = IssuanceQuery()
        query.state = state
        query.role = role?.rawValue
        return try await store.issuances(matching: query, after: nil, limit: 100_000)
    }
}

/// A certification request to bend.
struct TestRequest {
    var names: [NameAttribute]
    let key: SoftwareKey
    var extensions: [CertificateExtension] = []
    var challengePassword: String?
    /// Takes the place of the key's own.
    var information: [UInt8]?

    init(_ commonName: String, key: SoftwareKey) {
        names = [NameAttribute(.commonName, commonName)]
        self.key = key
    }

    init(_ commonName: String, _ algorithm: KeyAlgorithm = .p256) throws {
        self.init(commonName, key: try SoftwareKey.generate(algorithm))
    }

    func der() throws -> [UInt8] {
        var writer = DERWriter()
        writer.writeSequence { info in
            info.write(0)
            info.write(encoded: DistinguishedName(names).der)
            info.write(encoded: information ?? SubjectPublicKeyInfo(key.publicKey).der)
            info.write(.contextConstructed(0)) { attributes in
                if let challengePassword {
                    attributes.writeSequence { attribute in
                        attribute.write(V2GDER.ObjectIdentifier.challengePassword)
                        attribute.write(.set) { $0.write(.utf8String, Array(challengePassword.utf8)) }
                    }
                }
                guard !extensions.isEmpty else { return }
                attributes.writeSequence { attribute in
                    attribute.write(V2GDER.ObjectIdentifier.extensionRequest)
                    attribute.write(.set) { values in
                        values.writeSequence { list in
                            for entry in extensions {
                                list.writeSequence { one in
                                    one.write(entry.type)
                                    if entry.isCritical { one.write(true) }
                                    one.write(.octetString, entry.value)
                                }
                            }
                        }
                    }
                }
            }
        }
        let algorithm = try #require(key.publicKey.algorithm.signatureAlgorithm)
        return CertificationRequest.assemble(
            body: writer.bytes, algorithm: algorithm, signature: try key.sign(writer.bytes))
    }
}

/// The code of the refusal that a call ends in; `nil` when it succeeds.
func refusal(_ body: () async throws -> Void) async -> IssuanceError? {
    do {
        try await body()
        return nil
    } catch {
        if let refusal = error as? IssuanceError { return refusal }
        Issue.record("an unexpected error: \(error)")
        return nil
    }
}
