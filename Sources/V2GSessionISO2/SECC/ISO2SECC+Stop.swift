internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GSession

// SessionStop: the end, or a pause.
extension ISO2SECC {
    mutating func stopSession(_ request: ISO2.SessionStopReq) -> [Action] {
        guard case .expectStop(let isDC) = state else {
            guard request.chargingSession == .terminate else {
                return refuse(
                    .sessionStop, .failed,
                    "A pause may follow PowerDeliveryReq(Stop) or WeldingDetectionReq only. Stop the power first.")
            }
            return closeSession(request)
        }
        return isDC ? awaitRelease(.sessionStop(request)) : closeSession(request)
    }

    mutating func closeSession(_ request: ISO2.SessionStopReq) -> [Action] {
        let response = ISO2.BodyElement.sessionStopRes(ISO2.SessionStopRes(responseCode: .ok))
        let send = Action.send(ISO2.V2GMessage(session ?? .zero, response))
        switch request.chargingSession {
        case .terminate:
            return conclude(
                send, response.name, .ok,
                SessionEnd(.completed, "The car stopped the session.", linger: timing.linger))
        case .pause:
            guard offer.supportsPause, let paused = pausedSession else {
                return refuse(
                    .sessionStop, .failed, "The station does not pause sessions, or this one has not charged yet.")
            }
            return conclude(
                send, response.name, .ok, SessionEnd(.paused, "The car paused the session.", linger: timing.linger),
                first: [.keepPaused(paused)])
        }
    }

    /// What has to be on offer again when the session is taken up.
    private var pausedSession: PausedSession<ISO2Edition>? {
        guard let session, let payment, let mode = parameters?.mode, let selectedTuple,
            case .announced(let announced, _) = schedules
        else { return nil }
        return PausedSession(
            id: session, grant: grant,
            selections: ISO2Edition.PausedSelections(
                payment: payment, mode: mode, schedules: announced, selectedTuple: selectedTuple.value))
    }
}
