import Testing
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GSession
import V2GSessionISO20
import V2GSignatures

/// Whole sessions, and their begin, pause and end.
@Suite struct SECCSessionTests {
    @Test("a session of every kind goes from setup to stop", arguments: TestSetup.all)
    func wholeSession(_ setup: TestSetup) throws {
        var drive = try StationDrive(setup)
        try drive.reach(.sessionStop)
        let step = try drive.perform(.sessionStop)
        #expect(step.code == .ok)
        #expect(step.end?.outcome == .completed)
        #expect(step.end?.linger == .seconds(5))
        let energized = drive.commands.contains {
            switch $0 {
            case .closeContactor, .limitAC, .deliverDC, .deliverAC: true
            case .startIsolationTest, .preCharge, .stop, .pilotOff, .pilotOn: false
            }
        }
        #expect(energized)
        #expect(drive.commands.suffix(2) == [.stop, .pilotOff])
    }

    @Test("no contactor, isolation test or pre-charge before authorization", arguments: TestSetup.all)
    func nothingBeforeAuthorization(_ setup: TestSetup) throws {
        var drive = try StationDrive(setup)
        try drive.reach(.authorization)
        for pair in [ISO20Pair.dcCableCheck, .dcPreCharge, .powerDelivery, .dcChargeLoop, .acChargeLoop] {
            var attempt = drive
            attempt.send(try attempt.car.request(pair))
            #expect(attempt.commands.allSatisfy { $0 == .stop || $0 == .pilotOff })
        }
    }

    @Test(
        "[X_SECC_-20_TLS_009] -20 over anything but TLS 1.3 ends before the first request",
        arguments: [SessionLink.Security.plain, .tls12])
    func needsTLS13(_ security: SessionLink.Security) throws {
        let pki = try StationPKI.shared.get()
        var core = ISO20SECC(
            offer: try TestSetup().offer, link: SessionLink(security: security),
            signatures: .init(profile: pki.profile))
        let step = Step(actions: core.begin(at: SessionMoment(uptime: .zero, wall: pki.now)))
        #expect(step.end?.outcome == .protocolError)
    }

    @Test("an unknown session identifier gets a new session, never UnknownSession")
    func unknownIdentifier() throws {
        var drive = try StationDrive()
        let asked = V2GSessionID.drawn(from: .system)
        drive.car.session = asked
        let step = try drive.perform(.sessionSetup)
        #expect(step.code == .okNewSessionEstablished)
        #expect(drive.car.session != asked)
    }

