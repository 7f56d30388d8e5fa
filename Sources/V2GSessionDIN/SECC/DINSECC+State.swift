internal import V2GMessagesDIN
internal import V2GSession

extension DINSECC {
    /// Named by what comes next. Each case holds what exists only then; what the session has agreed on is in the core.
    enum State: Sendable {
        case notBegun
        case expectSessionSetup
        case expectServiceDiscovery
        case expectServiceSelection
        case expectAuthentication
        case expectParameters
        case awaitSchedules
        case expectCableCheck
        /// The answer waits for the pilot or for the isolation test.
        case awaitCableCheck
        case expectPreCharge
        /// After the first PreChargeRes; PreChargeReq is repeated until the car is content.
        case expectPowerDelivery
        /// CurrentDemandReq; PowerDeliveryReq only after the first of them.
        case expectCurrentDemand(hasLooped: Bool)
        /// The answer to PowerDeliveryReq waits for the output relays to open.
        case awaitPowerOff
        /// After PowerDeliveryReq without ReadyToChargeState.
        case expectStop
        case ended
    }

    /// Where the making of schedules stands.
    enum ScheduleProgress: Sendable {
        case none
        case asked
        /// Made, not announced yet.
        case made(DINEdition.Schedules)
        /// Announced in ChargeParameterDiscoveryRes, at this moment.
        case announced(DINEdition.Schedules, at: Duration)
    }

    /// A set point that the equipment has.
    struct SetPoint: Sendable, Hashable {
        let voltage: Volts
        let current: Amperes
    }
}

extension DINSECC.State {
    var isRunning: Bool {
        switch self {
        case .notBegun, .ended: false
        case .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectAuthentication,
            .expectParameters, .awaitSchedules, .expectCableCheck, .awaitCableCheck, .expectPreCharge,
            .expectPowerDelivery, .expectCurrentDemand, .awaitPowerOff, .expectStop:
            true
        }
    }

    /// The request whose answer waits; nothing else may come before it.
    var awaiting: DINPair? {
        switch self {
        case .awaitSchedules: .chargeParameterDiscovery
        case .awaitCableCheck: .cableCheck
        case .awaitPowerOff: .powerDelivery
        case .notBegun, .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectAuthentication,
            .expectParameters, .expectCableCheck, .expectPreCharge, .expectPowerDelivery, .expectCurrentDemand,
            .expectStop, .ended:
            nil
        }
    }

    /// Which requests may come (DIN SPEC 70121, 9.4: the sequence of the messages). SessionStopReq may end a session where
    /// no current flows; in the charge loop the power has to be stopped first.
    func allows(_ pair: DINPair) -> Bool {
        switch self {
        case .expectSessionSetup: pair == .sessionSetup
        case .expectServiceDiscovery: pair == .serviceDiscovery || pair == .sessionStop
        case .expectServiceSelection: pair == .servicePaymentSelection || pair == .sessionStop
        case .expectAuthentication: pair == .contractAuthentication || pair == .sessionStop
        case .expectParameters: pair == .chargeParameterDiscovery || pair == .sessionStop
        case .expectCableCheck: pair == .cableCheck || pair == .sessionStop
        case .expectPreCharge: pair == .preCharge || pair == .sessionStop
        case .expectPowerDelivery: [.preCharge, .powerDelivery, .sessionStop].contains(pair)
        case .expectCurrentDemand(let hasLooped): pair == .currentDemand || (hasLooped && pair == .powerDelivery)
        case .expectStop: pair == .weldingDetection || pair == .sessionStop
        case .notBegun, .awaitSchedules, .awaitCableCheck, .awaitPowerOff, .ended: false
        }
    }

    /// For refusals: what would have been right.
    var expectation: String {
        if let awaiting { return "nothing before \(awaiting.responseName)" }
        let names = DINPair.allCases.filter(allows).map(\.requestName)
        return names.isEmpty ? "nothing" : names.joined(separator: " or ")
    }
}
