public import CryptoOpenSSL
internal import V2GDER
public import V2GKeys
public import V2GPrimitives
public import V2GX509

/// Verifies certificate chains of one role in one edition against the operator's anchors.
///
/// Make it once and keep it. It holds no state and does no input or output: time and evidence are parameters, nothing
/// is fetched, and no verdict is remembered.
public struct ChainVerifier: Sendable {
    /// How strict to be.
    public struct Settings: Sendable {
        /// Field tolerances and what the standard leaves open.
        public var profile = ProfileSettings()
        public var revocation = RevocationPolicy()
        public var limits = PathLimits()
        /// Difference of clocks that is forgiven at both ends of a certificate's validity, in seconds. Default 0.
        public var clockSkewSeconds: Int64 = 0

        public init() {}
    }

    public let role: Role
    public let edition: Edition
    public let anchors: AnchorStore
    public let settings: Settings
    private let verifier: any SignedDataVerifier
    private let hierarchy: HierarchyJudge
    private let responderLinter: Linter?
    private let rules: PathRules
    private let isKnownRole: Bool
    /// Anchors that name themselves as their issuer and did not sign themselves.
    private let unsignedAnchors: [Certificate]

    /// - Parameters:
    ///   - role: What the leaf must be.
    ///   - verifier: What computes signatures; the default is the product's.
    public init(
        role: Role, edition: Edition, anchors: AnchorStore, settings: Settings = Settings(),
        verifier: any SignatureVerifier = ProductSignatureVerifier()
    ) {
        self.role = role
        self.edition = edition
        self.anchors = anchors
        self.settings = settings
        let signatures = StandardSignedDataVerifier(verifier)
        self.verifier = signatures
        unsignedAnchors = anchors.anchors.map(\.certificate).filter {
            $0.body.isSelfIssued && !$0.isSelfSigned(by: signatures)
        }
        var profile = settings.profile
        profile.processedCriticalExtensions.append(.nameConstraints)
        var linters: [Role: Linter] = [:]
        for role in Role.allCases {
            linters[role] = Linter(role: role, edition: edition, purpose: .verifying, settings: profile)
        }
        isKnownRole = linters[role] != nil
        hierarchy = HierarchyJudge(role: role, linters: linters)
        responderLinter = linters[.ocsp]
        var rules = PathRules()
        rules.clockSkewSeconds = settings.clockSkewSeconds
        // Certificate policies restrict nothing in V2G, so what restricts policies is not understood.
        rules.processed = [
            .basicConstraints, .keyUsage, .extendedKeyUsage, .subjectAlternativeName, .certificatePolicies,
            .nameConstraints,
        ]
        rules.processed.formUnion(settings.profile.processedCriticalExtensions)
        self.rules = rules
    }

    /// Verifies a chain as it came from a peer.
    ///
    /// - Parameters:
    ///   - chain: DER, leaf first; the others in any order, the anchor among them or not.
    ///   - intermediates: Further certificates to build with that the operator knows, such as sub-CAs. Never put here
    ///     what a peer sent: a self-signed certificate among them lets a trusted root's certificate of its key count as
    ///     a link between two roots.
    ///   - evidence: OCSP answers and CRLs.
    ///   - time: When. From a trusted clock.
    /// - Throws: ``ChainRefusal``; bytes that are no certificate are a refusal too.
    public func verify(
        der chain: [[UInt8]], intermediates: [Certificate] = [], evidence: RevocationEvidence = .none,
        at time: Timestamp
    ) throws(ChainRefusal) -> ValidatedChain {
        guard chain.count <= settings.limits.maximumChainLength else { throw tooMany(chain.count, time) }
        var certificates: [Certificate] = []
        for (index, der) in chain.enumerated() {
            do {
                certificates.append(try Certificate(der: der))
            } catch {
                let rule: Rule
                if case DERError.Kind.trailingBytes = error.kind { rule = .trailingBytes } else { rule = .notDER }
                throw refusal(
                    [Finding.verifier(rule, "certificate \(index + 1) of the chain: \(error)").at(position: index)], [],
                    time)
            }
        }
        return try verify(certificates, intermediates: intermediates, evidence: evidence, at: time)
    }

    /// Verifies a chain that was read before; see ``verify(der:intermediates:evidence:at:)``.
    public func verify(
        _ chain: [Certificate], intermediates: [Certificate] = [], evidence: RevocationEvidence = .none,
        at time: Timestamp
    ) throws(ChainRefusal) -> ValidatedChain {
        guard isKnownRole else {
            throw refusal([.verifier(.chainRoleUnknown, "edition \(edition.title) has no \(role.title)")], [], time)
        }
        guard let leaf = chain.first else { throw refusal([.verifier(.chainEmpty, "no certificate")], [], time) }
        guard chain.count <= settings.limits.maximumChainLength else { throw tooMany(chain.count, time) }
        guard !anchors.anchors.isEmpty else {
            throw refusal([.verifier(.anchorNone, "no anchor for a \(role.title)")], [], time)
        }
        let pool = Self.distinct(chain.dropFirst() + intermediates + anchors.links, besides: leaf)
        let revocation = RevocationJudge(
            verifier: verifier, policy: settings.revocation, responderLinter: responderLinter, evidence: evidence,
            time: time)
        var builder = PathBuilder(
            pool: pool, anchors: anchors.anchors, verifier: verifier, limits: settings.limits)
        var judged: [JudgedPath] = []
        let isAccepted = builder.search(from: leaf) { path in
            let found = judge(path, intermediates: intermediates, revocation: revocation, time: time)
            if found.isAccepted { judged.removeAll() }
            judged.append(found)
            return found.isAccepted
        }
        if isAccepted, let accepted = judged.last, let chain = validated(accepted, time) { return chain }
        var general: [Finding] = []
        if builder.isExhausted {
            general.append(
                .verifier(.chainLimit, "\(pool.count) further certificates and \(anchors.anchors.count) anchors"))
        }
        let deadEnds = judged.isEmpty || builder.isExhausted ? builder.deadEnds : []
        let ranked = judged.enumerated().sorted {
            ($0.element.errorCount, $0.offset) < ($1.element.errorCount, $1.offset)
        }
        throw refusal(general, ranked.map { $0.element.report } + deadEnds.map(explain), time)
    }

