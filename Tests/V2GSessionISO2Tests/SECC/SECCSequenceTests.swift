import SchemaTypes
import Testing
import V2GMessagesISO2
import V2GSession
import V2GSessionISO2

/// A row of the conformance catalogue: where the session stands when something goes wrong.
struct Row: Sendable, CustomTestStringConvertible {
    let id: String
    let kind: Kind
    let stage: Stage
    let request: ISO2Pair

    init(_ id: String, _ kind: Kind, _ stage: Stage, _ request: ISO2Pair) {
        self.id = id
        self.kind = kind
        self.stage = stage
        self.request = request
    }

    var testDescription: String { id }

    /// A request of the kind that is due.
    func body(_ rig: SECCRig) throws -> ISO2.BodyElement {
        switch request {
        case .sessionSetup: .sessionSetupReq(ISO2.SessionSetupReq(evccID: try ISO2.EvccID([1, 2, 3, 4, 5, 6])))
        case .serviceDiscovery: .serviceDiscoveryReq(ISO2.ServiceDiscoveryReq())
        case .serviceDetail: .serviceDetailReq(ISO2.ServiceDetailReq(serviceID: 1))
        case .paymentServiceSelection: try rig.selection()
        case .certificateInstallation: .certificateInstallationReq(try rig.installation())
        case .certificateUpdate: .certificateUpdateReq(try rig.update())
        case .paymentDetails: try rig.paymentDetails()
        case .authorization: .authorizationReq(ISO2.AuthorizationReq())
        case .chargeParameterDiscovery: rig.parameters()
        case .powerDelivery: rig.powerDelivery(.start)
        case .chargingStatus: .chargingStatusReq(ISO2.ChargingStatusReq())
        case .meteringReceipt:
            .meteringReceiptReq(
                ISO2.MeteringReceiptReq(
                    sessionID: rig.session.iso2, meterInfo: ISO2.MeterInfo(meterID: try ISO2.MeterID("METER1"))))
        case .cableCheck: rig.cableCheck
        case .preCharge: rig.preCharge()
        case .currentDemand: rig.currentDemand()
        case .weldingDetection: rig.weldingDetection
        case .sessionStop: rig.sessionStop()
        }
    }
}

@Suite struct SECCSequenceTests {
    private func rig(_ row: Row) throws -> SECCRig {
        try SECCRig.at(row.stage, row.kind, offer: { if row.request == .meteringReceipt { $0.receiptEvery = 1 } })
    }

    @Test(
        "a request out of order is answered by its own response with FAILED_SequenceError",
        arguments: [
            Row("TC_SECC_CMN_VTB_SessionSetup_002", .acEIM, .begun, .sessionSetup),
            Row("TC_SECC_CMN_VTB_ServiceDetail_003", .acEIM, .serviceDiscovery, .serviceDetail),
            Row("TC_SECC_CMN_VTB_ServiceDetail_004", .acPnC, .serviceDiscovery, .serviceDetail),
            Row("TC_SECC_CMN_VTB_PaymentServiceSelection_004", .acEIM, .serviceDetail, .paymentServiceSelection),
            Row("TC_SECC_CMN_VTB_CertificateInstallation_002", .acPnC, .selection, .certificateInstallation),
            Row("TC_SECC_CMN_VTB_CertificateUpdate_002", .acPnC, .selection, .certificateUpdate),
            Row("TC_SECC_CMN_VTB_PaymentDetails_004", .acPnC, .selection, .paymentDetails),
            Row("TC_SECC_CMN_VTB_Authorization_003", .acEIM, .selection, .authorization),
            Row("TC_SECC_CMN_VTB_Authorization_004", .acPnC, .paymentDetails, .authorization),
            Row("TC_SECC_CMN_VTB_ChargeParameterDiscovery_001", .dcEIM, .authorization, .chargeParameterDiscovery),
            Row("TC_SECC_DC_VTB_CableCheck_003", .dcEIM, .parameters, .cableCheck),
            Row("TC_SECC_DC_VTB_PreCharge_002", .dcEIM, .cableCheck, .preCharge),
            Row("TC_SECC_AC_VTB_PowerDelivery_006", .acEIM, .parameters, .powerDelivery),
            Row("TC_SECC_AC_VTB_PowerDelivery_007", .acEIM, .looped, .powerDelivery),
            Row("TC_SECC_DC_VTB_PowerDelivery_003", .dcEIM, .preCharge, .powerDelivery),
            Row("TC_SECC_DC_VTB_PowerDelivery_004", .dcEIM, .looped, .powerDelivery),
            Row("TC_SECC_AC_VTB_ChargingStatus_003", .acEIM, .started, .chargingStatus),
            Row("TC_SECC_DC_VTB_CurrentDemand_003", .dcEIM, .started, .currentDemand),
            Row("TC_SECC_AC_VTB_MeteringReceipt_002", .acPnC, .looped, .meteringReceipt),
            Row("TC_SECC_DC_VTB_MeteringReceipt_002", .dcPnC, .looped, .meteringReceipt),
            Row("TC_SECC_AC_VTB_SessionStop_002", .acEIM, .stopped, .sessionStop),
            Row("TC_SECC_DC_VTB_SessionStop_003", .dcEIM, .stopped, .sessionStop),
            Row("TC_SECC_DC_VTB_SessionStop_007", .dcEIM, .welding, .sessionStop),
            Row("TC_SECC_DC_VTB_WeldingDetection_002", .dcEIM, .stopped, .weldingDetection),
        ])
    func outOfOrder(_ row: Row) throws {
        var rig = try rig(row)
        // ServiceDiscoveryReq, unless that is what is due.
        guard case .serviceDiscoveryRes(let response) = rig.send(.serviceDiscoveryReq(ISO2.ServiceDiscoveryReq()))
        else {
            Issue.record("no ServiceDiscoveryRes")
            return
        }
        #expect(response.responseCode == .failedSequenceError)
        #expect(rig.end?.outcome == .protocolError)
        #expect(rig.end?.linger == .seconds(5))
        #expect(rig.actions.commands.first == .stop)
        #expect(rig.actions.commands.last == .pilotOff)
        #expect(rig.actions.reason?.contains(row.request.requestName) == true)
        #expect(rig.send(rig.cableCheck) == nil)  // nothing follows
    }

