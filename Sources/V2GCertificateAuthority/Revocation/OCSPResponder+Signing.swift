internal import Synchronization
internal import V2GKeys
package import V2GPrimitives
internal import V2GX509

extension OCSPResponder {
    /// How often an answer is signed anew because the status changed while it was being signed.
    private static let attempts = 3

    /// Signs what was ordered. Several orders for the same kept answer cost one signature.
    package func fulfill(_ order: SigningOrder, now: Timestamp) async -> Answer {
        guard let key = order.key else { return await signWithinBounds(order, now: now) }
        enum Role { case leads, follows, isTurnedAway }
        let role = state.withLock { state -> Role in
            guard state.flights[key] != nil else {
                state.flights[key] = []
                return .leads
            }
            guard state.waitingCount < settings.maximumWaiting else { return .isTurnedAway }
            state.waitingCount += 1
            return .follows
        }
        switch role {
        case .isTurnedAway:
            counters.count(.tryLater)
            return .failed(.tryLater)
        case .follows:
            let answer = await withCheckedContinuation { (continuation: CheckedContinuation<Answer?, Never>) in
                let hasLanded = state.withLock { state in
                    guard state.flights[key] != nil else { return true }
                    state.flights[key]?.append(continuation)
                    return false
                }
                if hasLanded { continuation.resume(returning: nil) }
            }
            state.withLock { $0.waitingCount -= 1 }
            counters.coalesced.add(1, ordering: .relaxed)
            if let answer { return answer }
            // The leader was done in between, and what it signed may be kept.
            return if let kept = keptAnswer(key, now: now) { .signed(kept) } else { await fulfill(order, now: now) }
        case .leads:
            let answer = await signWithinBounds(order, now: now)
            let waiting = state.withLock { $0.flights.removeValue(forKey: key) } ?? []
            for continuation in waiting { continuation.resume(returning: answer) }
            return answer
        }
    }

    /// A kept answer that says what the source says.
    private func keptAnswer(_ key: AnswerKey, now: Timestamp) -> OCSPAnswer? {
        let status = source.status(of: key.serialNumber, issuedBy: authorities[key.authority].name)
        return state.withLock { state in
            state.cache[key].flatMap { $0.status == status && $0.isServable(at: now) ? $0 : nil }
        }
    }

    private func signWithinBounds(_ order: SigningOrder, now: Timestamp) async -> Answer {
        let isAdmitted = state.withLock { state in
            guard state.signingCount < settings.maximumSigning else { return false }
            state.signingCount += 1
            return true
        }
        guard isAdmitted else {
            counters.count(.tryLater)
            return .failed(.tryLater)
        }
        let answer = await sign(order, now: now)
        state.withLock { $0.signingCount -= 1 }
        switch answer {
        case .signed: counters.signatures.add(1, ordering: .relaxed)
        case .failed(let failure): counters.count(failure)
        }
        return answer
    }

    private func sign(_ order: SigningOrder, now: Timestamp) async -> Answer {
        for _ in 0..<Self.attempts {
            let (signer, refreshedAt) = state.withLock { ($0.signers[order.authority], $0.refreshedAt) }
            // Never a new thisUpdate on old knowledge.
            guard let refreshedAt, now.seconds - refreshedAt.seconds <= settings.maximumStoreAge else {
                return .failed(.tryLater)
            }
            let statuses = order.certIDs.map { status(of: $0, authority: order.authority) }
            let isUnknown = statuses.contains { $0 == .neverIssued || $0 == .planned }
            let life = isUnknown ? min(settings.unknownLife, settings.life) : settings.life
            let end = min(signer.certificate.body.notAfter, authorities[order.authority].notAfter)
            let nextUpdate = min(now.advanced(bySeconds: life), end)
            guard now >= signer.certificate.body.notBefore,
                nextUpdate.seconds - now.seconds >= OCSPSettings.minimumLife
            else { return .failed(.tryLater) }

            let singles = zip(order.certIDs, statuses).map { certID, status in
                BasicOCSPResponse.SingleResponse(
                    certID: certID, status: status.answer, thisUpdate: now, nextUpdate: nextUpdate)
            }
            let body = BasicOCSPResponse.body(
                responderID: signer.responderID, producedAt: now, responses: singles, nonce: order.nonce)
            let signature: [UInt8]
            do throws(KeyError) {
                signature = try await signer.key.sign(body)
            } catch {
                counters.signingFailed(error.message)
                return .failed(.tryLater)
            }
            counters.signingWorked()

            let der = BasicOCSPResponse.assemble(
                body: body, algorithm: signer.algorithm, signature: signature, certificates: signer.companions)
            let answer = OCSPAnswer(
                der: der, outcome: statuses.count == 1 ? statuses[0].outcome : .several, thisUpdate: now,
                nextUpdate: nextUpdate, key: isUnknown ? nil : order.key, certID: order.certIDs.first,
                status: statuses.count == 1 ? statuses[0] : nil)
            let isCurrent = state.withLock { state in
                // Under the lock: a change that comes later drops the answer again, one that came earlier shows here.
                guard statuses == order.certIDs.map({ status(of: $0, authority: order.authority) }),
                    state.signers[order.authority].certificate === signer.certificate
                else { return false }
                if answer.isCacheable { state.cache.insert(answer) }
                return true
            }
            if isCurrent { return .signed(answer) }
        }
        return .failed(.tryLater)
    }
}

extension RecordedStatus {
    fileprivate var answer: OCSPStatus {
        switch self {
        case .good: .good
        case .revoked(let time, let reason): .revoked(at: time, reason: reason == .unspecified ? nil : reason)
        case .neverIssued, .planned: .unknown
        }
    }

    fileprivate var outcome: OCSPAnswer.Outcome {
        switch self {
        case .good: .good
        case .revoked: .revoked
        case .neverIssued, .planned: .unknown
        }
    }
}
