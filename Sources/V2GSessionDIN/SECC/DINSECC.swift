internal import SchemaTypes
internal import V2GMessagesDIN
package import V2GSession

/// The station's side of a DIN SPEC 70121 session: DC, external identification.
///
/// Theory of operation: a request is judged in the order stop of the station, session, sequence, content. Which requests
/// a state takes is one table (`State.allows`); the handler of a request makes the response and the next state together.
/// Some answers wait for somebody: whoever makes schedules, the equipment. Such states begin with `await`; a timer bounds
/// each of them, and a request that comes meanwhile is out of sequence.
///
/// Every refusal ends the session: power off, response, pilot off, and the car has 5 s to close the connection.
package struct DINSECC: Sendable {
    package typealias Action = SECCAction<DINEdition>

    let offer: StationOffer
    let link: SessionLink
    let random: RandomSource
    let timing: DINTiming

    var state = State.notBegun
    var now: SessionMoment?
    var readings = EVSEReadings()
    var runningTimers: Set<SessionTimer> = []
    /// Why the next request is refused, once the station has decided to stop.
    var pendingStop: SessionEnd?

    // What the session has agreed on so far.
    var session: V2GSessionID?
    var external: ExternalVerdict?
    var grant: ChargingGrant?
    var schedules = ScheduleProgress.none
    var selectedTuple: DIN.SAID?

    // What the charging has come to.
    var isAskedToStop = false
    var isEnergized = false
    var isIsolationTestRunning = false
    var setPoint: SetPoint?
    var firstMeterReading: WattHours?

    package init(
        offer: StationOffer, link: SessionLink, random: RandomSource = .system, timing: DINTiming = .standard
    ) {
        self.offer = offer
        self.link = link
        self.random = random
        self.timing = timing
    }

    /// The protocol is agreed on: waits for the first request.
    package mutating func begin(at moment: SessionMoment) -> [Action] {
        now = moment
        guard case .notBegun = state else { return [] }
        state = .expectSessionSetup
        var actions: [Action] = [
            .note(.phase("setup")), start(.communicationSetup, after: timing.stationSetup),
            start(.sequence, after: timing.sequence),
        ]
        if link.security.isTLS {
            actions.append(.note(.warning("The car speaks DIN SPEC 70121 over TLS, which the specification has not.")))
        }
        return actions
    }

    /// Events before ``begin(at:)`` and after the end change nothing: late events are normal.
    package mutating func handle(_ event: SECCEvent<DINEdition>, at moment: SessionMoment) -> [Action] {
        now = moment
        guard state.isRunning else { return [] }
        switch event {
        case .received(let message, octets: _): return received(message)
        case .timerFired(let timer): return fired(timer)
        case .externalJudged(let verdict): return judged(verdict)
        case .schedulesMade(let made): return schedulesMade(made)
        case .equipment(let new): return observed(new)
        case .operatorRequest(let request): return asked(request)
        case .linkLost(let reason):
            return finish(.linkLost, "The connection went away: \(reason)", linger: .zero)
        case .contractJudged, .provisioned: return []  // DIN has no contracts; nobody asked
        }
    }

    private mutating func received(_ message: DIN.V2GMessage) -> [Action] {
        guard let request = message.body.bodyElement, request.kind.code == nil else {
            return finish(
                .protocolError,
                "The car sent \(DINEdition.name(of: message)) where a request was due. There is no answer to it.",
                linger: .zero)
        }
        let pair = request.kind.pair
        if let pendingStop { return refuse(pair, .failed, pendingStop.reason, as: pendingStop.outcome) }
        // In constant time, and zero is no exception: it means "new session" in SessionSetupReq alone.
        if pair != .sessionSetup, let session, !session.matches(message.header.sessionID.octets) {
            return refuse(
                pair, .failedUnknownSession, "The header's SessionID is not the one that SessionSetupRes gave.",
                as: .protocolError)
        }
        guard state.allows(pair) else {
            return refuse(
                pair, .failedSequenceError, "\(pair.requestName) came where \(state.expectation) was due.",
                as: .protocolError)
        }
        return serve(request)
    }

    private mutating func serve(_ request: DIN.BodyElement) -> [Action] {
        switch request {
        case .sessionSetupReq: return setUp()
        case .serviceDiscoveryReq: return discoverServices()
        case .servicePaymentSelectionReq(let request): return selectServices(request)
        case .contractAuthenticationReq: return authenticate()
        case .chargeParameterDiscoveryReq(let request): return discoverParameters(request)
        case .cableCheckReq: return checkCable()
        case .preChargeReq(let request): return preCharge(request)
        case .powerDeliveryReq(let request): return deliverPower(request)
        case .currentDemandReq(let request): return supplyCurrent(request)
        case .weldingDetectionReq: return detectWelding()
        case .sessionStopReq: return closeSession()
        case .serviceDetailReq, .certificateInstallationReq, .certificateUpdateReq, .paymentDetailsReq,
            .chargingStatusReq, .meteringReceiptReq:
            return []  // out of sequence in every state
        case .sessionSetupRes, .serviceDiscoveryRes, .serviceDetailRes, .servicePaymentSelectionRes,
            .certificateInstallationRes, .certificateUpdateRes, .paymentDetailsRes, .contractAuthenticationRes,
            .chargeParameterDiscoveryRes, .powerDeliveryRes, .chargingStatusRes, .meteringReceiptRes, .cableCheckRes,
            .preChargeRes, .currentDemandRes, .weldingDetectionRes, .sessionStopRes:
            return []  // refused above
        }
    }
}