    private func paused(_ setup: TestSetup = TestSetup()) throws -> (StationDrive, PausedSession<ISO20Edition>) {
        var drive = try StationDrive(setup)
        try drive.reach(.sessionStop)
        let step = drive.send(drive.car.stop(.pause))
        #expect(step.code == .ok)
        #expect(step.end?.outcome == .paused)
        return (drive, try #require(drive.kept.first))
    }

    @Test(
        "[X_SECC_-20_SessionStop_005] a paused session is joined again, and goes on with the charge parameters",
        arguments: [TestSetup(), TestSetup(isDC: false, isDynamic: true, isContract: true)])
    func resume(_ setup: TestSetup) throws {
        let (before, kept) = try paused(setup)
        #expect(kept.selections.service == setup.service)
        #expect(kept.selections.isDynamic == setup.isDynamic)
        var drive = try StationDrive(setup, paused: kept)
        drive.car.session = before.car.session
        let step = try drive.perform(.sessionSetup)
        #expect(step.code == .okOldSessionJoined)
        #expect(drive.car.session == before.car.session)
        #expect(step.actions.contains { if case .forgetPaused(kept.id) = $0 { true } else { false } })
        for pair in setup.sequence.drop(while: { $0.pair != setup.cpd }).compactMap(\.pair).prefix(while: {
            $0 != setup.loop
        }) {
            #expect(try drive.perform(pair).code == .ok)
        }
        #expect(try drive.perform(setup.loop).code == .ok)
    }

    @Test(
        "a joined session has one way only", arguments: [ISO20Pair.authorizationSetup, .serviceDiscovery, .sessionStop])
    func resumedSequence(_ pair: ISO20Pair) throws {
        let (before, kept) = try paused()
        var drive = try StationDrive(paused: kept)
        drive.car.session = before.car.session
        try drive.perform(.sessionSetup)
        #expect(drive.send(try drive.car.request(pair)).code == .failedSequenceError)
    }

    @Test(
        "another vehicle certificate, or none, does not join a paused session",
        arguments: [[UInt8](repeating: 8, count: 64), nil])
    func foreignResume(_ digest: [UInt8]?) throws {
        let (before, kept) = try paused()
        var drive = try StationDrive(link: SessionLink(security: .tls13, peerLeafDigest: digest), paused: kept)
        drive.car.session = before.car.session
        let step = try drive.perform(.sessionSetup)
        #expect(step.code == .okNewSessionEstablished)
        #expect(drive.car.session != kept.id)
        #expect(step.hasSecurityEvent)
    }

    @Test("a paused session whose service is gone becomes a new one")
    func serviceGone() throws {
        let (before, kept) = try paused(TestSetup(isBidirectional: true))
        var drive = try StationDrive(paused: kept)
        drive.car.session = before.car.session
        #expect(try drive.perform(.sessionSetup).code == .okNewSessionEstablished)
    }

    @Test("a pause is refused where it is not supported, not bound, or too early")
    func pauseRefused() throws {
        var unsupported = try StationDrive { $0.supportsPause = false }
        try unsupported.reach(.sessionStop)
        #expect(unsupported.send(unsupported.car.stop(.pause)).code == .failedPauseNotAllowed)
        var unbound = try StationDrive(link: SessionLink(security: .tls13))
        try unbound.reach(.sessionStop)
        #expect(unbound.send(unbound.car.stop(.pause)).code == .failedPauseNotAllowed)
        var early = try StationDrive()
        try early.reach(.dcCableCheck)
        #expect(early.send(early.car.stop(.pause)).code == .failedPauseNotAllowed)
        #expect(unsupported.kept.isEmpty && unbound.kept.isEmpty && early.kept.isEmpty)
    }

    @Test("services are renegotiated in the same session, without a new authorization")
    func serviceRenegotiation() throws {
        var drive = try StationDrive(TestSetup(isBidirectional: true))
        try drive.reach(.sessionStop)
        let step = drive.send(drive.car.stop(.serviceRenegotiation))
        #expect(step.code == .ok)
        #expect(step.end == nil)
        for pair in drive.car.setup.sequence.compactMap(\.pair).drop(while: { $0 != .serviceDiscovery })
            .prefix(while: { $0 != .dcWeldingDetection })
        {
            #expect(try drive.perform(pair).code == .ok, "\(pair)")
        }
    }

    @Test("a service renegotiation is refused where it is not supported, or too early")
    func serviceRenegotiationRefused() throws {
        var unsupported = try StationDrive { $0.supportsServiceRenegotiation = false }
        try unsupported.reach(.sessionStop)
        #expect(
            unsupported.send(unsupported.car.stop(.serviceRenegotiation)).code == .failedNoServiceRenegotiationSupported
        )
        var early = try StationDrive()
        try early.reach(.serviceDiscovery)
        #expect(early.send(early.car.stop(.serviceRenegotiation)).code == .failed)
    }

    @Test("a car that leaves before charging is let go")
    func earlyStop() throws {
        for pair in [
            ISO20Pair.authorizationSetup, .authorization, .serviceDiscovery, .serviceDetail, .serviceSelection,
            .dcChargeParameterDiscovery, .scheduleExchange, .dcCableCheck, .dcPreCharge, .powerDelivery,
        ] {
            var drive = try StationDrive()
            try drive.reach(pair)
            let step = drive.send(drive.car.stop(.terminate))
            #expect(step.code == .ok, "\(pair)")
            #expect(step.end?.outcome == .stopped)
        }
    }

    @Test("SessionStop out of the charge loop ends safely, as a sequence error")
    func stopInLoop() throws {
        var drive = try StationDrive()
        try drive.reach(.dcChargeLoop)
        let step = drive.send(drive.car.stop(.terminate))
        #expect(step.code == .failedSequenceError)
        #expect(step.power.first == .stop)
    }

    @Test("a response from a car, or an element that is no message, closes without an answer")
    func nonsense() throws {
        var drive = try StationDrive()
        try drive.reach(.serviceDiscovery)
        let response = ISO20Edition.Message.common(
            .sessionStopRes(.init(header: drive.car.header, responseCode: .ok)))
        var other = drive
        #expect(drive.send(response).end?.outcome == .protocolError)
        #expect(other.send(.common(.timeStamp(1))).end?.outcome == .protocolError)
    }

    @Test(
        "a lost connection turns the outlet off, wherever it happens",
        arguments: TestSetup().sequence.compactMap(\.pair))
    func linkLost(_ pair: ISO20Pair) throws {
        var drive = try StationDrive()
        try drive.reach(pair)
        let step = drive.event(.linkLost("reset"))
        #expect(step.end?.outcome == .linkLost)
        #expect(step.power == [.stop, .pilotOff])
        #expect(drive.event(.linkLost("again")).actions.isEmpty)
    }
}
