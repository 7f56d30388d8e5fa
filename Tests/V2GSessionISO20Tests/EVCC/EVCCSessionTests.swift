import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GMessagesISO20
import V2GMessagesISO20AC
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GPrimitives
import V2GSession
import V2GSessionISO20
import V2GSignatures
import V2GTestSupport

private let head = [
    "SessionSetup", "AuthorizationSetup", "Authorization", "ServiceDiscovery", "ServiceDetail",
    "ServiceSelection",
]
private let acTail = [
    "AC_ChargeParameterDiscovery", "ScheduleExchange", "PowerDelivery", "AC_ChargeLoop",
    "PowerDelivery", "SessionStop",
]
private let dcTail = [
    "DC_ChargeParameterDiscovery", "ScheduleExchange", "DC_CableCheck", "DC_PreCharge",
    "PowerDelivery", "DC_ChargeLoop", "PowerDelivery", "DC_WeldingDetection", "SessionStop",
]

@Suite struct ISO20EVCCSessionTests {
    @Test(arguments: [true, false], VehicleProfile.Control.allCases)
    func sessionsGoTheirWholeWay(isDC: Bool, control: VehicleProfile.Control) throws {
        for isBidirectional in [true, false] {
            for method in AuthorizationMethod.allCases {
                let energy =
                    isDC
                    ? CarBench.dc { $0.isBidirectional = isBidirectional }
                    : CarBench.ac { $0.isBidirectional = isBidirectional }
                var bench = try CarBench.bench(energy, control, [method])
                bench.run()
                #expect(bench.outcome == .completed, "\(bench.reason)")
                #expect(bench.path == head + (isDC ? dcTail : acTail))
                #expect(bench.driver.commands.contains(.closeContactor))
                #expect(bench.driver.timers.isEmpty)
            }
        }
    }