    @Test("[TC_SECC_CMN_VTB_ServiceDiscovery_002] AuthorizationReq before ServiceDiscoveryReq is out of sequence")
    func authorizationFirst() throws {
        var rig = try SECCRig.at(.sessionSetup, .acEIM)
        rig.send(.authorizationReq(ISO2.AuthorizationReq()))
        guard case .authorizationRes = rig.response else {
            Issue.record("no AuthorizationRes")
            return
        }
        #expect(rig.code == .failedSequenceError)
    }

    @Test(
        "a foreign SessionID is answered by the request's own response with FAILED_UnknownSession",
        arguments: [
            Row("TC_SECC_CMN_VTB_ServiceDiscovery_003", .acEIM, .sessionSetup, .serviceDiscovery),
            Row("TC_SECC_CMN_VTB_ServiceDetail_005", .acEIM, .serviceDiscovery, .serviceDetail),
            Row("TC_SECC_CMN_VTB_ServiceDetail_006", .acPnC, .serviceDiscovery, .serviceDetail),
            Row("TC_SECC_CMN_VTB_PaymentServiceSelection_005", .acEIM, .serviceDetail, .paymentServiceSelection),
            Row("TC_SECC_CMN_VTB_CertificateInstallation_003", .acPnC, .selection, .certificateInstallation),
            Row("TC_SECC_CMN_VTB_CertificateUpdate_003", .acPnC, .selection, .certificateUpdate),
            Row("TC_SECC_CMN_VTB_PaymentDetails_005", .acPnC, .selection, .paymentDetails),
            Row("TC_SECC_CMN_VTB_Authorization_005", .acEIM, .selection, .authorization),
            Row("TC_SECC_CMN_VTB_Authorization_006", .acPnC, .paymentDetails, .authorization),
            Row("TC_SECC_AC_VTB_ChargeParameterDiscovery_003", .acEIM, .authorization, .chargeParameterDiscovery),
            Row("TC_SECC_DC_VTB_ChargeParameterDiscovery_002", .dcEIM, .authorization, .chargeParameterDiscovery),
            Row("TC_SECC_DC_VTB_CableCheck_004", .dcEIM, .parameters, .cableCheck),
            Row("TC_SECC_DC_VTB_PreCharge_003", .dcEIM, .cableCheck, .preCharge),
            Row("TC_SECC_AC_VTB_PowerDelivery_008", .acEIM, .parameters, .powerDelivery),
            Row("TC_SECC_AC_VTB_PowerDelivery_009", .acEIM, .looped, .powerDelivery),
            Row("TC_SECC_DC_VTB_PowerDelivery_005", .dcEIM, .preCharge, .powerDelivery),
            Row("TC_SECC_DC_VTB_PowerDelivery_006", .dcEIM, .looped, .powerDelivery),
            Row("TC_SECC_AC_VTB_ChargingStatus_004", .acEIM, .started, .chargingStatus),
            Row("TC_SECC_DC_VTB_CurrentDemand_004", .dcEIM, .started, .currentDemand),
            Row("TC_SECC_AC_VTB_MeteringReceipt_003", .acPnC, .looped, .meteringReceipt),
            Row("TC_SECC_DC_VTB_MeteringReceipt_003", .dcPnC, .looped, .meteringReceipt),
            Row("TC_SECC_AC_VTB_SessionStop_003", .acEIM, .stopped, .sessionStop),
            Row("TC_SECC_DC_VTB_SessionStop_004", .dcEIM, .stopped, .sessionStop),
            Row("TC_SECC_DC_VTB_SessionStop_008", .dcEIM, .welding, .sessionStop),
            Row("TC_SECC_DC_VTB_WeldingDetection_003", .dcEIM, .stopped, .weldingDetection),
        ])
    func foreignSession(_ row: Row) throws {
        // Zero is no exception: it means "new session" in SessionSetupReq alone.
        for other in [try #require(V2GSessionID([1, 2, 3, 4, 5, 6, 7, 8])), .zero, try #require(V2GSessionID([0]))] {
            var rig = try rig(row)
            rig.send(try row.body(rig), session: other)
            #expect(rig.code == .failedUnknownSession)
            #expect(rig.response?.kind.pair == row.request)
            #expect(rig.message.flatMap { V2GSessionID($0.header) } == rig.session)
            #expect(rig.end?.outcome == .protocolError)
            #expect(rig.end?.linger == .seconds(5))
            #expect(!rig.actions.energizes)
            let message = try #require(rig.message)
            #expect(throws: Never.self) { try ISO2Edition.encode(message) }
        }
    }

