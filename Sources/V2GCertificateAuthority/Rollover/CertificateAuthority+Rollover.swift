internal import V2GCertificates
internal import FoundationEssentials
internal import V2GKeys
internal import V2GPrimitives
internal import V2GX509

extension CertificateAuthority {
    private static func settingKey(_ root: String) -> String { "rollover." + root }

    // MARK: Plan and status

    /// Records the dated plan of a rollover. Nothing is made yet.
    public func planRollover(_ rollover: RolloverPlan) async throws(IssuanceError) {
        let catalog = try await catalog()
        guard let old = catalog.entry(rollover.oldRoot), let role = Role(rawValue: old.record.role), role.isRoot,
            old.record.state == .active
        else { throw IssuanceError(.unknownAuthority, "'\(rollover.oldRoot)' is not an active root of this PKI.") }
        guard catalog.entry(rollover.newRoot) == nil else {
            throw IssuanceError(
                .planRefused, "the name '\(rollover.newRoot)' is taken. Choose another for the new root.")
        }
        guard try await self.rollover(of: rollover.oldRoot) == nil else {
            throw IssuanceError(.planRefused, "there is a rollover plan for '\(rollover.oldRoot)' already.")
        }
        try check(rollover, role: role, catalog: catalog)
        try await save(rollover, expecting: 0)
    }

    /// What would only show when the new root is made, and then leave a plan that nobody can finish.
    private func check(
        _ rollover: RolloverPlan, role: Role, catalog: AuthorityCatalog
    ) throws(IssuanceError) {
        guard
            rollover.newRoot.utf8.allSatisfy({ ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5f }
            ),
            (1...48).contains(rollover.newRoot.utf8.count)
        else {
            throw IssuanceError(
                .planRefused,
                "'\(rollover.newRoot)' is no name for a root: take 1 to 48 lower-case letters, digits and underscores.")
        }
        guard role.link != nil, let profile = CertificateProfile.profile(role, plan.edition) else {
            throw IssuanceError(.planRefused, "a \(role.title) has no successor that it could certify. Make a new PKI.")
        }
        guard profile.keyAlgorithms.contains(rollover.algorithm) else {
            let allowed = profile.keyAlgorithms.map(\.rawValue).joined(separator: " or ")
            throw IssuanceError(
                .planRefused,
                "a \(rollover.algorithm.displayName) key is not allowed for a \(role.title) of edition "
                    + "\(plan.edition.rawValue). Use \(allowed).")
        }
        guard (1...64).contains(rollover.newCommonName.unicodeScalars.count) else {
            throw IssuanceError(.planRefused, "the new root's common name must have 1 to 64 characters.")
        }
        // Two roots of one name cannot be told apart by names, which is what CRLs and chains go by.
        let taken = catalog.entries.compactMap { $0.certificates.first?.certificate.subject.commonName }
        guard !taken.contains(rollover.newCommonName) else {
            throw IssuanceError(
                .planRefused, "'\(rollover.newCommonName)' is the common name of another authority. Choose another.")
        }
    }

    /// The plan of replacing a root, with its version in the store.
    func rollover(of root: String) async throws(IssuanceError) -> (plan: RolloverPlan, version: Int64)? {
        let setting = try await stored("read the rollover plan") { () throws(StoreError) in
            try await store.setting(Self.settingKey(root))
        }
        guard let setting else { return nil }
        do {
            return (try JSONDecoder().decode(RolloverPlan.self, from: Data(setting.value)), setting.version)
        } catch {
            throw IssuanceError(
                .storeFailed, "the stored rollover plan of '\(root)' cannot be read: \(error)", cause: error)
        }
    }

    private func save(_ rollover: RolloverPlan, expecting version: Int64) async throws(IssuanceError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let bytes: [UInt8]
        do {
            bytes = Array(try encoder.encode(rollover))
        } catch {
            throw IssuanceError(.storeFailed, "the rollover plan cannot be written: \(error)", cause: error)
        }
        _ = try await stored("record the rollover plan") { () throws(StoreError) in
            try await store.put(
                bytes, forSetting: Self.settingKey(rollover.oldRoot), expectedVersion: version, origin: origin())
        }
        forgetCatalog()
    }

