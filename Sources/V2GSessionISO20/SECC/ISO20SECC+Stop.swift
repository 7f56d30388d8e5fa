internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GSession

extension ISO20SECC {
    mutating func sessionStop(_ request: ISO20Common.SessionStopReq) -> [Action] {
        switch request.chargingSession {
        case .terminate: return terminate(request)
        case .pause: return pause(request)
        case .serviceRenegotiation: return renegotiateServices(request)
        }
    }

    private var stopResponse: Message { .common(.sessionStopRes(.init(header: header, responseCode: .ok))) }

    private var isAfterStop: Bool { if case .expectStop = state { true } else { false } }

    private mutating func terminate(_ request: ISO20Common.SessionStopReq) -> [Action] {
        var actions: [Action] = []
        if let code = request.evTerminationCode {
            let words = request.evTerminationExplanation.map { ": \($0.string.prefix(160))" } ?? ""
            actions.append(.note(.warning("The car ends with code \(code.string.prefix(80))\(words)")))
        }
        let wasCharged = isAfterStop
        actions += [.power(.stop), .send(stopResponse)] + notes(of: stopResponse, nil)
        return actions
            + end(
                wasCharged ? .completed : .stopped,
                wasCharged ? "The car ended the session after charging." : "The car ended the session before charging.",
                linger: timing.linger)
    }

    /// Kept with the vehicle certificate's binding, so that nobody else takes it up.
    private mutating func pause(_ request: ISO20Common.SessionStopReq) -> [Action] {
        let message = Message.common(.sessionStopReq(request))
        guard offer.supportsPause, isAfterStop, let session, let selection, let digest = link.peerLeafDigest else {
            return refuse(
                message, .failedPauseNotAllowed,
                !offer.supportsPause
                    ? "this station keeps no paused sessions"
                    : link.peerLeafDigest == nil
                        ? "a pause needs the vehicle's TLS certificate to be bound to"
                        : "a session is paused after PowerDelivery(Stop) only")
        }
        let kept = PausedSession<ISO20Edition>(
            id: session, grant: grant,
            selections: .init(
                service: selection.service, parameterSet: selection.parameterSet, isDynamic: selection.isDynamic,
                schedules: selection.isDynamic ? nil : schedules, selectedTuple: selectedTuple),
            peerBinding: ISO20PeerBinding.value(session: session, leafDigest: digest))
        return [.power(.stop), .keepPaused(kept), .send(stopResponse)] + notes(of: stopResponse, nil)
            + end(.paused, "The car paused the session; it may come back to it.", linger: timing.linger)
    }

    /// The same session and connection go on with ServiceDiscovery ([V2G20-1477]); the authorization stays.
    private mutating func renegotiateServices(_ request: ISO20Common.SessionStopReq) -> [Action] {
        let message = Message.common(.sessionStopReq(request))
        guard offer.supportsServiceRenegotiation else {
            return refuse(
                message, .failedNoServiceRenegotiationSupported, "this station does not renegotiate services")
        }
        guard isAfterStop, grant != nil else {
            return refuse(
                message, .failed, "services are renegotiated after PowerDelivery(Stop) only", outcome: .protocolError)
        }
        selection = nil
        limits = nil
        schedules = nil
        scheduleProgress = .idle
        selectedTuple = nil
        scheduledPlan = nil
        dischargingPlan = nil
        isResumed = false
        notification = .none
        return [.note(.phase("services"))] + answer(stopResponse, next: .expectServiceDiscovery)
    }
}
