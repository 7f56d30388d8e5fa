internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
internal import V2GSession
internal import V2GSignatures
internal import V2GX509

// Services, charge parameters, schedules.
extension ISO20EVCC {
    /// Names what the car can use, so that the station may spare the rest.
    func serviceDiscoveryRequest() -> ISO20Edition.Message? {
        let ids = ISO20EnergyService.usable(by: profile.energy).map(\.rawValue)
        // One or two are within the bounds of the list.
        let list = (try? BoundedList<ISO20Common.ServiceID, 1, 16>(ids)).map {
            ISO20Common.ServiceIDList(serviceID: $0)
        }
        return .common(.serviceDiscoveryReq(.init(header: header(), supportedServiceIDs: list)))
    }

    mutating func serviceDiscovery(_ response: ISO20Common.ServiceDiscoveryRes) {
        services.supportsRenegotiation = response.serviceRenegotiationSupported
        let offered = Set(response.energyTransferServiceList.service.elements.map(\.serviceID))
        services.candidates = ISO20EnergyService.usable(by: profile.energy).filter { offered.contains($0.rawValue) }
        askForDetails()
    }

    private mutating func askForDetails() {
        guard let candidate = services.candidates.first else {
            return giveUp(
                .refused,
                "The station offers no energy transfer service, or no parameter set of one, that the car can "
                    + "use. The car uses \(ISO20EnergyService.usable(by: profile.energy).map(\.rawValue)).")
        }
        services.selected = candidate
        proceed(to: .serviceDetail)
    }

    func serviceDetailRequest() -> ISO20Edition.Message? {
        .common(.serviceDetailReq(.init(header: header(), serviceID: services.selected.rawValue)))
    }

    mutating func serviceDetail(_ response: ISO20Common.ServiceDetailRes) {
        guard response.serviceID == services.selected.rawValue else {
            return breach(
                "ServiceDetailRes is about service \(response.serviceID), not \(services.selected.rawValue).")
        }
        let sets = response.serviceParameterList.parameterSet.elements
        guard let choice = ISO20ParameterChoice.best(of: sets, for: profile, service: services.selected) else {
            services.candidates.removeFirst()
            return askForDetails()
        }
        if choice.isDynamic != (profile.control == .dynamic) {
            note(.warning("The station does not offer the car's control mode; the other one is taken."))
        }
        services.parameterSet = choice.id
        services.isDynamic = choice.isDynamic
        proceed(to: .serviceSelection)
    }

    func serviceSelectionRequest() -> ISO20Edition.Message? {
        .common(
            .serviceSelectionReq(
                .init(
                    header: header(),
                    selectedEnergyTransferService: .init(
                        serviceID: services.selected.rawValue, parameterSetID: services.parameterSet))))
    }

    mutating func proceedToParameters() {
        proceed(to: .chargeParameterDiscovery)
    }

    // MARK: Charge parameters

    mutating func parameters(_ response: ISO20AC.ACChargeParameterDiscoveryRes) {
        switch (response.acCPDResEnergyTransferMode, services.selected.isBidirectional) {
        case (.acCPDResEnergyTransferMode(let mode), false): accept(ISO20StationLimits(mode))
        case (.bptACCPDResEnergyTransferMode(let mode), true): accept(ISO20StationLimits(mode))
        case (.acCPDResEnergyTransferMode, true), (.bptACCPDResEnergyTransferMode, false):
            breachOfVariant(.acChargeParameterDiscovery)
        }
    }

    mutating func parameters(_ response: ISO20DC.DCChargeParameterDiscoveryRes) {
        switch (response.dcCPDResEnergyTransferMode, services.selected.isBidirectional) {
        case (.dcCPDResEnergyTransferMode(let mode), false): accept(ISO20StationLimits(mode))
        case (.bptDCCPDResEnergyTransferMode(let mode), true): accept(ISO20StationLimits(mode))
        case (.dcCPDResEnergyTransferMode, true), (.bptDCCPDResEnergyTransferMode, false):
            breachOfVariant(.dcChargeParameterDiscovery)
        }
    }

