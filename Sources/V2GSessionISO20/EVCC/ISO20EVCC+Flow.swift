internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
internal import V2GMessagesXMLDSig
internal import V2GSession

// How requests follow each other.
extension ISO20EVCC {
    /// Goes on with a step, or with what an intent makes of it.
    mutating func proceed(to step: Step) {
        send(diverted(step))
    }

    /// A new wish counts when it is stronger than the last.
    mutating func want(_ new: Intent) {
        if let intent, intent.rank >= new.rank { return }
        intent = new
    }

    /// Ends the session in the standard's order, for a reason of our own.
    mutating func giveUp(_ outcome: SessionEnd.Outcome, _ reason: String) {
        want(.terminate(outcome, reason))
        proceed(to: .sessionStop(.terminate))
    }

    func diverted(_ step: Step) -> Step {
        guard let intent else { return step }
        switch step {
        case .sessionSetup, .weldingDetection, .sessionStop, .powerDelivery(.stop): return step
        // [V2G20-1032] A joined session goes on with its parameters and nothing else.
        case .chargeParameterDiscovery where isJoined: return step
        // Only PowerDelivery(Start) and the first message of the loop may follow here.
        case .scheduleExchange where charging.isDelivering: return step
        case .chargeLoop where charging.loopsSinceStart == 0: return step
        case .authorizationSetup, .certificateInstallation, .authorization, .serviceDiscovery, .serviceDetail,
            .serviceSelection, .chargeParameterDiscovery, .scheduleExchange, .cableCheck, .preCharge,
            .powerDelivery(.start), .powerDelivery(.renegotiate), .chargeLoop, .meteringConfirmation:
            break
        }
        switch intent {
        case .terminate:
            return charging.isDelivering ? .powerDelivery(.stop(before: .terminate)) : .sessionStop(.terminate)
        case .pause:
            // PowerDelivery does not follow a cable check that has begun, before there was a pre-charge.
            if step == .cableCheck, running.contains(.cableCheck) { return step }
            if case .preCharge = step, !charging.hasTriedPreCharge { return step }
            // [V2G20-1058] A pause keeps what was agreed on, so there has to be an agreement.
            return charging.hasSchedules ? .powerDelivery(.stop(before: .pause)) : .sessionStop(.terminate)
        case .renegotiateSchedule:
            return step == .chargeLoop ? .powerDelivery(.renegotiate) : step
        case .renegotiateServices:
            return step == .chargeLoop ? .powerDelivery(.stop(before: .serviceRenegotiation)) : step
        }
    }

    /// Sends a step's request and waits for its response.
    mutating func send(_ step: Step) {
        prepare(step)
        guard let message = request(of: step) else {
            return finish(
                .refused,
                "\(pair(of: step).rawValue)Req cannot be made of the car's profile. "
                    + "Check its certificates and identifiers.")
        }
        actions.append(.send(message))
        startTimer(.message, timing[pair(of: step)].evccTimeout)
        state = .expectResponse(step)
        // [V2G20-1617], [V2G20-847]: AC stays in state B until PowerDeliveryReq(Start), and is in C 250 ms after it.
        if step == .powerDelivery(.start) { makeReady() }
    }

    /// What the car does before a request leaves.
    private mutating func prepare(_ step: Step) {
        switch step {
        case .cableCheck:
            makeReady()
            if !running.contains(.cableCheck) { startTimer(.cableCheck, timing.cableCheckTimeout) }
        case .preCharge:
            if !running.contains(.preCharge), !charging.isPreCharged { startTimer(.preCharge, timing.preChargeTimeout) }
        case .sessionStop:
            leavePhase()
            if !charging.isDelivering { makeSafe() }
        case .powerDelivery: leavePhase()
        case .sessionSetup, .authorizationSetup, .certificateInstallation, .authorization, .serviceDiscovery,
            .serviceDetail, .serviceSelection, .chargeParameterDiscovery, .scheduleExchange, .chargeLoop,
            .meteringConfirmation, .weldingDetection:
            break
        }
    }

    /// What bounded a phase that a stop or a pause cuts short bounds nothing more.
    private mutating func leavePhase() {
        for timer in [SessionTimer.ongoing, .cableCheck, .preCharge] { cancelTimer(timer) }
    }