    @Test func theSessionIdentifierOfTheStationIsInEveryRequest() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.run()
        let ids = bench.driver.sent.compactMap { ISO20Edition.outline(of: $0)?.header.session }
        #expect(ids.first == .zero)
        #expect(Set(ids.dropFirst()) == [bench.station.id])
    }

    @Test func megawattCarsTakeMegawattServices() throws {
        var bench = try CarBench.bench(CarBench.dc { $0.isMegawatt = true })
        bench.station.services = [2, 8]
        bench.run()
        #expect(bench.outcome == .completed)
        guard case .common(.serviceSelectionReq(let selection))? = bench.requests(.serviceSelection).first else {
            Issue.record("no selection")
            return
        }
        #expect(selection.selectedEnergyTransferService.serviceID == 8)
    }

    @Test func bidirectionalCarsAlsoJustCharge() throws {
        var bench = try CarBench.bench(CarBench.dc { $0.isBidirectional = true })
        bench.station.services = [2]
        bench.run()
        #expect(bench.outcome == .completed)
        guard
            case .dc(.dcChargeParameterDiscoveryReq(let request))? = bench.requests(.dcChargeParameterDiscovery).first,
            case .dcCPDReqEnergyTransferMode = request.dcCPDReqEnergyTransferMode
        else {
            Issue.record("another variant")
            return
        }
    }

    @Test func theAuthorizationIsSignedByTheContract() throws {
        var bench = try CarBench.bench(CarBench.ac(), .scheduled, [.plugAndCharge])
        bench.station.ongoing[.authorization] = 2
        bench.run()
        let requests = bench.requests(.authorization)
        #expect(requests.count == 3)
        var bodies: Set<ISO20Common.PnCAReqAuthorizationMode> = []
        for case .common(.authorizationReq(let request)) in requests {
            guard case .pncAReqAuthorizationMode(let mode) = request.aReqAuthorizationMode else { continue }
            bodies.insert(mode)
            let key = bench.driver.pki.contract[0].key.publicKey
            let verified = try bench.driver.pki.verifier.verify(
                request.header.signature, over: [.pncAReqAuthorizationMode(mode)], by: key)
            #expect(!verified.isOutOfProfile)
            #expect(throws: SignatureRefusal.self) {
                _ = try bench.driver.pki.verifier.verify(
                    request.header.signature, over: [.pncAReqAuthorizationMode(mode)],
                    by: bench.driver.pki.other.publicKey)
            }
        }
        #expect(bodies.count == 1, "repeats carry the whole body, unchanged")
    }

    @Test func alternatingCurrentStaysInStateBUntilPowerIsAsked() throws {
        var bench = try CarBench.bench(CarBench.ac())
        bench.events = [(.scheduleExchange, 1, .userRequest(.stop))]
        bench.run()
        #expect(!bench.driver.commands.contains(.pilotReady))
        #expect(bench.outcome == .stopped)
        var whole = try CarBench.bench(CarBench.ac())
        whole.run()
        #expect(whole.driver.commands.prefix(3) == [.lockPlug, .pilotReady, .closeContactor])
        #expect(whole.driver.commands.suffix(3) == [.openContactor, .pilotNotReady, .unlockPlug])
    }

    @Test func theOnBoardChargerFollowsTheStation() throws {
        var bench = try CarBench.bench(CarBench.ac(), .dynamic)
        bench.run()
        #expect(bench.driver.commands.contains(.takePower(Watts(7_000))))
    }

    @Test func theOnBoardChargerFollowsTheSchedule() throws {
        var bench = try CarBench.bench(CarBench.ac())
        bench.station.tuples = [ScriptedStation.tuple(1, watts: 4_000)]
        bench.run()
        #expect(bench.driver.commands.contains(.takePower(Watts(4_000))))
    }

    @Test func theTupleWithMostEnergyIsTaken() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.tuples = [
            ScriptedStation.tuple(3, watts: 5_000), ScriptedStation.tuple(7, watts: 50_000),
            ScriptedStation.tuple(9, watts: 20_000),
        ]
        bench.run()
        guard case .common(.powerDeliveryReq(let request))? = bench.requests(.powerDelivery).first,
            case .scheduledEVPPTControlMode(let mode)? = request.evPowerProfile?.evPPTControlMode
        else {
            Issue.record("no profile")
            return
        }
        #expect(mode.selectedScheduleTupleID.value == 7)
        guard case .dc(.dcChargeLoopReq(let loop))? = bench.requests(.dcChargeLoop).first,
            case .scheduledDCCLReqControlMode(let control) = loop.clReqControlMode
        else {
            Issue.record("no set point")
            return
        }
        #expect(control.evTargetCurrent.double == 125, "50 kW at 400 V")
    }

    @Test func preChargeEndsWithARequestThatSaysSo() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.ongoing[.dcPreCharge] = 3
        bench.run()
        let processing = bench.requests(.dcPreCharge).compactMap { message -> ISO20.Processing? in
            if case .dc(.dcPreChargeReq(let request)) = message { request.evProcessing } else { nil }
        }
        #expect(processing == [.ongoing, .ongoing, .ongoing, .ongoing, .finished])
    }

    @Test func weldingDetectionWaitsForTheVoltageToFall() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.ongoing[.dcWeldingDetection] = 4
        bench.run()
        #expect(bench.requests(.dcWeldingDetection).count == 6)
        #expect(bench.outcome == .completed)
        var welded = try CarBench.bench(CarBench.dc())
        welded.station.ongoing[.dcWeldingDetection] = 1_000
        welded.run()
        #expect(welded.driver.warnings.contains { $0.contains("welded") })
        #expect(welded.outcome == .completed)
    }

    @Test func twentyIsSpokenOverTLS13Only() throws {
        for security in [SessionLink.Security.plain, .tls12] {
            var bench = try CarBench.bench(CarBench.ac(), link: SessionLink(security: security))
            bench.run()
            #expect(bench.outcome == .refused)
            #expect(bench.driver.sent.isEmpty)
            #expect(bench.driver.hasSecurityEvent)
        }
    }

    @Test func theBatteryEndsTheSession() throws {
        for full in [true, false] {
            var bench = try CarBench.bench(CarBench.dc()) { $0.stopsAfterLoops = nil }
            var readings = VehicleReadings()
            readings.stateOfCharge = full ? 50 : 81
            readings.isFull = full
            bench.events = [(.dcChargeLoop, 2, .vehicle(readings))]
            bench.run()
            #expect(bench.outcome == .completed)
            #expect(bench.requests(.dcChargeLoop).count == 2)
        }
    }

    @Test func energyOfTheSessionIsNoted() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.run()
        #expect(bench.driver.notes.contains(.energy(WattHours(20))))
    }
}
