public import V2GPrimitives
public import V2GX509

/// A chain that the verifier accepted, for one role, in one edition, at one time. Only ``ChainVerifier`` makes one:
/// whoever holds the value holds the proof.
public struct ValidatedChain: Sendable {
    public let role: Role
    public let edition: Edition
    /// Leaf first, without the anchor.
    public let certificates: [Certificate]
    public let anchor: TrustAnchor
    /// The kind of anchor that the chain was accepted under.
    public let anchorKind: AnchorKind
    /// The role of each certificate, the anchor's at the end.
    public let roles: [Role]
    /// The time that validity was judged at.
    public let checkedAt: Timestamp
    /// Until when this holds: the first end of a validity or of a status answer.
    public let validUntil: Timestamp
    /// The status of each certificate, without the anchor.
    public let revocation: [RevocationVerdict]
    /// Warnings and notices with their place in the chain; the anchor's place comes last.
    public let findings: [Finding]

    init(
        role: Role, edition: Edition, certificates: [Certificate], anchor: TrustAnchor, anchorKind: AnchorKind,
        roles: [Role], checkedAt: Timestamp, validUntil: Timestamp, revocation: [RevocationVerdict], findings: [Finding]
    ) {
        self.role = role
        self.edition = edition
        self.certificates = certificates
        self.anchor = anchor
        self.anchorKind = anchorKind
        self.roles = roles
        self.checkedAt = checkedAt
        self.validUntil = validUntil
        self.revocation = revocation
        self.findings = findings
    }

    public var leaf: Certificate { certificates[0] }

    /// The names of the field tolerances that were needed, each once; log them.
    public var tolerancesUsed: [String] {
        findings.compactMap(\.tolerance).reduce(into: []) { names, name in
            if !names.contains(name) { names.append(name) }
        }
    }

    /// The acceptance in words.
    public var report: VerificationReport {
        let all = certificates + [anchor.certificate]
        let entries = all.enumerated().map { index, certificate in
            VerificationReport.Entry(
                certificate, role: roles[index], isAnchor: index == certificates.count,
                revocation: index < revocation.count ? revocation[index].text : nil,
                findings: findings.filter { $0.position == index })
        }
        return VerificationReport(
            verdict: .accepted, role: role, edition: edition, time: checkedAt, findings: [],
            paths: [VerificationReport.Path(isComplete: true, entries: entries)], validUntil: validUntil)
    }
}
