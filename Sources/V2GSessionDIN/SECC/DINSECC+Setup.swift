internal import SchemaTypes
internal import V2GMessagesDIN
internal import V2GPrimitives
internal import V2GSession

// Session, services, payment, authorization.
extension DINSECC {
    /// The charge service's identifier.
    static let chargeService: DIN.ServiceID = 1
    /// What a combined connector's DC pins give. The charge service names one kind only.
    static let offeredTransfer = DIN.EVSESupportedEnergyTransfer.dcExtended
    static let takenTransfer = DIN.EVRequestedEnergyTransfer.dcExtended

    /// DIN has no pause: whatever SessionID the car sends, of whatever length, the session is new.
    mutating func setUp() -> [Action] {
        session = .drawn(from: random)
        let response = DIN.SessionSetupRes(
            responseCode: .okNewSessionEstablished, evseID: Self.noEVSEID, dateTimeNow: now?.wall.seconds)
        return answer(
            .sessionSetupRes(response), then: .expectServiceDiscovery, first: cancel(.communicationSetup),
            last: [.note(.phase("identification"))])
    }

    /// EVSEID is a number after DIN SPEC 91286 here, which the identifiers of ISO 15118 do not have: one zero byte says
    /// that there is none.
    static let noEVSEID = DIN.EvseID(unchecked: InlineArray<32, UInt8>(repeating: 0), count: 1)

    mutating func discoverServices() -> [Action] {
        guard offer.energy.isDC else {
            return refuse(
                .serviceDiscovery, .failed,
                "The station gives AC, which DIN SPEC 70121 has not. Connect with ISO 15118.")
        }
        guard offer.authorization.contains(.external) else {
            return refuse(
                .serviceDiscovery, .failed,
                "The station takes contracts only, which DIN SPEC 70121 has not. Allow external "
                    + "identification, or connect with ISO 15118.")
        }
        return answer(.serviceDiscoveryRes(serviceDiscoveryRes(.ok)), then: .expectServiceSelection)
    }

    /// Neither names nor scopes nor further services: the profile leaves them out.
    func serviceDiscoveryRes(_ code: DIN.ResponseCode) -> DIN.ServiceDiscoveryRes {
        DIN.ServiceDiscoveryRes(
            responseCode: code,
            paymentOptions: DIN.PaymentOptions(paymentOption: BoundedList(unchecked: [.externalPayment])),
            chargeService: DIN.ServiceCharge(
                serviceTag: DIN.ServiceTag(serviceID: Self.chargeService, serviceCategory: .evCharging),
                freeService: offer.isFree, energyTransferType: Self.offeredTransfer))
    }

    mutating func selectServices(_ request: DIN.ServicePaymentSelectionReq) -> [Action] {
        guard request.selectedPaymentOption == .externalPayment else {
            return refuse(
                .servicePaymentSelection, .failedPaymentSelectionInvalid,
                "\(request.selectedPaymentOption.schemaName) was not offered.")
        }
        // A parameter set of the charge service has no meaning, and some cars send one.
        let selected = request.selectedServiceList.selectedService.elements
        if let wrong = selected.first(where: { $0.serviceID != Self.chargeService }) {
            return refuse(
                .servicePaymentSelection, .failedServiceSelectionInvalid,
                "ServiceID \(wrong.serviceID) was not offered.")
        }
        guard !selected.isEmpty else {
            return refuse(
                .servicePaymentSelection, .failedServiceSelectionInvalid,
                "The car did not select the charge service (ServiceID \(Self.chargeService)).")
        }
        // Asked for now, so that the verdict may be there when ContractAuthenticationReq comes.
        return answer(
            .servicePaymentSelectionRes(DIN.ServicePaymentSelectionRes(responseCode: .ok)),
            then: .expectAuthentication, last: [.judgeExternal])
    }

    /// Its name is of the schema: there is no contract, and the operator's means decide.
    mutating func authenticate() -> [Action] {
        guard let session else { return refuse(.contractAuthentication, .failed, "There is no session.") }
        switch external {
        case .accepted(let approval):
            grant = .external(approval, session: session)
            return answer(
                .contractAuthenticationRes(
                    DIN.ContractAuthenticationRes(responseCode: .ok, evseProcessing: .finished)),
                then: .expectParameters, first: cancel(.ongoing),
                last: [
                    .note(.authorized(method: .external, detail: "the operator's means")), .note(.phase("parameters")),
                ])
        case .refused(let reason):
            return refuse(
                .contractAuthentication, .failed, "The operator's means of identification said no: \(reason)")
        case nil:
            return answer(
                .contractAuthenticationRes(
                    DIN.ContractAuthenticationRes(responseCode: .ok, evseProcessing: .ongoing)),
                then: .expectAuthentication, last: startOnce(.ongoing, after: timing.stationOngoing))
        }
    }

    /// Kept until ContractAuthenticationReq comes; a verdict that nobody asked for, or that comes later, changes nothing.
    mutating func judged(_ verdict: ExternalVerdict) -> [Action] {
        if case .expectAuthentication = state { external = verdict }
        return []
    }

    /// SessionStopReq: the end. Pausing is not part of DIN.
    mutating func closeSession() -> [Action] {
        conclude(
            .sessionStopRes(DIN.SessionStopRes(responseCode: .ok)), .ok,
            SessionEnd(.completed, "The car stopped the session.", linger: timing.linger))
    }
}
