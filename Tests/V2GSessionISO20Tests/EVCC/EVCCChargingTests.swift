import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GKeys
import V2GMessagesISO20
import V2GMessagesISO20AC
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GPrimitives
import V2GSession
import V2GSessionISO20
import V2GSignatures
import V2GTestSupport

@Suite struct ISO20EVCCParameterTests {
    @Test func threePhasesAreTwoOrThree() throws {
        for connector in [Int32(2), 3] {
            var bench = try CarBench.bench(CarBench.ac())
            bench.station.sets = [(1, 1, 1), (connector, 2, 1), (connector, 1, 1)]
            bench.run()
            guard case .common(.serviceSelectionReq(let request))? = bench.requests(.serviceSelection).first else {
                Issue.record("no selection")
                return
            }
            #expect(request.selectedEnergyTransferService.parameterSetID == 3)
        }
    }

    @Test func parameterSetsHaveToFit() throws {
        for (sets, control, expected) in [
            ([(2, 2, 2), (2, 2, 1)], VehicleProfile.Control.dynamic, UInt16(2)),
            ([(2, 2, 2)], .dynamic, 1),
            ([(2, 1, 2), (2, 2, 1)], .scheduled, 2),
            ([(9, 1, 1)], .scheduled, nil),
            ([(2, 7, 1)], .scheduled, nil),
        ] as [([(Int32, Int32, Int32)], VehicleProfile.Control, UInt16?)] {
            var bench = try CarBench.bench(CarBench.ac(), control)
            bench.station.sets = sets
            bench.run()
            guard let expected else {
                #expect(bench.outcome == .refused)
                #expect(bench.driver.names.last == "SessionStopReq")
                continue
            }
            guard case .common(.serviceSelectionReq(let request))? = bench.requests(.serviceSelection).first else {
                Issue.record("no selection")
                return
            }
            #expect(request.selectedEnergyTransferService.parameterSetID == expected)
        }
    }

    @Test func stationsWithoutAServiceForTheCarAreLeft() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.services = [1, 5, 65]
        bench.run()
        #expect(bench.outcome == .refused)
        #expect(
            bench.path == ["SessionSetup", "AuthorizationSetup", "Authorization", "ServiceDiscovery", "SessionStop"])
    }

    @Test func detailsOfAnotherServiceAreABreach() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.bend = { _, message in
            guard case .common(.serviceDetailRes(var response)) = message else { return message }
            response.serviceID = 1
            return .common(.serviceDetailRes(response))
        }
        bench.run()
        #expect(bench.outcome == .protocolError)
    }

    @Test(
        "responses of another variant are breaches [V2G20-1600]",
        arguments: [
            ISO20Pair.acChargeParameterDiscovery, .scheduleExchange, .acChargeLoop,
        ])
    func variants(pair: ISO20Pair) throws {
        var other = try CarBench.bench(CarBench.ac { $0.isBidirectional = true }, .dynamic)
        var answers: [ISO20Pair: ISO20Edition.Message] = [:]
        other.station.bend = {
            answers[$0] = $1; return $1
        }
        other.run()
        let foreign = try #require(answers[pair])
        var bench = try CarBench.bench(CarBench.ac())
        bench.station.bend = { $0 == pair ? foreign : $1 }
        bench.run()
        #expect(bench.outcome == .protocolError)
        #expect(bench.reason.contains("variant"))
    }

    @Test func limitsHaveToSuitTheBattery() throws {
        for maximum in [399.0, -1] {
            var bench = try CarBench.bench(CarBench.dc())
            bench.station.maximumVoltage = maximum
            bench.run()
            #expect(bench.outcome == .refused)
            #expect(bench.driver.names.last == "SessionStopReq")
        }
    }

    @Test func tuplesHaveToMakeSense() throws {
        for tuples in [
            [ScriptedStation.tuple(1, watts: 1_000), ScriptedStation.tuple(1, watts: 2_000)],
            [ScriptedStation.tuple(1, watts: -5)], [ScriptedStation.tuple(1, watts: 5, seconds: 0)],
        ] {
            var bench = try CarBench.bench(CarBench.dc())
            bench.station.tuples = tuples
            bench.run()
            #expect(bench.outcome == .protocolError)
            #expect(bench.driver.names.last == "SessionStopReq")
        }
    }

    @Test func pricesCountWhenTheOperatorSignedThem() throws {
        let pki = try VehiclePKI.shared.get()
        let schedule = ISO20Common.PriceLevelSchedule(
            id: try XMLID("id1"), timeAnchor: 0, priceScheduleID: .init(unchecked: 1), numberOfPriceLevels: 1,
            priceLevelScheduleEntries: .init(
                priceLevelScheduleEntry: .init(unchecked: [.init(duration: 86_400, priceLevel: 1)])))
        for (key, isGood) in [(pki.contract[1].key, true), (pki.other, false)] {
            let pending = try PendingSignature(
                [.priceLevelSchedule(schedule)], signer: key.publicKey, profile: pki.verifier.profile)
            let signature = try pending.completed(with: try key.sign(pending.octets))
            var bench = try CarBench.bench(CarBench.dc())
            bench.station.tuples[0].chargingSchedule.priceSchedule = .priceLevelSchedule(schedule)
            bench.station.scheduleSignature = ISO20.MessageHeader(session: .zero, at: pki.now, signature: signature)
            bench.run()
            #expect(bench.outcome == .completed, "the power schedule counts in any case")
            #expect(bench.driver.hasSecurityEvent == !isGood)
            #expect(
                bench.driver.notes.contains {
                    if case .signatureVerified("ScheduleExchangeRes", _, _) = $0 { true } else { false }
                } == isGood)
        }
    }
}

