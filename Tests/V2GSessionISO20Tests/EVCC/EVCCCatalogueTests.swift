import SchemaTypes
import Testing
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GPrimitives
import V2GSession
import V2GSessionISO20

/// What the station does wrong.
private enum Wrong: Sendable {
    case silent, failed, session
}

private struct Row: Sendable, CustomTestStringConvertible {
    let id: String
    let pair: ISO20Pair
    let wrong: Wrong

    var testDescription: String { id }

    init(_ id: String, _ pair: ISO20Pair, _ wrong: Wrong) {
        self.id = id
        self.pair = pair
        self.wrong = wrong
    }

    var isAC: Bool { pair == .acChargeLoop || pair == .acChargeParameterDiscovery }
}

/// Rows of the conformance catalogue for cars of -20. Not applicable: X_EVCC_-20_VehicleCheckIn and VehicleCheckOut,
/// which only pantographs and coils know.
@Suite struct ISO20EVCCCatalogueTests {
    private static let rows = [
        Row("X_EVCC_-20_SessionSetup_001", .sessionSetup, .silent),
        Row("X_EVCC_-20_SessionSetup_002", .sessionSetup, .failed),
        Row("X_EVCC_-20_AuthorizationSetup_001", .authorizationSetup, .silent),
        Row("X_EVCC_-20_AuthorizationSetup_002", .authorizationSetup, .failed),
        Row("X_EVCC_-20_AuthorizationSetup_003", .authorizationSetup, .session),
        Row("X_EVCC_-20_CertificateInstallation_001", .certificateInstallation, .silent),
        Row("X_EVCC_-20_CertificateInstallation_002", .certificateInstallation, .failed),
        Row("X_EVCC_-20_CertificateInstallation_003", .certificateInstallation, .session),
        Row("X_EVCC_-20_Authorization_001", .authorization, .silent),
        Row("X_EVCC_-20_Authorization_002", .authorization, .failed),
        Row("X_EVCC_-20_Authorization_003", .authorization, .session),
        Row("X_EVCC_-20_ServiceDiscovery_001", .serviceDiscovery, .silent),
        Row("X_EVCC_-20_ServiceDiscovery_002", .serviceDiscovery, .failed),
        Row("X_EVCC_-20_ServiceDiscovery_003", .serviceDiscovery, .session),
        Row("X_EVCC_-20_ServiceDetail_001", .serviceDetail, .silent),
        Row("X_EVCC_-20_ServiceDetail_002", .serviceDetail, .failed),
        Row("X_EVCC_-20_ServiceDetail_003", .serviceDetail, .session),
        Row("X_EVCC_-20_ServiceSelection_001", .serviceSelection, .silent),
        Row("X_EVCC_-20_ServiceSelection_002", .serviceSelection, .failed),
        Row("X_EVCC_-20_ServiceSelection_003", .serviceSelection, .session),
        Row("X_EVCC_-20_ChargeParameterDiscovery_001", .acChargeParameterDiscovery, .silent),
        Row("X_EVCC_-20_ChargeParameterDiscovery_002", .acChargeParameterDiscovery, .failed),
        Row("X_EVCC_-20_ChargeParameterDiscovery_003", .acChargeParameterDiscovery, .session),
        Row("X_EVCC_-20_ChargeParameterDiscovery_001 DC", .dcChargeParameterDiscovery, .silent),
        Row("X_EVCC_-20_ChargeParameterDiscovery_002 DC", .dcChargeParameterDiscovery, .failed),
        Row("X_EVCC_-20_ChargeParameterDiscovery_003 DC", .dcChargeParameterDiscovery, .session),
        Row("X_EVCC_-20_ScheduleExchange_001", .scheduleExchange, .silent),
        Row("X_EVCC_-20_ScheduleExchange_002", .scheduleExchange, .failed),
        Row("X_EVCC_-20_ScheduleExchange_003", .scheduleExchange, .session),
        Row("X_EVCC_-20_CableCheck_001", .dcCableCheck, .silent),
        Row("X_EVCC_-20_CableCheck_002", .dcCableCheck, .failed),
        Row("X_EVCC_-20_CableCheck_003", .dcCableCheck, .session),
        Row("X_EVCC_-20_PreCharge_001", .dcPreCharge, .silent),
        Row("X_EVCC_-20_PreCharge_002", .dcPreCharge, .failed),
        Row("X_EVCC_-20_PreCharge_003", .dcPreCharge, .session),
        Row("X_EVCC_-20_PowerDelivery_001", .powerDelivery, .silent),
        Row("X_EVCC_-20_PowerDelivery_002", .powerDelivery, .failed),
        Row("X_EVCC_-20_PowerDelivery_003", .powerDelivery, .session),
        Row("X_EVCC_-20_ChargeLoop_001", .acChargeLoop, .silent),
        Row("X_EVCC_-20_ChargeLoop_002", .acChargeLoop, .failed),
        Row("X_EVCC_-20_ChargeLoop_003", .acChargeLoop, .session),
        Row("X_EVCC_-20_ChargeLoop_001 DC", .dcChargeLoop, .silent),
        Row("X_EVCC_-20_ChargeLoop_002 DC", .dcChargeLoop, .failed),
        Row("X_EVCC_-20_ChargeLoop_003 DC", .dcChargeLoop, .session),
        Row("X_EVCC_-20_MeteringConfirmation_001", .meteringConfirmation, .silent),
        Row("X_EVCC_-20_MeteringConfirmation_002", .meteringConfirmation, .failed),
        Row("X_EVCC_-20_MeteringConfirmation_003", .meteringConfirmation, .session),
        Row("X_EVCC_-20_WeldingDetection_001", .dcWeldingDetection, .silent),
        Row("X_EVCC_-20_WeldingDetection_002", .dcWeldingDetection, .failed),
        Row("X_EVCC_-20_WeldingDetection_003", .dcWeldingDetection, .session),
        Row("X_EVCC_-20_SessionStop_001", .sessionStop, .silent),
        Row("X_EVCC_-20_SessionStop_002", .sessionStop, .failed),
        Row("X_EVCC_-20_SessionStop_003", .sessionStop, .session),
    ]

