internal import SchemaTypes
internal import V2GMessagesDIN
internal import V2GSession

// How answers leave, and how sessions end.
extension DINSECC {
    /// A response and the state that follows it. Any response restarts the sequence timer.
    mutating func answer(
        _ response: DIN.BodyElement, then next: State, first: [Action] = [], last: [Action] = []
    ) -> [Action] {
        state = next
        return first + cancel(.performance, .contactor)
            + [
                .send(DIN.V2GMessage(session ?? .zero, response)),
                .note(.response(message: response.name, code: (response.kind.code ?? .failed).schemaName)),
                start(.sequence, after: timing.sequence),
            ] + last
    }

    /// The answer waits for somebody, and goes out in time whatever happens.
    ///
    /// - Parameter limit: When to stop waiting; V2G_SECC_Msg_Performance_Time with a margin if not given.
    mutating func wait(_ pair: DINPair, in next: State, limit: Duration? = nil, first: [Action] = []) -> [Action] {
        state = next
        let limit = limit ?? max(.zero, timing[pair].seccPerformance - timing.answerMargin)
        return cancel(.sequence) + [start(.performance, after: limit)] + first
    }

    /// Refuses a request and ends the session: no power, a response with all its elements, no pilot.
    mutating func refuse(
        _ pair: DINPair, _ code: DIN.ResponseCode, _ reason: String, as outcome: SessionEnd.Outcome = .refused
    ) -> [Action] {
        let response = refusal(of: pair, code)
        return conclude(
            response, code, SessionEnd(outcome, reason, linger: timing.linger),
            last: [.note(.refusal(message: response.name, code: code.schemaName, reason: reason))])
    }

    /// The last response of a session.
    mutating func conclude(
        _ response: DIN.BodyElement, _ code: DIN.ResponseCode, _ end: SessionEnd, last: [Action] = []
    ) -> [Action] {
        stopPower()
            + [
                .send(DIN.V2GMessage(session ?? .zero, response)),
                .note(.response(message: response.name, code: code.schemaName)),
            ] + last + over(end)
    }

    /// Ends the session without a response.
    mutating func finish(_ outcome: SessionEnd.Outcome, _ reason: String, linger: Duration) -> [Action] {
        stopPower() + over(SessionEnd(outcome, reason, linger: linger))
    }

    private mutating func over(_ end: SessionEnd) -> [Action] {
        state = .ended
        var actions: [Action] = SessionTimer.allCases.filter(runningTimers.contains).map { .cancelTimer($0) }
        runningTimers = []
        actions.append(.power(.pilotOff))
        if let firstMeterReading, let meter = readings.meter {
            actions.append(.note(.energy(meter.energy - firstMeterReading)))
        }
        actions.append(.end(end))
        return actions
    }

    /// The station stops on its own. A request that waits for its answer gets it now; else the next one is refused, if it
    /// comes before the connection is closed.
    mutating func stop(_ outcome: SessionEnd.Outcome, _ reason: String) -> [Action] {
        if let pair = state.awaiting {
            return refuse(pair, pair == .powerDelivery ? .failedPowerDeliveryNotApplied : .failed, reason, as: outcome)
        }
        guard pendingStop == nil else { return [] }
        pendingStop = SessionEnd(outcome, reason, linger: timing.linger)
        return stopPower() + [.power(.pilotOff), .note(.warning(reason)), start(.linger, after: timing.linger)]
    }

    mutating func stopPower() -> [Action] {
        isEnergized = false
        isIsolationTestRunning = false
        setPoint = nil
        return [.power(.stop)]
    }
}

// Timers.
extension DINSECC {
    mutating func start(_ timer: SessionTimer, after duration: Duration) -> Action {
        runningTimers.insert(timer)
        return .startTimer(timer, after: duration)
    }

    mutating func cancel(_ timers: SessionTimer...) -> [Action] {
        var actions: [Action] = []
        for timer in timers where runningTimers.remove(timer) != nil { actions.append(.cancelTimer(timer)) }
        return actions
    }

    /// Starts the bound of a loop of Ongoing answers with its first one.
    mutating func startOnce(_ timer: SessionTimer, after duration: Duration) -> [Action] {
        runningTimers.contains(timer) ? [] : [start(timer, after: duration)]
    }

    mutating func fired(_ timer: SessionTimer) -> [Action] {
        // A timer that was canceled may have fired already.
        guard runningTimers.remove(timer) != nil else { return [] }
        switch timer {
        case .sequence:
            return finish(
                .timedOut,
                "No request for \(timing.sequence): \(state.expectation) was due (V2G_SECC_Sequence_Timeout).",
                linger: .zero)
        case .communicationSetup:
            return finish(
                .timedOut, "No session within \(timing.stationSetup): SessionSetupReq was due.", linger: .zero)
        case .performance: return performanceTimeEnded()
        case .contactor: return relaysTimedOut()
        case .ongoing:
            if isAskedToStop {
                return stop(.stopped, "The car was asked to stop and charged on for \(timing.notification).")
            }
            return stop(
                .timedOut,
                "\(state.expectation) was answered with Ongoing for too long. Whoever is waited for is to "
                    + "answer sooner.")
        case .linger:
            let end = pendingStop ?? SessionEnd(.stopped, "The station stopped.")
            return finish(end.outcome, end.reason, linger: .zero)
        case .message, .pace, .cableCheck, .preCharge, .readyToCharge: return []  // the car's
        }
    }

    /// An answer cannot wait any longer.
    private mutating func performanceTimeEnded() -> [Action] {
        switch state {
        case .awaitSchedules: return parametersOngoing()
        case .awaitCableCheck: return cableCheckOngoing()
        case .notBegun, .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectAuthentication,
            .expectParameters, .expectCableCheck, .expectPreCharge, .expectPowerDelivery, .expectCurrentDemand,
            .awaitPowerOff, .expectStop, .ended:
            return []
        }
    }
}
