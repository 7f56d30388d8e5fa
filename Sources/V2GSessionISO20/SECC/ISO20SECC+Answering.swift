internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GSession

extension ISO20SECC {
    var header: ISO20.MessageHeader { ISO20.MessageHeader(session: session ?? .zero, at: now.wall) }

    /// Sends a response that keeps the session going, and waits for what comes next.
    mutating func answer(_ response: Message, next: State, because reason: String? = nil) -> [Action] {
        state = next
        var actions: [Action] = [.send(response)] + notes(of: response, reason)
        actions.append(.startTimer(.sequence, after: sequenceTimeout(after: response)))
        return actions
    }

    /// Sends a FAILED response and ends the session: both sides have to (-20 knows no other way out of FAILED).
    mutating func refuse(
        _ request: Message, _ code: ISO20.ResponseCode, _ reason: String, outcome: SessionEnd.Outcome = .refused
    ) -> [Action] {
        guard let response = ISO20Refusal.response(to: request, code, header: header, offer: offer) else {
            return end(.protocolError, reason, linger: .zero)
        }
        let name = ISO20Edition.name(of: response)
        var actions: [Action] = isEnergized ? [.power(.stop)] : []
        actions.append(.send(response))
        actions += notes(of: response, reason)
        return actions + end(outcome, "\(name) \(code.schemaName): \(reason).", linger: timing.linger)
    }

    /// Turns the outlet off and ends; nothing follows but the car's closing.
    mutating func end(_ outcome: SessionEnd.Outcome, _ reason: String, linger: Duration) -> [Action] {
        state = .ended
        isEnergized = false
        return [
            .cancelTimer(.sequence), .cancelTimer(.performance), .cancelTimer(.ongoing), .cancelTimer(.contactor),
            .power(.stop), .power(.pilotOff), .end(SessionEnd(outcome, reason, linger: linger)),
        ]
    }

    /// A request whose answer waits for someone: the sequence timer stops, the performance timer runs.
    func wait(for pair: ISO20Pair) -> [Action] {
        [.cancelTimer(.sequence), .startTimer(.performance, after: timing[pair].seccPerformance)]
    }

    func notes(of response: Message, _ reason: String?) -> [Action] {
        guard let outline = ISO20Edition.outline(of: response), let code = outline.code else { return [] }
        let name = outline.name
        var notes: [Action] = [.note(.response(message: name, code: code.schemaName))]
        if code.family != .ok {
            notes.append(.note(.refusal(message: name, code: code.schemaName, reason: reason ?? "no reason given")))
        }
        return notes
    }

    /// V2G_SECC_Sequence_Timeout: 60 s, in the charge loop 0.5 s by the standard.
    private func sequenceTimeout(after response: Message) -> Duration {
        guard let pair = ISO20Edition.outline(of: response)?.pair else { return timing.common.seccSequence }
        // After a confirmation the loop goes on; it has the time of a message of its own kind.
        guard pair.isChargeLoop else { return timing[pair].seccSequence }
        if offer.quirks.contains(.slowChargeLoop) { return timing.slowChargeLoop }
        return offer.chargeLoopTimeout
    }
}
