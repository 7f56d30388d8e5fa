internal import Synchronization
internal import V2GKeys
package import V2GPrimitives
internal import V2GX509

extension OCSPResponder {
    /// How often an answer is signed anew because the status changed while it was being signed.
    private static let attempts = 3

    /// Signs what was ordered. Several orders for the same kept answer cost one signature.
    package func fulfill(_ order: SigningOrder, now: Timestamp) async -> Answer {
        guard let key = order.key else { return await signWithinBounds(order, now: now).answer }
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
            let (answer, landed) = await signWithinBounds(order, now: now)
            let waiting = landed ?? state.withLock { $0.flights.removeValue(forKey: key) } ?? []
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

    /// Those who wait for a signature.
    private typealias Waiting = [CheckedContinuation<Answer?, Never>]

    /// - Returns: The answer, and who waits for it if the flight ended with it.
    private func signWithinBounds(_ order: SigningOrder, now: Timestamp) async -> (answer: Answer, landed: Waiting?) {
        let isAdmitted = state.withLock { state in
            guard state.signingCount < settings.maximumSigning else { return false }
            state.signingCount += 1
            return true
        }
        guard isAdmitted else {
            counters.count(.tryLater)
            return (.failed(.tryLater), nil)
        }
        let (answer, landed) = await sign(order, now: now)
        state.withLock { $0.signingCount -= 1 }
        switch answer {
        case .signed: counters.signatures.add(1, ordering: .relaxed)
        case .failed(let failure): counters.count(failure)
        }
        return (answer, landed)
    }

    private func sign(_ order: SigningOrder, now: Timestamp) async -> (Answer, landed: Waiting?) {
        let authority = authorities[order.authority]
        for _ in 0..<Self.attempts {
            let (signer, refreshedAt) = state.withLock { ($0.signers[order.authority], $0.refreshedAt) }
            // Never a new thisUpdate on old knowledge.
            guard let refreshedAt, now.seconds - refreshedAt.seconds <= settings.maximumStoreAge else {
                return (.failed(.tryLater), nil)
            }
            guard let signer, !isRevoked(signer, of: authority.name) else { return (.failed(.tryLater), nil) }
            let statuses = order.certIDs.map { status(of: $0, authority: order.authority) }
            let isUnknown = statuses.contains { $0 == .neverIssued || $0 == .planned }
            let life = isUnknown ? min(settings.unknownLife, settings.life) : settings.life
            let end = min(signer.certificate.body.notAfter, authority.notAfter)
            let nextUpdate = min(now.advanced(bySeconds: life), end)
            guard now >= signer.certificate.body.notBefore,
                nextUpdate.seconds - now.seconds >= OCSPSettings.minimumLife
            else { return (.failed(.tryLater), nil) }

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
                return (.failed(.tryLater), nil)
            }
            counters.signingWorked()

            let der = BasicOCSPResponse.assemble(
                body: body, algorithm: signer.algorithm, signature: signature, certificates: signer.companions)
            let answer = OCSPAnswer(
                der: der, outcome: statuses.count == 1 ? statuses[0].outcome : .several, thisUpdate: now,
                nextUpdate: nextUpdate, key: isUnknown ? nil : order.key, certID: order.certIDs.first,
                status: statuses.count == 1 ? statuses[0] : nil)
            let landed = state.withLock { state -> Waiting? in
                // Under the lock: a change that comes later drops the answer again, one that came earlier shows here.
                // The flight ends under the same lock, so that nobody who asks after a change joins it.
                guard statuses == order.certIDs.map({ status(of: $0, authority: order.authority) }),
                    state.signers[order.authority]?.certificate === signer.certificate,
                    !isRevoked(signer, of: authority.name)
                else { return nil }
                if answer.isCacheable { state.cache.insert(answer) }
                return order.key.flatMap { state.flights.removeValue(forKey: $0) } ?? []
            }
            if let landed { return (.signed(answer), landed) }
        }
        return (.failed(.tryLater), nil)
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
