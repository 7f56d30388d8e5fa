internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GSession

extension ISO20SECC {
    mutating func serviceDiscovery(_ request: ISO20Common.ServiceDiscoveryReq) -> [Action] {
        let visible = catalog.visible(to: request.supportedServiceIDs.map { Array($0.serviceID) })
        detailedServices = []
        visibleServices = Set(visible.energy.map(\.id) + visible.additional.map(\.id))
        let energy = visible.energy.map { ISO20Common.Service(serviceID: $0.id, freeService: offer.isFree) }
        let additional = visible.additional.prefix(8).map {
            ISO20Common.Service(serviceID: $0.id, freeService: offer.isFree)
        }
        let response = ISO20Common.ServiceDiscoveryRes(
            header: header, responseCode: .ok, serviceRenegotiationSupported: offer.supportsServiceRenegotiation,
            energyTransferServiceList: .init(service: BoundedList(unchecked: energy)),
            vasList: additional.isEmpty ? nil : .init(service: BoundedList(unchecked: Array(additional))))
        return answer(.common(.serviceDiscoveryRes(response)), next: .expectServiceDetail)
    }

    mutating func serviceDetail(_ request: ISO20Common.ServiceDetailReq) -> [Action] {
        guard visibleServices.contains(request.serviceID), let sets = catalog.parameterSets(of: request.serviceID)
        else {
            return refuse(
                .common(.serviceDetailReq(request)), .failedServiceIDInvalid,
                "service \(request.serviceID) was not offered")
        }
        detailedServices.insert(request.serviceID)
        let response = ISO20Common.ServiceDetailRes(
            header: header, responseCode: .ok, serviceID: request.serviceID,
            serviceParameterList: .init(parameterSet: BoundedList(unchecked: sets)))
        return answer(.common(.serviceDetailRes(response)), next: .expectServiceSelection)
    }

    mutating func serviceSelection(_ request: ISO20Common.ServiceSelectionReq) -> [Action] {
        let message = Message.common(.serviceSelectionReq(request))
        let chosen = request.selectedEnergyTransferService
        guard ISO20ServiceCatalog.energyServiceIDs.contains(chosen.serviceID) else {
            return refuse(
                message, .failedNoEnergyTransferServiceSelected, "service \(chosen.serviceID) transfers no energy")
        }
        guard visibleServices.contains(chosen.serviceID),
            let selection = catalog.selection(service: chosen.serviceID, parameterSet: chosen.parameterSetID)
        else {
            return refuse(
                message, .failedServiceSelectionInvalid,
                "service \(chosen.serviceID) with parameter set \(chosen.parameterSetID) was not offered")
        }
        for service in request.selectedVASList.map({ Array($0.selectedService) }) ?? [] {
            guard visibleServices.contains(service.serviceID),
                catalog.offersAdditional(service.serviceID, parameterSet: service.parameterSetID)
            else {
                return refuse(
                    message, .failedServiceSelectionInvalid,
                    "additional service \(service.serviceID) with parameter set \(service.parameterSetID) was not "
                        + "offered")
            }
        }
        self.selection = selection
        var actions: [Action] = [.note(.phase("parameters"))]
        if !detailedServices.contains(chosen.serviceID) {
            actions.append(
                .note(.warning("The car selected service \(chosen.serviceID) without having asked for its details.")))
        }
        return actions
            + answer(
                .common(.serviceSelectionRes(.init(header: header, responseCode: .ok))), next: .expectChargeParameters)
    }
}
