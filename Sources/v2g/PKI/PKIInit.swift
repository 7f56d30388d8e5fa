import ArgumentParser
import CryptoOpenSSL
import V2GCertificateAuthority
import V2GCertificates
import V2GFiles
import V2GKeys
import V2GX509
internal import Foundation
internal import Yams

struct PKIInit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a whole PKI: roots, sub-CAs, OCSP signers, and on request one sample leaf of each role.",
        discussion: """
            Makes certs/ crl/ newcerts/ private/ and pki.sqlite in DIR; with --edition both, in DIR/iso2 and DIR/iso20. \
            Keys are P-256 for iso2 and P-521 for iso20 unless --algorithm says otherwise. An init that was cut off \
            goes on where it stopped when it is run again.
            """)

    enum EditionChoice: String, CaseIterable, ExpressibleByArgument {
        case iso2, iso20, both

        var editions: [Edition] {
            switch self {
            case .iso2: [.iso2]
            case .iso20: [.iso20]
            case .both: [.iso2, .iso20]
            }
        }
    }

    @Option(name: .customLong("dir"), help: "Where to make it.")
    var directory: String

    @Option(help: "iso2, iso20 or both.")
    var edition: EditionChoice = .iso2

    @Option(help: "The kind of the keys: p256 for iso2; p521 or ed448 for iso20.")
    var algorithm: KeyAlgorithm?

    @Option(help: ArgumentHelp("Names, URLs, validities (see docs/pki-operations.md).", valueName: "FILE.yaml"))
    var plan: String?

    @Option(help: ArgumentHelp("Where keys live: 'file' (private/NAME.key) or a token.", valueName: "file|pkcs11:URI"))
    var keys: String = "file"

    @Option(
        name: .customLong("key-passphrase-file"),
        help: "Encrypt key files with the passphrase in this file (mode 0400).")
    var passphraseFile: String?

    @Flag(help: "Also make the leaves secc, contract, oem, cps and (iso20) vehicle, with their keys.")
    var samples = false

    func validate() throws {
        guard !directory.isEmpty else { throw ValidationError("--dir is empty. Name the directory to make.") }
    }

    func run() async throws {
        let file = try plan.map(PlanReader.read) ?? PlanFile()
        let placement = try KeyPlacement(parsing: keys)
        // Everything is checked before anything is made.
        var plans: [(PKIDirectory, HierarchyPlan)] = []
        for edition in edition.editions {
            let path = self.edition == .both ? "\(directory)/\(edition.rawValue)" : directory
            let chosen =
                self.edition == .both && algorithm.map { !edition.keyAlgorithms.contains($0) } == true ? nil : algorithm
            let planned = try HierarchyPlan.standard(edition, algorithm: chosen, file: file)
            try PlanReader.check(planned)
            plans.append((PKIDirectory(path), planned))
        }
        for (directory, planned) in plans { try await checkThatKeysAreNew(directory, planned, placement) }
        for (directory, planned) in plans { try await make(directory, planned, placement) }
    }

    /// A key that is there before a PKI is begun belongs to something else, such as another PKI on the same token, and is
    /// neither used nor written over. Once begun, what is there was left by a run that was cut off.
    private func checkThatKeysAreNew(
        _ directory: PKIDirectory, _ planned: HierarchyPlan, _ placement: KeyPlacement
    ) async throws {
        if directory.holdsStore {
            let store = try SQLiteStore(path: directory.storePath)
            let planned = try await store.setting(PKIAccess.planSetting)
            let place = try await store.setting(PKIAccess.placementSetting)
            try await store.close()
            if planned != nil, place?.value == Array(keys.utf8) { return }
        }
        let providers = KeyAccess.providers(passphraseFile: passphraseFile)
        for name in planned.authorities.map(\.name) + (planned.infrastructure + planned.samples).map(\.name) {
            let reference = placement.reference(for: name, in: directory, edition: planned.edition.rawValue)
            guard try await isThere(reference, providers) else { continue }
            throw CLIFailure(
                .usage,
                "there is a key at \(reference) already, and not of this PKI. Choose another --dir or token, or "
                    + "remove the key if nothing needs it; nothing was made.")
        }
    }

    private func isThere(_ reference: KeyReference, _ keys: KeyProviders) async throws(KeyError) -> Bool {
        if case .file(let path) = reference { return DurableFile.exists(path) }
        do {
            _ = try await keys.describe(reference)
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }

    private func make(_ directory: PKIDirectory, _ planned: HierarchyPlan, _ placement: KeyPlacement) async throws {
        try directory.make()
        let lock = try await IssuingLock.take(directory)
        guard lock.isAlone else {
            throw CLIFailure(.environment, "another process is working on '\(directory.path)'. Wait for it to end.")
        }
        try directory.removeLeftovers()
        let store = try SQLiteStore(path: directory.storePath)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let bytes = Array(try encoder.encode(planned))
        let origin = ChangeOrigin(actor: PKIAccess.actor, time: Int64(Date().timeIntervalSince1970))
        if let known = try await store.setting(PKIAccess.planSetting) {
            guard known.value == bytes else {
                throw CLIFailure(
                    .usage,
                    "'\(directory.path)' holds a PKI with another plan. Choose another --dir; nothing was changed.")
            }
            if let place = try await store.setting(PKIAccess.placementSetting), place.value != Array(keys.utf8) {
                // Until the first authority is on record, nothing depends on the place: it may have been misspelt.
                guard try await store.authorities().isEmpty else {
                    throw CLIFailure(
                        .usage,
                        "'\(directory.path)' was begun with --keys '\(String(decoding: place.value, as: UTF8.self))'. "
                            + "Give the same again; nothing was changed.")
                }
                _ = try await store.put(
                    Array(keys.utf8), forSetting: PKIAccess.placementSetting, expectedVersion: place.version,
                    origin: origin)
            }
            if try await store.setting(Self.finishedSetting) != nil, !samples {
                throw CLIFailure(
                    .usage,
                    "'\(directory.path)' holds a finished PKI already. Choose another --dir; nothing was changed.")
            }
        } else {
            _ = try await store.put(
                Array(keys.utf8), forSetting: PKIAccess.placementSetting, expectedVersion: 0, origin: origin)
            _ = try await store.put(bytes, forSetting: PKIAccess.planSetting, expectedVersion: 0, origin: origin)
        }
        let authority = CertificateAuthority(
            plan: planned, store: store, keys: KeyAccess.providers(passphraseFile: passphraseFile),
            verifier: KeyAccess.verifier, actor: PKIAccess.actor)
        let settled = try await authority.settleOpenIntents()
        if settled > 0 { CLI.note("going on with an init that was cut off") }
        let bar = ProgressBar(title: "making \(planned.edition.rawValue)")
        let site = CertificateAuthority.Site(directory: directory, keys: placement)
        try await authority.build(at: site, includesSamples: samples) { number, total, name in
            bar.show(number, of: total, detail: name)
        }
        bar.finish()
        _ = try await authority.renewCRLs(using: try authority.crlIssuer(directory))
        if try await store.setting(Self.finishedSetting) == nil {
            _ = try await store.put([1], forSetting: Self.finishedSetting, expectedVersion: 0, origin: origin)
        }
        try await store.close()
        CLI.print(
            "\(directory.path): \(planned.authorities.count) authorities of edition \(planned.edition.rawValue), keys "
                + (placement == .files ? "in \(directory.privatePath)" : "on the token"))
    }

    private static let finishedSetting = "init.finished"
}

