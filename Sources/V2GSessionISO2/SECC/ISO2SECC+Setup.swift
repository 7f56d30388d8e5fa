internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GPrimitives
internal import V2GSession

// Session, services, payment.
extension ISO2SECC {
    mutating func setUp(_ header: ISO2.MessageHeader) -> [Action] {
        let code: ISO2.ResponseCode
        if let asked = V2GSessionID(header), !asked.isZero, let old = paused(asked), canResume(old, as: asked) {
            session = asked
            resumed = old
            code = .okOldSessionJoined
        } else {
            // Also for a session that nobody knows: the car starts anew.
            session = .drawn(from: random)
            code = .okNewSessionEstablished
        }
        let response = ISO2.SessionSetupRes(
            responseCode: code, evseID: offer.iso2EVSEID, evseTimeStamp: now?.wall.seconds)
        return answer(
            .sessionSetupRes(response), then: .expectServiceDiscovery, first: cancel(.communicationSetup),
            last: [.note(.phase("identification"))])
    }

    /// What the car chose before the pause has to be on offer still, on a link that allows it.
    private func canResume(_ old: PausedSession<ISO2Edition>, as asked: V2GSessionID) -> Bool {
        old.id == asked && offer.iso2Payments(link).contains(old.selections.payment)
            && offer.iso2Modes.contains(old.selections.mode)
    }

    /// All that is on offer, or what was chosen before the pause.
    var payments: [ISO2.PaymentOption] {
        if let resumed { return [resumed.selections.payment] }
        return offer.iso2Payments(link)
    }

    var modes: [ISO2.EnergyTransferMode] {
        if let resumed { return [resumed.selections.mode] }
        return offer.iso2Modes
    }

    mutating func discoverServices(_ request: ISO2.ServiceDiscoveryReq) -> [Action] {
        guard !payments.isEmpty else {
            return refuse(
                .serviceDiscovery, .failed,
                "The station takes contracts only, and the connection has no TLS. Allow "
                    + "external identification, or connect with TLS.")
        }
        var services = offer.iso2Services(link)
        if let category = request.serviceCategory { services.removeAll { $0.serviceCategory != category } }
        let response = serviceDiscoveryRes(.ok, services: services)
        return answer(.serviceDiscoveryRes(response), then: .expectServiceSelection)
    }

    func serviceDiscoveryRes(_ code: ISO2.ResponseCode, services: [ISO2.Service]) -> ISO2.ServiceDiscoveryRes {
        let options = payments.isEmpty ? [.externalPayment] : payments
        return ISO2.ServiceDiscoveryRes(
            responseCode: code,
            paymentOptionList: ISO2.PaymentOptionList(paymentOption: BoundedList(unchecked: options)),
            chargeService: ISO2.ChargeService(
                serviceID: StationOffer.chargeService, serviceCategory: .evCharging, freeService: offer.isFree,
                supportedEnergyTransferMode: ISO2.SupportedEnergyTransferMode(
                    energyTransferMode: BoundedList(unchecked: modes))),
            serviceList: services.isEmpty
                ? nil : ISO2.ServiceList(service: BoundedList(unchecked: Array(services.prefix(8)))))
    }

    mutating func detailService(_ request: ISO2.ServiceDetailReq) -> [Action] {
        guard
            request.serviceID == StationOffer.chargeService
                || offer.iso2Services(link).contains(where: { $0.serviceID == request.serviceID })
        else {
            return refuse(
                .serviceDetail, .failedServiceIDInvalid, "ServiceID \(request.serviceID) was not offered.")
        }
        let sets = offer.iso2ParameterSets(of: request.serviceID)
        let response = ISO2.ServiceDetailRes(
            responseCode: .ok, serviceID: request.serviceID,
            serviceParameterList: sets.isEmpty
                ? nil : ISO2.ServiceParameterList(parameterSet: BoundedList(unchecked: Array(sets.prefix(255)))))
        return answer(.serviceDetailRes(response), then: .expectServiceSelection)
    }

    mutating func selectServices(_ request: ISO2.PaymentServiceSelectionReq) -> [Action] {
        let selected = request.selectedServiceList.selectedService.elements
        guard selected.contains(where: { $0.serviceID == StationOffer.chargeService }) else {
            return refuse(
                .paymentServiceSelection, .failedNoChargeServiceSelected,
                "The car selected services without the charge service (ServiceID 1).")
        }
        guard payments.contains(request.selectedPaymentOption) else {
            return refuse(
                .paymentServiceSelection, .failedPaymentSelectionInvalid,
                "\(request.selectedPaymentOption.schemaName) was not offered.")
        }
        if let wrong = selected.first(where: { !isOffered($0) }) {
            let set = wrong.parameterSetID.map { " with parameter set \($0)" } ?? ""
            return refuse(
                .paymentServiceSelection, .failedServiceSelectionInvalid,
                "ServiceID \(wrong.serviceID)\(set) was not offered.")
        }
        payment = request.selectedPaymentOption
        let response = ISO2.BodyElement.paymentServiceSelectionRes(ISO2.PaymentServiceSelectionRes(responseCode: .ok))
        switch request.selectedPaymentOption {
        case .contract: return answer(response, then: .expectContract(canProvision: true))
        case .externalPayment:
            // Asked for now, so that the verdict may be there when AuthorizationReq comes.
            return answer(
                response, then: .expectExternalAuthorization, last: resumedGrant == nil ? [.judgeExternal] : [])
        }
    }

    private func isOffered(_ selected: ISO2.SelectedService) -> Bool {
        // Cars name the charge service with or without a parameter set, which has no meaning there.
        if selected.serviceID == StationOffer.chargeService { return true }
        guard offer.iso2Services(link).contains(where: { $0.serviceID == selected.serviceID }) else { return false }
        guard let set = selected.parameterSetID else { return true }
        return offer.iso2ParameterSets(of: selected.serviceID).contains { $0.parameterSetID == set }
    }
}
