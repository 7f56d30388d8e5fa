internal import Synchronization
internal import V2GDER
internal import V2GKeys
package import V2GPrimitives
package import V2GX509

/// Answers OCSP requests for several authorities (RFC 6960, RFC 5019), without sockets and without a clock.
///
/// **Theory of operation.** ``quickAnswer(to:now:)`` never waits: it parses, finds the authority, asks the status source
/// (memory) and looks for a kept answer. What must be signed is handed back as an order for ``fulfill(_:now:)``. Kept are
/// answers to requests for one certificate without nonce whose status is good or revoked; answers with a nonce, for
/// several certificates, or of status unknown are made each time.
///
/// *Revoked never shows good again.* The source shows a new status before ``statusChanged(_:)`` or ``refresh(now:)``
/// drops what was kept. A kept answer is used only when it says what the source says now, and a fresh signature is let
/// out and kept only when the status is still the one that was signed. ``epoch`` grows with each such change, for caches
/// in front of this one.
///
/// *A planned serial is unknown.* Nobody holds its certificate yet, so good would be a promise too early and revoked
/// could never be taken back. An answer exists for it all the same.
package final class OCSPResponder: Sendable {
    /// What can be said without waiting.
    package enum QuickAnswer: Sendable {
        case ready(OCSPAnswer)
        case failed(OCSPFailure)
        case mustSign(SigningOrder)
    }

    package enum Answer: Sendable {
        case signed(OCSPAnswer)
        case failed(OCSPFailure)

        /// The whole `OCSPResponse`.
        package var der: [UInt8] {
            switch self {
            case .signed(let answer): answer.der
            case .failed(let failure): OCSPResponse.encoded(failure)
            }
        }
    }

    /// An answer that has to be signed.
    package struct SigningOrder: Sendable {
        let authority: Int
        let certIDs: [OCSPCertID]
        let nonce: [UInt8]?
        /// What it will be kept under, `nil` when it is for this request alone.
        let key: AnswerKey?
    }

    /// Who is answered for. An authority keeps its index for good: orders and kept answers name it by that.
    struct Roster: Sendable {
        var authorities: [OCSPAuthority]
        var issuers: IssuerTable

        init(_ authorities: [OCSPAuthority]) throws(RevocationError) {
            self.authorities = authorities
            issuers = try IssuerTable(authorities)
        }
    }

    struct State {
        /// One an authority; `nil` while it has none that may sign.
        var signers: [OCSPSigner?]
        var cache: OCSPAnswerCache
        /// Who waits for a signature that is being made.
        var flights: [AnswerKey: [CheckedContinuation<Answer?, Never>]] = [:]
        var signingCount = 0
        var waitingCount = 0
        var refreshedAt: Timestamp?
        /// Kept answers past a quarter of their life that somebody asked for.
        var wanted: Set<AnswerKey> = []
    }

    /// Most answers that wait for renewal because somebody asked.
    static let maximumWanted = 4_096
    /// A serial number has at most 20 bytes (RFC 5280 4.1.2.2) and may need a leading zero.
    static let maximumSerialLength = 21

    package let settings: OCSPSettings
    let source: any StatusSource
    let reloadSigner: (@Sendable (_ authority: String) async throws(RevocationError) -> OCSPSigner)?
    let state: Mutex<State>
    let counters = OCSPCounters()
    /// Locked inside ``state``'s lock, never around it.
    private let current: Mutex<Roster>
    private let epochs = Atomic<Int>(0)

    /// - Parameter reloadSigner: Called when an authority's signer nears its end; returns its successor, or the same one
    ///   when there is none yet.
    /// - Throws: ``RevocationError`` with `badSettings`.
    package init(
        authorities: [OCSPAuthority], source: any StatusSource, settings: OCSPSettings = OCSPSettings(),
        reloadSigner: (@Sendable (_ authority: String) async throws(RevocationError) -> OCSPSigner)? = nil
    ) throws(RevocationError) {
        try settings.check()
        current = Mutex(try Roster(authorities))
        self.source = source
        self.settings = settings
        self.reloadSigner = reloadSigner
        state = Mutex(
            State(signers: authorities.map(\.signer), cache: OCSPAnswerCache(capacity: settings.cacheBytes)))
    }

    var roster: Roster { current.withLock { $0 } }
    var authorities: [OCSPAuthority] { roster.authorities }

    /// Takes over what changed of the authorities: new ones, certificates and signers. Nobody is ever dropped: who
    /// issued certificates owes answers for them. The source must know new authorities already.
    ///
    /// - Throws: ``RevocationError`` with `badSettings`; nothing was changed then.
    package func replaceAuthorities(_ fresh: [OCSPAuthority]) throws(RevocationError) {
        let changed = try state.withLock { state throws(RevocationError) in
            var merged = roster.authorities
            var signers = state.signers
            var changed: Set<Int> = []
            for authority in fresh {
                guard let index = merged.firstIndex(where: { $0.name == authority.name }) else {
                    changed.insert(merged.count)
                    merged.append(authority)
                    signers.append(authority.signer)
                    continue
                }
                merged[index] = authority
                // The same one stays with the key that is open already, and the old one until there is another.
                guard let signer = authority.signer, signers[index]?.certificate != signer.certificate else { continue }
                signers[index] = signer
                changed.insert(index)
            }
            let next = try Roster(merged)
            state.signers = signers
            current.withLock { $0 = next }
            return changed
        }
        dropAnswers { changed.contains($0.authority) }
    }

    /// Whether a signer must not sign any more: its own certificate is revoked or on hold.
    ///
    /// An authority that signs for itself is judged by its issuer, not here.
    func isRevoked(_ signer: OCSPSigner, of authority: String) -> Bool {
        guard signer.isDelegate else { return false }
        if case .revoked = source.status(of: signer.certificate.body.serialNumber, issuedBy: authority) { return true }
        return false
    }

    /// Grows whenever a kept answer may have become wrong. Read it before ``quickAnswer(to:now:)``; what came of that may
    /// be kept in front of this responder while the number stays.
    package var epoch: Int { epochs.load(ordering: .acquiring) }

    /// Answers, waiting for a signature if need be.
    package func answer(request: [UInt8], now: Timestamp) async -> Answer {
        switch quickAnswer(to: request, now: now) {
        case .ready(let answer): .signed(answer)
        case .failed(let failure): .failed(failure)
        case .mustSign(let order): await fulfill(order, now: now)
        }
    }

    /// Answers as far as that needs no signature.
    package func quickAnswer(to request: [UInt8], now: Timestamp) -> QuickAnswer {
        let result = order(for: request)
        guard case .mustSign(let order) = result else {
            if case .failed(let failure) = result { counters.count(failure) }
            return result
        }
        guard let key = order.key else { return result }
        let status = source.status(of: key.serialNumber, issuedBy: authorities[key.authority].name)
        let kept = state.withLock { state -> OCSPAnswer? in
            guard let kept = state.cache[key], kept.status == status, kept.isServable(at: now) else { return nil }
            if now >= kept.renewAt, state.wanted.count < Self.maximumWanted { state.wanted.insert(key) }
            return kept
        }
        guard let kept else { return result }
        kept.touch()
        counters.cacheHits.add(1, ordering: .relaxed)
        return .ready(kept)
    }

    /// Drops what is kept for serial numbers whose status changed. The source must show the new status already.
    package func statusChanged(_ changed: [SerialReference]) {
        guard !changed.isEmpty else { return }
        let authorities = authorities
        state.withLock { state in
            for reference in changed {
                for (index, authority) in authorities.enumerated() where authority.name == reference.ca {
                    if let signer = state.signers[index],
                        signer.certificate.body.serialNumber == reference.serialNumber,
                        isRevoked(signer, of: authority.name)
                    {
                        // What it signed proves nothing any more.
                        state.cache.removeAll { $0.authority == index }
                    }
                    for key in AnswerKey.all(authority: index, serialNumber: reference.serialNumber) {
                        state.cache.remove(key)
                    }
                }
            }
        }
        epochs.add(1, ordering: .releasing)
    }

    func dropAnswers(where isUnwanted: (AnswerKey) -> Bool) {
        state.withLock { $0.cache.removeAll(where: isUnwanted) }
        epochs.add(1, ordering: .releasing)
    }

    /// Reads a request and finds out what it asks for, without looking at kept answers.
    private func order(for request: [UInt8]) -> QuickAnswer {
        let parsed: OCSPRequest
        do throws(DERError) {
            parsed = try OCSPRequest(der: request)
        } catch {
            return .failed(.malformedRequest)
        }
        // RFC 6960 4.4 knows no request extension that changes the answer but the nonce.
        guard !parsed.extensions.contains(where: { $0.isCritical && $0.type != .ocspNonce }) else {
            return .failed(.malformedRequest)
        }
        var nonce = parsed.nonce
        if let length = nonce?.count {
            if length == 0 { return .failed(.malformedRequest) }
            if length > OCSPSettings.maximumNonceLength {
                guard settings.longNonce == .ignored else { return .failed(.malformedRequest) }
                nonce = nil
            }
        }
        var authority: Int?
        var key: AnswerKey?
        let issuers = roster.issuers
        for certID in parsed.certIDs {
            let parameters = certID.hashAlgorithm.parameters
            guard parameters == nil || parameters == [0x05, 0x00] else { return .failed(.malformedRequest) }
            guard let found = issuers.authority(of: certID), found.index == authority ?? found.index else {
                return .failed(.unauthorized)  // RFC 5019 2.2.3; one signature cannot speak for two authorities
            }
            authority = found.index
            let status = status(of: certID, authority: found.index)
            if status == .neverIssued, settings.neverIssued == .unauthorized { return .failed(.unauthorized) }
            if parsed.certIDs.count == 1, nonce == nil, status != .neverIssued, status != .planned {
                key = AnswerKey(
                    authority: found.index, hash: found.hash, hasParameters: parameters != nil,
                    serialNumber: certID.serialNumber)
            }
        }
        guard let authority else { return .failed(.malformedRequest) }
        return .mustSign(SigningOrder(authority: authority, certIDs: parsed.certIDs, nonce: nonce, key: key))
    }

    func status(of certID: OCSPCertID, authority: Int) -> RecordedStatus {
        let serial = certID.serialNumber
        guard !serial.isNegative, !serial.isZero, serial.content.count <= Self.maximumSerialLength else {
            return .neverIssued
        }
        return source.status(of: serial, issuedBy: authorities[authority].name)
    }
}
