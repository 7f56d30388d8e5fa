internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GSession

// Session set-up, services, and the choice of how to pay.
extension ISO2EVCC {
    /// The contract certificate service, and its parameter sets ([V2G2-421], table of service parameters).
    enum CertificateService {
        static let id: UInt16 = 2
        static let installation: Int16 = 1
        static let update: Int16 = 2
    }

    /// What was chosen of the station's services.
    struct Services: Sendable {
        var evseID: String?
        var payment: ISO2.PaymentOption = .externalPayment
        var mode: ISO2.EnergyTransferMode = .dcExtended
        /// Installation or update, by parameter set, when it is used.
        var certificateParameterSet: Int16?
        var fallsBackToExternal = false
    }

    mutating func start() {
        guard case .idle = state else { return }
        begin = moment.uptime
        command(.lockPlug)
        note(.phase("session set-up"))
        startTimer(.communicationSetup, timing.vehicleSetup)
        session = resume?.id ?? .zero
        do throws(SchemaViolation) {
            let id = try ISO2.EvccID(profile.macAddress)
            guard id.count == 6 else { throw SchemaViolation("it has \(id.count) octets, and needs 6") }
            send(.sessionSetupReq(ISO2.SessionSetupReq(evccID: id)), then: .expectSessionSetup)
        } catch {
            closeForProfile("MAC address", error)
        }
    }

    mutating func sessionSetup(_ response: ISO2.SessionSetupRes, _ identifier: [UInt8]) {
        guard accepts("SessionSetupRes", response.responseCode, [.okNewSessionEstablished, .okOldSessionJoined])
        else { return }
        cancelTimer(.communicationSetup)
        guard let assigned = V2GSessionID(identifier), !assigned.isZero else {
            return close(.protocolError, "The station assigned no session identifier, or zero.")
        }
        hasJoined = response.responseCode == .okOldSessionJoined
        if hasJoined {
            // [V2G2-743]: joined only when we asked for it, and under the identifier we asked with.
            guard let resume, resume.id == assigned else {
                return close(.protocolError, "The station joined a session that the car did not ask for.")
            }
        } else if let resume {
            guard resume.id != assigned else {
                return close(
                    .protocolError, "The station established a new session under the paused one's identifier.")
            }
            note(.warning("The station does not know the paused session any more; a new one begins."))
            actions.append(.forgetPaused(resume.id))
        }
        session = assigned
        services.evseID = response.evseID.string
        if let stop = wishes.stop { return requestSessionStop(stop) }
        note(.phase("identification"))
        send(
            .serviceDiscoveryReq(ISO2.ServiceDiscoveryReq(serviceScope: nil, serviceCategory: nil)),
            then: .expectServiceDiscovery)
    }

    mutating func serviceDiscovery(_ response: ISO2.ServiceDiscoveryRes) {
        guard accepts("ServiceDiscoveryRes", response.responseCode) else { return }
        if let stop = wishes.stop { return requestSessionStop(stop) }
        let service = response.chargeService
        guard service.serviceID == 1, service.serviceCategory == .evCharging else {
            return close(.protocolError, "The charge service is not service 1 of the category EVCharging.")
        }
        let modes = service.supportedEnergyTransferMode.energyTransferMode.elements
        guard let mode = chooseMode(modes) else {
            let offered = modes.map(\.schemaName).joined(separator: ", ")
            return requestSessionStop(
                Wishes.Stop(outcome: .refused, reason: "The station offers \(offered), none of which fits the car."))
        }
        services.mode = mode
        let options = response.paymentOptionList.paymentOption.elements
        guard choosePayment(options, offersCertificates: offersCertificates(response.serviceList)) else {
            let offered = options.map(\.schemaName).joined(separator: ", ")
            let remedy = link.security.isTLS ? "The car has no contract." : "Contracts are for TLS connections only."
            return requestSessionStop(
                Wishes.Stop(
                    outcome: .refused, reason: "The station offers \(offered), by none of which the car pays. \(remedy)"
                ))
        }
        if let resume, hasJoined,
            resume.selections.payment != services.payment || resume.selections.mode != services.mode
        {
            return close(
                .protocolError,
                "The station joined the paused session, but does not offer the payment and energy transfer of it.")
        }
        if services.certificateParameterSet != nil {
            send(
                .serviceDetailReq(ISO2.ServiceDetailReq(serviceID: CertificateService.id)), then: .expectServiceDetail)
        } else {
            selectServices()
        }
    }

