internal import V2GMessagesISO20Common
internal import V2GSession

extension ISO20SECC {
    /// What is expected next. Every case but the waiting ones and the last is a row of the table of allowed requests.
    enum State: Sendable {
        case expectSessionSetup
        case expectAuthorizationSetup
        /// After AuthorizationSetupRes, an installation that finished, or a WARNING.
        case expectAuthorization
        case expectInstallationRepeat
        case expectAuthorizationRepeat
        case expectServiceDiscovery
        case expectServiceDetail
        case expectServiceSelection
        case expectChargeParameters
        case expectScheduleExchange
        /// DC, schedules are known: the cable check, or PowerDelivery when the car does not want energy now.
        case expectCableCheck
        case expectPreCharge
        /// AC with schedules, DC after pre-charge, or a car that computes its profile.
        case expectPowerDelivery
        case expectChargeLoop
        /// Power was stopped in order.
        case expectStop

        // A request waits for its answer; a second one meanwhile is out of sequence.
        case awaitInstallation(ISO20Common.CertificateInstallationReq)
        case awaitAuthorization(ISO20Common.AuthorizationReq)
        case awaitSchedules(ISO20Common.ScheduleExchangeReq)
        case awaitContactor(ISO20Common.PowerDeliveryReq)

        case ended
    }

    /// Whether a request may come now (Annex of sequences; SessionStop is allowed wherever no power flows).
    func allows(_ pair: ISO20Pair) -> Bool {
        let isDC = offer.energy.isDC
        switch state {
        case .expectSessionSetup: return pair == .sessionSetup
        case .expectAuthorizationSetup: return pair == .authorizationSetup || pair == .sessionStop
        case .expectAuthorization:
            return pair == .authorization || pair == .sessionStop
                || (pair == .certificateInstallation && installsContracts)
        case .expectInstallationRepeat: return pair == .certificateInstallation || pair == .sessionStop
        case .expectAuthorizationRepeat: return pair == .authorization || pair == .sessionStop
        case .expectServiceDiscovery: return pair == .serviceDiscovery || pair == .sessionStop
        case .expectServiceDetail: return pair == .serviceDetail || pair == .sessionStop
        case .expectServiceSelection:
            return pair == .serviceDetail || pair == .serviceSelection || pair == .sessionStop
        case .expectChargeParameters:
            // A resumed session has only this way ([V2G20-1032]).
            return pair == (isDC ? .dcChargeParameterDiscovery : .acChargeParameterDiscovery)
                || (pair == .sessionStop && !isResumed)
        case .expectScheduleExchange: return pair == .scheduleExchange || (pair == .sessionStop && !isEnergized)
        case .expectCableCheck: return pair == .dcCableCheck || pair == .powerDelivery || pair == .sessionStop
        case .expectPreCharge: return pair == .dcPreCharge || pair == .sessionStop
        case .expectPowerDelivery:
            if pair == .sessionStop { return !isEnergized }
            return pair == .powerDelivery || (pair == .dcPreCharge && isDC && !isEnergized && isPreCharged)
        case .expectChargeLoop:
            return pair == (isDC ? .dcChargeLoop : .acChargeLoop) || pair == .powerDelivery
                || (pair == .meteringConfirmation && confirmation != nil)
        case .expectStop: return pair == .sessionStop || (pair == .dcWeldingDetection && isDC)
        case .awaitInstallation, .awaitAuthorization, .awaitSchedules, .awaitContactor, .ended: return false
        }
    }

    var phaseName: String {
        switch state {
        case .expectSessionSetup: "SessionSetup is due"
        case .expectAuthorizationSetup: "AuthorizationSetup is due"
        case .expectAuthorization, .expectAuthorizationRepeat: "Authorization is due"
        case .expectInstallationRepeat: "CertificateInstallation is to be repeated"
        case .expectServiceDiscovery: "ServiceDiscovery is due"
        case .expectServiceDetail: "ServiceDetail is due"
        case .expectServiceSelection: "ServiceDetail or ServiceSelection is due"
        case .expectChargeParameters: "ChargeParameterDiscovery is due"
        case .expectScheduleExchange: "ScheduleExchange is due"
        case .expectCableCheck: "DC_CableCheck or PowerDelivery is due"
        case .expectPreCharge: "DC_PreCharge is due"
        case .expectPowerDelivery: "PowerDelivery is due"
        case .expectChargeLoop: "the charge loop or PowerDelivery is due"
        case .expectStop: "SessionStop is due"
        case .awaitInstallation, .awaitAuthorization, .awaitSchedules, .awaitContactor:
            "the response to the request before is due"
        case .ended: "the session has ended"
        }
    }
}
