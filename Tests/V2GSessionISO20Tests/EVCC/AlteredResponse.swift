import V2GMessagesISO20
import V2GMessagesISO20AC
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GSession
import V2GSessionISO20

extension ISO20Edition.Message {
    /// The same response with another code or session.
    func with(code: ISO20.ResponseCode? = nil, session: V2GSessionID? = nil) -> Self {
        func change(_ header: inout ISO20.MessageHeader, _ own: inout ISO20.ResponseCode) {
            if let code { own = code }
            if let session { header.sessionID = .init(session) }
        }
        switch self {
        case .common(.sessionSetupRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.sessionSetupRes(message))
        case .common(.authorizationSetupRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.authorizationSetupRes(message))
        case .common(.certificateInstallationRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.certificateInstallationRes(message))
        case .common(.authorizationRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.authorizationRes(message))
        case .common(.serviceDiscoveryRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.serviceDiscoveryRes(message))
        case .common(.serviceDetailRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.serviceDetailRes(message))
        case .common(.serviceSelectionRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.serviceSelectionRes(message))
        case .common(.scheduleExchangeRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.scheduleExchangeRes(message))
        case .common(.powerDeliveryRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.powerDeliveryRes(message))
        case .common(.meteringConfirmationRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.meteringConfirmationRes(message))
        case .common(.sessionStopRes(var message)):
            change(&message.header, &message.responseCode)
            return .common(.sessionStopRes(message))
        case .ac(.acChargeParameterDiscoveryRes(var message)):
            change(&message.header, &message.responseCode)
            return .ac(.acChargeParameterDiscoveryRes(message))
        case .ac(.acChargeLoopRes(var message)):
            change(&message.header, &message.responseCode)
            return .ac(.acChargeLoopRes(message))
        case .dc(.dcChargeParameterDiscoveryRes(var message)):
            change(&message.header, &message.responseCode)
            return .dc(.dcChargeParameterDiscoveryRes(message))
        case .dc(.dcCableCheckRes(var message)):
            change(&message.header, &message.responseCode)
            return .dc(.dcCableCheckRes(message))
        case .dc(.dcPreChargeRes(var message)):
            change(&message.header, &message.responseCode)
            return .dc(.dcPreChargeRes(message))
        case .dc(.dcChargeLoopRes(var message)):
            change(&message.header, &message.responseCode)
            return .dc(.dcChargeLoopRes(message))
        case .dc(.dcWeldingDetectionRes(var message)):
            change(&message.header, &message.responseCode)
            return .dc(.dcWeldingDetectionRes(message))
        default: return self
        }
    }
}