    // MARK: Judging a path

    private func judge(
        _ path: CandidatePath, intermediates: [Certificate], revocation: RevocationJudge, time: Timestamp
    ) -> JudgedPath {
        let assignment = hierarchy.judge(path) { isLink($0, $1, intermediates) }
        var findings = assignment.findings
        for (index, found) in rules.findings(path, at: time).enumerated() {
            // What the profile refuses already need not be told twice.
            findings[index] += found.filter { finding in !findings[index].contains { $0.covers(finding.rule) } }
        }
        if unsignedAnchors.contains(path.anchor.certificate) {
            findings[path.certificates.count].append(
                .verifier(.anchorSelfSignature, "'\(path.anchor.certificate.subject)' was not signed by its own key"))
        }
        var verdicts: [RevocationVerdict] = []
        var validUntil = path.anchor.certificate.body.notAfter
        let stray = revocation.strayAnswers(path)
        for (index, certificate) in path.certificates.enumerated() {
            let mode = mode(at: index, assignment.kind)
            let (verdict, warnings) = revocation.verdict(
                on: certificate, issuer: path.issuer(of: index), anchor: path.anchor.certificate, mode: mode,
                stray: index == 0 ? stray : [])
            findings[index] += warnings + Self.findings(verdict, mode, certificate)
            verdicts.append(verdict)
            validUntil = min(validUntil, certificate.body.notAfter)
            if case .good(_, let until) = verdict { validUntil = min(validUntil, until) }
        }
        let left = path.leaf.body.notAfter.seconds - time.seconds
        let notice: Int64 = edition == .iso2 ? 21 : 14
        if left >= 0, left <= notice * 86_400 {
            findings[0].append(.verifier(.chainExpiresSoon, "valid until \(path.leaf.body.notAfter)"))
        }
        return JudgedPath(
            path: path, roles: assignment.roles, kind: assignment.kind, findings: findings, verdicts: verdicts,
            validUntil: validUntil)
    }

    private func mode(at index: Int, _ kind: AnchorKind?) -> RevocationPolicy.Mode {
        let policy = settings.revocation
        let mode = index == 0 ? policy.leaf : policy.subCAs
        if mode == .required, kind == .privateEnvironment, policy.exemptsPrivateEnvironment { return .ifPresented }
        return mode
    }

    /// What a status means under the policy.
    private static func findings(
        _ verdict: RevocationVerdict, _ mode: RevocationPolicy.Mode, _ certificate: Certificate
    ) -> [Finding] {
        switch verdict {
        case .notChecked, .good: return []
        case .revoked:
            return [.verifier(.statusRevoked, "serial \(certificate.body.serialNumber) \(verdict.text)")]
        case .unknown(let why):
            switch mode {
            case .ignored: return []
            case .required: return why
            case .ifPresented: return why.filter { $0.rule != .statusMissing }
            case .softFail: return why.map { $0.rule == .statusUnknown ? $0 : $0.weighing(.warning) }
            }
        }
    }

    /// Whether a certificate joins two roots of a kind. That takes more than its form, or a sub-CA without a path length
    /// would pass for one: the operator offered it as a link, trusts the root it stands for as one of this kind, or
    /// knows that root by its self-signed certificate. What the peer sends is never asked: anyone can sign himself.
    private func isLink(_ certificate: Certificate, _ kind: AnchorKind, _ intermediates: [Certificate]) -> Bool {
        if anchors.links.contains(certificate) { return true }
        if anchors.anchors.contains(where: {
            $0.kinds.contains(kind) && $0.isSameIdentity(as: certificate) && !unsignedAnchors.contains($0.certificate)
        }) {
            return true
        }
        return intermediates.contains { other in
            other.hasSameIdentity(as: certificate) && other != certificate
                && other.isSelfSigned(by: verifier)
        }
    }

    private func validated(_ judged: JudgedPath, _ time: Timestamp) -> ValidatedChain? {
        let roles = judged.roles.compactMap { $0 }
        guard judged.isAccepted, let kind = judged.kind, roles.count == judged.roles.count else { return nil }
        var findings: [Finding] = []
        for (index, found) in judged.findings.enumerated() { findings += found.map { $0.at(position: index) } }
        return ValidatedChain(
            role: role, edition: edition, certificates: judged.path.certificates, anchor: judged.path.anchor,
            anchorKind: kind, roles: roles, checkedAt: time, validUntil: judged.validUntil,
            revocation: judged.verdicts, findings: findings)
    }

    private static func distinct(_ certificates: some Sequence<Certificate>, besides leaf: Certificate) -> [Certificate]
    {
        var seen: Set<Certificate> = [leaf]
        return certificates.filter { seen.insert($0).inserted }
    }
}
