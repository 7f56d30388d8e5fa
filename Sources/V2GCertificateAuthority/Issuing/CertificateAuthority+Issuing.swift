public import V2GCertificates
internal import V2GKeys
internal import V2GPrimitives
public import V2GX509

/// What a requester or operator may choose for a certificate.
public struct IssueOptions: Sendable {
    /// The issuing authority; `nil` takes the role's own.
    public var authority: String?
    /// Overrides the request's common name.
    public var commonName: String?
    /// Host names, for the roles whose profile has them.
    public var hosts: [HostName] = []
    /// `nil` takes the plan's or profile's validity.
    public var validityDays: Int?

    public init() {}
}

/// An answer to a certification request: recorded before it was given.
public struct IssuedCertificate: Sendable {
    public let certificate: Certificate
    /// Sub-CA 2, then sub-CA 1: what the holder sends after its own certificate. The root is left out.
    public let chain: [Certificate]
    public let authority: String
    /// What the request asked for and did not get.
    public let ignored: [String]

    /// Leaf first, PEM.
    public var pem: String { ([certificate] + chain).map { PEMBlock(label: "CERTIFICATE", der: $0.der).text }.joined() }
}

extension CertificateAuthority {
    /// Answers a certification request.
    public func issue(
        _ request: ProvenRequest, role: Role, options: IssueOptions = IssueOptions()
    ) async throws(IssuanceError) -> IssuedCertificate {
        guard role.isLeaf else {
            throw IssuanceError(
                .issuerUnsuitable,
                "a request never makes an authority, and '\(role.rawValue)' is one: authorities and links come from the "
                    + "plan and from rollovers. [V2G.CA.ISSUER-ROLE]")
        }
        let issuer = try await issuer(for: role, named: options.authority)
        guard let commonName = options.commonName ?? request.commonName else {
            throw IssuanceError(
                .nameRefused,
                "the request has no single common name. Put the name into the request or give it with --subject.")
        }
        let subject = BodyMaker.Subject(
            role: role, commonName: commonName, key: request.publicKey,
            hosts: try hosts(options.hosts, for: role, commonName: commonName), validityDays: options.validityDays)
        let certificate = try await issue(subject, by: issuer)
        return IssuedCertificate(
            certificate: certificate, chain: issuer.chain, authority: issuer.name, ignored: request.ignored)
    }

    func issuer(for role: Role, named name: String?) async throws(IssuanceError) -> Issuer {
        guard let name = name ?? plan.issuer(of: role) else {
            throw IssuanceError(
                .issuerUnsuitable, "no authority issues role '\(role.rawValue)' by default. Name one with --ca.")
        }
        let issuer = try await issuer(name)
        guard role.issuers.contains(issuer.role) else {
            let suitable = role.issuers.map(\.rawValue).joined(separator: ", ")
            throw IssuanceError(
                .issuerUnsuitable,
                "authority '\(name)' (\(issuer.role.rawValue)) may not issue role '\(role.rawValue)'; "
                    + "that is for \(suitable). [V2G.CA.ISSUER-ROLE]")
        }
        return issuer
    }

    private func hosts(
        _ given: [HostName], for role: Role, commonName: String
    ) throws(IssuanceError) -> [HostName] {
        guard let profile = CertificateProfile.profile(role, plan.edition) else { return given }
        switch profile.hostNames {
        case .absent:
            guard given.isEmpty else {
                throw IssuanceError(
                    .nameRefused,
                    "role '\(role.rawValue)' has no host names: the peer on the cable has none. Leave --dns out.")
            }
            return []
        case .optional: return given
        case .required: return given.isEmpty ? HostName(commonName).map { [$0] } ?? [] : given
        }
    }

    /// Plans, lints, signs and records one certificate.
    func issue(
        _ subject: BodyMaker.Subject, boundTo boundRole: Role? = nil, renewing renewed: IntentID? = nil,
        by issuer: Issuer
    ) async throws(IssuanceError) -> Certificate {
        let prepared = try prepare(subject, boundTo: boundRole, issuer: issuer)
        let owner = try await authorityID(issuer.name)
        let intent = try await stored("record the plan") { () throws(StoreError) in
            var planned = prepared.plan(issuer: owner, edition: plan.edition)
            planned.renews = renewed
            return try await store.plan(planned, origin: origin())
        }
        return try await finish(prepared, intent: intent, signer: issuer)
    }

