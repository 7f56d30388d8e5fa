internal import V2GMessagesISO20AC
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
internal import V2GSession

extension ISO20SECC {
    mutating func received(_ element: ISO20Common.Element, octets: [UInt8]) -> [Action] {
        switch element {
        case .sessionSetupReq(let request): return sessionSetup(request)
        case .authorizationSetupReq(let request): return authorizationSetup(request)
        case .certificateInstallationReq(let request): return certificateInstallation(request, octets: octets)
        case .authorizationReq(let request): return authorization(request)
        case .serviceDiscoveryReq(let request): return serviceDiscovery(request)
        case .serviceDetailReq(let request): return serviceDetail(request)
        case .serviceSelectionReq(let request): return serviceSelection(request)
        case .scheduleExchangeReq(let request): return scheduleExchange(request)
        case .powerDeliveryReq(let request): return powerDelivery(request)
        case .meteringConfirmationReq(let request): return meteringConfirmation(request)
        case .sessionStopReq(let request): return sessionStop(request)
        default: return unexpected()
        }
    }

    mutating func received(_ element: ISO20AC.Element) -> [Action] {
        switch element {
        case .acChargeParameterDiscoveryReq(let request): return chargeParameters(request)
        case .acChargeLoopReq(let request): return chargeLoop(request)
        default: return unexpected()
        }
    }

    mutating func received(_ element: ISO20DC.Element) -> [Action] {
        switch element {
        case .dcChargeParameterDiscoveryReq(let request): return chargeParameters(request)
        case .dcCableCheckReq(let request): return cableCheck(request)
        case .dcPreChargeReq(let request): return preCharge(request)
        case .dcChargeLoopReq(let request): return chargeLoop(request)
        case .dcWeldingDetectionReq(let request): return weldingDetection(request)
        default: return unexpected()
        }
    }

    /// The table of allowed requests lets nothing else through.
    private mutating func unexpected() -> [Action] {
        end(
            .protocolError, "An element that is no request of AC or DC charging came. The connection is closed.",
            linger: .zero)
    }
}
