internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GPrimitives
package import V2GSession
package import V2GSignatures

/// The car's side of an ISO 15118-2 session, AC and DC, external identification and Plug & Charge.
///
/// Events in, actions out. The car speaks first and always waits for one answer; each answer is checked for its session,
/// its type, its code and its values before anything follows from it. Whatever goes wrong opens the car's contactors,
/// brings the pilot back to state B and closes the connection, with a reason in words.
///
/// Wishes to stop, to pause and to renegotiate are kept and obeyed where the sequence allows: before energy flows with
/// SessionStopReq, in the charge loop with PowerDeliveryReq after at least one loop message. A pilot in state A, E or F
/// leaves no room for an order: the connection is closed at once.
package struct ISO2EVCC: Sendable {
    let profile: VehicleProfile
    let link: SessionLink
    let signatures: MessageSignatureVerifier
    let resume: PausedSession<ISO2Edition>?
    let timing: ISO2Timing

    var state = State.idle
    var actions: [EVCCAction<ISO2Edition>] = []
    var moment = SessionMoment(uptime: .zero, wall: .earliest)
    /// Timers that run, with the time they are due: a late report of one that was restarted since is not one of its end.
    var deadlines: [SessionTimer: Duration] = [:]

    var readings = VehicleReadings()
    var wishes = Wishes()
    var identification: Identification
    var services = Services()
    var parameters = Parameters()
    var charging = Charging()

    var session = V2GSessionID.zero
    /// The station took up the paused session.
    var hasJoined = false
    var begin: Duration = .zero

    /// - Parameters:
    ///   - signatures: Verifies sales tariffs; its profile is that of the signatures which the car makes.
    ///   - resume: The paused session to take up again. The profile's departure and energy are those that remain.
    package init(
        profile: VehicleProfile, link: SessionLink, signatures: MessageSignatureVerifier,
        resume: PausedSession<ISO2Edition>? = nil, timing: ISO2Timing = .standard
    ) {
        self.profile = profile
        self.link = link
        self.signatures = signatures
        self.resume = resume
        self.timing = timing
        identification = Identification(contract: profile.contract, key: profile.contractKey)
    }

    package mutating func handle(
        _ event: EVCCEvent<ISO2Edition>, at moment: SessionMoment
    ) -> [EVCCAction<ISO2Edition>] {
        if case .ended = state { return [] }  // late events are normal
        self.moment = moment
        actions.removeAll()
        switch event {
        case .start: start()
        case .received(let message): receive(message)
        case .timerFired(let timer): timerFired(timer)
        case .signed(let result): signed(result)
        case .installed(let result): installed(result)
        case .vehicle(let readings): observe(readings)
        case .userRequest(let request): obey(request)
        case .linkLost(let reason):
            close(.linkLost, "The connection was lost: \(reason). Energy is off; plug in again to start over.")
        }
        return actions
    }

    private mutating func receive(_ message: ISO2.V2GMessage) {
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
    private mutating func dispatch(_ element: ISO2.BodyElement, _ message: ISO2.V2GMessage) {
        switch (state, element) {
        case (.expectSessionSetup, .sessionSetupRes(let response)):
            sessionSetup(response, message.header.sessionID.octets)
        case (.expectServiceDiscovery, .serviceDiscoveryRes(let response)): serviceDiscovery(response)
        case (.expectServiceDetail, .serviceDetailRes(let response)): serviceDetail(response)
        case (.expectPaymentServiceSelection, .paymentServiceSelectionRes(let response)):
            paymentServiceSelection(response)
        case (.expectCertificateInstallation, .certificateInstallationRes(let response)):
            provisioning("CertificateInstallationRes", response.responseCode, message)
        case (.expectCertificateUpdate, .certificateUpdateRes(let response)):
            provisioning("CertificateUpdateRes", response.responseCode, message)
        case (.expectPaymentDetails, .paymentDetailsRes(let response)): paymentDetails(response)
        case (.expectAuthorization, .authorizationRes(let response)): authorization(response)
        case (.expectChargeParameterDiscovery, .chargeParameterDiscoveryRes(let response)):
            chargeParameterDiscovery(response, signature: message.header.signature)
        case (.expectCableCheck, .cableCheckRes(let response)): cableCheck(response)
        case (.expectPreCharge, .preChargeRes(let response)): preCharge(response)
        case (.expectPowerDelivery(let progress), .powerDeliveryRes(let response)): powerDelivery(response, progress)
        case (.expectChargingStatus, .chargingStatusRes(let response)): chargingStatus(response)
        case (.expectCurrentDemand, .currentDemandRes(let response)): currentDemand(response)
        case (.expectMeteringReceipt, .meteringReceiptRes(let response)): meteringReceipt(response)
        case (.expectWeldingDetection, .weldingDetectionRes(let response)): weldingDetection(response)
        case (.expectSessionStop(let kind), .sessionStopRes(let response)): sessionStop(response, kind)
        default:  // 17 pairs belong together; the compiler gives up on the other 600
            close(
                .protocolError,
                "The station answered \(state.request) with \(element.name), which does not belong to it.")
        }
    }
}

extension ISO2EVCC {
    /// What the car waits for.
    enum State: Sendable {
        case idle
        case expectSessionSetup, expectServiceDiscovery, expectServiceDetail, expectPaymentServiceSelection
        case expectCertificateInstallation, expectCertificateUpdate, expectPaymentDetails, expectAuthorization
        case expectChargeParameterDiscovery, expectCableCheck, expectPreCharge
        case expectPowerDelivery(ISO2.ChargeProgress)
        case expectChargingStatus, expectCurrentDemand, expectMeteringReceipt
        case expectWeldingDetection
        case expectSessionStop(ISO2.ChargingSession)
        /// The car's own key signs a request.
        case awaitSignature(Signing)
        /// The new contract is verified and stored.
        case awaitInstallation
        /// The next request is not due yet.
        case pacing(Step)
        case ended
    }

    /// A request that is sent once it is signed.
    struct Signing: Sendable {
        let body: ISO2.BodyElement
        let pending: PendingSignature
        let next: Step
    }

    /// Requests that are repeated, or wait for a signature.
    enum Step: Sendable, Hashable {
        case certificateInstallation, certificateUpdate, authorization
        case chargeParameterDiscovery, cableCheck, preCharge, chargeLoop, meteringReceipt, weldingDetection
    }

    /// What the car shall do as soon as the sequence allows.
    struct Wishes: Sendable {
        struct Stop: Sendable {
            let outcome: SessionEnd.Outcome
            let reason: String
        }

        var stop: Stop?
        var isRenegotiation = false
    }
}

extension ISO2EVCC.State {
    var expectsResponse: Bool {
        switch self {
        case .idle, .awaitSignature, .awaitInstallation, .pacing, .ended: false
        case .expectSessionSetup, .expectServiceDiscovery, .expectServiceDetail, .expectPaymentServiceSelection,
            .expectCertificateInstallation, .expectCertificateUpdate, .expectPaymentDetails, .expectAuthorization,
            .expectChargeParameterDiscovery, .expectCableCheck, .expectPreCharge, .expectPowerDelivery,
            .expectChargingStatus, .expectCurrentDemand, .expectMeteringReceipt, .expectWeldingDetection,
            .expectSessionStop:
            true
        }
    }

    /// The request that is open, by its name; what the car does otherwise.
    var request: String {
        switch self {
        case .idle: "nothing"
        case .expectSessionSetup: "SessionSetupReq"
        case .expectServiceDiscovery: "ServiceDiscoveryReq"
        case .expectServiceDetail: "ServiceDetailReq"
        case .expectPaymentServiceSelection: "PaymentServiceSelectionReq"
        case .expectCertificateInstallation: "CertificateInstallationReq"
        case .expectCertificateUpdate: "CertificateUpdateReq"
        case .expectPaymentDetails: "PaymentDetailsReq"
        case .expectAuthorization: "AuthorizationReq"
        case .expectChargeParameterDiscovery: "ChargeParameterDiscoveryReq"
        case .expectCableCheck: "CableCheckReq"
        case .expectPreCharge: "PreChargeReq"
        case .expectPowerDelivery: "PowerDeliveryReq"
        case .expectChargingStatus: "ChargingStatusReq"
        case .expectCurrentDemand: "CurrentDemandReq"
        case .expectMeteringReceipt: "MeteringReceiptReq"
        case .expectWeldingDetection: "WeldingDetectionReq"
        case .expectSessionStop: "SessionStopReq"
        case .awaitSignature: "a signature of the car's key"
        case .awaitInstallation: "the contract's installation"
        case .pacing, .ended: "nothing"
        }
    }
}
