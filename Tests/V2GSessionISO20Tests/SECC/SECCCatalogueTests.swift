import Testing
import V2GMessagesISO20
import V2GSession
import V2GSessionISO20

/// A row of the conformance catalogue: its identifier, and the pair that it is about.
struct CatalogueRow: Sendable, CustomTestStringConvertible {
    let id: String
    let pair: ISO20Pair

    init(_ id: String, _ pair: ISO20Pair) {
        self.id = id
        self.pair = pair
    }

    var testDescription: String { "[\(id)]" }
}

/// What holds for every message alike: the good case, a wrong session, a wrong order, silence.
@Suite struct SECCCatalogueTests {
    /// A contract pays, since installation and confirmation need one; the second loop asks for a confirmation.
    private static func drive(to pair: ISO20Pair) throws -> StationDrive {
        var drive = try StationDrive(TestSetup(isContract: true)) { $0.receiptEvery = 1 }
        switch pair {
        case .certificateInstallation: try drive.reach(.authorization)
        case .meteringConfirmation:
            try drive.reach(.dcChargeLoop)
            try drive.perform(.dcChargeLoop)
            try drive.perform(.dcChargeLoop)
        default: try drive.reach(pair)
        }
        return drive
    }

    @Test(
        "a request in its normal form is answered OK, in the session, valid in the schema",
        arguments: [
            CatalogueRow("X_SECC_-20_SessionSetup_001", .sessionSetup),
            CatalogueRow("X_SECC_-20_AuthorizationSetup_001", .authorizationSetup),
            CatalogueRow("X_SECC_-20_CertificateInstallation_001", .certificateInstallation),
            CatalogueRow("X_SECC_-20_Authorization_001", .authorization),
            CatalogueRow("X_SECC_-20_ServiceDiscovery_001", .serviceDiscovery),
            CatalogueRow("X_SECC_-20_ServiceDetail_001", .serviceDetail),
            CatalogueRow("X_SECC_-20_ServiceSelection_001", .serviceSelection),
            CatalogueRow("X_SECC_-20_ChargeParameterDiscovery_001", .dcChargeParameterDiscovery),
            CatalogueRow("X_SECC_-20_ScheduleExchange_001", .scheduleExchange),
            CatalogueRow("X_SECC_-20_CableCheck_001", .dcCableCheck),
            CatalogueRow("X_SECC_-20_PreCharge_001", .dcPreCharge),
            CatalogueRow("X_SECC_-20_PowerDelivery_001", .powerDelivery),
            CatalogueRow("X_SECC_-20_ChargeLoop_001", .dcChargeLoop),
            CatalogueRow("X_SECC_-20_MeteringConfirmation_001", .meteringConfirmation),
            CatalogueRow("X_SECC_-20_WeldingDetection_001", .dcWeldingDetection),
            CatalogueRow("X_SECC_-20_SessionStop_001", .sessionStop),
        ])
    func goodCase(_ row: CatalogueRow) throws {
        var drive = try Self.drive(to: row.pair)
        let step = try drive.perform(row.pair)
        if row.pair == .certificateInstallation {
            // Relayed as the backend made it, not sent by us.
            #expect(step.actions.contains { if case .relay = $0 { true } else { false } })
            return
        }
        let response = try #require(step.response)
        let outline = try #require(ISO20Edition.outline(of: response))
        #expect(outline.pair == row.pair)
        #expect(outline.code == (row.pair == .sessionSetup ? .okNewSessionEstablished : .ok))
        #expect(outline.header.session == drive.car.session)
        #expect(!drive.car.session.isZero)
        #expect((step.end != nil) == (row.pair == .sessionStop))
        #expect(
            step.notes.contains(.response(message: outline.name, code: ISO20Edition.responseCode(of: response) ?? "")))
    }

    @Test(
        "a wrong session identifier is refused with the request's own type",
        arguments: [
            CatalogueRow("X_SECC_-20_AuthorizationSetup_002", .authorizationSetup),
            CatalogueRow("X_SECC_-20_CertificateInstallation_002", .certificateInstallation),
            CatalogueRow("X_SECC_-20_Authorization_002", .authorization),
            CatalogueRow("X_SECC_-20_ServiceDiscovery_002", .serviceDiscovery),
            CatalogueRow("X_SECC_-20_ServiceDetail_002", .serviceDetail),
            CatalogueRow("X_SECC_-20_ServiceSelection_002", .serviceSelection),
            CatalogueRow("X_SECC_-20_ChargeParameterDiscovery_002", .dcChargeParameterDiscovery),
            CatalogueRow("X_SECC_-20_ScheduleExchange_002", .scheduleExchange),
            CatalogueRow("X_SECC_-20_CableCheck_002", .dcCableCheck),
            CatalogueRow("X_SECC_-20_PreCharge_002", .dcPreCharge),
            CatalogueRow("X_SECC_-20_PowerDelivery_002", .powerDelivery),
            CatalogueRow("X_SECC_-20_ChargeLoop_002", .dcChargeLoop),
            CatalogueRow("X_SECC_-20_MeteringConfirmation_002", .meteringConfirmation),
            CatalogueRow("X_SECC_-20_WeldingDetection_002", .dcWeldingDetection),
            CatalogueRow("X_SECC_-20_SessionStop_002", .sessionStop),
        ])
    func wrongSession(_ row: CatalogueRow) throws {
        for wrong in [V2GSessionID.zero, .drawn(from: .system)] {
            var drive = try Self.drive(to: row.pair)
            drive.car.session = wrong
            let step = drive.send(try drive.car.request(row.pair))
            #expect(step.pair == row.pair)
            #expect(step.code == .failedUnknownSession)
            try expectSafeEnd(step, .refused)
        }
    }

    @Test(
        "another request than the one that is due is refused with its own type",
        arguments: [
            CatalogueRow("X_SECC_-20_SessionSetup_002", .sessionSetup),
            CatalogueRow("X_SECC_-20_AuthorizationSetup_003", .authorizationSetup),
            CatalogueRow("X_SECC_-20_CertificateInstallation_003", .certificateInstallation),
            CatalogueRow("X_SECC_-20_Authorization_003", .authorization),
            CatalogueRow("X_SECC_-20_ServiceDiscovery_003", .serviceDiscovery),
            CatalogueRow("X_SECC_-20_ServiceDetail_003", .serviceDetail),
            CatalogueRow("X_SECC_-20_ServiceSelection_003", .serviceSelection),
            CatalogueRow("X_SECC_-20_ChargeParameterDiscovery_003", .dcChargeParameterDiscovery),
            CatalogueRow("X_SECC_-20_ScheduleExchange_003", .scheduleExchange),
            CatalogueRow("X_SECC_-20_CableCheck_003", .dcCableCheck),
            CatalogueRow("X_SECC_-20_PreCharge_003", .dcPreCharge),
            CatalogueRow("X_SECC_-20_PowerDelivery_003", .powerDelivery),
            CatalogueRow("X_SECC_-20_ChargeLoop_003", .dcChargeLoop),
            CatalogueRow("X_SECC_-20_MeteringConfirmation_003", .meteringConfirmation),
            CatalogueRow("X_SECC_-20_WeldingDetection_003", .dcWeldingDetection),
            CatalogueRow("X_SECC_-20_SessionStop_003", .sessionStop),
        ])
    func wrongOrder(_ row: CatalogueRow) throws {
        for other in [ISO20Pair.authorizationSetup, .serviceDiscovery, .vehicleCheckIn, .acChargeLoop]
        where other != row.pair {
            var drive = try Self.drive(to: row.pair)
            let step = drive.send(try drive.car.request(other))
            #expect(step.pair == other)
            #expect(step.code == .failedSequenceError)
            try expectSafeEnd(step, .protocolError)
            // Nothing is answered after the end.
            #expect(drive.send(try drive.car.request(row.pair)).actions.isEmpty)
        }
    }

    @Test(
        "silence past the sequence timer closes the connection without a word",
        arguments: [
            CatalogueRow("X_SECC_-20_SessionSetup_003", .sessionSetup),
            CatalogueRow("X_SECC_-20_AuthorizationSetup_004", .authorizationSetup),
            CatalogueRow("X_SECC_-20_CertificateInstallation_004", .certificateInstallation),
            CatalogueRow("X_SECC_-20_Authorization_004", .authorization),
            CatalogueRow("X_SECC_-20_ServiceDiscovery_004", .serviceDiscovery),
            CatalogueRow("X_SECC_-20_ServiceDetail_004", .serviceDetail),
            CatalogueRow("X_SECC_-20_ServiceSelection_004", .serviceSelection),
            CatalogueRow("X_SECC_-20_ChargeParameterDiscovery_004", .dcChargeParameterDiscovery),
            CatalogueRow("X_SECC_-20_ScheduleExchange_004", .scheduleExchange),
            CatalogueRow("X_SECC_-20_CableCheck_004", .dcCableCheck),
            CatalogueRow("X_SECC_-20_PreCharge_004", .dcPreCharge),
            CatalogueRow("X_SECC_-20_PowerDelivery_004", .powerDelivery),
            CatalogueRow("X_SECC_-20_ChargeLoop_004", .dcChargeLoop),
            CatalogueRow("X_SECC_-20_MeteringConfirmation_004", .meteringConfirmation),
            CatalogueRow("X_SECC_-20_WeldingDetection_004", .dcWeldingDetection),
            CatalogueRow("X_SECC_-20_SessionStop_004", .sessionStop),
        ])
    func silence(_ row: CatalogueRow) throws {
        var drive = try Self.drive(to: row.pair)
        let step = drive.fire(.sequence)
        #expect(step.response == nil)
        #expect(step.end?.linger == .zero)
        try expectSafeEnd(step, .timedOut)
    }

    private func expectSafeEnd(_ step: Step, _ outcome: SessionEnd.Outcome) throws {
        let end = try #require(step.end)
        #expect(end.outcome == outcome)
        #expect(!end.reason.isEmpty)
        #expect(step.power.contains(.stop))
        #expect(step.power.contains(.pilotOff))
        if step.response != nil {
            #expect(end.linger == .seconds(5))
            #expect(step.reason?.isEmpty == false)
        }
    }
}