    private static func bench(_ row: Row) throws -> CarBench {
        var bench = try CarBench.bench(row.isAC ? CarBench.ac() : CarBench.dc()) { $0.installation = .always }
        bench.station.installs = true
        bench.station.notifications = [1: .meteringConfirmation]
        return bench
    }

    @Test("a station that does wrong ends the session", arguments: rows)
    private func ends(row: Row) throws {
        var control = try Self.bench(row)
        control.run()
        #expect(control.outcome == .completed, "without the fault the session is whole")
        #expect(!control.requests(row.pair).isEmpty)

        var bench = try Self.bench(row)
        let foreign = try #require(V2GSessionID([9, 9, 9, 9, 9, 9, 9, 9]))
        bench.station.bend = { pair, message in
            guard pair == row.pair else { return message }
            return switch row.wrong {
            case .silent: nil
            case .failed: message.with(code: .failed)
            case .session: message.with(session: foreign)
            }
        }
        bench.run()
        let expected: SessionEnd.Outcome =
            switch row.wrong {
            case .silent: .timedOut
            case .failed: .refused
            case .session: .protocolError
            }
        #expect(bench.outcome == expected)
        #expect(bench.driver.names.last == row.pair.rawValue + "Req", "nothing is sent after it")
        #expect(!bench.driver.isContactorClosed)
        #expect(bench.driver.end?.linger == .zero)
        if row.wrong == .silent {
            // The clock stands at the last response plus the time-out of the message.
            let timeout = ISO20Timing.standard[row.pair].evccTimeout
            #expect(bench.clock >= timeout && bench.clock < timeout + .seconds(2))
        }
    }

    @Test(
        "every FAILED code ends the session",
        arguments: ISO20.ResponseCode.allCases.filter { $0.family == .failed })
    func failed(code: ISO20.ResponseCode) throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.bend = { $0 == .powerDelivery ? $1.with(code: code) : $1 }
        bench.run()
        #expect(bench.outcome == .refused)
        #expect(bench.reason.contains(code.schemaName))
    }

    @Test(
        "OK codes of other messages are breaches",
        arguments: [
            ISO20.ResponseCode.okOldSessionJoined, .okNewSessionEstablished, .okPowerToleranceConfirmed,
            .okCertificateExpiresSoon,
        ])
    func foreignCodes(code: ISO20.ResponseCode) throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.bend = { $0 == .serviceDiscovery ? $1.with(code: code) : $1 }
        bench.run()
        #expect(bench.outcome == .protocolError)
    }

    @Test("a response of another type is a breach")
    func otherTypes() throws {
        var bench = try CarBench.bench(CarBench.dc())
        let stop = ISO20Edition.Message.common(
            .sessionStopRes(
                .init(header: .init(session: bench.station.id, at: bench.driver.pki.now), responseCode: .ok)))
        bench.station.bend = { $0 == .serviceDiscovery ? stop : $1 }
        bench.run()
        #expect(bench.outcome == .protocolError)
    }
}
