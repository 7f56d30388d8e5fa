internal import Foundation
internal import Logging
internal import NIOCore
internal import V2GCertificates
internal import V2GFiles
internal import V2GKeys
internal import V2GPKIDirectory
internal import V2GPrimitives
internal import V2GSession
internal import V2GTLS
internal import V2GX509

/// What a configuration makes of certificates and keys: immutable, replaced as a whole by a reload. Sessions keep the one
/// that they began with.
struct StationSite: Sendable {
    let configuration: StationConfiguration
    /// `nil` for a station without certificates, which serves plain connections.
    let tls: TLSServerContext?
    let staples: StapleKeeper
    let backend: any StationBackend
    let installsContracts: Bool
    let hasTLS13: Bool

    /// - Throws: ``PKIDirectoryError``, ``TLSError``, `KeyError`, `FileFailure`: each says what and the remedy.
    static func make(
        _ configuration: StationConfiguration, loop: any EventLoop, logger: Logger
    ) async throws -> StationSite {
        let material = try StationMaterial(configuration.pki)
        let keys = KeyOpener()
        let revocation = RevocationShelf(
            iso2: material.crlPlaces(.iso2), iso20: material.crlPlaces(.iso20))
        let toleratesJosev = configuration.quirks.contains(.josev)
        let judge = ChainJudge(
            iso2: material.iso2, iso20: material.iso20, toleratesJosev: toleratesJosev, evidence: revocation)

        let secc2 = try material.credentials(.secc, .iso2)
        let secc20 = try material.credentials(.secc, .iso20)
        let subjects = (secc2 + secc20).flatMap { StapleKeeper.subjects(of: $0) }
        let cache = "\(configuration.state)/ocsp"
        try DurableFile.makeDirectory(cache, mode: 0o700)
        let editions = [material.iso2, material.iso20].compactMap { $0 }
        let lab = await LabResponder(
            editions, authorities: subjects.map(\.issuer), keys: keys, evidence: revocation)
        let staples = StapleKeeper(
            subjects, files: editions.map { "\($0.path)/ocsp" }, cache: cache, lab: lab, loop: loop, logger: logger)
        await staples.refresh(fetches: false)

        let backend = await StandInBackend(
            judge: judge, iso2: material.iso2, iso20: material.iso20, external: configuration.external, keys: keys)
        let tls = try await context(
            configuration, secc2: secc2, secc20: secc20, editions: editions, judge: judge, staples: staples, keys: keys,
            logger: logger)
        return StationSite(
            configuration: configuration, tls: tls, staples: staples, backend: backend,
            installsContracts: backend.installsContracts,
            hasTLS13: configuration.allowsTLS13 && (!secc20.isEmpty || toleratesJosev && !secc2.isEmpty))
    }

    private static func context(
        _ configuration: StationConfiguration, secc2: [LeafCredential], secc20: [LeafCredential],
        editions: [PKIEdition], judge: ChainJudge, staples: StapleKeeper, keys: KeyOpener, logger: Logger
    ) async throws -> TLSServerContext? {
        guard !(secc2 + secc20).isEmpty else { return nil }
        let toleratesJosev = configuration.quirks.contains(.josev)
        var settings = TLSServerConfiguration { peer in
            do throws(ChainRefusal) {
                let passed = try judge.vehicle(peer.chain, at: .now())
                for note in passed.notes {
                    logger.warning("tolerance used", metadata: ["v2g.tolerance": "josev", "v2g.detail": "\(note)"])
                }
                return .accepted
            } catch {
                let alert: TLSAlert =
                    error.saysRevoked
                    ? .certificateRevoked
                    : error.saysExpired
                        ? .certificateExpired : error.missingIssuer != nil ? .unknownCA : .badCertificate
                return .refused(alert: alert, reason: error.line)
            }
        }
        settings.iso2Chains = try await credentials(secc2, keys)
        settings.iso20Chains = try await credentials(secc20, keys)
        let authorities = editions.filter { $0.edition == .iso20 || toleratesJosev }
        settings.clientAuthorities = authorities.flatMap { ($0.oemRoots + $0.v2gRoots).map(\.subject.der) }
        settings.allowsTLS12 = !secc2.isEmpty
        settings.allowsTLS13 =
            configuration.allowsTLS13 && (!secc20.isEmpty || toleratesJosev)
        settings.quirkJosev = toleratesJosev
        settings.staples = { staples.staple(for: $0) }
        return try TLSServerContext(settings)
    }

    private static func credentials(_ found: [LeafCredential], _ keys: KeyOpener) async throws -> [TLSCredential] {
        var made: [TLSCredential] = []
        for credential in found {
            let key: TLSKey
            if let software = try keys.softwareKey(credential) {
                key = .software(software)
            } else {
                key = .external(try await keys.signingKey(credential))
            }
            made.append(TLSCredential(chain: credential.der, key: key, root: credential.root?.der))
        }
        return made
    }

    /// Contracts are accepted only while our own certificates are good.
    var authorization: [AuthorizationMethod] {
        staples.isRevoked
            ? configuration.authorization.filter { $0 != .plugAndCharge } : configuration.authorization
    }
}

extension StapleKeeper {
    /// Each certificate of a chain with the one above it; the topmost when its root is known.
    static func subjects(of credential: LeafCredential) -> [Subject] {
        let path = credential.chain + [credential.root].compactMap { $0 }
        return zip(path, path.dropFirst()).map { Subject(certificate: $0, issuer: $1) }
    }
}