    /// All rollovers that are planned, under way or done.
    public func rollovers() async throws(IssuanceError) -> [RolloverPlan] {
        var found: [RolloverPlan] = []
        for entry in try await catalog().entries where entry.selfSigned != nil {
            if let known = try await rollover(of: entry.record.name) { found.append(known.plan) }
        }
        return found
    }

    /// By authority, the root that its chains lead to once the change-over is done.
    func rolloverPreferences(_ catalog: AuthorityCatalog) async throws(IssuanceError) -> [String: String] {
        var successors: [String: String] = [:]
        for entry in catalog.entries where entry.selfSigned != nil {
            if let known = try await rollover(of: entry.record.name), known.plan.isDone(.changeOver) {
                successors[entry.record.name] = known.plan.newRoot
            }
        }
        guard !successors.isEmpty else { return [:] }
        var preferred: [String: String] = [:]
        for entry in catalog.entries {
            guard let path = catalog.chain(of: entry.record.name, preferredRoot: nil) else { continue }
            var root = path.root
            for _ in 0..<catalog.entries.count { root = successors[root] ?? root }
            preferred[entry.record.name] = root
        }
        return preferred
    }

    /// Where a rollover stands, and who is not ready for the old root to go.
    public func rolloverStatus(of root: String) async throws(IssuanceError) -> RolloverStatus {
        let (rollover, _) = try await required(root)
        let time = now
        let unready = try await unready(rollover)
        return RolloverStatus(
            oldRoot: rollover.oldRoot, newRoot: rollover.newRoot,
            steps: rollover.steps.map { dated in
                RolloverStatus.Step(
                    step: dated.step, due: Timestamp(seconds: dated.due).rfc3339,
                    doneAt: dated.doneAt.map { Timestamp(seconds: $0).rfc3339 }, isDue: dated.due <= time.seconds)
            },
            stationsNotReady: unready.stations, carsNotReady: unready.cars)
    }

    /// Who trusts a root, and who shows chains to it, differs by its kind.
    private func unready(_ rollover: RolloverPlan) async throws(IssuanceError) -> (stations: [String], cars: [String]) {
        let record = try await catalog().entry(rollover.oldRoot)?.record
        let changedOver = rollover.doneAt(.changeOver)
        /// Those that did not confirm and, where showing a chain to the new root is enough, have none.
        func missing(_ roles: [Role], chainSuffices: Bool) async throws(IssuanceError) -> [String] {
            try await holders(of: roles).filter { holder in
                // One of the same second may have come before: rather ask twice than strand somebody.
                let hasNewChain = changedOver.map { holder.newestPlannedAt > $0 } ?? false
                return !rollover.confirmed.contains(holder.name) && !(chainSuffices && hasNewChain)
            }.map(\.name)
        }
        return switch record.flatMap({ Role(rawValue: $0.role) }) {
        case .v2gRoot:
            // Stations show chains to it, cars trust it.
            (
                try await missing([.secc], chainSuffices: true),
                try await missing([.oem, .vehicle], chainSuffices: false)
            )
        case .moRoot: (try await missing([.secc], chainSuffices: false), [])  // stations check contracts
        case .oemRoot:
            // Cars show chains to it; in -20 stations check them.
            (
                plan.edition == .iso20 ? try await missing([.secc], chainSuffices: false) : [],
                try await missing([.oem, .vehicle], chainSuffices: true)
            )
        default: (try await missing([.station], chainSuffices: false), [])  // the backend's root
        }
    }

    /// Notes that stations or cars hold the new root.
    public func confirm(_ names: [String], rollover root: String) async throws(IssuanceError) {
        var (rollover, version) = try await required(root)
        rollover.confirmed.formUnion(names)
        try await save(rollover, expecting: version)
    }

    private func required(_ root: String) async throws(IssuanceError) -> (plan: RolloverPlan, version: Int64) {
        guard let known = try await rollover(of: root) else {
            throw IssuanceError(
                .planRefused, "there is no rollover plan for '\(root)'. Make one with 'v2g pki rollover plan'.")
        }
        return known
    }

    // MARK: Steps

