internal import V2GFraming
internal import V2GKeys
internal import V2GPrimitives
internal import V2GSession
internal import V2GTLS

/// Collects a session's record. Bounded: a charge loop of hours leaves counts and not lines.
final class RecordKeeper {
    private static let mostEntries = 400
    /// Responses that come again and again are counted only.
    private static let repeated: Set<String> = [
        "ChargingStatusRes", "CurrentDemandRes", "AC_ChargeLoopRes", "DC_ChargeLoopRes", "PreChargeRes",
        "DC_PreChargeRes",
    ]

    private var record: SessionRecord
    private let clock: SessionClock
    private let start: SessionMoment
    private let pseudonyms: Pseudonyms
    private var firstMeter: Double?
    private var seen: Set<String> = []
    private(set) var session: V2GSessionID?

    init(evse: EVSEID, peer: String?, clock: SessionClock, pseudonyms: Pseudonyms) {
        self.clock = clock
        self.pseudonyms = pseudonyms
        start = clock.now()
        record = SessionRecord(evse: evse.separated, peer: peer, begin: start.wall)
        session = nil
    }

    func connected(_ summary: TLSSummary?) {
        guard let summary else { return }
        record.tls = SessionRecord.TLS(
            version: summary.version.rawValue, suite: summary.suite, group: summary.group,
            staplesSent: summary.staplesSent, authorityMatched: summary.matchedAuthority)
        if let leaf = summary.peer?.chain.first {
            record.certificates.append(
                .init(
                    role: "vehicle", fingerprint: Hex.encode(HashAlgorithm.sha256.hash(leaf)), verdict: "accepted",
                    rules: []))
        }
    }

    /// By fingerprint: the certificate's name is the eMAID.
    func contractJudged(_ leaf: [UInt8], _ verdict: ContractVerdict) {
        let (word, rules) =
            switch verdict {
            case .accepted(let approval): ("accepted", approval.notes)
            case .refused(let refusal): ("refused", [refusal.code.rawValue, refusal.message])
            }
        record.certificates.append(
            .init(
                role: "contract", fingerprint: Hex.encode(HashAlgorithm.sha256.hash(leaf)), verdict: word, rules: rules)
        )
    }

    func negotiated(_ result: SAPResult, offers: [SAPOffer]) {
        record.offered = offers.map(\.description)
        add("handshake", "supportedAppProtocolRes", code: result.responseCode.rawValue)
    }

    func began(_ title: String) { record.protocolName = title }
    func requestReceived(_ name: String) { record.messages += 1 }
    func relayed() { add("relay", "the backend's answer was relayed") }
    func paused() { record.wasPaused = true }

    func nextReceipt() -> Int {
        record.receipts += 1
        return record.receipts
    }

    func identified(_ id: V2GSessionID) {
        session = id
        record.session = id.description
    }

    func metered(_ readings: EVSEReadings) {
        guard let energy = readings.meter?.energy.value else { return }
        let first = firstMeter ?? energy
        firstMeter = first
        record.energyWattHours = energy - first
    }

    func commanded(_ command: PowerCommand) {
        let text: String
        switch command {
        case .closeContactor: text = "close contactor"
        case .startIsolationTest: text = "isolation test"
        case .preCharge: text = "pre-charge"
        case .deliverDC, .deliverAC, .limitAC: text = "deliver"
        case .stop: text = "stop"
        case .pilotOff: text = "pilot off"
        case .pilotOn: text = "pilot on"
        }
        guard !["deliver", "pre-charge"].contains(text) || seen.insert(text).inserted else { return }
        add("power", text)
    }

    func note(_ note: SessionNote) {
        switch note {
        case .phase(let name): add("phase", name)
        case .response(let message, let code):
            record.codes[code, default: 0] += 1
            if !Self.repeated.contains(message) || seen.insert(message + code).inserted {
                add("response", message, code: code)
            }
        case .refusal(let message, let code, let reason): add("refusal", "\(message): \(reason)", code: code)
        case .authorized(let method, let detail):
            record.authorization = method.rawValue
            add("authorized", "\(method.rawValue): \(detail)")
        case .signatureVerified(let message, let grammar, let isOutOfProfile):
            add("signature", "\(message): \(grammar)\(isOutOfProfile ? ", out of profile" : "")")
        case .quirkUsed(let quirk, let detail): add("tolerance", "\(quirk.rawValue): \(detail)")
        case .securityEvent(let text): add("security", text)
        case .contractInstalled(let emaid): add("installed", pseudonyms.name(emaid.normalized))
        case .energy(let energy): record.energyWattHours = max(record.energyWattHours, energy.value)
        case .warning(let text): add("warning", text)
        }
    }

    /// The first end counts: what follows is its consequence.
    func ended(_ end: SessionEnd) {
        guard record.outcome == nil else { return }
        record.outcome = end.outcome.rawValue
        record.reason = end.reason
    }

    func disconnected(_ reason: String, isOrderly: Bool) {
        record.connectionEnd = reason
        guard record.outcome == nil else { return }
        record.outcome = isOrderly ? SessionEnd.Outcome.stopped.rawValue : SessionEnd.Outcome.linkLost.rawValue
        record.reason = "The connection ended: \(reason)"
    }

    func finished() -> SessionRecord {
        record.durationMilliseconds = milliseconds
        return record
    }

    private var milliseconds: Double {
        let passed = (clock.now().uptime - start.uptime).components
        return Double(passed.seconds) * 1_000 + Double(passed.attoseconds / 1_000_000_000_000) / 1_000
    }

    private func add(_ kind: String, _ text: String, code: String? = nil) {
        guard record.timeline.count < Self.mostEntries else { return }
        record.timeline.append(.init(milliseconds: milliseconds, kind: kind, text: text, code: code))
    }
}
