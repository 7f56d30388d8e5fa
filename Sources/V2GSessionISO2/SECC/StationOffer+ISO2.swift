internal import SchemaTypes
internal import V2GMessagesISO2
internal import V2GPrimitives
internal import V2GSession

/// What the station offers, in the words of ISO 15118-2.
extension StationOffer {
    /// Identifiers of services (Table 105).
    static let chargeService: ISO2.ServiceID = 1
    static let certificateService: ISO2.ServiceID = 2
    static let internetService: ISO2.ServiceID = 3

    /// With separators, as most stations write it, while it fits.
    var iso2EVSEID: ISO2.EvseID {
        (try? ISO2.EvseID(evseID.separated)) ?? ISO2.EvseID(unchecked: evseID.normalized)
    }

    /// Contracts are never taken without TLS.
    func iso2Payments(_ link: SessionLink) -> [ISO2.PaymentOption] {
        var options: [ISO2.PaymentOption] = []
        for method in authorization {
            let option: ISO2.PaymentOption = method == .plugAndCharge ? .contract : .externalPayment
            if option == .contract, !link.security.isTLS { continue }
            if !options.contains(option) { options.append(option) }
        }
        return options
    }

    var iso2Modes: [ISO2.EnergyTransferMode] {
        switch energy {
        case .ac(let offer): offer.phases >= 3 ? [.acThreePhaseCore, .acSinglePhaseCore] : [.acSinglePhaseCore]
        case .dc: [.dcExtended, .dcCore]
        }
    }

    /// Beside the charge service. Some cars stumble over services that they do not know, so there is none that nobody
    /// configured.
    func iso2Services(_ link: SessionLink) -> [ISO2.Service] {
        var services: [ISO2.Service] = []
        if installsContracts, iso2Payments(link).contains(.contract) {
            services.append(
                ISO2.Service(
                    serviceID: Self.certificateService, serviceName: ISO2.ServiceName(unchecked: "Certificate"),
                    serviceCategory: .contractCertificate, freeService: true))
        }
        for service in additionalServices where service.id > Self.certificateService {
            services.append(
                ISO2.Service(
                    serviceID: service.id, serviceName: try? ISO2.ServiceName(service.name),
                    serviceCategory: service.id == Self.internetService ? .internet : .otherCustom,
                    freeService: isFree))
        }
        return services
    }

    /// Installation and update for the certificate service (Table 106), what was configured for others.
    func iso2ParameterSets(of service: ISO2.ServiceID) -> [ISO2.ParameterSet] {
        if service == Self.certificateService {
            return [(1, "Installation"), (2, "Update")].map { id, name in
                ISO2.ParameterSet(
                    parameterSetID: id,
                    parameter: BoundedList(unchecked: [
                        ISO2.Parameter(
                            name: XMLString(unchecked: "Service"),
                            parameterValue: .stringValue(XMLString(unchecked: name)))
                    ]))
            }
        }
        guard let offered = additionalServices.first(where: { $0.id == service }) else { return [] }
        return offered.parameterSets.compactMap { set in
            let parameters = set.parameters.compactMap(ISO2.Parameter.init)
            guard let id = Int16(exactly: set.id), (1...16).contains(parameters.count) else { return nil }
            return ISO2.ParameterSet(parameterSetID: id, parameter: BoundedList(unchecked: parameters))
        }
    }
}

extension ISO2.Parameter {
    /// `nil` for a text that XML cannot hold.
    init?(_ parameter: ParameterSetOffer.Parameter) {
        guard let name = try? XMLString(parameter.name) else { return nil }
        switch parameter.value {
        case .int(let value): self.init(name: name, parameterValue: .intValue(value))
        case .bool(let value): self.init(name: name, parameterValue: .boolValue(value))
        case .text(let value):
            guard let text = try? XMLString(value) else { return nil }
            self.init(name: name, parameterValue: .stringValue(text))
        }
    }
}
