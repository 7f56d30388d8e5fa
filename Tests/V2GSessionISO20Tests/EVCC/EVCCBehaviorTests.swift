import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GCertificates
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

@Suite struct ISO20EVCCTimerTests {
    @Test(
        "V2G_EVCC_Msg_Timeout",
        arguments: [
            (ISO20Pair.sessionSetup, Duration.seconds(2)), (.authorization, .seconds(2)), (.serviceDetail, .seconds(5)),
            (.certificateInstallation, .seconds(5)), (.powerDelivery, .seconds(2)), (.dcChargeLoop, .milliseconds(500)),
        ])
    func messageTimeout(pair: ISO20Pair, timeout: Duration) throws {
        var bench = try CarBench.bench(CarBench.dc()) { $0.installation = .always }
        bench.station.installs = true
        var silence: Duration?
        bench.station.bend = { $0 == pair ? nil : $1 }
        bench.run()
        silence = bench.clock
        #expect(bench.outcome == .timedOut)
        #expect(bench.reason.contains(pair.rawValue))
        let answered = Duration.milliseconds(bench.driver.sent.count)
        #expect(silence.map { $0 >= timeout && $0 < timeout + answered + .milliseconds(200) } == true)
    }

    @Test func ongoingIsBoundBy60Seconds() throws {
        for pair in [ISO20Pair.authorization, .scheduleExchange, .certificateInstallation] {
            var bench = try CarBench.bench(CarBench.dc()) { $0.installation = .always }
            bench.station.installs = true
            bench.station.ongoing[pair] = .max
            bench.run()
            #expect(bench.outcome == .timedOut)
            #expect(bench.clock >= .seconds(60) && bench.clock < .seconds(61))
            #expect(bench.reason.contains("Ongoing"))
        }
    }

    @Test func customersAreNotBoundBy60Seconds() throws {
        var bench = try CarBench.bench(CarBench.dc(), .scheduled, [.external])
        bench.station.processing = .ongoingWaitingForCustomerInteraction
        bench.station.ongoing[.authorization] = 2_000
        bench.run(for: .seconds(1_000))
        #expect(bench.outcome == .completed)
        #expect(bench.clock > .seconds(100))
    }

