internal import SchemaTypes
internal import V2GMessagesDIN
internal import V2GPrimitives
package import V2GSession

/// The car's side of a DIN SPEC 70121 session: DC, external identification.
///
/// Events in, actions out. The car speaks first and always waits for one answer; each answer is checked for its session,
/// its type, its code and its values before anything follows from it. Whatever goes wrong opens the car's contactors,
/// brings the pilot back to state B and closes the connection, with a reason in words.
///
/// A wish to stop is kept and obeyed where the sequence allows: before energy flows with SessionStopReq, in the charge
/// loop with PowerDeliveryReq after at least one loop message. A pilot in state A, E or F leaves no room for an order: the
/// connection is closed at once.
package struct DINEVCC: Sendable {
    let profile: VehicleProfile
    let timing: DINTiming

    var state = State.idle
    var actions: [EVCCAction<DINEdition>] = []
    var moment = SessionMoment(uptime: .zero, wall: .earliest)
    /// Timers that run, with the time they are due: a late report of one that was restarted since is not one of its end.
    var deadlines: [SessionTimer: Duration] = [:]

    var readings = VehicleReadings()
    var stopWish: StopWish?
    var transfer = DIN.EVRequestedEnergyTransfer.dcExtended
    var limits: DINStationLimits?
    var schedule: DINSchedule?
    /// When the schedule came: its times count from here.
    var scheduleAnchor: Duration = .zero
    var charging = Charging()
    var session = V2GSessionID.zero

    /// - Parameter link: DIN is plain TCP; nothing of the session depends on it.
    package init(profile: VehicleProfile, link: SessionLink, timing: DINTiming = .standard) {
        self.profile = profile
        self.timing = timing
    }

    package mutating func handle(_ event: EVCCEvent<DINEdition>, at moment: SessionMoment) -> [EVCCAction<DINEdition>] {
        if case .ended = state { return [] }  // late events are normal
        self.moment = moment
        actions.removeAll()
        switch event {
        case .start: start()
        case .received(let message): receive(message)
        case .timerFired(let timer): timerFired(timer)
        case .vehicle(let readings): observe(readings)
        case .userRequest(let request): obey(request)
        case .linkLost(let reason):
            close(.linkLost, "The connection was lost: \(reason). Energy is off; plug in again to start over.")
        case .signed, .installed: break  // DIN has no contracts; nobody asked
        }
        return actions
    }

    private mutating func receive(_ message: DIN.V2GMessage) {
        guard let element = message.body.bodyElement else {
            return close(.protocolError, "The station sent a message with an empty body. Nothing follows from it.")
        }
        guard state.expectsResponse else {
            return close(
                .protocolError, "The station sent \(element.name) while no request was open; it may only answer.")
        }
        cancelTimer(.message)
        if let notification = message.header.notification {
            let text = notification.faultMsg.map { ": \($0.string)" } ?? ""
            note(.warning("The station reports \(notification.faultCode.schemaName) in \(element.name)\(text)."))
        }
        if case .expectSessionSetup = state {
        } else if !session.matches(message.header.sessionID.octets) {
            return close(
                .protocolError, "\(element.name) bears another session's identifier; it is not an answer to us.")
        }
        dispatch(element, message)
    }

    /// Each state takes one kind of answer, and SessionSetupRes alone brings a session identifier.
    private mutating func dispatch(_ element: DIN.BodyElement, _ message: DIN.V2GMessage) {
        switch (state, element) {
        case (.expectSessionSetup, .sessionSetupRes(let response)):
            sessionSetup(response, message.header.sessionID.octets)
        case (.expectServiceDiscovery, .serviceDiscoveryRes(let response)): serviceDiscovery(response)
        case (.expectServicePaymentSelection, .servicePaymentSelectionRes(let response)):
            servicePaymentSelection(response)
        case (.expectContractAuthentication, .contractAuthenticationRes(let response)):
            contractAuthentication(response)
        case (.expectChargeParameterDiscovery, .chargeParameterDiscoveryRes(let response)):
            chargeParameterDiscovery(response)
        case (.expectCableCheck, .cableCheckRes(let response)): cableCheck(response)
        case (.expectPreCharge, .preChargeRes(let response)): preCharge(response)
        case (.expectPowerDelivery(let isReady), .powerDeliveryRes(let response)): powerDelivery(response, isReady)
        case (.expectCurrentDemand, .currentDemandRes(let response)): currentDemand(response)
        case (.expectWeldingDetection, .weldingDetectionRes(let response)): weldingDetection(response)
        case (.expectSessionStop, .sessionStopRes(let response)): sessionStop(response)
        default:  // 11 pairs belong together; the others are listed nowhere else either
            close(
                .protocolError,
                "The station answered \(state.request) with \(element.name), which does not belong to it.")
        }
    }
}

extension DINEVCC {
    /// What the car waits for.
    enum State: Sendable {
        case idle
        case expectSessionSetup, expectServiceDiscovery, expectServicePaymentSelection, expectContractAuthentication
        case expectChargeParameterDiscovery, expectCableCheck, expectPreCharge
        case expectPowerDelivery(isReady: Bool)
        case expectCurrentDemand, expectWeldingDetection, expectSessionStop
        /// The next request is not due yet.
        case pacing(Step)
        case ended
    }

    /// Requests that are repeated.
    enum Step: Sendable, Hashable {
        case contractAuthentication, chargeParameterDiscovery, cableCheck, preCharge, chargeLoop, weldingDetection
    }

    /// That the car shall stop, and why.
    struct StopWish: Sendable {
        let outcome: SessionEnd.Outcome
        let reason: String
    }
}

extension DINEVCC.State {
    var expectsResponse: Bool {
        switch self {
        case .idle, .pacing, .ended: false
        case .expectSessionSetup, .expectServiceDiscovery, .expectServicePaymentSelection,
            .expectContractAuthentication, .expectChargeParameterDiscovery, .expectCableCheck, .expectPreCharge,
            .expectPowerDelivery, .expectCurrentDemand, .expectWeldingDetection, .expectSessionStop:
            true
        }
    }

    /// The request that is open, by its name.
    var request: String {
        switch self {
        case .idle, .pacing, .ended: "nothing"
        case .expectSessionSetup: "SessionSetupReq"
        case .expectServiceDiscovery: "ServiceDiscoveryReq"
        case .expectServicePaymentSelection: "ServicePaymentSelectionReq"
        case .expectContractAuthentication: "ContractAuthenticationReq"
        case .expectChargeParameterDiscovery: "ChargeParameterDiscoveryReq"
        case .expectCableCheck: "CableCheckReq"
        case .expectPreCharge: "PreChargeReq"
        case .expectPowerDelivery: "PowerDeliveryReq"
        case .expectCurrentDemand: "CurrentDemandReq"
        case .expectWeldingDetection: "WeldingDetectionReq"
        case .expectSessionStop: "SessionStopReq"
        }
    }
}