    /// Does the next step of a rollover. A step that was cut off goes on where it stopped.
    ///
    /// - Parameters:
    ///   - ahead: Does it before its date.
    ///   - unready: Retires although stations or cars are not ready; the audit log notes it.
    public func advanceRollover(
        of root: String, at site: Site, ahead: Bool = false, unready: Bool = false
    ) async throws(IssuanceError) -> RolloverPlan.Step {
        var (rollover, version) = try await required(root)
        guard let next = rollover.next else {
            throw IssuanceError(.planRefused, "the rollover of '\(root)' is finished.")
        }
        guard ahead || next.due <= now.seconds else {
            throw IssuanceError(
                .planRefused,
                "step '\(next.step.rawValue)' is due on \(Timestamp(seconds: next.due).rfc3339). "
                    + "Wait, or do it ahead of its date with --ahead.")
        }
        switch next.step {
        case .announce: try await announce(rollover, at: site)
        case .distribute: try await distribute(rollover, at: site)
        case .changeOver: break
        case .retire: try await retire(rollover, unready: unready)
        }
        rollover.finish(next.step, at: now.seconds)
        try await save(rollover, expecting: version)
        return next.step
    }

    /// Makes the new root, its OCSP signer and both link certificates.
    private func announce(_ rollover: RolloverPlan, at site: Site) async throws(IssuanceError) {
        guard let old = plan.authorityTemplate(for: rollover.oldRoot, catalog: try await catalog()) else {
            throw IssuanceError(.unknownAuthority, "'\(rollover.oldRoot)' is not a root of this PKI.")
        }
        let successor = HierarchyPlan.Authority(
            name: rollover.newRoot, role: old, issuer: nil, commonName: rollover.newCommonName,
            algorithm: rollover.algorithm, validityDays: nil)
        try await ensure(successor, at: site)
        try await ensure(
            .ocspSigner(of: successor.name, commonName: successor.commonName, algorithm: successor.algorithm), at: site)
        try await link(rollover.newRoot, signedBy: rollover.oldRoot, at: site)
        try await link(rollover.oldRoot, signedBy: rollover.newRoot, at: site)
    }

    /// One root's key certified by the other.
    private func link(_ subjectName: String, signedBy issuerName: String, at site: Site) async throws(IssuanceError) {
        guard let entry = try await catalog().entry(subjectName), let root = entry.selfSigned,
            let role = Role(rawValue: entry.record.role), let linkRole = role.link, let key = root.publicKey
        else { throw IssuanceError(.unknownAuthority, "'\(subjectName)' is not a root that can be linked.") }
        let file = "\(subjectName)_by_\(issuerName)"
        if let earlier = entry.certificates.first(where: { $0.issuerName == issuerName }) {
            return try publish(earlier.certificate, as: file, isPublic: true, at: site)
        }
        let issuer = try await issuer(issuerName)
        let subject = BodyMaker.Subject(role: linkRole, commonName: root.subject.commonName ?? "", key: key)
        // The key stays bound to its role as a root: a link is another certificate, not another use.
        let certificate = try await issueOnce(subject, boundTo: role, by: issuer)
        guard certificate.subject.der == root.subject.der else {
            throw IssuanceError(
                .planRefused,
                "the plan's names have changed since root '\(subjectName)' was made, so a link cannot carry its name.")
        }
        try await add(certificate, issuerName: issuerName, to: entry.record.id)
        try publish(certificate, as: file, isPublic: true, at: site)
    }

    /// Has the new root certify the old root's sub-CAs, with their own keys.
    private func distribute(_ rollover: RolloverPlan, at site: Site) async throws(IssuanceError) {
        let issuer = try await issuer(rollover.newRoot)
        for entry in try await catalog().entries where entry.record.state == .active && entry.selfSigned == nil {
            guard let old = entry.certificates.first(where: { $0.issuerName == rollover.oldRoot }),
                let role = Role(rawValue: entry.record.role), let key = old.certificate.publicKey
            else { continue }
            let file = "\(entry.record.name)_by_\(rollover.newRoot)"
            if let earlier = entry.certificates.first(where: { $0.issuerName == rollover.newRoot }) {
                try publish(earlier.certificate, as: file, isPublic: true, at: site)
                continue
            }
            let subject = BodyMaker.Subject(
                role: role, commonName: old.certificate.subject.commonName ?? entry.record.name, key: key,
                validityDays: plan.authority(entry.record.name)?.validityDays)
            let certificate = try await issueOnce(subject, boundTo: role, by: issuer)
            try await add(certificate, issuerName: rollover.newRoot, to: entry.record.id)
            try publish(certificate, as: file, isPublic: true, at: site)
        }
    }