    /// The part after the plan is on disk. A failure before the signature cancels the intent; one after it leaves the
    /// intent open, to be settled at the next start.
    func finish(
        _ prepared: PreparedCertificate, intent: IntentID, signer issuer: Issuer?, key: (any SigningKey)? = nil
    ) async throws(IssuanceError) -> Certificate {
        let der: [UInt8]
        do {
            der = try await sign(prepared, issuer: issuer, key: key)
        } catch {
            // The reason for the failure matters more than a failing clean-up: an open intent is settled at the next start.
            try? await store.cancel(intent, reason: error.code.description, origin: origin())
            throw error
        }
        try await stored("record the certificate") { () throws(StoreError) in
            try await store.complete(intent, certificate: der, origin: origin())
        }
        return try parsed(der)
    }

    func parsed(_ der: [UInt8]) throws(IssuanceError) -> Certificate {
        do {
            return try Certificate(der: der)
        } catch {
            throw IssuanceError(
                .storeFailed, "an issued certificate does not parse: \(error). Report this.", cause: error)
        }
    }

    func authorityID(_ name: String) async throws(IssuanceError) -> AuthorityID {
        guard let entry = try await catalog().entry(name) else {
            throw IssuanceError(.unknownAuthority, "there is no authority '\(name)'.")
        }
        return entry.record.id
    }
}

/// A body ready to be planned.
package struct PreparedCertificate: Sendable {
    let profile: CertificateProfile
    /// The role that the key is bound to: a link certificate binds nothing new.
    let boundRole: Role
    let commonName: String
    let serial: [UInt8]
    let keyHash: [UInt8]
    let notAfter: Timestamp
    package let body: [UInt8]
    let algorithm: SignatureAlgorithm

    func plan(issuer: AuthorityID, edition: Edition) -> IssuancePlan {
        IssuancePlan(
            issuer: issuer, serial: serial, role: boundRole.rawValue, edition: edition.rawValue, subject: commonName,
            keyHash: keyHash, bodyHash: HashAlgorithm.sha256.hash(body), notAfter: notAfter.seconds)
    }
}

extension CertificateAuthority {
    /// Makes the complete body with a fresh serial of 128 random bits.
    func prepare(
        _ subject: BodyMaker.Subject, boundTo boundRole: Role? = nil, issuer: Issuer?
    ) throws(IssuanceError) -> PreparedCertificate {
        guard let profile = CertificateProfile.profile(subject.role, plan.edition) else {
            throw IssuanceError(
                .lintFailed,
                "edition \(plan.edition.rawValue) has no role '\(subject.role.rawValue)'. Vehicle certificates are of iso20."
            )
        }
        var serial = SystemRandom.bytes(count: 16)
        while serial.allSatisfy({ $0 == 0 }) { serial = SystemRandom.bytes(count: 16) }
        let template = try maker.body(subject, profile: profile, issuer: issuer, serial: serial, now: now)
        guard let algorithm = template.signatureAlgorithm.signatureAlgorithm else {
            throw IssuanceError(.signerUnavailable, "the issuer's key cannot sign.")
        }
        return PreparedCertificate(
            profile: profile, boundRole: boundRole ?? subject.role, commonName: subject.commonName, serial: serial,
            keyHash: template.subjectPublicKeyInfo.fingerprint, notAfter: template.notAfter, body: template.encoded(),
            algorithm: algorithm)
    }

    /// Lints the complete body and signs exactly what passed.
    ///
    /// - Parameters:
    ///   - issuer: `nil` for a root, whose own `key` signs.
    func sign(
        _ prepared: PreparedCertificate, issuer: Issuer?, key: (any SigningKey)? = nil
    ) async throws(IssuanceError) -> [UInt8] {
        let linted = try lint(prepared, issuer: issuer)
        guard let signer = issuer?.key ?? key else {
            throw IssuanceError(.signerUnavailable, "there is no key to sign with.")
        }
        let signature: [UInt8]
        do {
            signature = try await signer.sign(linted.der)
        } catch {
            throw IssuanceError(.signerUnavailable, "signing failed: \(error.message)", cause: error)
        }
        return Certificate.assemble(body: linted.der, algorithm: prepared.algorithm, signature: signature)
    }

    func lint(_ prepared: PreparedCertificate, issuer: Issuer?) throws(IssuanceError) -> LintedBody {
        let linter = Linter(prepared.profile, purpose: .issuing, settings: settings.profiles)
        do {
            return try linter.admit(tbs: prepared.body, issuer: issuer?.lintIssuer)
        } catch {
            throw IssuanceError(lint: error.report)
        }
    }
}

extension IssuanceError {
    init(lint report: LintReport) {
        let lines = report.errors.map(\.description)
        self.init(
            .lintFailed,
            "the certificate would break its profile, nothing was signed:\n  "
                + lines.joined(separator: "\n  "), findings: report.errors)
    }
}
