internal import SchemaTypes
internal import V2GMessagesISO2
package import V2GSession
package import V2GSignatures

/// The station's side of an ISO 15118-2 session: AC and DC, external identification and Plug & Charge.
///
/// Theory of operation: a request is judged in the order stop of the station, session, sequence, content. Which requests
/// a state takes is one table (`State.allows`); the handler of a request makes the response and the next state together.
/// Some answers wait for somebody: the judge of contracts, the backend, whoever makes schedules, the equipment. Such
/// states begin with `await`; a timer bounds each of them, and a request that comes meanwhile is out of sequence.
///
/// Every refusal ends the session: power off, response, pilot off, and the car has 5 s to close the connection.
package struct ISO2SECC: Sendable {
    package typealias Action = SECCAction<ISO2Edition>

    let offer: StationOffer
    let link: SessionLink
    let signatures: MessageSignatureVerifier
    let paused: @Sendable (V2GSessionID) -> PausedSession<ISO2Edition>?
    let random: RandomSource
    let timing: ISO2Timing

    var state = State.notBegun
    var now: SessionMoment?
    var readings = EVSEReadings()
    var runningTimers: Set<SessionTimer> = []
    /// Why the next request is refused, once the station has decided to stop.
    var pendingStop: SessionEnd?

    // What the session has agreed on so far.
    var session: V2GSessionID?
    var resumed: PausedSession<ISO2Edition>?
    var payment: ISO2.PaymentOption?
    var external: ExternalVerdict?
    var contract: ContractApproval?
    var grant: ChargingGrant?
    var parameters: VehicleParameters?
    /// As in the first ChargeParameterDiscoveryReq of a loop.
    var maximumEntries: UInt16?
    var schedules = ScheduleProgress.none
    var selectedTuple: ISO2.SAID?

    // What the charging has come to.
    var notification = ISO2.EVSENotification.none
    var isEnergized = false
    var isIsolationTestRunning = false
    var setPoint: SetPoint?
    var limit: Amperes?
    var loops = 0
    var firstMeterReading: WattHours?

    /// - Parameter paused: Looks up a session that may be taken up again.
    package init(
        offer: StationOffer, link: SessionLink, signatures: MessageSignatureVerifier,
        paused: @escaping @Sendable (V2GSessionID) -> PausedSession<ISO2Edition>?, random: RandomSource = .system,
        timing: ISO2Timing = .standard
    ) {
        self.offer = offer
        self.link = link
        self.signatures = signatures
        self.paused = paused
        self.random = random
        self.timing = timing
    }

    /// The protocol is agreed on: waits for the first request.
    package mutating func begin(at moment: SessionMoment) -> [Action] {
        now = moment
        guard case .notBegun = state else { return [] }
        state = .expectSessionSetup
        return [
            .note(.phase("setup")), start(.communicationSetup, after: timing.stationSetup),
            start(.sequence, after: timing.sequence),
        ]
    }

    /// Events before ``begin(at:)`` and after the end change nothing: late events are normal.
    package mutating func handle(_ event: SECCEvent<ISO2Edition>, at moment: SessionMoment) -> [Action] {
        now = moment
        guard state.isRunning else { return [] }
        switch event {
        case .received(let message, let octets): return received(message, octets: octets)
        case .timerFired(let timer): return fired(timer)
        case .contractJudged(let verdict): return judged(verdict)
        case .externalJudged(let verdict): return judged(verdict)
        case .provisioned(let verdict): return provisioned(verdict)
        case .schedulesMade(let made): return schedulesMade(made)
        case .equipment(let new): return observed(new)
        case .operatorRequest(let request): return asked(request)
        case .linkLost(let reason):
            return finish(.linkLost, "The connection went away: \(reason)", linger: .zero)
        }
    }

    private mutating func received(_ message: ISO2.V2GMessage, octets: [UInt8]) -> [Action] {
        guard let request = message.body.bodyElement, request.kind.code == nil else {
            return finish(
                .protocolError,
                "The car sent \(ISO2Edition.name(of: message)) where a request was due. There is no answer to it.",
                linger: .zero)
        }
        let pair = request.kind.pair
        if let pendingStop { return refuse(pair, .failed, pendingStop.reason, as: pendingStop.outcome) }
        // In constant time, and zero is no exception: it means "new session" in SessionSetupReq alone.
        if pair != .sessionSetup, let session, !session.matches(message.header.sessionID.octets) {
            return refuse(
                pair, .failedUnknownSession,
                "The header's SessionID is not the one that SessionSetupRes gave [V2G2-460].", as: .protocolError)
        }
        guard state.allows(pair) else {
            return refuse(
                pair, .failedSequenceError, "\(pair.requestName) came where \(state.expectation) was due.",
                as: .protocolError)
        }
        return serve(request, message.header, octets: octets)
    }

    private mutating func serve(
        _ request: ISO2.BodyElement, _ header: ISO2.MessageHeader, octets: [UInt8]
    ) -> [Action] {
        switch request {
        case .sessionSetupReq: return setUp(header)
        case .serviceDiscoveryReq(let request): return discoverServices(request)
        case .serviceDetailReq(let request): return detailService(request)
        case .paymentServiceSelectionReq(let request): return selectServices(request)
        case .certificateInstallationReq(let request): return install(request, header, octets: octets)
        case .certificateUpdateReq(let request): return update(request, header, octets: octets)
        case .paymentDetailsReq(let request): return identify(request)
        case .authorizationReq(let request): return authorize(request, header)
        case .chargeParameterDiscoveryReq(let request): return discoverParameters(request)
        case .powerDeliveryReq(let request): return deliverPower(request)
        case .chargingStatusReq: return reportStatus()
        case .meteringReceiptReq(let request): return takeReceipt(request, header)
        case .cableCheckReq: return checkCable()
        case .preChargeReq(let request): return preCharge(request)
        case .currentDemandReq(let request): return supplyCurrent(request)
        case .weldingDetectionReq: return detectWelding()
        case .sessionStopReq(let request): return stopSession(request)
        case .sessionSetupRes, .serviceDiscoveryRes, .serviceDetailRes, .paymentServiceSelectionRes,
            .certificateInstallationRes, .certificateUpdateRes, .paymentDetailsRes, .authorizationRes,
            .chargeParameterDiscoveryRes, .powerDeliveryRes, .chargingStatusRes, .meteringReceiptRes, .cableCheckRes,
            .preChargeRes, .currentDemandRes, .weldingDetectionRes, .sessionStopRes:
            return []  // refused above
        }
    }
}