    @Test(
        "a car that goes silent is dropped by the sequence timer, without a message",
        arguments: [
            Row("TC_SECC_CMN_VTB_SessionSetup_003", .acEIM, .begun, .sessionSetup),
            Row("TC_SECC_CMN_VTB_ServiceDiscovery_004", .acEIM, .sessionSetup, .serviceDiscovery),
            Row("TC_SECC_CMN_VTB_ServiceDetail_009", .acEIM, .serviceDiscovery, .serviceDetail),
            Row("TC_SECC_CMN_VTB_ServiceDetail_010", .acPnC, .serviceDiscovery, .serviceDetail),
            Row("TC_SECC_CMN_VTB_PaymentServiceSelection_008", .acEIM, .serviceDetail, .paymentServiceSelection),
            Row("TC_SECC_CMN_VTB_CertificateInstallation_004", .acPnC, .selection, .certificateInstallation),
            Row("TC_SECC_CMN_VTB_CertificateUpdate_004", .acPnC, .selection, .certificateUpdate),
            Row("TC_SECC_CMN_VTB_PaymentDetails_006", .acPnC, .selection, .paymentDetails),
            Row("TC_SECC_CMN_VTB_Authorization_008", .acEIM, .selection, .authorization),
            Row("TC_SECC_CMN_VTB_Authorization_009", .acPnC, .paymentDetails, .authorization),
            Row("TC_SECC_CMN_VTB_ChargeParameterDiscovery_002", .dcEIM, .authorization, .chargeParameterDiscovery),
            Row("TC_SECC_DC_VTB_CableCheck_005", .dcEIM, .parameters, .cableCheck),
            Row("TC_SECC_DC_VTB_PreCharge_004", .dcEIM, .cableCheck, .preCharge),
            Row("TC_SECC_AC_VTB_PowerDelivery_012", .acEIM, .parameters, .powerDelivery),
            Row("TC_SECC_AC_VTB_PowerDelivery_013", .acEIM, .looped, .powerDelivery),
            Row("TC_SECC_DC_VTB_PowerDelivery_009", .dcEIM, .preCharge, .powerDelivery),
            Row("TC_SECC_DC_VTB_PowerDelivery_010", .dcEIM, .looped, .powerDelivery),
            Row("TC_SECC_AC_VTB_ChargingStatus_005", .acEIM, .started, .chargingStatus),
            Row("TC_SECC_DC_VTB_CurrentDemand_005", .dcEIM, .started, .currentDemand),
            Row("TC_SECC_AC_VTB_MeteringReceipt_005", .acPnC, .looped, .meteringReceipt),
            Row("TC_SECC_DC_VTB_MeteringReceipt_005", .dcPnC, .looped, .meteringReceipt),
            Row("TC_SECC_AC_VTB_SessionStop_004", .acEIM, .stopped, .sessionStop),
            Row("TC_SECC_DC_VTB_SessionStop_005", .dcEIM, .stopped, .sessionStop),
            Row("TC_SECC_DC_VTB_SessionStop_009", .dcEIM, .welding, .sessionStop),
            Row("TC_SECC_DC_VTB_WeldingDetection_004", .dcEIM, .stopped, .weldingDetection),
        ])
    func silence(_ row: Row) throws {
        var rig = try rig(row)
        if row.stage != .stopped, row.stage != .begun {
            #expect(rig.actions.starts(.sequence) == .seconds(60))  // restarted with the response
        }
        let actions = rig.fire(.sequence)
        #expect(!actions.sends)
        #expect(actions.end?.outcome == .timedOut)
        #expect(actions.end?.linger == .zero)
        #expect(actions.commands == [.stop, .pilotOff])
        #expect(actions.end?.reason.contains(row.request.requestName) == true)
    }

