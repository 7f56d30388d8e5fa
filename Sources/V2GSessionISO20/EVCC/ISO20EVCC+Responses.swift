internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
internal import V2GSession

// What every response has to pass before its content counts.
extension ISO20EVCC {
    mutating func receive(_ message: ISO20Edition.Message) {
        if case .ended = state { return }
        guard let outline = ISO20Edition.outline(of: message), let code = outline.code else {
            return breach("The station sent a request or no message at all. Cars only expect responses.")
        }
        guard case .expectResponse(let step) = state else {
            return breach("\(outline.name) came though no request was sent.")
        }
        let expected = pair(of: step)
        guard outline.pair == expected else {
            return breach("\(outline.name) came in answer to \(expected.rawValue)Req.")
        }
        cancelTimer(.message)
        note(.response(message: outline.name, code: code.schemaName))
        guard code.family != .failed else {
            let reason = "The station refused \(expected.rawValue)Req with \(code.schemaName)."
            note(.refusal(message: outline.name, code: code.schemaName, reason: reason))
            return finish(.refused, reason)
        }
        guard step == .sessionSetup || session.matches(outline.header.sessionID.octets) else {
            note(.securityEvent("\(outline.name) bears another session's identifier"))
            return breach("\(outline.name) bears another session's identifier.")
        }
        guard accepts(code, after: step) else {
            return breach("\(outline.name) says \(code.schemaName), which does not belong to it.")
        }
        if code.family == .warning {
            note(
                .refusal(
                    message: outline.name, code: code.schemaName,
                    reason: "The station warns with \(code.schemaName); the session goes on."))
        }
        dispatch(step, message, code)
    }

    /// The OK codes that belong to a response. Warnings never end a session by themselves.
    private func accepts(_ code: ISO20.ResponseCode, after step: Step) -> Bool {
        guard code.family == .ok else { return step != .sessionSetup }
        return switch step {
        case .sessionSetup: code == .okNewSessionEstablished || code == .okOldSessionJoined
        case .authorization, .certificateInstallation: code == .ok || code == .okCertificateExpiresSoon
        case .powerDelivery: code == .ok || code == .okPowerToleranceConfirmed
        case .authorizationSetup, .serviceDiscovery, .serviceDetail, .serviceSelection, .chargeParameterDiscovery,
            .scheduleExchange, .cableCheck, .preCharge, .chargeLoop, .meteringConfirmation, .weldingDetection,
            .sessionStop:
            code == .ok
        }
    }

    private mutating func dispatch(_ step: Step, _ message: ISO20Edition.Message, _ code: ISO20.ResponseCode) {
        switch (step, message) {
        case (.sessionSetup, .common(.sessionSetupRes(let response))): sessionSetup(response)
        case (.authorizationSetup, .common(.authorizationSetupRes(let response))): authorizationSetup(response)
        case (.certificateInstallation, .common(.certificateInstallationRes(let response))):
            certificateInstallation(response, message)
        case (.authorization, .common(.authorizationRes(let response))): authorization(response)
        case (.serviceDiscovery, .common(.serviceDiscoveryRes(let response))): serviceDiscovery(response)
        case (.serviceDetail, .common(.serviceDetailRes(let response))): serviceDetail(response)
        case (.serviceSelection, .common(.serviceSelectionRes)): proceedToParameters()
        case (.chargeParameterDiscovery, .ac(.acChargeParameterDiscoveryRes(let response))): parameters(response)
        case (.chargeParameterDiscovery, .dc(.dcChargeParameterDiscoveryRes(let response))): parameters(response)
        case (.scheduleExchange, .common(.scheduleExchangeRes(let response))): schedules(response)
        case (.cableCheck, .dc(.dcCableCheckRes(let response))): cableCheck(response)
        case (.preCharge(let isLast), .dc(.dcPreChargeRes(let response))): preCharge(response, wasLast: isLast)
        case (.powerDelivery(let delivery), .common(.powerDeliveryRes(let response))):
            powerDelivery(response, delivery)
        case (.chargeLoop, .ac(.acChargeLoopRes(let response))): chargeLoop(response)
        case (.chargeLoop, .dc(.dcChargeLoopRes(let response))): chargeLoop(response)
        case (.meteringConfirmation, .common(.meteringConfirmationRes)): meteringConfirmed()
        case (.weldingDetection(let isLast), .dc(.dcWeldingDetectionRes(let response))):
            weldingDetection(response, wasLast: isLast)
        case (.sessionStop(let kind), .common(.sessionStopRes)): sessionStopped(kind)
        default: breach("\(ISO20Edition.name(of: message)) does not answer what was asked.")
        }
    }
}
