internal import V2GKeys
internal import V2GMessagesISO20Common
internal import V2GPrimitives
package import V2GSession
package import V2GSignatures

/// The car in a session of ISO 15118-20: AC, DC and megawatt charging, bidirectional or not, along schedules or led by
/// the station, with Plug & Charge or external identification.
///
/// A session is a list of requests. Each has a ``Step``; its response decides on the next one, and ``Intent`` is what
/// can bend the way: a stop, a pause, a renegotiation. Nothing that a station sends is believed before its type, its
/// session, its code, its variant and its values fit what was asked.
package struct ISO20EVCC: Sendable {
    package typealias Action = EVCCAction<ISO20Edition>

    /// What may happen next.
    enum State: Sendable {
        case expectStart
        /// The response to this step's request.
        case expectResponse(Step)
        /// The pace timer, before this step's request.
        case expectPace(Step)
        /// The key's answer, before this step's request.
        case expectSignature(PendingSignature, Step)
        /// The end of `.install`; the station has so many contracts more.
        case expectInstallation(remaining: UInt8)
        case ended
    }

    /// A request, and what it is for.
    enum Step: Sendable, Hashable {
        case sessionSetup, authorizationSetup, certificateInstallation, authorization
        case serviceDiscovery, serviceDetail, serviceSelection
        case chargeParameterDiscovery, scheduleExchange
        case cableCheck
        /// The last one says that the car is done.
        case preCharge(isLast: Bool)
        case powerDelivery(Delivery)
        case chargeLoop, meteringConfirmation
        case weldingDetection(isLast: Bool)
        case sessionStop(ISO20Common.ChargingSession)
    }

    enum Delivery: Sendable, Hashable {
        case start
        case stop(before: ISO20Common.ChargingSession)
        case renegotiate
    }

    /// What was wished since the last request, by the driver of the car, its battery or the station.
    enum Intent: Sendable, Hashable {
        case renegotiateSchedule
        case renegotiateServices
        case pause(String)
        case terminate(SessionEnd.Outcome, String)

        /// A stronger wish replaces a weaker one, never the reverse.
        var rank: Int {
            switch self {
            case .renegotiateSchedule: 0
            case .renegotiateServices: 1
            case .pause: 2
            case .terminate: 3
            }
        }
    }

    let profile: VehicleProfile
    let link: SessionLink
    let signatures: MessageSignatureVerifier
    let timing: ISO20Timing

    var state = State.expectStart
    var session = V2GSessionID.zero
    /// The session that is to be taken up again; `nil` once the station joined or refused it.
    var resume: PausedSession<ISO20Edition>?
    /// A paused session was joined: it is forgotten when this one ends for good.
    var isJoined = false
    var intent: Intent?
    var readings = VehicleReadings()
    var now = SessionMoment(uptime: .zero, wall: Timestamp(seconds: 0))
    var actions: [Action] = []
    var running: Set<SessionTimer> = []

    var identification: ISO20Identification
    /// What the session stops for, while welding detection comes before.
    var stopKind = ISO20Common.ChargingSession.terminate
    var services = ISO20ServiceState()
    var charging = ISO20ChargingState()

    /// - Parameters:
    ///   - signatures: Verifies what the station relays from the mobility operator; its profile also says how we sign.
    ///   - resume: A session that was paused at this station.
    package init(
        profile: VehicleProfile, link: SessionLink, signatures: MessageSignatureVerifier,
        resume: PausedSession<ISO20Edition>? = nil, timing: ISO20Timing = .standard
    ) {
        self.profile = profile
        self.link = link
        self.signatures = signatures
        self.resume = resume
        self.timing = timing
        identification = ISO20Identification(contract: profile.contract, key: profile.contractKey)
    }

    package mutating func handle(_ event: EVCCEvent<ISO20Edition>, at moment: SessionMoment) -> [Action] {
        now = moment
        actions.removeAll(keepingCapacity: true)
        switch event {
        case .start: start()
        case .received(let message): receive(message)
        case .timerFired(let timer): timerFired(timer)
        case .signed(let result): signed(result)
        case .installed(let result): installed(result)
        case .vehicle(let readings): vehicleReported(readings)
        case .userRequest(let request): userAsked(request)
        case .linkLost(let reason): finish(.linkLost, "The connection to the station is gone: \(reason)")
        }
        return actions
    }

    private mutating func start() {
        guard case .expectStart = state else { return }
        guard link.security == .tls13 else {
            note(.securityEvent("ISO 15118-20 was chosen without TLS 1.3"))
            return finish(.refused, "The connection is not TLS 1.3, and ISO 15118-20 is spoken over nothing else.")
        }
        startTimer(.communicationSetup, timing.communicationSetupTimeout)
        note(.phase("setup"))
        if let resume { offer(resume) }
        send(.sessionSetup)
    }

    /// The station may join a session only where it is the one that was left ([V2G20-2539]).
    private mutating func offer(_ paused: PausedSession<ISO20Edition>) {
        guard let digest = link.peerLeafDigest, let binding = paused.peerBinding,
            binding == ISO20PeerBinding.value(session: paused.id, leafDigest: digest)
        else {
            note(
                .warning(
                    "The paused session belongs to another station, or its certificate has changed: starting anew."))
            actions.append(.forgetPaused(paused.id))
            resume = nil
            return
        }
        session = paused.id
    }

    private mutating func timerFired(_ timer: SessionTimer) {
        guard running.remove(timer) != nil else { return }
        switch timer {
        case .message: messageExpired()
        case .pace:
            guard case .expectPace(let step) = state else { return }
            proceed(to: step)
        case .communicationSetup:
            finish(.timedOut, "No session within \(timing.communicationSetupTimeout) of the connection.")
        case .ongoing:
            finish(.timedOut, "The station said Ongoing for \(timing.ongoingTimeout) (V2G_EVCC_Ongoing_Timeout).")
        case .cableCheck:
            finish(.timedOut, "The cable check took longer than \(timing.cableCheckTimeout).")
        case .preCharge:
            finish(.timedOut, "The station did not reach the battery's voltage within \(timing.preChargeTimeout).")
        case .sequence, .performance, .contactor, .linger, .readyToCharge:
            return  // Timers of stations and of DIN.
        }
    }

    private mutating func messageExpired() {
        switch state {
        case .expectResponse(let step):
            let pair = pair(of: step)
            finish(
                .timedOut,
                "The station did not answer \(pair.rawValue)Req within \(timing[pair].evccTimeout) "
                    + "(V2G_EVCC_Msg_Timeout).")
        case .expectSignature:
            finish(.timedOut, "The car's key did not sign within \(timing.sequencePerformance).")
        case .expectInstallation:
            finish(.timedOut, "The car did not accept or refuse a contract within \(timing.sequencePerformance).")
        case .expectStart, .expectPace, .ended: return
        }
    }

    private mutating func vehicleReported(_ new: VehicleReadings) {
        readings = new
        switch state {
        case .expectStart, .ended: return
        case .expectResponse, .expectPace, .expectSignature, .expectInstallation: break
        }
        if let fault = new.fault {
            return finish(.equipmentFault, "The car reported a fault: \(fault)")
        }
        switch new.controlPilot {
        case .a: finish(.equipmentFault, "The control pilot went to state A: the plug is out.")
        case .e:
            finish(.equipmentFault, "The control pilot went to state E: a short circuit, or the station has no power.")
        case .f: finish(.equipmentFault, "The control pilot went to state F: the station is not available.")
        case .b, .c, .d: return
        }
    }

    private mutating func userAsked(_ request: UserRequest) {
        switch state {
        case .ended: return
        case .expectStart:
            if request != .renegotiate { finish(.stopped, "The driver stopped the session before it began.") }
        case .expectResponse, .expectPace, .expectSignature, .expectInstallation:
            switch request {
            case .stop: want(.terminate(.stopped, "The driver stopped charging."))
            case .pause: want(.pause("The driver asked for a pause."))
            case .renegotiate: want(.renegotiateSchedule)
            }
        }
    }
}