    /// Issues, or finds what a step that was cut off issued and did not get to record as the authority's.
    private func issueOnce(
        _ subject: BodyMaker.Subject, boundTo role: Role, by issuer: Issuer
    ) async throws(IssuanceError) -> Certificate {
        let earlier = try await issued(
            role: role, commonName: subject.commonName, keyHash: SubjectPublicKeyInfo(subject.key).fingerprint,
            issuer: try await authorityID(issuer.name))
        if let earlier { return earlier }
        return try await issue(subject, boundTo: role, by: issuer)
    }

    /// Takes the old root out of service.
    private func retire(_ rollover: RolloverPlan, unready: Bool) async throws(IssuanceError) {
        let status = try await rolloverStatus(of: rollover.oldRoot)
        if !status.isReadyToRetire {
            let count = "\(status.stationsNotReady.count) stations and \(status.carsNotReady.count) cars"
            guard unready else {
                throw IssuanceError(
                    .planRefused,
                    "\(count) are not ready: they would trust nothing when '\(rollover.oldRoot)' goes. "
                        + "'v2g pki rollover status' lists them; confirm them, or retire all the same with --unready.")
            }
            try await stored("note the decision") { () throws(StoreError) in
                try await store.note(
                    "rollover of \(rollover.oldRoot)", detail: "retired with \(count) not ready", origin: origin())
            }
        }
        for entry in try await catalog().entries {
            for issued in entry.certificates
            where issued.issuerName == rollover.oldRoot && entry.record.name != rollover.oldRoot {
                try await stored("retire a certificate") { () throws(StoreError) in
                    try await store.setState(.retired, ofAuthorityCertificate: issued.recordID, origin: origin())
                }
            }
        }
        let old = try await authorityID(rollover.oldRoot)
        try await stored("retire the old root") { () throws(StoreError) in
            try await store.setState(.retired, ofAuthority: old, origin: origin())
        }
        forgetCatalog()
    }

    // MARK: Readiness

    private struct Holder {
        let name: String
        var newestPlannedAt: Int64
    }

    /// The names of valid, unrevoked leaves of some roles.
    private func holders(of roles: [Role]) async throws(IssuanceError) -> [Holder] {
        var newest: [String: Int64] = [:]
        for role in roles {
            var query = IssuanceQuery()
            query.role = role.rawValue
            query.state = .issued
            query.isRevoked = false
            query.expiresFrom = now.seconds
            var last: IntentID?
            while true {
                let after = last
                let filter = query
                let page = try await stored("list the leaves") { () throws(StoreError) in
                    try await store.issuances(matching: filter, after: after, limit: 5_000)
                }
                for issuance in page {
                    newest[issuance.subject] = max(newest[issuance.subject] ?? .min, issuance.plannedAt)
                }
                guard page.count == 5_000, let end = page.last else { break }
                last = end.id
            }
        }
        return newest.map { Holder(name: $0.key, newestPlannedAt: $0.value) }.sorted { $0.name < $1.name }
    }
}

extension HierarchyPlan {
    /// The role of a root, from the plan or from an earlier rollover.
    func authorityTemplate(for name: String, catalog: AuthorityCatalog) -> Role? {
        authority(name)?.role ?? catalog.entry(name).flatMap { Role(rawValue: $0.record.role) }
    }
}

extension Role {
    /// The role of a certificate that carries this root's key under another root.
    var link: Role? {
        switch self {
        case .v2gRoot: .v2gRootLink
        case .moRoot: .moRootLink
        case .oemRoot: .oemRootLink
        case .csmsRoot: .csmsRootLink
        default: nil
        }
    }
}
