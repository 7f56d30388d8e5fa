internal import V2GCertificates
internal import V2GFiles
internal import V2GKeys
internal import V2GPrimitives
internal import V2GX509

/// Making a PKI: authorities from the roots down, their OCSP signers, the infrastructure leaves.
///
/// Each step looks first at what is there, so that a build that was cut off is simply run again.
extension CertificateAuthority {
    /// Where a build puts its keys and certificates.
    public struct Site: Sendable {
        public let directory: PKIDirectory
        public let keys: KeyPlacement

        public init(directory: PKIDirectory, keys: KeyPlacement) {
            self.directory = directory
            self.keys = keys
        }
    }

    /// Makes what the plan asks for and is not there yet.
    ///
    /// - Parameters:
    ///   - includesSamples: Whether to make one leaf of each role, with its key in the key store.
    ///   - progress: Told each step before it is done: its number, how many there are, and its name.
    public func build(
        at site: Site, includesSamples: Bool, progress: (Int, Int, String) -> Void
    ) async throws(IssuanceError) {
        let leaves = plan.infrastructure + (includesSamples ? samplesOfEdition : [])
        let total = plan.authorities.count + leaves.count
        var number = 0
        for authority in plan.authorities {
            number += 1
            progress(number, total, authority.name)
            try await ensure(authority, at: site)
        }
        for leaf in leaves {
            number += 1
            progress(number, total, leaf.name)
            try await ensure(leaf, at: site)
        }
    }

    /// Vehicle certificates are new in -20.
    private var samplesOfEdition: [HierarchyPlan.Leaf] {
        plan.samples.filter { CertificateProfile.profile($0.role, plan.edition) != nil }
    }

    // MARK: Authorities

    func ensure(_ planned: HierarchyPlan.Authority, at site: Site) async throws(IssuanceError) {
        if let known = try await catalog().entry(planned.name), let first = known.certificates.first {
            return try publish(first.certificate, as: planned.name, isPublic: true, at: site)
        }
        let reference = site.keys.reference(
            for: planned.name, in: site.directory, edition: plan.edition.rawValue)
        let publicKey = try await ensureKey(reference, planned.algorithm, name: planned.name)
        let record: AuthorityRecord
        if let known = try await catalog().entry(planned.name) {
            record = known.record
        } else {
            record = try await stored("record authority '\(planned.name)'") { () throws(StoreError) in
                try await store.addAuthority(
                    NewAuthority(
                        name: planned.name, edition: plan.edition.rawValue, role: planned.role.rawValue,
                        keyReference: reference.description,
                        keyHash: SubjectPublicKeyInfo(publicKey).fingerprint),
                    origin: origin())
            }
            forgetCatalog()
        }
        let certificate = try await certificate(
            of: planned, key: publicKey, reference: reference.description, owner: record.id)
        try await add(certificate, issuerName: planned.issuer ?? planned.name, to: record.id)
        try publish(certificate, as: planned.name, isPublic: true, at: site)
    }

    private func certificate(
        of planned: HierarchyPlan.Authority, key: PublicKey, reference: String, owner: AuthorityID
    ) async throws(IssuanceError) -> Certificate {
        let hash = SubjectPublicKeyInfo(key).fingerprint
        if let earlier = try await issued(role: planned.role, commonName: planned.commonName, keyHash: hash) {
            return earlier
        }
        let subject = BodyMaker.Subject(
            role: planned.role, commonName: planned.commonName, key: key, validityDays: planned.validityDays)
        guard let issuerName = planned.issuer else {
            let signer = try await openKey(reference, of: planned.name)
            return try await issueSelfSigned(subject, key: signer, owner: owner)
        }
        return try await issue(subject, by: try await issuer(issuerName))
    }

    /// Makes a root's own certificate.
    func issueSelfSigned(
        _ subject: BodyMaker.Subject, key: any SigningKey, owner: AuthorityID
    ) async throws(IssuanceError) -> Certificate {
        let prepared = try prepare(subject, issuer: nil)
        let intent = try await stored("record the plan") { () throws(StoreError) in
            try await store.plan(prepared.plan(issuer: owner, edition: plan.edition), origin: origin())
        }
        return try await finish(prepared, intent: intent, signer: nil, key: key)
    }