    private func request(of step: Step) -> ISO20Edition.Message? {
        switch step {
        case .sessionSetup: sessionSetupRequest()
        case .authorizationSetup: .common(.authorizationSetupReq(.init(header: header())))
        case .certificateInstallation: certificateInstallationRequest()
        case .authorization: authorizationRequest()
        case .serviceDiscovery: serviceDiscoveryRequest()
        case .serviceDetail: serviceDetailRequest()
        case .serviceSelection: serviceSelectionRequest()
        case .chargeParameterDiscovery: chargeParameterRequest()
        case .scheduleExchange: scheduleRequest()
        case .cableCheck: .dc(.dcCableCheckReq(.init(header: header())))
        case .preCharge(let isLast): preChargeRequest(isLast: isLast)
        case .powerDelivery(let delivery): powerDeliveryRequest(delivery)
        case .chargeLoop: chargeLoopRequest()
        case .meteringConfirmation: meteringRequest()
        case .weldingDetection(let isLast): weldingRequest(isLast: isLast)
        case .sessionStop(let kind): sessionStopRequest(kind)
        }
    }

    func header(_ signature: XMLDSig.Signature? = nil) -> ISO20.MessageHeader {
        ISO20.MessageHeader(session: session, at: now.wall, signature: signature)
    }

    func pair(of step: Step) -> ISO20Pair {
        let isDC = profile.energy.isDC
        return switch step {
        case .sessionSetup: .sessionSetup
        case .authorizationSetup: .authorizationSetup
        case .certificateInstallation: .certificateInstallation
        case .authorization: .authorization
        case .serviceDiscovery: .serviceDiscovery
        case .serviceDetail: .serviceDetail
        case .serviceSelection: .serviceSelection
        case .chargeParameterDiscovery: isDC ? .dcChargeParameterDiscovery : .acChargeParameterDiscovery
        case .scheduleExchange: .scheduleExchange
        case .cableCheck: .dcCableCheck
        case .preCharge: .dcPreCharge
        case .powerDelivery: .powerDelivery
        case .chargeLoop: isDC ? .dcChargeLoop : .acChargeLoop
        case .meteringConfirmation: .meteringConfirmation
        case .weldingDetection: .dcWeldingDetection
        case .sessionStop: .sessionStop
        }
    }

    /// Asks again after a while, as long as the station is not done.
    mutating func poll(_ step: Step, _ processing: ISO20.Processing) {
        if processing == .ongoingWaitingForCustomerInteraction, step == .authorization {
            // Customers are not bound by V2G_EVCC_Ongoing_Timeout; the station ends the wait.
            cancelTimer(.ongoing)
        } else if !running.contains(.ongoing) {
            startTimer(.ongoing, timing.ongoingTimeout)
        }
        wait(profile.ongoingPace, before: step)
    }

    mutating func wait(_ pace: Duration, before step: Step) {
        guard pace > .zero else { return proceed(to: step) }
        startTimer(.pace, pace)
        state = .expectPace(step)
    }

    // MARK: Ends

    /// The station broke the protocol.
    mutating func breach(_ reason: String) {
        finish(.protocolError, reason)
    }

    /// Makes the car safe and closes the connection now.
    mutating func finish(_ outcome: SessionEnd.Outcome, _ reason: String) {
        if case .ended = state { return }
        makeSafe()
        if isJoined, outcome != .paused { actions.append(.forgetPaused(session)) }
        if charging.isPlugLocked, outcome != .paused { actions.append(.vehicle(.unlockPlug)) }
        for timer in SessionTimer.allCases where running.contains(timer) { actions.append(.cancelTimer(timer)) }
        running.removeAll()
        actions.append(.end(SessionEnd(outcome, reason, linger: .zero)))
        state = .ended
    }

    /// State C, with the plug locked.
    mutating func makeReady() {
        guard !charging.isReady else { return }
        charging.isReady = true
        if !charging.isPlugLocked {
            charging.isPlugLocked = true
            actions.append(.vehicle(.lockPlug))
        }
        actions.append(.vehicle(.pilotReady))
    }

    mutating func closeContactor() {
        guard !charging.isContactorClosed else { return }
        charging.isContactorClosed = true
        actions.append(.vehicle(.closeContactor))
    }

    /// State B and open contactors, where they are not so already.
    mutating func makeSafe() {
        charging.isDelivering = false
        if charging.isContactorClosed {
            charging.isContactorClosed = false
            actions.append(.vehicle(.openContactor))
        }
        if charging.isReady {
            charging.isReady = false
            actions.append(.vehicle(.pilotNotReady))
        }
    }

    mutating func note(_ note: SessionNote) { actions.append(.note(note)) }

    mutating func startTimer(_ timer: SessionTimer, _ duration: Duration) {
        running.insert(timer)
        actions.append(.startTimer(timer, after: duration))
    }

    mutating func cancelTimer(_ timer: SessionTimer) {
        if running.remove(timer) != nil { actions.append(.cancelTimer(timer)) }
    }
}
