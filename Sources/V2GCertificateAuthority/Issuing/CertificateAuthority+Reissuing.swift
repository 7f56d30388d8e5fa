public import V2GCertificates
internal import V2GKeys
public import V2GPrimitives
internal import V2GX509

/// How far a mass re-issue has come.
public struct ReissueProgress: Sendable {
    public let done: Int
    public let failed: Int
    public let total: Int
}

extension CertificateAuthority {
    /// Issues a new certificate for each valid leaf of a role: same key, same name, new validity.
    ///
    /// A run that was cut off is simply started again with the same `since`: leaves that got theirs since then are
    /// passed over, so none is lost and none is made twice.
    ///
    /// - Parameters:
    ///   - since: When the job began; leaves with a certificate planned after this second are done. Start the job in a
    ///     later second, so that nothing of before counts as done.
    ///   - handOver: Takes each new certificate, durable already.
    ///   - progress: Told every so often.
    public func reissue(
        role: Role, authority: String? = nil, since: Timestamp, concurrency: Int = 64,
        progress: @Sendable (ReissueProgress) -> Void,
        handOver: @escaping @Sendable (IssuedCertificate) throws -> Void
    ) async throws -> (done: Int, skipped: Int, failures: [(subject: String, error: String)]) {
        let issuer = try await issuer(for: role, named: authority)
        let (work, skipped) = try await reissueList(role: role, authority: issuer.name, since: since)
        var done = 0
        var failures: [(subject: String, error: String)] = []
        try await withThrowingTaskGroup(of: (String, Result<Void, any Error>).self) { group in
            var next = 0
            func start() {
                guard next < work.count else { return }
                let item = work[next]
                next += 1
                group.addTask {
                    do {
                        try handOver(try await self.reissue(item, role: role, issuer: issuer))
                        return (item.subject, .success(()))
                    } catch {
                        return (item.subject, .failure(error))
                    }
                }
            }
            for _ in 0..<max(concurrency, 1) { start() }
            while let (subject, result) = try await group.next() {
                switch result {
                case .success: done += 1
                case .failure(let error):
                    // A refusal concerns one leaf; a failing disk or token concerns all.
                    if let issuance = error as? IssuanceError, issuance.code.isRefusal {
                        failures.append((subject, issuance.message))
                    } else {
                        group.cancelAll()
                        throw error
                    }
                }
                progress(ReissueProgress(done: done, failed: failures.count, total: work.count))
                start()
            }
        }
        return (done, skipped, failures)
    }

    private struct ReissueItem: Sendable {
        let subject: String
        let intent: IntentID
    }

    /// The newest valid certificate of each key and name, without those that are done.
    private func reissueList(
        role: Role, authority: String, since: Timestamp
    ) async throws(IssuanceError) -> (work: [ReissueItem], skipped: Int) {
        struct Holder: Hashable {
            let subject: String
            let key: [UInt8]
        }
        let owner = try await authorityID(authority)
        var query = IssuanceQuery()
        query.role = role.rawValue
        query.issuer = owner
        query.state = .issued
        query.isRevoked = false
        query.expiresFrom = now.seconds
        var newest: [Holder: (intent: IntentID, plannedAt: Int64)] = [:]
        var order: [Holder] = []
        var last: IntentID?
        while true {
            let after = last
            let filter = query
            let page = try await stored("list the leaves") { () throws(StoreError) in
                try await store.issuances(matching: filter, after: after, limit: 5_000)
            }
            for issuance in page {
                let holder = Holder(subject: issuance.subject, key: issuance.keyHash)
                if newest.updateValue((issuance.id, issuance.plannedAt), forKey: holder) == nil { order.append(holder) }
            }
            guard page.count == 5_000, let end = page.last else { break }
            last = end.id
        }
        var work: [ReissueItem] = []
        for holder in order {
            guard let entry = newest[holder], entry.plannedAt <= since.seconds else { continue }
            work.append(ReissueItem(subject: holder.subject, intent: entry.intent))
        }
        return (work, order.count - work.count)
    }

    private func reissue(
        _ item: ReissueItem, role: Role, issuer: Issuer
    ) async throws(IssuanceError) -> IssuedCertificate {
        let der = try await stored("read the old certificate") { () throws(StoreError) in
            try await store.certificate(of: item.intent)
        }
        guard let der else {
            throw IssuanceError(.unknownCertificate, "the old certificate of '\(item.subject)' is gone.")
        }
        let old = try parsed(der)
        guard let key = old.publicKey else {
            throw IssuanceError(
                .lintFailed, "the old certificate of '\(item.subject)' holds a key that cannot be used.")
        }
        var hosts: [HostName] = []
        for case .dns(let name) in ((try? old.body.subjectAlternativeNames()) ?? nil) ?? [] {
            if let host = HostName(name) { hosts.append(host) }
        }
        // Possession was proven for this key when the old certificate was issued.
        let subject = BodyMaker.Subject(role: role, commonName: item.subject, key: key, hosts: hosts)
        return IssuedCertificate(
            certificate: try await issue(subject, renewing: item.intent, by: issuer), chain: issuer.chain,
            authority: issuer.name, ignored: [])
    }
}
