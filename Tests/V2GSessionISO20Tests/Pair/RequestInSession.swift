import V2GMessagesISO20
import V2GMessagesISO20AC
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GSession
import V2GSessionISO20

extension ISO20Edition.Message {
    /// The same request in another session.
    func request(in session: V2GSessionID) -> Self {
        switch self {
        case .common(.sessionSetupReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.sessionSetupReq(message))
        case .common(.authorizationSetupReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.authorizationSetupReq(message))
        case .common(.certificateInstallationReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.certificateInstallationReq(message))
        case .common(.authorizationReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.authorizationReq(message))
        case .common(.serviceDiscoveryReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.serviceDiscoveryReq(message))
        case .common(.serviceDetailReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.serviceDetailReq(message))
        case .common(.serviceSelectionReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.serviceSelectionReq(message))
        case .common(.scheduleExchangeReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.scheduleExchangeReq(message))
        case .common(.powerDeliveryReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.powerDeliveryReq(message))
        case .common(.meteringConfirmationReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.meteringConfirmationReq(message))
        case .common(.sessionStopReq(var message)):
            message.header.sessionID = .init(session)
            return .common(.sessionStopReq(message))
        case .ac(.acChargeParameterDiscoveryReq(var message)):
            message.header.sessionID = .init(session)
            return .ac(.acChargeParameterDiscoveryReq(message))
        case .ac(.acChargeLoopReq(var message)):
            message.header.sessionID = .init(session)
            return .ac(.acChargeLoopReq(message))
        case .dc(.dcChargeParameterDiscoveryReq(var message)):
            message.header.sessionID = .init(session)
            return .dc(.dcChargeParameterDiscoveryReq(message))
        case .dc(.dcCableCheckReq(var message)):
            message.header.sessionID = .init(session)
            return .dc(.dcCableCheckReq(message))
        case .dc(.dcPreChargeReq(var message)):
            message.header.sessionID = .init(session)
            return .dc(.dcPreChargeReq(message))
        case .dc(.dcChargeLoopReq(var message)):
            message.header.sessionID = .init(session)
            return .dc(.dcChargeLoopReq(message))
        case .dc(.dcWeldingDetectionReq(var message)):
            message.header.sessionID = .init(session)
            return .dc(.dcWeldingDetectionReq(message))
        default: return self
        }
    }
}