@Suite struct ISO20EVCCChargingTests {
    @Test(
        "what the station asks for",
        arguments: [
            (ISO20.EvseNotification.terminate, SessionEnd.Outcome.stopped), (.pause, .paused),
            (.scheduleRenegotiation, .completed), (.serviceRenegotiation, .completed),
            (.meteringConfirmation, .completed), (.exitStandby, .completed),
        ])
    func notifications(notification: ISO20.EvseNotification, outcome: SessionEnd.Outcome) throws {
        for energy in [CarBench.ac(), CarBench.dc()] {
            for control in VehicleProfile.Control.allCases {
                var bench = try CarBench.bench(energy, control) { $0.stopsAfterLoops = 6 }
                bench.station.notifications = [2: notification]
                bench.run()
                #expect(bench.outcome == outcome, "\(bench.reason)")
                let path = bench.path
                switch notification {
                case .scheduleRenegotiation:
                    #expect(path.count { $0 == "ScheduleExchange" } == 2)
                    #expect(path.count { $0 == "DC_CableCheck" } <= 1, "[V2G20-2122]")
                case .serviceRenegotiation:
                    #expect(path.count { $0 == "ServiceDiscovery" } == 2)
                    #expect(path.count { $0 == "Authorization" } == 1)
                case .meteringConfirmation: #expect(path.contains("MeteringConfirmation"))
                case .terminate, .pause, .exitStandby:
                    #expect(!path.contains("MeteringConfirmation"))
                }
            }
        }
    }

    @Test func whatIsNotSupportedIsNotDone() throws {
        var schedule = try CarBench.bench(CarBench.ac()) { $0.supportsRenegotiation = false }
        schedule.station.notifications = [1: .scheduleRenegotiation]
        schedule.run()
        #expect(schedule.outcome == .completed)
        #expect(schedule.requests(.scheduleExchange).count == 1)
        var services = try CarBench.bench(CarBench.ac())
        services.station.notifications = [1: .serviceRenegotiation]
        services.station.renegotiates = false
        services.run()
        #expect(services.outcome == .completed)
        #expect(services.requests(.serviceDiscovery).count == 1)
        var metering = try CarBench.bench(CarBench.ac(), .scheduled, [.external])
        metering.station.notifications = [1: .meteringConfirmation]
        metering.run()
        #expect(metering.outcome == .completed)
        #expect(metering.requests(.meteringConfirmation).isEmpty)
    }

    @Test func aFailedRenegotiationLeavesTheOldSchedule() throws {
        var bench = try CarBench.bench(CarBench.ac()) { $0.stopsAfterLoops = 5 }
        bench.station.notifications = [1: .scheduleRenegotiation]
        bench.station.bend = { pair, message in
            pair == .powerDelivery ? message.with(code: .warningScheduleRenegotiationFailed) : message
        }
        bench.run()
        #expect(bench.outcome == .completed)
        #expect(bench.requests(.scheduleExchange).count == 1)
    }

    @Test func metersAreSignedAsSent() throws {
        for control in VehicleProfile.Control.allCases {
            var bench = try CarBench.bench(CarBench.dc(), control)
            bench.station.notifications = [1: .meteringConfirmation]
            bench.run()
            guard case .common(.meteringConfirmationReq(let request))? = bench.requests(.meteringConfirmation).first
            else {
                Issue.record("no confirmation")
                return
            }
            let data = request.signedMeteringData
            #expect(data.meterInfo.chargedEnergyReadingWh == 1_010)
            #expect(data.sessionID == .init(bench.station.id))
            switch data.smdtControlMode {
            case .dynamicSMDTControlMode: #expect(control == .dynamic)
            case .scheduledSMDTControlMode(let mode):
                #expect(control == .scheduled && mode.selectedScheduleTupleID.value == 1)
            }
            _ = try bench.driver.pki.verifier.verify(
                request.header.signature, over: [.signedMeteringData(data)],
                by: bench.driver.pki.contract[0].key.publicKey)
        }
    }

    @Test func metersDoNotGoBack() throws {
        var bench = try CarBench.bench(CarBench.dc()) { $0.stopsAfterLoops = 20 }
        bench.station.bend = { _, message in
            guard case .dc(.dcChargeLoopRes(var response)) = message else { return message }
            let reading = response.meterInfo?.chargedEnergyReadingWh ?? 0
            response.meterInfo?.chargedEnergyReadingWh = 2_000 - reading
            return .dc(.dcChargeLoopRes(response))
        }
        bench.run()
        #expect(bench.outcome == .protocolError)
        #expect(bench.driver.hasSecurityEvent)
        #expect(bench.requests(.dcChargeLoop).count == 2)
        #expect(bench.driver.names.last == "SessionStopReq")
    }

