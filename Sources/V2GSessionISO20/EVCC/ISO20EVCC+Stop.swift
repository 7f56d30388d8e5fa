internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
internal import V2GSession

// Power off, welding detection, pause and stop.
extension ISO20EVCC {
    /// Below it the station's contactors count as open.
    static let safeVoltage = Volts(60)
    /// Then the car leaves, and says so.
    static let maximumWeldingPolls = 20

    mutating func powerStopped(before asked: ISO20Common.ChargingSession) {
        let kind = stopKind(instead: asked)
        let wasClosed = charging.isContactorClosed
        makeSafe()
        note(.phase("stop"))
        charging.isPreCharged = false
        charging.hasTriedPreCharge = false
        charging.weldingPolls = 0
        if profile.energy.isDC, wasClosed {
            stopKind = kind
            return proceed(to: .weldingDetection(isLast: false))
        }
        proceed(to: .sessionStop(kind))
    }

    /// A stronger wish may have come since the request.
    private func stopKind(instead kind: ISO20Common.ChargingSession) -> ISO20Common.ChargingSession {
        switch intent {
        case .terminate: .terminate
        case .pause: .pause
        case .renegotiateSchedule, .renegotiateServices, nil: kind
        }
    }

    func weldingRequest(isLast: Bool) -> ISO20Edition.Message? {
        .dc(.dcWeldingDetectionReq(.init(header: header(), evProcessing: isLast ? .finished : .ongoing)))
    }

    mutating func weldingDetection(_ response: ISO20DC.DCWeldingDetectionRes, wasLast: Bool) {
        if wasLast { return proceed(to: .sessionStop(stopKind(instead: stopKind))) }
        charging.weldingPolls += 1
        let voltage = response.evsePresentVoltage.volts
        if voltage <= Self.safeVoltage { return proceed(to: .weldingDetection(isLast: true)) }
        guard charging.weldingPolls < Self.maximumWeldingPolls else {
            note(.warning("The station still reports \(voltage.value) V: a contactor may be welded."))
            return proceed(to: .weldingDetection(isLast: true))
        }
        wait(profile.ongoingPace, before: .weldingDetection(isLast: false))
    }

    func sessionStopRequest(_ kind: ISO20Common.ChargingSession) -> ISO20Edition.Message? {
        let explanation: String? =
            switch intent {
            case .terminate(let outcome, let reason) where outcome != .completed: reason
            case .terminate, .pause, .renegotiateSchedule, .renegotiateServices, nil: nil
            }
        return .common(
            .sessionStopReq(
                .init(
                    header: header(), chargingSession: kind,
                    evTerminationExplanation: explanation.map { .init(clipping: $0) })))
    }

    mutating func sessionStopped(_ kind: ISO20Common.ChargingSession) {
        if let first = charging.firstMeter, let last = charging.lastMeter, kind != .serviceRenegotiation,
            last.chargedEnergyReadingWh >= first.chargedEnergyReadingWh
        {
            note(.energy(WattHours(Double(last.chargedEnergyReadingWh - first.chargedEnergyReadingWh))))
        }
        switch kind {
        case .terminate:
            switch intent {
            case .terminate(let outcome, let reason): finish(outcome, reason)
            case .pause(let reason):
                finish(.stopped, "\(reason) There was nothing to keep yet, so the session was stopped instead.")
            case .renegotiateSchedule, .renegotiateServices, nil: finish(.completed, "The session was stopped.")
            }
        case .pause:
            actions.append(.keepPaused(paused))
            let reason = if case .pause(let reason) = intent { reason } else { "Paused." }
            finish(.paused, reason)
        case .serviceRenegotiation:
            // [V2G20-1477] The connection stays; services are chosen anew.
            intent = nil
            let isPlugLocked = charging.isPlugLocked
            let meters = (charging.firstMeter, charging.lastMeter, charging.loops)
            services = ISO20ServiceState()
            charging = ISO20ChargingState()
            charging.isPlugLocked = isPlugLocked
            (charging.firstMeter, charging.lastMeter, charging.loops) = meters
            note(.phase("parameters"))
            proceed(to: .serviceDiscovery)
        }
    }

    private var paused: PausedSession<ISO20Edition> {
        PausedSession(
            id: session, grant: nil,
            selections: .init(
                service: services.selected.rawValue, parameterSet: services.parameterSet,
                isDynamic: services.isDynamic, schedules: charging.schedules,
                selectedTuple: charging.schedule?.id.value),
            peerBinding: link.peerLeafDigest.map { ISO20PeerBinding.value(session: session, leafDigest: $0) })
    }
}
