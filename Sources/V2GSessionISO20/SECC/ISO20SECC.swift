internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GPrimitives
package import V2GSession
package import V2GSignatures

/// The station's part of an ISO 15118-20 session, AC or DC, without input and output: requests, verdicts, readings and
/// timers in; responses, questions, commands to the equipment and timers out.
///
/// One value serves one connection, from the choice of the protocol to its end. The phases are in files of their own:
/// setup, installation, authorization, services, parameters, schedules, preparation, power delivery, charge loop, stop.
/// Every request passes the same checks first: an end that is due, the session's identifier, the sequence.
package struct ISO20SECC: Sendable {
    package typealias Action = SECCAction<ISO20Edition>
    package typealias Message = ISO20Edition.Message

    let offer: StationOffer
    let link: SessionLink
    let signatures: MessageSignatureVerifier
    let paused: @Sendable (V2GSessionID) -> PausedSession<ISO20Edition>?
    let random: RandomSource
    let timing: ISO20Timing

    var state: State = .expectSessionSetup
    /// The moment of the event that is handled.
    var now = SessionMoment(uptime: .zero, wall: .earliest)
    var session: V2GSessionID?
    var isResumed = false

    // Identification.
    var challenge: Challenge?
    var attempt: AuthorizationAttempt?
    var provisioning: ProvisioningProgress = .idle
    /// Nothing is energized without it.
    var grant: ChargingGrant?
    /// Whose signature counts on metering confirmations.
    var contract: ContractSigner?

    // Services and parameters.
    var catalog: ISO20ServiceCatalog
    var visibleServices: Set<UInt16> = []
    /// Services whose details the car has seen.
    var detailedServices: Set<UInt16> = []
    var selection: ISO20Selection?
    var limits: ISO20Limits?
    var schedules: ISO20Edition.Schedules?
    var scheduleProgress: ScheduleProgress = .idle
    var selectedTuple: UInt32?
    /// The power of that tuple over time, to the car and from it.
    var scheduledPlan: ISO20PowerPlan?
    var dischargingPlan: ISO20PowerPlan?

    // Power.
    var readings = EVSEReadings()
    var isolation: IsolationProgress = .idle
    var isPreCharged = false
    /// The car may draw energy: between PowerDelivery(Start) and its end.
    var isEnergized = false
    var isRenegotiating = false
    var lastSetPoint: PowerCommand?

    // Charge loop.
    var loopCount = 0
    /// A confirmation that the car was asked for.
    var confirmation: PendingConfirmation?
    var notification: StationWish = .none
    /// Why the next request is answered with FAILED.
    var failure: InternalFailure?
    var hasWarnedOfMeter = false
    /// When the loop before was answered; and whether a slow car was noted.
    var lastLoopAnswer: Duration?
    var hasNotedSlowLoop = false

    package init(
        offer: StationOffer, link: SessionLink, signatures: MessageSignatureVerifier,
        paused: @escaping @Sendable (V2GSessionID) -> PausedSession<ISO20Edition>? = { _ in nil },
        random: RandomSource = .system, timing: ISO20Timing = .standard
    ) {
        self.offer = offer
        self.link = link
        self.signatures = signatures
        self.paused = paused
        self.random = random
        self.timing = timing
        catalog = ISO20ServiceCatalog(offer)
    }

    /// The protocol was chosen: SessionSetupReq is due.
    package mutating func begin(at moment: SessionMoment) -> [Action] {
        now = moment
        guard link.security == .tls13 else {
            return end(
                .protocolError, "ISO 15118-20 was chosen on a connection that is not TLS 1.3. Serve another edition.",
                linger: .zero)
        }
        return [.note(.phase("setup")), .startTimer(.sequence, after: timing[.sessionSetup].seccSequence)]
    }

    package mutating func handle(_ event: SECCEvent<ISO20Edition>, at moment: SessionMoment) -> [Action] {
        now = moment
        if case .ended = state { return [] }
        switch event {
        case .received(let message, let octets): return received(message, octets: octets)
        case .timerFired(let timer): return timerFired(timer)
        case .contractJudged(let verdict): return contractJudged(verdict)
        case .externalJudged(let verdict): return externalJudged(verdict)
        case .provisioned(let verdict): return provisioned(verdict)
        case .schedulesMade(let schedules): return schedulesMade(schedules)
        case .equipment(let readings): return equipment(readings)
        case .operatorRequest(let request): return operatorRequest(request)
        case .linkLost(let reason):
            return end(.linkLost, "The connection went away: \(reason). The outlet is off.", linger: .zero)
        }
    }

    /// What every request is asked first.
    private mutating func received(_ message: Message, octets: [UInt8]) -> [Action] {
        guard let outline = ISO20Edition.outline(of: message), outline.isRequest else {
            return end(
                .protocolError,
                "The car sent \(ISO20Edition.name(of: message)), which no car sends. The connection is closed.",
                linger: .zero)
        }
        if let failure {
            return refuse(message, failure.code, failure.reason, outcome: failure.outcome)
        }
        if let session, outline.pair != .sessionSetup, !session.matches(outline.header.sessionID.octets) {
            return refuse(
                message, .failedUnknownSession,
                "the header names another session than the one of SessionSetupRes")
        }
        guard allows(outline.pair) else {
            return refuse(
                message, .failedSequenceError, "\(outline.name) is not allowed here: \(phaseName)",
                outcome: .protocolError)
        }
        switch message {
        case .common(let element): return received(element, octets: octets)
        case .ac(let element): return received(element)
        case .dc(let element): return received(element)
        }
    }

    private mutating func timerFired(_ timer: SessionTimer) -> [Action] {
        switch timer {
        case .sequence:
            if isWaiting { return [] }
            return end(
                .timedOut,
                "No request came in time: \(phaseName) (V2G_SECC_Sequence_Timeout, V2G20-443). The outlet is off.",
                linger: .zero)
        case .performance: return performanceExpired()
        case .ongoing: return ongoingExpired()
        case .contactor: return contactorExpired()
        case .communicationSetup, .linger, .message, .pace, .cableCheck, .preCharge, .readyToCharge: return []
        }
    }

    var isWaiting: Bool {
        switch state {
        case .awaitInstallation, .awaitAuthorization, .awaitSchedules, .awaitContactor: true
        case .expectSessionSetup, .expectAuthorizationSetup, .expectAuthorization, .expectInstallationRepeat,
            .expectAuthorizationRepeat, .expectServiceDiscovery, .expectServiceDetail, .expectServiceSelection,
            .expectChargeParameters, .expectScheduleExchange, .expectCableCheck, .expectPreCharge,
            .expectPowerDelivery, .expectChargeLoop, .expectStop, .ended:
            false
        }
    }
}

/// Something that ends the session with the next response.
struct InternalFailure: Sendable {
    let code: ISO20.ResponseCode
    let reason: String
    let outcome: SessionEnd.Outcome
}