    /// Records a certificate of an authority.
    func add(_ certificate: Certificate, issuerName: String, to owner: AuthorityID) async throws(IssuanceError) {
        _ = try await stored("record the authority's certificate") { () throws(StoreError) in
            try await store.addCertificate(
                certificate.der, issuerName: issuerName, toAuthority: owner, origin: origin())
        }
        forgetCatalog()
    }

    // MARK: Leaves

    /// - Returns: Whether a certificate was issued.
    @discardableResult
    func ensure(_ leaf: HierarchyPlan.Leaf, at site: Site) async throws(IssuanceError) -> Bool {
        let isInfrastructure = leaf.role == .ocsp || leaf.role == .est
        let (reference, publicKey) = try await leafKey(leaf, at: site)
        let hash = SubjectPublicKeyInfo(publicKey).fingerprint
        let certificate: Certificate
        var isNew = false
        if let earlier = try await issued(role: leaf.role, commonName: leaf.commonName, keyHash: hash),
            !needsRenewal(earlier)
        {
            certificate = earlier
        } else {
            var hosts: [HostName] = []
            for text in leaf.hosts {
                guard let host = HostName(text) else {
                    throw IssuanceError(.nameRefused, "'\(text)' is not a host name (plan, backend_hosts).")
                }
                hosts.append(host)
            }
            let subject = BodyMaker.Subject(role: leaf.role, commonName: leaf.commonName, key: publicKey, hosts: hosts)
            certificate = try await issue(subject, by: try await issuer(leaf.issuer, evenRetired: leaf.role == .ocsp))
            isNew = true
        }
        if leaf.role == .ocsp {
            try await ensureSigner(certificate, reference: reference.description, authority: leaf.issuer)
        }
        try publish(certificate, as: leaf.name, isPublic: isInfrastructure, at: site)
        return isNew
    }

    /// The key of a leaf. An OCSP signer whose key was compromised gets a new one, named `NAME_g2` and so on: somebody
    /// has to go on answering, and a compromised key is never certified again.
    private func leafKey(
        _ leaf: HierarchyPlan.Leaf, at site: Site
    ) async throws(IssuanceError) -> (reference: KeyReference, publicKey: PublicKey) {
        let compromised =
            leaf.role == .ocsp ? try await compromisedKeys(role: leaf.role, commonName: leaf.commonName) : []
        // Each generation but the last is in the set, so one more than there are sets will do.
        for generation in 1...(compromised.count + 1) {
            let name = generation == 1 ? leaf.name : "\(leaf.name)_g\(generation)"
            let reference = site.keys.reference(for: name, in: site.directory, edition: plan.edition.rawValue)
            let publicKey = try await ensureKey(reference, leaf.algorithm, name: name)
            if !compromised.contains(SubjectPublicKeyInfo(publicKey).fingerprint) { return (reference, publicKey) }
        }
        throw IssuanceError(
            .keyCompromised,
            "every key of '\(leaf.name)' was compromised, and one of them is stored under two names. Remove the copies."
        )
    }

    /// Hashes of the keys in a role and under a name that have a certificate revoked for the key's compromise.
    private func compromisedKeys(role: Role, commonName: String) async throws(IssuanceError) -> Set<[UInt8]> {
        var query = IssuanceQuery()
        query.role = role.rawValue
        query.subject = commonName
        query.isRevoked = true
        var found: Set<[UInt8]> = []
        var last: IntentID?
        while true {
            let page = try await stored("look for compromised keys") { [query, last] () throws(StoreError) in
                try await store.issuances(matching: query, after: last, limit: 1_000)
            }
            for issuance in page {
                switch issuance.revocation?.reason {
                case .keyCompromise, .cACompromise, .aACompromise: found.insert(issuance.keyHash)
                default: break
                }
            }
            guard page.count == 1_000, let end = page.last?.id else { return found }
            last = end
        }
    }

    /// Renews at two thirds of the life, so that a missed day does no harm.
    private func needsRenewal(_ certificate: Certificate) -> Bool {
        let life = certificate.body.notAfter.seconds - certificate.body.notBefore.seconds
        return now.seconds > certificate.body.notAfter.seconds - life / 3
    }