    @Test("limits of the loop may fall, and not rise [V2G20-2654]")
    func loopLimits() throws {
        for (announced, expected) in [(20.0, 20.0), (900, 125)] {
            var bench = try CarBench.bench(CarBench.dc())
            bench.station.tuples = [ScriptedStation.tuple(1, watts: 90_000)]
            bench.station.current = 10
            bench.station.bend = { _, message in
                guard case .dc(.dcChargeLoopRes(var response)) = message else { return message }
                response.clResControlMode = .scheduledDCCLResControlMode(
                    .init(evseMaximumChargeCurrent: .init(Amperes(announced))))
                return .dc(.dcChargeLoopRes(response))
            }
            bench.run()
            guard case .dc(.dcChargeLoopReq(let request))? = bench.requests(.dcChargeLoop).last,
                case .scheduledDCCLReqControlMode(let mode) = request.clReqControlMode
            else {
                Issue.record("no set point")
                return
            }
            #expect(mode.evTargetCurrent.double == expected)
            #expect(bench.driver.warnings.isEmpty == (announced < 300))
        }
    }

    @Test("[quirk 12] implausible values end the charging in order")
    func implausible() throws {
        var current = try CarBench.bench(CarBench.dc())
        current.station.current = 1_510
        current.run()
        #expect(current.outcome == .protocolError)
        #expect(current.requests(.dcChargeLoop).count == 1)
        #expect(current.driver.names.last == "SessionStopReq")
        var voltage = try CarBench.bench(CarBench.dc())
        voltage.station.voltage = 900
        voltage.run()
        #expect(voltage.outcome == .protocolError)
        #expect(!voltage.driver.commands.contains(.closeContactor), "never onto the battery")
    }

    @Test(arguments: [ControlPilot.a, .e, .f])
    func thePilotEndsEverythingAtOnce(pilot: ControlPilot) throws {
        for pair in [ISO20Pair.authorization, .dcCableCheck, .dcPreCharge, .dcChargeLoop, .powerDelivery] {
            var bench = try CarBench.bench(CarBench.dc())
            var readings = VehicleReadings()
            readings.controlPilot = pilot
            bench.events = [(pair, 1, .vehicle(readings))]
            bench.run()
            #expect(bench.outcome == .equipmentFault)
            #expect(bench.driver.names.last == pair.rawValue + "Req")
        }
    }

    @Test func faultsAndLostLinksEndEverythingAtOnce() throws {
        var readings = VehicleReadings()
        readings.fault = "battery too hot"
        for (event, outcome) in [
            (EVCCEvent<ISO20Edition>.vehicle(readings), SessionEnd.Outcome.equipmentFault),
            (.linkLost("cable cut"), .linkLost),
        ] {
            for pair in [ISO20Pair.serviceDetail, .dcPreCharge, .dcChargeLoop, .sessionStop] {
                var bench = try CarBench.bench(CarBench.dc())
                bench.events = [(pair, 1, event)]
                bench.run()
                #expect(bench.outcome == outcome)
            }
        }
    }

    @Test(
        "the driver stops at any message",
        arguments: ISO20Pair.allCases.filter {
            ![.vehicleCheckIn, .vehicleCheckOut, .acChargeLoop, .acChargeParameterDiscovery].contains($0)
        })
    func driverStops(pair: ISO20Pair) throws {
        for request in [UserRequest.stop, .pause] {
            var bench = try CarBench.bench(CarBench.dc()) {
                $0.installation = .always
                $0.stopsAfterLoops = 10
            }
            bench.station.installs = true
            bench.station.notifications = [1: .meteringConfirmation]
            bench.events = [(pair, 1, .userRequest(request))]
            bench.run()
            #expect(bench.driver.names.last == "SessionStopReq")
            #expect([.stopped, .paused, .completed].contains(bench.outcome))
            if request == .stop, pair != .sessionStop, pair != .dcWeldingDetection {
                #expect(bench.outcome == .stopped)
            }
            if pair == .dcChargeLoop { #expect(bench.outcome == (request == .stop ? .stopped : .paused)) }
        }
    }

    @Test func aServiceRenegotiationThatTheStationRefusesEndsTheSession() throws {
        var bench = try CarBench.bench(CarBench.ac())
        bench.station.notifications = [1: .serviceRenegotiation]
        bench.station.bend = {
            $0 == .sessionStop ? $1.with(code: .failedNoServiceRenegotiationSupported) : $1
        }
        bench.run()
        #expect(bench.outcome == .refused)
    }

    @Test func aPauseThatTheStationRefusesIsNotKept() throws {
        var bench = try CarBench.bench(CarBench.ac()) { $0.pausesAfterLoops = 1 }
        bench.station.bend = { $0 == .sessionStop ? $1.with(code: .failedPauseNotAllowed) : $1 }
        bench.run()
        #expect(bench.outcome == .refused)
        #expect(bench.driver.kept.isEmpty)
    }
}
