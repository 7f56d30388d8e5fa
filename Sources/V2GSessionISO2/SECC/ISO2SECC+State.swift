internal import V2GMessagesISO2
internal import V2GSession

extension ISO2SECC {
    /// Named by what comes next. Each case holds what exists only then; what the session has agreed on is in the core.
    enum State: Sendable {
        case notBegun
        case expectSessionSetup
        case expectServiceDiscovery
        /// ServiceDetailReq as often as wanted, or PaymentServiceSelectionReq.
        case expectServiceSelection
        /// PaymentDetailsReq; once before it, a contract can be installed or updated.
        case expectContract(canProvision: Bool)
        case awaitProvisioning(ISO2Pair)
        case awaitContractVerdict(ContractQuestion)
        case expectSignedAuthorization(ContractApproval, Challenge)
        case expectExternalAuthorization
        case expectParameters
        case awaitSchedules
        case expectCableCheck
        /// The answer waits for the pilot or for the isolation test.
        case awaitCableCheck
        case expectPreCharge
        /// AC after the parameters, DC after the first PreChargeRes.
        case expectPowerDelivery(isDC: Bool)
        case awaitContactor
        case awaitPowerOff
        /// ChargingStatusReq or CurrentDemandReq; other requests only after the first of them.
        case expectChargeLoop(isDC: Bool, hasLooped: Bool)
        /// MeteringReceiptReq over exactly this.
        case expectReceipt(ISO2.MeterInfo, isDC: Bool)
        /// After PowerDeliveryReq(Stop).
        case expectStop(isDC: Bool)
        /// DC: the answer waits for the pilot to leave state C or D.
        case awaitPilotRelease(PilotRelease)
        case ended
    }

    /// What is answered once the car has left state C or D.
    enum PilotRelease: Sendable {
        case weldingDetection
        case sessionStop(ISO2.SessionStopReq)

        var pair: ISO2Pair {
            switch self {
            case .weldingDetection: .weldingDetection
            case .sessionStop: .sessionStop
            }
        }
    }

    /// Where the making of schedules stands.
    enum ScheduleProgress: Sendable {
        case none
        case asked
        /// Made, not announced yet.
        case made(ISO2Edition.Schedules)
        /// Announced in ChargeParameterDiscoveryRes, at this moment.
        case announced(ISO2Edition.Schedules, at: Duration)
    }

    /// A DC set point that the equipment has.
    struct SetPoint: Sendable, Hashable {
        let voltage: Volts
        let current: Amperes
    }
}

extension ISO2SECC.State {
    var isRunning: Bool {
        switch self {
        case .notBegun, .ended: false
        case .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectContract,
            .awaitProvisioning, .awaitContractVerdict, .expectSignedAuthorization, .expectExternalAuthorization,
            .expectParameters, .awaitSchedules, .expectCableCheck, .awaitCableCheck, .expectPreCharge,
            .expectPowerDelivery, .awaitContactor, .awaitPowerOff, .expectChargeLoop, .expectReceipt, .expectStop,
            .awaitPilotRelease:
            true
        }
    }

    /// The request whose answer waits; nothing else may come before it.
    var awaiting: ISO2Pair? {
        switch self {
        case .awaitProvisioning(let pair): pair
        case .awaitContractVerdict: .paymentDetails
        case .awaitSchedules: .chargeParameterDiscovery
        case .awaitCableCheck: .cableCheck
        case .awaitContactor, .awaitPowerOff: .powerDelivery
        case .awaitPilotRelease(let release): release.pair
        case .notBegun, .expectSessionSetup, .expectServiceDiscovery, .expectServiceSelection, .expectContract,
            .expectSignedAuthorization, .expectExternalAuthorization, .expectParameters, .expectCableCheck,
            .expectPreCharge, .expectPowerDelivery, .expectChargeLoop, .expectReceipt, .expectStop, .ended:
            nil
        }
    }

    /// Which requests may come (ISO 15118-2, 8.8.4: the tables of the allowed sequences).
    func allows(_ pair: ISO2Pair) -> Bool {
        switch self {
        case .expectSessionSetup: pair == .sessionSetup
        case .expectServiceDiscovery: pair == .serviceDiscovery || pair == .sessionStop
        case .expectServiceSelection: [.serviceDetail, .paymentServiceSelection, .sessionStop].contains(pair)
        case .expectContract(canProvision: true):
            [.paymentDetails, .certificateInstallation, .certificateUpdate, .sessionStop].contains(pair)
        case .expectContract(canProvision: false): pair == .paymentDetails || pair == .sessionStop
        case .expectSignedAuthorization, .expectExternalAuthorization: pair == .authorization || pair == .sessionStop
        case .expectParameters: pair == .chargeParameterDiscovery || pair == .sessionStop
        case .expectCableCheck: pair == .cableCheck || pair == .sessionStop
        case .expectPreCharge: pair == .preCharge || pair == .sessionStop
        case .expectPowerDelivery(isDC: false): pair == .powerDelivery || pair == .sessionStop
        case .expectPowerDelivery(isDC: true): [.preCharge, .powerDelivery, .sessionStop].contains(pair)
        case .expectChargeLoop(isDC: false, let hasLooped):
            pair == .chargingStatus || (hasLooped && pair == .powerDelivery)
        case .expectChargeLoop(isDC: true, let hasLooped):
            pair == .currentDemand || (hasLooped && pair == .powerDelivery)
        case .expectReceipt: pair == .meteringReceipt
        case .expectStop(isDC: false): pair == .sessionStop
        case .expectStop(isDC: true): pair == .weldingDetection || pair == .sessionStop
        case .notBegun, .awaitProvisioning, .awaitContractVerdict, .awaitSchedules, .awaitCableCheck,
            .awaitContactor, .awaitPowerOff, .awaitPilotRelease, .ended:
            false
        }
    }

    /// For refusals: what would have been right.
    var expectation: String {
        if let awaiting { return "nothing before \(awaiting.responseName)" }
        let names = ISO2Pair.allCases.filter(allows).map(\.requestName)
        return names.isEmpty ? "nothing" : names.joined(separator: " or ")
    }
}