    private func offersCertificates(_ list: ISO2.ServiceList?) -> Bool {
        list?.service.elements.contains {
            $0.serviceID == CertificateService.id && $0.serviceCategory == .contractCertificate
        } ?? false
    }

    /// The best mode that the car can take; after a pause that of the paused session.
    private func chooseMode(_ offered: [ISO2.EnergyTransferMode]) -> ISO2.EnergyTransferMode? {
        let fitting: [ISO2.EnergyTransferMode] =
            switch profile.energy {
            case .ac(let car): car.phases == 3 ? [.acThreePhaseCore, .acSinglePhaseCore] : [.acSinglePhaseCore]
            case .dc: [.dcExtended, .dcCore, .dcComboCore, .dcUnique]
            }
        if let resume, hasJoined, offered.contains(resume.selections.mode), fitting.contains(resume.selections.mode) {
            return resume.selections.mode
        }
        return fitting.first { offered.contains($0) }
    }

    /// The car's order decides. A contract is never shown without TLS.
    private mutating func choosePayment(_ offered: [ISO2.PaymentOption], offersCertificates: Bool) -> Bool {
        for method in profile.authorization {
            switch method {
            case .external:
                guard offered.contains(.externalPayment), !(hasJoined && resume?.selections.payment == .contract)
                else { continue }
                services.payment = .externalPayment
                return true
            case .plugAndCharge:
                guard link.security.isTLS, offered.contains(.contract),
                    !(hasJoined && resume?.selections.payment == .externalPayment)
                else { continue }
                let wanted = offersCertificates ? identification.wantedService(profile, at: moment.wall) : nil
                guard wanted != nil || identification.hasContract(at: moment.wall) else { continue }
                services.payment = .contract
                services.certificateParameterSet = wanted
                services.fallsBackToExternal =
                    offered.contains(.externalPayment) && profile.authorization.contains(.external)
                return true
            }
        }
        return false
    }

    mutating func serviceDetail(_ response: ISO2.ServiceDetailRes) {
        guard accepts("ServiceDetailRes", response.responseCode) else { return }
        guard response.serviceID == CertificateService.id else {
            return close(
                .protocolError, "ServiceDetailRes is about service \(response.serviceID), not the one asked for.")
        }
        if let stop = wishes.stop { return requestSessionStop(stop) }
        let sets = response.serviceParameterList?.parameterSet.elements.map(\.parameterSetID) ?? []
        if let wanted = services.certificateParameterSet, !sets.contains(wanted) {
            let what = wanted == CertificateService.update ? "renew" : "install"
            note(.warning("The station does not \(what) contracts, although it offers the certificate service."))
            services.certificateParameterSet = nil
            if !identification.hasContract(at: moment.wall) {
                guard services.fallsBackToExternal else {
                    return requestSessionStop(
                        Wishes.Stop(
                            outcome: .refused, reason: "The car has no contract, and the station installs none."))
                }
                services.payment = .externalPayment
            }
        }
        selectServices()
    }

    private mutating func selectServices() {
        var selected = [ISO2.SelectedService(serviceID: 1, parameterSetID: nil)]
        if let set = services.certificateParameterSet {
            selected.append(ISO2.SelectedService(serviceID: CertificateService.id, parameterSetID: set))
        }
        do {
            let list = ISO2.SelectedServiceList(selectedService: try BoundedList(selected))
            send(
                .paymentServiceSelectionReq(
                    ISO2.PaymentServiceSelectionReq(
                        selectedPaymentOption: services.payment, selectedServiceList: list)),
                then: .expectPaymentServiceSelection)
        } catch {
            closeForProfile("list of services", error)
        }
    }

    mutating func paymentServiceSelection(_ response: ISO2.PaymentServiceSelectionRes) {
        guard accepts("PaymentServiceSelectionRes", response.responseCode) else { return }
        if let stop = wishes.stop { return requestSessionStop(stop) }
        switch (services.payment, services.certificateParameterSet) {
        case (.externalPayment, _): repeatAuthorization()
        case (.contract, .some): requestContract()
        case (.contract, nil): requestPaymentDetails()
        }
    }
}
