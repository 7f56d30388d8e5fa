import SchemaTypes
import V2GMessagesDIN
import V2GSession
import V2GSessionDIN

/// A station that answers a car from a script, without the station's core: what the car makes of it is the car's own.
struct ScriptedStation {
    static let sessionID: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]

    /// How often it says Ongoing before Finished.
    var ongoing: [DINPair: Int] = [:]
    var voltage = Volts(0)
    var present: Volts?
    var current = Amperes(0)
    var notification: DIN.EVSENotification = .none
    var statusCode: DIN.DCEVSEStatusCode = .evSEReady
    var isolation: DIN.IsolationLevel? = .valid
    /// Volts that stay at the outlet after the stop, for so many polls.
    var residual: (volts: Volts, polls: Int) = (.zero, 0)
    /// Has the last word about each answer; `nil` says nothing.
    var bend: (DIN.V2GMessage) -> DIN.V2GMessage? = { $0 }

    mutating func answer(_ request: DIN.V2GMessage) -> DIN.V2GMessage? {
        guard let body = request.body.bodyElement, let response = response(body) else { return nil }
        let id = V2GSessionID(Self.sessionID) ?? .zero
        return bend(DIN.V2GMessage(id, response))
    }

    private var status: DIN.DCEVSEStatus {
        DIN.DCEVSEStatus(
            evseIsolationStatus: isolation, evseStatusCode: statusCode, notificationMaxDelay: 0,
            evseNotification: notification)
    }

    private mutating func processing(_ pair: DINPair) -> DIN.EVSEProcessing {
        guard let left = ongoing[pair], left > 0 else { return .finished }
        ongoing[pair] = left - 1
        return .ongoing
    }

    private mutating func response(_ request: DIN.BodyElement) -> DIN.BodyElement? {
        switch request {
        case .sessionSetupReq:
            return .sessionSetupRes(
                DIN.SessionSetupRes(
                    responseCode: .okNewSessionEstablished, evseID: DIN.EvseID(unchecked: .init(repeating: 0), count: 1)
                ))
        case .serviceDiscoveryReq:
            return .serviceDiscoveryRes(
                DIN.ServiceDiscoveryRes(
                    responseCode: .ok,
                    paymentOptions: DIN.PaymentOptions(paymentOption: BoundedList(unchecked: [.externalPayment])),
                    chargeService: DIN.ServiceCharge(
                        serviceTag: DIN.ServiceTag(serviceID: 1, serviceCategory: .evCharging), freeService: false,
                        energyTransferType: .dcExtended)))
        case .servicePaymentSelectionReq:
            return .servicePaymentSelectionRes(DIN.ServicePaymentSelectionRes(responseCode: .ok))
        case .contractAuthenticationReq:
            return .contractAuthenticationRes(
                DIN.ContractAuthenticationRes(
                    responseCode: .ok, evseProcessing: processing(.contractAuthentication)))
        case .chargeParameterDiscoveryReq:
            return .chargeParameterDiscoveryRes(
                DIN.ChargeParameterDiscoveryRes(
                    responseCode: .ok, evseProcessing: processing(.chargeParameterDiscovery),
                    saSchedules: Self.schedules(.flat(Watts(150_000))),
                    evseChargeParameter: .dcEVSEChargeParameter(limits)))
        case .cableCheckReq:
            return .cableCheckRes(
                DIN.CableCheckRes(responseCode: .ok, dcEVSEStatus: status, evseProcessing: processing(.cableCheck)))
        case .preChargeReq(let request):
            if processing(.preCharge) == .finished { voltage = request.evTargetVoltage.volts ?? .zero }
            return .preChargeRes(
                DIN.PreChargeRes(
                    responseCode: .ok, dcEVSEStatus: status, evsePresentVoltage: .init(present ?? voltage)))
        case .powerDeliveryReq(let request):
            if !request.readyToChargeState { voltage = .zero }
            return .powerDeliveryRes(DIN.PowerDeliveryRes(responseCode: .ok, evseStatus: .dcEVSEStatus(status)))
        case .currentDemandReq(let request):
            current = request.evTargetCurrent.amperes ?? .zero
            return .currentDemandRes(
                DIN.CurrentDemandRes(
                    responseCode: .ok, dcEVSEStatus: status, evsePresentVoltage: .init(present ?? voltage),
                    evsePresentCurrent: .init(current), evseCurrentLimitAchieved: false,
                    evseVoltageLimitAchieved: false, evsePowerLimitAchieved: false))
        case .weldingDetectionReq:
            if residual.polls > 0 { residual.polls -= 1 } else { residual.volts = .zero }
            return .weldingDetectionRes(
                DIN.WeldingDetectionRes(
                    responseCode: .ok, dcEVSEStatus: status, evsePresentVoltage: .init(residual.volts)))
        case .sessionStopReq: return .sessionStopRes(DIN.SessionStopRes(responseCode: .ok))
        default: return nil
        }
    }

    static func schedules(_ schedules: DINEdition.Schedules) -> DIN.SASchedules {
        .saScheduleList(DIN.SAScheduleList(saScheduleTuple: BoundedList(unchecked: schedules.tuples)))
    }

    private var limits: DIN.DCEVSEChargeParameter {
        DIN.DCEVSEChargeParameter(
            dcEVSEStatus: status, evseMaximumCurrentLimit: .init(Amperes(100)),
            evseMaximumPowerLimit: .init(Watts(30_000)), evseMaximumVoltageLimit: .init(Volts(500)),
            evseMinimumCurrentLimit: .init(Amperes(0)), evseMinimumVoltageLimit: .init(Volts(150)),
            evsePeakCurrentRipple: .init(Amperes(1)))
    }
}

extension DIN.BodyElement {
    /// The response with another code.
    func with(_ code: DIN.ResponseCode) -> DIN.BodyElement {
        switch self {
        case .sessionSetupRes(var response):
            response.responseCode = code
            return .sessionSetupRes(response)
        case .serviceDiscoveryRes(var response):
            response.responseCode = code
            return .serviceDiscoveryRes(response)
        case .servicePaymentSelectionRes(var response):
            response.responseCode = code
            return .servicePaymentSelectionRes(response)
        case .contractAuthenticationRes(var response):
            response.responseCode = code
            return .contractAuthenticationRes(response)
        case .chargeParameterDiscoveryRes(var response):
            response.responseCode = code
            return .chargeParameterDiscoveryRes(response)
        case .cableCheckRes(var response):
            response.responseCode = code
            return .cableCheckRes(response)
        case .preChargeRes(var response):
            response.responseCode = code
            return .preChargeRes(response)
        case .powerDeliveryRes(var response):
            response.responseCode = code
            return .powerDeliveryRes(response)
        case .currentDemandRes(var response):
            response.responseCode = code
            return .currentDemandRes(response)
        case .weldingDetectionRes(var response):
            response.responseCode = code
            return .weldingDetectionRes(response)
        case .sessionStopRes(var response):
            response.responseCode = code
            return .sessionStopRes(response)
        default: return self
        }
    }
}

extension DIN.V2GMessage {
    func with(_ code: DIN.ResponseCode) -> Self { replacing(body.bodyElement?.with(code)) }

    func replacing(_ element: DIN.BodyElement?) -> Self {
        var copy = self
        copy.body = DIN.Body(bodyElement: element)
        return copy
    }
}
