import SchemaTypes
import Testing
import V2GCertificates
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures

@Suite struct SECCSetupTests {
    private static func session(_ bytes: [UInt8]) throws -> V2GSessionID {
        guard let id = V2GSessionID(bytes) else { throw SECCRig.NoAnswer() }
        return id
    }

    private func setUp(_ rig: inout SECCRig, _ id: [UInt8]) throws -> ISO2.SessionSetupRes {
        let request = ISO2.SessionSetupReq(evccID: try ISO2.EvccID([1, 2, 3, 4, 5, 6]))
        rig.send(.sessionSetupReq(request), session: try Self.session(id))
        guard case .sessionSetupRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        rig.session = try #require(rig.message.flatMap { V2GSessionID($0.header) })
        return response
    }

    @Test(
        "[TC_SECC_CMN_VTB_SessionSetup_001] zero of any length is a new session",
        arguments: [[UInt8](repeating: 0, count: 8), [0], [0, 0, 0]])
    func newSession(_ id: [UInt8]) throws {
        var rig = try SECCRig(.acEIM)
        let response = try setUp(&rig, id)
        #expect(response.responseCode == .okNewSessionEstablished)
        #expect(response.evseID.string == "DE*ABC*E0001")
        #expect(response.evseTimeStamp == rig.party.now.seconds)
        #expect(rig.session.bytes.count == 8)
        #expect(!rig.session.isZero)
        var again = try SECCRig(.acEIM)
        _ = try setUp(&again, id)
        #expect(again.session != rig.session)
    }

    @Test func anUnknownSessionIsANewOne() throws {
        var rig = try SECCRig(.acEIM)
        let response = try setUp(&rig, [9, 9, 9, 9, 9, 9, 9, 9])
        #expect(response.responseCode == .okNewSessionEstablished)
        #expect(rig.session.bytes != [9, 9, 9, 9, 9, 9, 9, 9])
    }

