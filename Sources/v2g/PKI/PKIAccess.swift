import CryptoOpenSSL
import V2GCertificateAuthority
import V2GCertificates
import V2GFiles
import V2GKeys
import V2GPrimitives
internal import Foundation

/// An opened PKI: the directory, its store and the authority that works on it.
struct PKIAccess {
    let directory: PKIDirectory
    let edition: Edition
    let store: SQLiteStore
    let authority: CertificateAuthority
    let keyPlacement: KeyPlacement
    private let lock: IssuingLock?

    static let planSetting = "hierarchy.plan"
    static let placementSetting = "keys.placement"

    /// Opens the PKI of a directory.
    ///
    /// - Parameter issues: Whether the command may issue certificates; it then settles what an earlier crash left open.
    static func open(_ location: PKILocation, issues: Bool, passphraseFile: String? = nil) async throws -> PKIAccess {
        let (directory, edition) = try locate(location)
        return try await open(directory, edition: edition, issues: issues, passphraseFile: passphraseFile)
    }

    static func open(
        _ directory: PKIDirectory, edition: Edition?, issues: Bool, passphraseFile: String? = nil
    ) async throws -> PKIAccess {
        let lock = issues ? try await IssuingLock.take(directory) : nil
        let store = try SQLiteStore(path: directory.storePath, creation: .never)
        guard let planned = try await store.setting(planSetting),
            let plan = try? JSONDecoder().decode(HierarchyPlan.self, from: Data(planned.value))
        else {
            throw CLIFailure(
                .usage, "'\(directory.storePath)' holds no plan, so 'v2g pki init' did not begin well. Run it again.")
        }
        if let edition, edition != plan.edition {
            throw CLIFailure(
                .usage, "'\(directory.path)' holds a PKI of edition \(plan.edition.rawValue), not \(edition.rawValue).")
        }
        let placement = try await store.setting(placementSetting).map { String(decoding: $0.value, as: UTF8.self) }
        let authority = CertificateAuthority(
            plan: plan, store: store, keys: KeyAccess.providers(passphraseFile: passphraseFile),
            verifier: KeyAccess.verifier, actor: actor)
        if lock?.isAlone == true {
            try directory.removeLeftovers()
            let settled = try await authority.settleOpenIntents()
            if settled > 0 {
                CLI.note("note: settled \(settled) issues that an earlier run left open (see 'v2g pki audit')")
            }
            lock?.share()
        }
        return PKIAccess(
            directory: directory, edition: plan.edition, store: store, authority: authority,
            keyPlacement: try KeyPlacement(parsing: placement ?? "file"), lock: lock)
    }

    private init(
        directory: PKIDirectory, edition: Edition, store: SQLiteStore, authority: CertificateAuthority,
        keyPlacement: KeyPlacement, lock: IssuingLock?
    ) {
        self.directory = directory
        self.edition = edition
        self.store = store
        self.authority = authority
        self.keyPlacement = keyPlacement
        self.lock = lock
    }

    /// Finds the directory of one PKI below `--dir`, by `--edition` where there are two.
    static func locate(_ location: PKILocation) throws -> (PKIDirectory, Edition?) {
        let directory = PKIDirectory(location.directory)
        if directory.holdsStore { return (directory, location.edition) }
        let nested = Edition.allCases.filter { PKIDirectory("\(directory.path)/\($0.rawValue)").holdsStore }
        if let edition = location.edition {
            guard nested.contains(edition) else {
                throw CLIFailure(
                    .usage,
                    "there is no PKI of edition \(edition.rawValue) in '\(directory.path)'. Make one with 'v2g pki init'."
                )
            }
            return (PKIDirectory("\(directory.path)/\(edition.rawValue)"), edition)
        }
        guard let only = nested.first else {
            throw CLIFailure(
                .usage, "there is no PKI in '\(directory.path)'. Make one with 'v2g pki init --dir \(directory.path)'.")
        }
        guard nested.count == 1 else {
            throw CLIFailure(
                .usage, "'\(directory.path)' holds PKIs of both editions. Choose with --edition iso2 or iso20.")
        }
        return (PKIDirectory("\(directory.path)/\(only.rawValue)"), only)
    }

    /// Who the audit log names: the user, not the person.
    static var actor: String { "uid \(getuid())" }
}

/// Held shared by every process that may issue; who gets it alone may settle what a crash left open.
final class IssuingLock: Sendable {
    private let file: FileLock
    let isAlone: Bool

    static func take(_ directory: PKIDirectory) async throws -> IssuingLock {
        let path = directory.path + "/.issuing"
        for _ in 0..<200 {
            if let alone = try FileLock.tryLock(path, .exclusive) { return IssuingLock(file: alone, isAlone: true) }
            if let shared = try FileLock.tryLock(path, .shared) { return IssuingLock(file: shared, isAlone: false) }
            // Somebody is settling right now, which is over in a moment.
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CLIFailure(.environment, "'\(path)' has been locked for 10 s. Is another 'v2g pki' settling a crash?")
    }

    private init(file: consuming FileLock, isAlone: Bool) {
        self.file = file
        self.isAlone = isAlone
    }

    func share() { file.share() }
}