    @Test func theCableCheckIsBoundBy40Seconds() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.ongoing[.dcCableCheck] = .max
        bench.run()
        #expect(bench.outcome == .timedOut)
        #expect(bench.clock >= .seconds(40) && bench.clock < .seconds(41))
    }

    @Test func thePreChargeIsBoundBy10Seconds() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.ongoing[.dcPreCharge] = .max
        bench.run()
        #expect(bench.outcome == .timedOut)
        #expect(bench.clock >= .seconds(10) && bench.clock < .seconds(11))
        #expect(!bench.driver.commands.contains(.closeContactor))
    }

    @Test(arguments: [true, false])
    func aSimulatedOutputIsAcceptedByNameOnly(_ isTolerated: Bool) throws {
        var bench = try CarBench.bench(CarBench.dc()) {
            if isTolerated { $0.quirks = [.simulatedOutput] }
        }
        bench.station.ongoing[.dcPreCharge] = .max
        bench.run()
        #expect(bench.outcome == (isTolerated ? .completed : .timedOut))
        #expect(bench.driver.commands.contains(.closeContactor) == isTolerated)
    }

    @Test func theChargeLoopIsPacedWithinAQuarterOfASecond() throws {
        var bench = try CarBench.bench(CarBench.ac()) {
            $0.chargeLoopPace = .seconds(3)
            $0.stopsAfterLoops = 5
        }
        bench.run()
        #expect(bench.outcome == .completed)
        #expect(bench.clock >= .seconds(1) && bench.clock < .milliseconds(1_500))
    }

    @Test func aKeyThatNeverAnswersEndsTheSession() throws {
        let pki = try VehiclePKI.shared.get()
        var car = ISO20EVCC(
            profile: pki.profile(CarBench.ac()), link: CarBench.link, signatures: pki.verifier)
        var station = ScriptedStation()
        let moment = SessionMoment(uptime: .zero, wall: pki.now)
        var actions = car.handle(.start, at: moment)
        for _ in 0..<2 {
            for case .send(let message) in actions {
                let response = station.answer(message, at: moment.wall)
                actions = car.handle(.received(try #require(response)), at: moment)
            }
        }
        let isTimed = actions.contains { if case .startTimer(.message, .seconds(40)) = $0 { true } else { false } }
        #expect(isTimed)
        let ends = car.handle(.timerFired(.message), at: moment).compactMap { action -> SessionEnd.Outcome? in
            if case .end(let end) = action { end.outcome } else { nil }
        }
        #expect(ends == [.timedOut])
    }

    @Test func lateTimersAndEventsChangeNothing() throws {
        var bench = try CarBench.bench(CarBench.ac())
        for timer in SessionTimer.allCases { bench.driver.handle(.timerFired(timer), at: .zero) }
        bench.driver.handle(.signed(.success([1])), at: .zero)
        bench.driver.handle(.installed(.failure(InstallationFailure("late"))), at: .zero)
        #expect(bench.driver.sent.isEmpty && bench.driver.end == nil)
        bench.run()
        #expect(bench.outcome == .completed)
        let count = bench.driver.sent.count
        for timer in SessionTimer.allCases { bench.driver.handle(.timerFired(timer), at: bench.clock) }
        bench.driver.handle(.linkLost("late"), at: bench.clock)
        bench.driver.handle(.userRequest(.stop), at: bench.clock)
        bench.driver.handle(.start, at: bench.clock)
        #expect(bench.driver.sent.count == count)
    }
}

@Suite struct ISO20EVCCIdentificationTests {
    @Test(arguments: ISO20.ResponseCode.allCases.filter { $0.family == .warning })
    func aWarningFallsBackToExternalIdentification(code: ISO20.ResponseCode) throws {
        var bench = try CarBench.bench(CarBench.ac())
        var isFirst = true
        bench.station.bend = { pair, message in
            guard pair == .authorization, isFirst else { return message }
            isFirst = false
            return message.with(code: code)
        }
        bench.run()
        #expect(bench.outcome == .completed)
        let selected = bench.requests(.authorization).compactMap { message -> ISO20Common.Authorization? in
            if case .common(.authorizationReq(let request)) = message {
                request.selectedAuthorizationService
            } else {
                nil
            }
        }
        #expect(selected == [.pnC, .eim])
    }

    @Test func withoutAnotherMethodAWarningEndsTheSessionInOrder() throws {
        for (method, code) in [
            (AuthorizationMethod.plugAndCharge, ISO20.ResponseCode.warningCertificateRevoked),
            (.external, .warningEIMAuthorizationFailure),
        ] {
            var bench = try CarBench.bench(CarBench.ac(), .scheduled, [method])
            bench.station.bend = { $0 == .authorization ? $1.with(code: code) : $1 }
            bench.run()
            #expect(bench.outcome == .refused)
            #expect(bench.driver.names.last == "SessionStopReq")
            #expect(bench.requests(.authorization).count == 1)
        }
    }

    @Test func aKeyThatFailsFallsBack() throws {
        var bench = try CarBench.bench(CarBench.ac())
        bench.driver.brokenKeys = [.contract]
        bench.run()
        #expect(bench.outcome == .completed)
        #expect(bench.driver.warnings.contains { $0.contains("the token is gone") })
    }

    @Test func offersThatContradictThemselvesAreBreaches() throws {
        for hasChallenge in [true, false] {
            var bench = try CarBench.bench(CarBench.ac())
            bench.station.bend = { pair, message in
                guard case .common(.authorizationSetupRes(var response)) = message else { return message }
                response.authorizationServices = .init(unchecked: [hasChallenge ? .eim : .pnC])
                response.asResAuthorizationMode =
                    hasChallenge
                    ? .pncASResAuthorizationMode(
                        .init(genChallenge: .init(unchecked: [UInt8](repeating: 1, count: 16))))
                    : .eimASResAuthorizationMode(.init())
                return .common(.authorizationSetupRes(response))
            }
            bench.run()
            #expect(bench.outcome == .protocolError)
        }
    }

    @Test func aCarWithoutAContractTakesExternalIdentificationOrLeaves() throws {
        for methods in [[AuthorizationMethod.plugAndCharge, .external], [.plugAndCharge]] {
            var bench = try CarBench.bench(CarBench.ac(), .scheduled, methods) {
                $0.contract = nil
                $0.contractKey = nil
                $0.installation = .never
            }
            bench.run()
            #expect(bench.outcome == (methods.count == 2 ? .completed : .refused))
        }
    }

    @Test func p256IsForTheQuirkOnly() throws {
        let key = try SoftwareKey.generate(.p256).publicKey
        for hasQuirk in [true, false] {
            for allows in [true, false] {
                var profile = try VehiclePKI.shared.get().profile(CarBench.ac(), .scheduled, [.plugAndCharge])
                profile.contractKey = key
                if hasQuirk { profile.quirks = [.josev] }
                let verifier = MessageSignatureVerifier(
                    profile: SignatureProfile(edition: .iso20, allowsP256InEdition20: allows))
                var car = ISO20EVCC(profile: profile, link: CarBench.link, signatures: verifier)
                var station = ScriptedStation()
                let moment = SessionMoment(uptime: .zero, wall: try VehiclePKI.shared.get().now)
                var actions = car.handle(.start, at: moment)
                for _ in 0..<2 {
                    for case .send(let message) in actions {
                        let response = station.answer(message, at: moment.wall)
                        actions = car.handle(.received(try #require(response)), at: moment)
                    }
                }
                let signs = actions.contains { if case .sign = $0 { true } else { false } }
                #expect(signs == (hasQuirk && allows))
                #expect(
                    actions.contains { if case .note(.quirkUsed(.josev, _)) = $0 { true } else { false } } == signs)
            }
        }
    }

    @Test func installationRequestsAreSignedAndRepeated() throws {
        var bench = try CarBench.bench(CarBench.ac()) { $0.installation = .always }
        bench.station.installs = true
        bench.station.ongoing[.certificateInstallation] = 3
        bench.run()
        #expect(bench.outcome == .completed, "a failed installation leaves the old contract")
        let requests = bench.requests(.certificateInstallation)
        #expect(requests.count == 4)
        #expect(bench.driver.installations.count == 1)
        for case .common(.certificateInstallationReq(let request)) in requests {
            _ = try bench.driver.pki.verifier.verify(
                request.header.signature,
                over: [.oemProvisioningCertificateChain(request.oemProvisioningCertificateChain)],
                by: bench.driver.pki.provisioning[0].key.publicKey)
            #expect(request.maximumContractCertificateChains == 3)
        }
    }

    @Test func installationIsAskedForAsWished() throws {
        for (wish, hasContract, isExpected) in [
            (InstallationWish.always, true, true), (.whenMissing, true, false), (.whenMissing, false, true),
            (.never, false, false),
        ] {
            var bench = try CarBench.bench(CarBench.ac()) {
                $0.installation = wish
                if !hasContract {
                    $0.contract = nil
                    $0.contractKey = nil
                }
            }
            bench.station.installs = true
            bench.run()
            #expect(!bench.requests(.certificateInstallation).isEmpty == isExpected)
            #expect(bench.outcome == .completed)
        }
    }

    @Test(arguments: [
        ISO20.ResponseCode.warningNoContractMatchingPCIDFound, .warningNoCertificateAvailable,
        .warningCertificateRevoked,
    ])
    func noContractWaits(code: ISO20.ResponseCode) throws {
        var bench = try CarBench.bench(CarBench.ac()) { $0.installation = .always }
        bench.station.installs = true
        bench.station.bend = { $0 == .certificateInstallation ? $1.with(code: code) : $1 }
        bench.run()
        #expect(bench.outcome == .completed)
        #expect(bench.driver.installations.isEmpty)
    }
}

@Suite struct ISO20EVCCResumeTests {
    private func paused() throws -> PausedSession<ISO20Edition> {
        var bench = try CarBench.bench(CarBench.dc()) { $0.pausesAfterLoops = 2 }
        bench.run()
        #expect(bench.outcome == .paused)
        #expect(bench.driver.names.last == "SessionStopReq")
        return try #require(bench.driver.kept.first)
    }

    @Test func aJoinedSessionGoesStraightToItsParameters() throws {
        let paused = try paused()
        var bench = try CarBench.bench(CarBench.dc(), resume: paused)
        bench.station.setupCode = .okOldSessionJoined
        bench.station.tuples = [ScriptedStation.tuple(4, watts: 90_000), ScriptedStation.tuple(1, watts: 10_000)]
        bench.run()
        #expect(bench.outcome == .completed)
        #expect(bench.path.prefix(2) == ["SessionSetup", "DC_ChargeParameterDiscovery"])
        #expect(bench.driver.forgotten == [paused.id])
        guard case .common(.powerDeliveryReq(let request))? = bench.requests(.powerDelivery).first,
            case .scheduledEVPPTControlMode(let mode)? = request.evPowerProfile?.evPPTControlMode
        else {
            Issue.record("no profile")
            return
        }
        #expect(mode.selectedScheduleTupleID.value == 1, "the tuple of before")
    }

    @Test func aNewSessionPurgesTheOld() throws {
        let paused = try paused()
        var bench = try CarBench.bench(CarBench.dc(), resume: paused)
        bench.station.id = try #require(V2GSessionID([8, 8, 8, 8, 8, 8, 8, 8]))
        bench.run()
        #expect(bench.driver.forgotten == [paused.id])
        #expect(bench.path.contains("Authorization"))
        #expect(bench.outcome == .completed)
    }

    @Test func anotherStationIsNotAskedToJoin() throws {
        let paused = try paused()
        for digest in [[UInt8](repeating: 1, count: 64), nil] {
            var bench = try CarBench.bench(
                CarBench.dc(), resume: paused, link: SessionLink(security: .tls13, peerLeafDigest: digest))
            bench.run()
            guard case .common(.sessionSetupReq(let request))? = bench.driver.sent.first else {
                Issue.record("no request")
                return
            }
            #expect(request.header.session.isZero)
            #expect(bench.driver.forgotten == [paused.id])
        }
    }

    @Test func stationsDoNotJoinWhatWasNotAsked() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.setupCode = .okOldSessionJoined
        bench.run()
        #expect(bench.outcome == .protocolError)
        let paused = try paused()
        var other = try CarBench.bench(CarBench.dc(), resume: paused)
        other.station.setupCode = .okOldSessionJoined
        other.station.id = try #require(V2GSessionID([8, 8, 8, 8, 8, 8, 8, 8]))
        other.run()
        #expect(other.outcome == .protocolError)
    }

    @Test func aZeroSessionIsNone() throws {
        var bench = try CarBench.bench(CarBench.dc())
        bench.station.id = .zero
        bench.run()
        #expect(bench.outcome == .protocolError)
    }
}
