package import V2GCertificates
package import V2GPKIDirectory
package import V2GPrimitives
internal import V2GTLS
internal import V2GX509

/// Judges chains of cars and contracts against the anchors of their role, with the CRLs that are at hand.
///
/// With the quirk `josev`, chains of -2 count in -20 as well, and P-256 in chains of -20; each use is reported.
package struct ChainJudge: Sendable {
    /// A chain that passed, and what was tolerated for it.
    package struct Passed: Sendable {
        package let chain: ValidatedChain
        package let notes: [String]
    }

    private let iso2: PKIEdition?
    private let iso20: PKIEdition?
    private let toleratesJosev: Bool
    private let evidence: RevocationShelf

    package init(iso2: PKIEdition?, iso20: PKIEdition?, toleratesJosev: Bool, evidence: RevocationShelf) {
        self.iso2 = iso2
        self.iso20 = iso20
        self.toleratesJosev = toleratesJosev
        self.evidence = evidence
    }

    /// A contract's chain. Its status has to be known: a CRL of its issuer has to be at hand.
    ///
    /// - Throws: ``ChainRefusal``.
    package func contract(
        _ chain: [[UInt8]], edition: Edition, at time: Timestamp
    ) throws(ChainRefusal) -> Passed {
        try judge(chain, role: .contract, edition: edition, revocation: RevocationPolicy(), at: time)
    }

    /// A provisioning certificate, alone or with its sub-CAs.
    package func provisioning(
        _ chain: [[UInt8]], edition: Edition, at time: Timestamp
    ) throws(ChainRefusal) -> Passed {
        try judge(chain, role: .oem, edition: edition, revocation: .ifPresented, at: time)
    }

    /// The car's TLS chain of edition -20. Status counts where a CRL is at hand: a station on the cable cannot ask every
    /// car maker.
    package func vehicle(_ chain: [[UInt8]], at time: Timestamp) throws(ChainRefusal) -> Passed {
        do throws(ChainRefusal) {
            return try judge(chain, role: .vehicle, edition: .iso20, revocation: .ifPresented, at: time)
        } catch {
            guard toleratesJosev else { throw error }
            for edition in [Edition.iso20, .iso2] {
                // The first refusal is the one that explains; these are tolerances beside it.
                if let passed = try? judge(chain, role: .oem, edition: edition, revocation: .ifPresented, at: time) {
                    return Passed(
                        chain: passed.chain, notes: passed.notes + ["provisioning certificate as TLS client (josev)"])
                }
            }
            throw error
        }
    }

    private func judge(
        _ chain: [[UInt8]], role: Role, edition: Edition, revocation: RevocationPolicy, at time: Timestamp
    ) throws(ChainRefusal) -> Passed {
        let own = edition == .iso2 ? iso2 : iso20
        do throws(ChainRefusal) {
            return try judge(
                chain, role: role, edition: edition, anchors: own, revocation: revocation,
                toleratesP256: toleratesJosev && edition == .iso20, at: time)
        } catch {
            guard toleratesJosev, edition == .iso20, let iso2 else { throw error }
            // The refusal of the edition's own anchors explains more than the tolerance's.
            guard
                let passed = try? judge(
                    chain, role: role, edition: .iso2, anchors: iso2, revocation: revocation, toleratesP256: false,
                    at: time)
            else { throw error }
            return Passed(chain: passed.chain, notes: passed.notes + ["chain of edition -2 in -20 (josev)"])
        }
    }

    private func judge(
        _ chain: [[UInt8]], role: Role, edition: Edition, anchors pki: PKIEdition?, revocation: RevocationPolicy,
        toleratesP256: Bool, at time: Timestamp
    ) throws(ChainRefusal) -> Passed {
        var settings = ChainVerifier.Settings()
        settings.revocation = revocation
        settings.clockSkewSeconds = 60
        settings.revocation.clockSkewSeconds = 60
        if toleratesP256 { settings.profile.tolerances.insert(.p256InEdition20) }
        let verifier = ChainVerifier(
            role: role, edition: edition, anchors: pki?.anchors ?? AnchorStore(), settings: settings)
        let passed = try verifier.verify(
            der: chain, intermediates: pki?.subCAs ?? [], evidence: evidence.evidence(edition), at: time)
        return Passed(chain: passed, notes: [])
    }
}

extension ChainRefusal {
    /// Role, rules and detail in one line, with the words that operators search for.
    package var line: String {
        let findings = report.allFindings.filter { $0.severity == .error }
        let text = findings.prefix(4).map { "\($0.rule.id): \($0.detail)" }.joined(separator: "; ")
        let gap =
            if let missingIssuer {
                "Invalid Certificate Path, missing issuer '\(missingIssuer)'; "
            } else if rules.contains("V2G.ANCHOR.TWIN") {
                "Invalid Certificate Path, the issuer's name is installed with another key; "
            } else {
                ""
            }
        return "\(gap)role \(report.role.rawValue), \(text)"
    }

    /// Who would have to be known for the chain to go on; `nil` when that is not what is wrong.
    package var missingIssuer: String? {
        guard rules.contains("V2G.CHAIN.NO-ISSUER") else { return nil }
        return report.paths.filter { !$0.isComplete }.max { $0.entries.count < $1.entries.count }?.entries.last?.issuer
    }

    package var saysRevoked: Bool { rules.contains("V2G.STATUS.REVOKED") }
    package var saysExpired: Bool { rules.contains("V2G.TIME.EXPIRED") }
    package var saysNotYetValid: Bool { rules.contains("V2G.TIME.NOT-YET-VALID") }
}