    @Test("[TC_SECC_CMN_VTB_ServiceDiscovery_001] charge service, payments and services are offered")
    func discovery() throws {
        var rig = try SECCRig.at(.sessionSetup, .acEIM)
        guard case .serviceDiscoveryRes(let response) = rig.send(.serviceDiscoveryReq(ISO2.ServiceDiscoveryReq()))
        else { throw SECCRig.NoAnswer() }
        #expect(response.responseCode == .ok)
        #expect(response.paymentOptionList.paymentOption.elements == [.contract, .externalPayment])
        #expect(response.chargeService.serviceID == 1)
        #expect(
            response.chargeService.supportedEnergyTransferMode.energyTransferMode.elements
                == [.acThreePhaseCore, .acSinglePhaseCore])
        #expect(response.serviceList?.service.elements.map(\.serviceID) == [2])
    }

    @Test func contractsAreNeverOfferedWithoutTLS() throws {
        var rig = try SECCRig.at(.sessionSetup, .acEIM, security: .plain)
        guard case .serviceDiscoveryRes(let response) = rig.send(.serviceDiscoveryReq(ISO2.ServiceDiscoveryReq()))
        else { throw SECCRig.NoAnswer() }
        #expect(response.paymentOptionList.paymentOption.elements == [.externalPayment])
        #expect(response.serviceList == nil)
        rig.send(try rig.selection(.contract))
        #expect(rig.code == .failedPaymentSelectionInvalid)
    }

    @Test func aStationForContractsAloneRefusesWithoutTLS() throws {
        var rig = try SECCRig.at(
            .sessionSetup, .acPnC, security: .plain, offer: { $0.authorization = [.plugAndCharge] })
        rig.send(.serviceDiscoveryReq(ISO2.ServiceDiscoveryReq()))
        #expect(rig.code == .failed)
        #expect(rig.actions.reason?.contains("TLS") == true)
    }

    @Test func aCategoryNarrowsTheServices() throws {
        var rig = try SECCRig.at(.sessionSetup, .acPnC, offer: internet)
        rig.send(.serviceDiscoveryReq(ISO2.ServiceDiscoveryReq(serviceCategory: .internet)))
        guard case .serviceDiscoveryRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        #expect(response.serviceList?.service.elements.map(\.serviceID) == [3])
    }

    private func internet(_ offer: inout StationOffer) {
        offer.additionalServices = [
            AdditionalServiceOffer(
                id: 3, name: "Internet",
                parameterSets: [
                    ParameterSetOffer(
                        id: 3,
                        parameters: [
                            .init(name: "Protocol", value: .text("http")), .init(name: "Port", value: .int(80)),
                            .init(name: "Free", value: .bool(true)),
                        ])
                ])
        ]
    }

    @Test("[TC_SECC_CMN_VTB_ServiceDetail_001] [TC_SECC_CMN_VTB_ServiceDetail_002] details of offered services")
    func details() throws {
        for (kind, id) in [(Kind.acEIM, ISO2.ServiceID(1)), (.acPnC, 2)] {
            var rig = try SECCRig.at(.serviceDiscovery, kind)
            guard case .serviceDetailRes(let response) = rig.send(.serviceDetailReq(.init(serviceID: id)))
            else { throw SECCRig.NoAnswer() }
            #expect(response.responseCode == .ok)
            #expect(response.serviceID == id)
            #expect(
                response.serviceParameterList?.parameterSet.elements.map(\.parameterSetID) == (id == 1 ? nil : [1, 2]))
        }
    }

    @Test("[TC_SECC_CMN_VTB_ServiceDetail_011] [TC_SECC_CMN_VTB_ServiceDetail_012] details of internet access")
    func internetDetails() throws {
        for kind in [Kind.acEIM, .acPnC] {
            var rig = try SECCRig.at(.serviceDiscovery, kind, offer: internet)
            guard case .serviceDetailRes(let response) = rig.send(.serviceDetailReq(.init(serviceID: 3)))
            else { throw SECCRig.NoAnswer() }
            let set = try #require(response.serviceParameterList?.parameterSet.elements.first)
            #expect(set.parameterSetID == 3)
            #expect(set.parameter.elements.map(\.name.string) == ["Protocol", "Port", "Free"])
            rig.send(try rig.selection(nil, [(1, nil), (3, 3)]))
            #expect(rig.code == .ok)
        }
    }

    @Test("[TC_SECC_CMN_VTB_ServiceDetail_007] [TC_SECC_CMN_VTB_ServiceDetail_008] an unknown service has no details")
    func unknownService() throws {
        for kind in [Kind.acEIM, .acPnC] {
            var rig = try SECCRig.at(.serviceDiscovery, kind)
            rig.send(.serviceDetailReq(ISO2.ServiceDetailReq(serviceID: 77)))
            #expect(rig.code == .failedServiceIDInvalid)
            #expect(rig.end?.outcome == .refused)
        }
    }

    @Test(
        """
        [TC_SECC_CMN_VTB_PaymentServiceSelection_001] [TC_SECC_CMN_VTB_PaymentServiceSelection_002] \
        [TC_SECC_CMN_VTB_PaymentServiceSelection_003] offered payments and services can be selected
        """, arguments: Kind.allCases)
    func selection(_ kind: Kind) throws {
        for services: [(ISO2.ServiceID, Int16?)] in [[(1, nil)], [(1, 1)], [(1, nil), (2, 1)], [(2, nil), (1, nil)]] {
            var rig = try SECCRig.at(.serviceDetail, kind)
            rig.send(try rig.selection(nil, services))
            #expect(rig.code == .ok)
            #expect(rig.end == nil)
        }
    }

    @Test(
        "what was not offered cannot be selected",
        arguments: [
            ("TC_SECC_CMN_VTB_PaymentServiceSelection_006", [1, 77], ISO2.ResponseCode.failedServiceSelectionInvalid),
            ("TC_SECC_CMN_VTB_PaymentServiceSelection_007", [2], .failedNoChargeServiceSelected),
            ("the charge service takes precedence", [77], .failedNoChargeServiceSelected),
        ])
    func badSelection(_ row: (String, [ISO2.ServiceID], ISO2.ResponseCode)) throws {
        var rig = try SECCRig.at(.serviceDetail, .acPnC)
        rig.send(try rig.selection(nil, row.1.map { ($0, nil) }))
        #expect(rig.code == row.2)
        #expect(rig.end?.outcome == .refused)
    }

    @Test func anUnknownParameterSetCannotBeSelected() throws {
        var rig = try SECCRig.at(.serviceDetail, .acPnC)
        rig.send(try rig.selection(nil, [(1, nil), (2, 9)]))
        #expect(rig.code == .failedServiceSelectionInvalid)
    }

    @Test(
        "[TC_SECC_CMN_VTB_PaymentServiceSelection_009] [TC_SECC_CMN_VTB_PaymentServiceSelection_010] other payments",
        arguments: [
            (AuthorizationMethod.external, ISO2.PaymentOption.contract), (.plugAndCharge, .externalPayment),
        ])
    func otherPayment(_ row: (AuthorizationMethod, ISO2.PaymentOption)) throws {
        var rig = try SECCRig.at(.serviceDetail, .acPnC, offer: { $0.authorization = [row.0] })
        rig.send(try rig.selection(row.1))
        #expect(rig.code == .failedPaymentSelectionInvalid)
    }
}
