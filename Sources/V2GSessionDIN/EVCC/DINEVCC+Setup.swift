internal import SchemaTypes
internal import V2GMessagesDIN
internal import V2GSession

// Session set-up, services, payment and authorization.
extension DINEVCC {
    mutating func start() {
        guard case .idle = state else { return }
        command(.lockPlug)
        note(.phase("session set-up"))
        guard profile.energy.isDC else {
            return close(.refused, "DIN SPEC 70121 has no AC. Offer ISO 15118 to the station.")
        }
        guard profile.authorization.contains(.external) else {
            return close(
                .refused,
                "DIN SPEC 70121 has no contracts, and the car pays by nothing else. Allow external "
                    + "identification, or offer ISO 15118 to the station.")
        }
        do throws(SchemaViolation) {
            let id = try DIN.EvccID(profile.macAddress)
            guard id.count > 0 else { throw SchemaViolation("it is empty") }
            startTimer(.communicationSetup, timing.vehicleSetup)
            startTimer(.readyToCharge, timing.readyToCharge)
            send(.sessionSetupReq(DIN.SessionSetupReq(evccID: id)), then: .expectSessionSetup)
        } catch {
            close(
                .equipmentFault,
                "The car's MAC address does not fit its message: \(error.message). Correct the profile.")
        }
    }

    mutating func sessionSetup(_ response: DIN.SessionSetupRes, _ identifier: [UInt8]) {
        guard accepts("SessionSetupRes", response.responseCode, [.okNewSessionEstablished]) else { return }
        cancelTimer(.communicationSetup)
        guard let assigned = V2GSessionID(identifier), !assigned.isZero else {
            return close(.protocolError, "The station assigned no session identifier, or zero.")
        }
        session = assigned
        if stopWish != nil { return requestSessionStop() }
        note(.phase("identification"))
        send(
            .serviceDiscoveryReq(DIN.ServiceDiscoveryReq(serviceScope: nil, serviceCategory: .evCharging)),
            then: .expectServiceDiscovery)
    }

    mutating func serviceDiscovery(_ response: DIN.ServiceDiscoveryRes) {
        guard accepts("ServiceDiscoveryRes", response.responseCode) else { return }
        if stopWish != nil { return requestSessionStop() }
        let service = response.chargeService
        guard service.serviceTag.serviceCategory == .evCharging else {
            return close(.protocolError, "The charge service is not of the category EVCharging.")
        }
        guard let matching = service.energyTransferType.requested else {
            return requestSessionStop(
                .refused, "The station offers \(service.energyTransferType.schemaName), which does not fit the car.")
        }
        guard response.paymentOptions.paymentOption.elements.contains(.externalPayment) else {
            return requestSessionStop(
                .refused, "The station takes contracts only, which the car does not show under DIN SPEC 70121.")
        }
        transfer = matching
        let selected = DIN.SelectedService(serviceID: service.serviceTag.serviceID)
        send(
            .servicePaymentSelectionReq(
                DIN.ServicePaymentSelectionReq(
                    selectedPaymentOption: .externalPayment,
                    selectedServiceList: DIN.SelectedServiceList(selectedService: BoundedList(unchecked: [selected])))),
            then: .expectServicePaymentSelection)
    }

    mutating func servicePaymentSelection(_ response: DIN.ServicePaymentSelectionRes) {
        guard accepts("ServicePaymentSelectionRes", response.responseCode) else { return }
        requestContractAuthentication()
    }

    /// Without identifier, challenge and signature: the station asks its operator.
    mutating func requestContractAuthentication() {
        if stopWish != nil { return requestSessionStop() }
        send(
            .contractAuthenticationReq(DIN.ContractAuthenticationReq(id: nil, genChallenge: nil)),
            then: .expectContractAuthentication)
    }

    mutating func contractAuthentication(_ response: DIN.ContractAuthenticationRes) {
        guard accepts("ContractAuthenticationRes", response.responseCode) else { return }
        switch response.evseProcessing {
        case .ongoing:
            startOngoing("authorization")
            take(.contractAuthentication, after: profile.ongoingPace)
        case .finished:
            cancelTimer(.ongoing)
            note(.authorized(method: .external, detail: "the station's means"))
            note(.phase("parameters"))
            requestChargeParameters()
        }
    }
}

extension DIN.EVSESupportedEnergyTransfer {
    /// What the car asks for. The profile of DIN SPEC 70121 has these two kinds of DC.
    fileprivate var requested: DIN.EVRequestedEnergyTransfer? {
        switch self {
        case .dcCore: .dcCore
        case .dcExtended: .dcExtended
        case .acSinglePhaseCore, .acThreePhaseCore, .dcComboCore, .dcDual, .acCore1pDCExtended, .acSingleDCCore,
            .acSinglePhaseThreePhaseCoreDCExtended, .acCore3pDCExtended:
            nil
        }
    }
}