/// Reads a plan file strictly: a misspelt key is an error and not a silent default.
enum PlanReader {
    static func read(_ path: String) throws -> PlanFile {
        let text = String(decoding: try CLIFile.read(path), as: UTF8.self)
        do {
            let loaded = try Yams.load(yaml: text)
            guard let root = loaded as? [String: Any] else {
                throw CLIFailure(.usage, "'\(path)' is not a YAML mapping. See docs/pki-operations.md for an example.")
            }
            try checkKeys(root, PlanFile.topLevelKeys, "", path)
            for (section, known) in [("authorities", PlanFile.authorityKeys), ("samples", PlanFile.sampleKeys)] {
                for (name, value) in root[section] as? [String: Any] ?? [:] {
                    try checkKeys(value as? [String: Any] ?? [:], known, "\(section).\(name).", path)
                }
            }
            return try YAMLDecoder().decode(PlanFile.self, from: text)
        } catch let failure as CLIFailure {
            throw failure
        } catch {
            throw CLIFailure(.usage, "'\(path)' cannot be read as a plan: \(error)")
        }
    }

    /// Lints what the plan would make before any key is made: kinds of keys against each role's profile.
    static func check(_ plan: HierarchyPlan) throws {
        for (name, role, algorithm) in plan.authorities.map({ ($0.name, $0.role, $0.algorithm) })
            + (plan.infrastructure + plan.samples).map({ ($0.name, $0.role, $0.algorithm) })
        {
            guard let profile = CertificateProfile.profile(role, plan.edition) else { continue }
            guard profile.keyAlgorithms.contains(algorithm) else {
                let allowed = profile.keyAlgorithms.map(\.rawValue).joined(separator: " or ")
                throw CLIFailure(
                    .refused,
                    "'\(name)': a \(algorithm.displayName) key is not allowed for role \(role.rawValue) "
                        + "in edition \(plan.edition.rawValue). Use --algorithm \(allowed).")
            }
        }
    }

    private static func checkKeys(_ mapping: [String: Any], _ known: Set<String>, _ prefix: String, _ path: String)
        throws
    {
        guard let stranger = mapping.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw CLIFailure(
            .usage,
            "'\(path)': there is no setting '\(prefix)\(stranger)'. Known: \(known.sorted().joined(separator: ", ")).")
    }
}