    private mutating func accept(_ limits: ISO20StationLimits) {
        if let objection = limits.objection(of: profile.energy) { return giveUp(.refused, objection) }
        charging.limits = limits
        proceed(to: .scheduleExchange)
    }

    /// [V2G20-1600] Responses are of the request's variant.
    mutating func breachOfVariant(_ pair: ISO20Pair) {
        breach(
            "\(pair.rawValue)Res is of another variant (Scheduled or Dynamic, bidirectional or not) than its request.")
    }

    // MARK: Schedules

    mutating func schedules(_ response: ISO20Common.ScheduleExchangeRes) {
        let offer: ISO20Edition.Schedules.Offer
        switch (response.seResControlMode, services.isDynamic) {
        case (.dynamicSEResControlMode(let mode), true): offer = .dynamic(mode)
        case (.scheduledSEResControlMode(let mode), false): offer = .scheduled(mode.scheduleTuple.elements)
        case (.dynamicSEResControlMode, false), (.scheduledSEResControlMode, true):
            return breachOfVariant(.scheduleExchange)
        }
        // What stands in an answer that is not finished is a filler.
        guard response.evseProcessing == .finished else { return poll(.scheduleExchange, response.evseProcessing) }
        cancelTimer(.ongoing)
        switch offer {
        case .scheduled(let tuples):
            if let objection = ISO20ScheduleChoice.objection(to: tuples) { return giveUp(.protocolError, objection) }
            verifyPrices(tuples, response.header)
            let resumed = services.resumedTuple
            services.resumedTuple = nil
            charging.schedule = .best(of: tuples.filter { $0.scheduleTupleID.value == resumed }) ?? .best(of: tuples)
        case .dynamic(let mode):
            if let minimum = mode.minimumSOC, let target = mode.targetSOC, minimum > target {
                note(.warning("The station's minimum state of charge is above its target; it is not followed."))
            }
            charging.schedule = nil
        }
        charging.schedules = .init(offer: offer, signature: response.header.signature, goToPause: response.goToPause)
        if response.goToPause == true { want(.pause("The station has no energy now.")) }
        if charging.isDelivering {
            // [V2G20-2122] A renegotiation goes without cable check and pre-charge.
            return proceed(to: .powerDelivery(.start))
        }
        note(.phase("power"))
        proceed(to: profile.energy.isDC ? .cableCheck : .powerDelivery(.start))
    }

    /// Prices count when the mobility operator's sub-CA signed them; otherwise only the power schedules do.
    private mutating func verifyPrices(_ tuples: [ISO20Common.ScheduleTuple], _ header: ISO20.MessageHeader) {
        let prices = tuples.flatMap { [$0.chargingSchedule, $0.dischargingSchedule].compactMap { $0?.priceSchedule } }
        guard !prices.isEmpty, let signature = header.signature else { return }
        guard let contract = identification.contract, contract.chain.count > 1,
            // An issuer that cannot be read signs nothing.
            let key = (try? Certificate(der: contract.chain[1]))?.publicKey
        else {
            return note(.warning("The prices' signature cannot be checked without a contract; they are not relied on."))
        }
        do {
            let elements = try prices.map { price throws(SignatureRefusal) -> SignableElement in
                switch price {
                case .absolutePriceSchedule(let schedule): try .absolutePriceSchedule(schedule)
                case .priceLevelSchedule(let schedule): try .priceLevelSchedule(schedule)
                }
            }
            let verified = try signatures.verify(signature, over: elements, by: key)
            note(
                .signatureVerified(
                    message: "ScheduleExchangeRes", grammar: verified.grammar.rawValue,
                    isOutOfProfile: verified.isOutOfProfile))
        } catch {
            note(.securityEvent("the prices are not signed by the mobility operator and are not relied on: \(error)"))
        }
    }
}