    /// Renews the infrastructure's leaves (OCSP signers, EST server) that are past two thirds of their life.
    ///
    /// One that cannot be renewed does not hold up the others; the first failure is thrown at the end. Expired authorities
    /// are passed over.
    ///
    /// - Returns: Whether something was renewed.
    public func renewInfrastructure(at site: Site) async throws(IssuanceError) -> Bool {
        var hasRenewed = false
        var failure: IssuanceError?
        for leaf in try await infrastructureLeaves() {
            let issuer = try await catalog().entry(leaf.issuer)
            guard issuer?.certificates.contains(where: { now < $0.certificate.body.notAfter }) == true else { continue }
            do throws(IssuanceError) {
                if try await ensure(leaf, at: site) { hasRenewed = true }
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return hasRenewed
    }

    /// The plan's infrastructure, and the OCSP signers of roots that came by a rollover.
    func infrastructureLeaves() async throws(IssuanceError) -> [HierarchyPlan.Leaf] {
        var leaves = plan.infrastructure
        for entry in try await catalog().entries {
            let name = entry.record.name
            guard !leaves.contains(where: { $0.role == .ocsp && $0.issuer == name }),
                let own = entry.certificates.first?.certificate, let key = own.publicKey
            else { continue }
            leaves.append(.ocspSigner(of: name, commonName: own.subject.commonName ?? name, algorithm: key.algorithm))
        }
        return leaves
    }

    private func ensureSigner(
        _ certificate: Certificate, reference: String, authority: String
    ) async throws(IssuanceError) {
        let owner = try await authorityID(authority)
        let known = try await stored("read the OCSP signers") { () throws(StoreError) in
            try await store.ocspSigners(of: owner)
        }
        guard !known.contains(where: { $0.certificate == certificate.der }) else { return }
        _ = try await stored("record the OCSP signer") { () throws(StoreError) in
            try await store.addOCSPSigner(
                certificate: certificate.der, keyReference: reference, notAfter: certificate.body.notAfter.seconds,
                toAuthority: owner, origin: origin())
        }
        for old in known where old.state == .active {
            try await stored("retire the old OCSP signer") { () throws(StoreError) in
                try await store.setState(.retired, ofOCSPSigner: old.id, origin: origin())
            }
        }
    }

    // MARK: Shared

    private func ensureKey(
        _ reference: KeyReference, _ algorithm: KeyAlgorithm, name: String
    ) async throws(IssuanceError) -> PublicKey {
        let key: PublicKey
        do {
            do {
                return try await keys.generate(reference, algorithm: algorithm)
            } catch  where error.code == .alreadyExists {
                // A build that was cut off left it.
                key = try await keys.describe(reference).publicKey
            }
        } catch {
            throw IssuanceError(
                .signerUnavailable, "the key of '\(name)' cannot be made: \(error.message)", cause: error)
        }
        guard key.algorithm == algorithm else {
            throw IssuanceError(
                .planRefused,
                "the key of '\(name)' at \(reference) is a \(key.algorithm.displayName) key where the plan has "
                    + "\(algorithm.displayName). It is not of this PKI; choose another place for its keys.")
        }
        return key
    }

    /// The newest unrevoked certificate of a key in a role and under a name.
    ///
    /// - Parameter issuer: `nil` takes those of all issuers.
    func issued(
        role: Role, commonName: String, keyHash: [UInt8], issuer: AuthorityID? = nil
    ) async throws(IssuanceError) -> Certificate? {
        var query = IssuanceQuery()
        query.issuer = issuer
        query.role = role.rawValue
        query.subject = commonName
        query.state = .issued
        let list = try await stored("look for earlier certificates") { () throws(StoreError) in
            try await store.issuances(matching: query, after: nil, limit: 1_000)
        }
        guard let newest = list.last(where: { $0.keyHash == keyHash && $0.revocation == nil }) else { return nil }
        let der = try await stored("read a certificate") { () throws(StoreError) in
            try await store.certificate(of: newest.id)
        }
        guard let der else { return nil }
        return try parsed(der)
    }

    func publish(
        _ certificate: Certificate, as name: String, isPublic: Bool, at site: Site
    ) throws(IssuanceError) {
        do {
            try site.directory.publish(certificate, as: name, isPublic: isPublic)
        } catch {
            throw IssuanceError(
                .storeFailed, "the certificate of '\(name)' cannot be published: \(error)", cause: error)
        }
    }
}
