internal import NIOCore
internal import Synchronization
internal import V2GPrimitives
internal import V2GSession

/// Collects a session's record. Shared by the loop and whoever waits for the end.
final class RecordBuilder: Sendable {
    private struct State {
        var record = CarRecord()
        var isFinished = false
        var hasStartedCharging = false
    }

    private let state = Mutex(State())
    private let start = ContinuousClock.now
    private let step: @Sendable (String) -> Void
    private let done: @Sendable (CarRecord) -> Void

    /// - Parameters:
    ///   - step: Called for each line of the timeline.
    ///   - done: Called once.
    init(step: @escaping @Sendable (String) -> Void, done: @escaping @Sendable (CarRecord) -> Void) {
        self.step = step
        self.done = done
    }

    var moment: SessionMoment { SessionMoment(uptime: ContinuousClock.now - start, wall: .now()) }

    var record: CarRecord { state.withLock { $0.record } }

    func edit(_ change: (inout CarRecord) -> Void) { state.withLock { change(&$0.record) } }

    func add(_ what: String) {
        let elapsed = milliseconds
        state.withLock { $0.record.timeline.append(CarRecord.Entry(atMilliseconds: elapsed, what: what)) }
        step(what)
    }

    func add(request name: String) {
        // The charge loop is told once, not a hundred times.
        if Self.isLoop(name), state.withLock({ $0.hasStartedCharging }) { return }
        add("-> \(name)")
    }

    func add(response name: String, code: String?) {
        if Self.isLoop(name) {
            let isFirst = state.withLock { state in
                state.record.chargeLoops += 1
                defer { state.hasStartedCharging = true }
                return !state.hasStartedCharging
            }
            guard isFirst else { return }
        }
        add("<- \(name)\(code.map { " \($0)" } ?? "")")
        if name == "PowerDeliveryRes" {
            let elapsed = milliseconds
            state.withLock { state in
                if state.record.chargingAfterMilliseconds == nil { state.record.chargingAfterMilliseconds = elapsed }
            }
        }
        if name == "MeteringReceiptRes" || name == "MeteringConfirmationRes" {
            state.withLock { $0.record.receipts += 1 }
        }
    }

    func add(_ note: SessionNote) {
        switch note {
        case .phase(let name): add("phase: \(name)")
        case .response: break
        case .refusal(let message, let code, let reason): add("refused: \(message) \(code): \(reason)")
        case .authorized(let method, let detail):
            edit { $0.authorization = method.rawValue }
            add(
                "authorized by \(method == .plugAndCharge ? "contract" : "external means")\(detail.isEmpty ? "" : ": \(detail)")"
            )
        case .signatureVerified(let message, let grammar, let isOutOfProfile):
            add("signature verified: \(message), \(grammar) grammar\(isOutOfProfile ? ", out of profile" : "")")
        case .quirkUsed(let quirk, let detail):
            add("quirk \(quirk.rawValue) used: \(detail)")
            if quirk.lowersSecurity { edit { $0.securityEvents.append("quirk \(quirk.rawValue): \(detail)") } }
        case .securityEvent(let text):
            edit { $0.securityEvents.append(text) }
            add("security event: \(text)")
        case .contractInstalled(let emaid):
            edit { $0.contractInstalled = true }
            add("contract installed: \(emaid.countryCode)\(emaid.providerID)...")
        case .energy(let energy): edit { $0.energyWattHours = energy.value }
        case .warning(let text):
            edit { $0.warnings.append(text) }
            add("warning: \(text)")
        }
    }

    func finished(_ end: SessionEnd) { finished(outcome: end.outcome.rawValue, end.reason) }

    func finished(outcome: String, _ reason: String) {
        let record: CarRecord? = state.withLock { state in
            guard !state.isFinished else { return nil }
            state.isFinished = true
            state.record.outcome = outcome
            state.record.reason = reason
            return state.record
        }
        if let record { done(record) }
    }

    private var milliseconds: Double {
        let elapsed = ContinuousClock.now - start
        return Double(elapsed.components.seconds) * 1_000 + Double(elapsed.components.attoseconds / 1_000_000_000_000)
            / 1_000
    }

    private static func isLoop(_ name: String) -> Bool {
        name.hasPrefix("ChargingStatus") || name.hasPrefix("CurrentDemand") || name.contains("_ChargeLoop")
    }
}