    @Test("[TC_SECC_CMN_VTB_SessionSetup_004] no session within the communication set-up time closes the connection")
    func setUpTime() throws {
        var rig = try SECCRig(.acEIM)
        #expect(rig.actions.starts(.communicationSetup) == .seconds(18))
        #expect(rig.actions.starts(.sequence) == .seconds(60))
        #expect(rig.fire(.communicationSetup).end?.outcome == .timedOut)

        var other = try SECCRig.at(.sessionSetup, .acEIM)
        #expect(other.actions.cancels(.communicationSetup))
        #expect(other.fire(.communicationSetup).isEmpty)  // late
    }

    @Test(arguments: Stage.allCases, Kind.allCases)
    func whateverTheTableDoesNotNameIsOutOfSequence(_ stage: Stage, _ kind: Kind) throws {
        let good = try SECCRig.at(stage, kind)
        for pair in ISO2Pair.allCases where !Self.allowed(stage, kind).contains(pair) {
            var rig = good
            rig.send(try Row("", kind, stage, pair).body(rig))
            #expect(rig.code == .failedSequenceError, "\(pair) after \(stage)")
            #expect(rig.response?.kind.pair == pair)
            #expect(rig.end?.outcome == .protocolError)
            #expect(!rig.actions.energizes)
            let message = try #require(rig.message)
            #expect(throws: Never.self) { try ISO2Edition.encode(message) }
        }
        for pair in Self.allowed(stage, kind) {
            var rig = good
            rig.send(try Row("", kind, stage, pair).body(rig))
            #expect(rig.code != .failedSequenceError, "\(pair) after \(stage)")
        }
    }

    /// The tables of ISO 15118-2, once more and written another way.
    private static func allowed(_ stage: Stage, _ kind: Kind) -> Set<ISO2Pair> {
        switch stage {
        case .begun: [.sessionSetup]
        case .sessionSetup: [.serviceDiscovery, .sessionStop]
        case .serviceDiscovery, .serviceDetail: [.serviceDetail, .paymentServiceSelection, .sessionStop]
        case .selection:
            kind.isPnC
                ? [.paymentDetails, .certificateInstallation, .certificateUpdate, .sessionStop]
                : [.authorization, .sessionStop]
        case .paymentDetails: [.authorization, .sessionStop]
        case .authorization: [.chargeParameterDiscovery, .sessionStop]
        case .parameters: kind.isDC ? [.cableCheck, .sessionStop] : [.powerDelivery, .sessionStop]
        case .cableCheck: kind.isDC ? [.preCharge, .sessionStop] : [.powerDelivery, .sessionStop]
        case .preCharge: kind.isDC ? [.preCharge, .powerDelivery, .sessionStop] : [.powerDelivery, .sessionStop]
        case .started: kind.isDC ? [.currentDemand] : [.chargingStatus]
        case .looped: kind.isDC ? [.currentDemand, .powerDelivery] : [.chargingStatus, .powerDelivery]
        case .stopped, .welding: kind.isDC ? [.weldingDetection, .sessionStop] : [.sessionStop]
        }
    }

    @Test func aSecondRequestWhileAnAnswerWaitsIsOutOfSequence() throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        rig.judges = false
        #expect(rig.send(try rig.paymentDetails()) == nil)
        rig.send(try rig.paymentDetails())
        #expect(rig.code == .failedSequenceError)
        #expect(rig.end?.outcome == .protocolError)
        #expect(rig.feed(.contractJudged(rig.verdict)).isEmpty)
    }

    @Test func aResponseFromTheCarClosesTheConnection() throws {
        var rig = try SECCRig.at(.serviceDiscovery, .acEIM)
        #expect(rig.send(.sessionStopRes(ISO2.SessionStopRes(responseCode: .ok))) == nil)
        #expect(rig.end?.outcome == .protocolError)
        #expect(rig.end?.linger == .zero)
    }
}
