internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GSession

// Welding detection and the end in the standard's order.
extension ISO2EVCC {
    /// How often a voltage that stays is looked at, before the session ends anyhow.
    private static let mostWeldingPolls = 20

    mutating func requestWeldingDetection() {
        charging.weldingPolls += 1
        send(
            .weldingDetectionReq(ISO2.WeldingDetectionReq(dcEVStatus: dcStatus)), then: .expectWeldingDetection)
    }

    mutating func weldingDetection(_ response: ISO2.WeldingDetectionRes) {
        guard accepts("WeldingDetectionRes", response.responseCode) else { return }
        guard let voltage = response.evsePresentVoltage.volts else {
            return close(.protocolError, "The station's voltage has a wrong unit.")
        }
        heed(.dcEVSEStatus(response.dcEVSEStatus))
        // Below 60 V the outlet is safe, and the car's contactors are open.
        guard voltage < Volts(60) else {
            if charging.weldingPolls < Self.mostWeldingPolls {
                return take(.weldingDetection, after: profile.ongoingPace)
            }
            note(.warning("\(voltage.value) V stay at the outlet: a contactor of the car may be welded."))
            return requestSessionStop(wishes.stop)
        }
        requestSessionStop(wishes.stop)
    }

    /// Asks for the end; for a pause only where the standard allows it, after energy was delivered and stopped.
    mutating func requestSessionStop(_ stop: Wishes.Stop?) {
        var stop = stop ?? Wishes.Stop(outcome: .completed, reason: "The car is done.")
        for timer in [SessionTimer.pace, .ongoing, .cableCheck, .preCharge] { cancelTimer(timer) }
        if stop.outcome == .paused, !charging.isStopped {
            note(.warning("A session can be paused only after charging; it is ended."))
            stop = Wishes.Stop(outcome: .stopped, reason: stop.reason)
        }
        wishes.stop = stop
        if !charging.isStopped {
            if charging.isEnergized, !profile.energy.isDC { command(.take(.zero)) }
            openContactor()
            command(.pilotNotReady)
        }
        let kind: ISO2.ChargingSession = stop.outcome == .paused ? .pause : .terminate
        send(.sessionStopReq(ISO2.SessionStopReq(chargingSession: kind)), then: .expectSessionStop(kind))
    }

    mutating func sessionStop(_ response: ISO2.SessionStopRes, _ kind: ISO2.ChargingSession) {
        guard accepts("SessionStopRes", response.responseCode) else { return }
        let stop = wishes.stop ?? Wishes.Stop(outcome: .completed, reason: "The car is done.")
        switch kind {
        case .terminate:
            close(stop.outcome == .paused ? .stopped : stop.outcome, stop.reason)
        case .pause:
            guard let schedules = parameters.schedules, let schedule = parameters.schedule else {
                return close(.stopped, "There is no schedule to keep for after a pause.")
            }
            let selections = ISO2Edition.PausedSelections(
                payment: services.payment, mode: services.mode, schedules: schedules,
                selectedTuple: schedule.tuple.saScheduleTupleID.value)
            actions.append(.keepPaused(PausedSession(id: session, grant: nil, selections: selections)))
            close(.paused, stop.reason)
        }
    }
}
