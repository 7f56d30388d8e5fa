import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing
import V2GFraming

@testable import V2GTransport

/// Discovery over `::1`, by unicast; multicast is tested between namespaces.
@Suite struct SDPTests {
    private static let answer = SDPResponse(
        address: IPv6Address(high: 0xfe80_0000_0000_0000, low: 7), port: 50_000, security: .tls)
    private let loop = NIOSingletons.posixEventLoopGroup.next()

    private func server(
        _ handlers: SDPHandlers = SDPHandlers { _, _ in SDPTests.answer },
        _ change: (inout SDPServerSettings) -> Void = { _ in }
    ) async throws -> SDPServer {
        var settings = SDPServerSettings(place: .address(loopback))
        settings.port = 0
        change(&settings)
        return try await SDPServer.start(settings, handlers, on: loop, logger: LogCounter().logger).get()
    }

    private func endpoint(of server: SDPServer) throws -> LinkEndpoint {
        LinkEndpoint(address: loopback, scope: 0, port: try #require(server.port))
    }

    private func datagram(_ message: SDPMessage) throws -> [UInt8] { try message.datagram() }

    @Test func requestIsAnsweredToItsSource() async throws {
        let server = try await server(
            SDPHandlers { request, source in
                #expect(request.security == .none)
                #expect(source.address == loopback)
                return SDPTests.answer
            })
        let client = try await UDPClient.open()
        try await client.send(try datagram(.request(SDPRequest(security: .none))), to: endpoint(of: server))
        let expected = try datagram(.response(Self.answer))
        try await eventually("the answer comes") { client.received == [expected] }
        #expect(server.counters.answered == 1)
        try await client.close()
        try await server.stop().get()
    }

    @Test(
        """
        [TC_SECC_CMN_VTB_SDP_002] [TC_SECC_CMN_VTB_SDP_003] [TC_SECC_CMN_VTB_V2GTPSDP_001] [TC_SECC_CMN_VTB_V2GTPSDP_002]
        [TC_SECC_CMN_VTB_V2GTPSDP_003] [TC_SECC_CMN_VTB_V2GTPSDP_004] [TC_SECC_CMN_VTB_V2GTPSDP_005] wrong datagrams are
        ignored and the next request is answered
        """)
    func wrongDatagramsAreIgnoredAndTheNextRequestIsAnswered() async throws {
        let server = try await server()
        let client = try await UDPClient.open()
        let good = try datagram(.request(SDPRequest(security: .tls)))
        var wrong: [[UInt8]] = [[], [0x01], good.dropLast(), good + [0], [UInt8](repeating: 0xff, count: 1400)]
        for index in 0..<8 {
            var changed = good
            changed[index] ^= 0x55
            wrong.append(changed)
        }
        // Length 0, an unknown type, version 0xFF, inverse 0xFF.
        for header: [UInt8] in [
            [0x01, 0xfe, 0x90, 0, 0, 0, 0, 0], [0x01, 0xfe, 0x70, 0, 0, 0, 0, 2], [0xff, 0xfe, 0x90, 0, 0, 0, 0, 2],
            [0x01, 0xff, 0x90, 0, 0, 0, 0, 2],
        ] { wrong.append(header + good.suffix(2)) }
        wrong.append(good.dropLast(2) + [0x01, 0x00])  // Security byte that means nothing.
        wrong.append(good.dropLast(2) + [0x00, 0x10])  // UDP, which is reserved.
        wrong.append(good.dropLast(2) + [0x00, 0x05])  // Transport byte that means nothing.
        wrong.append(try datagram(.response(Self.answer)))
        let to = try endpoint(of: server)
        for datagram in wrong { try await client.send(datagram, to: to) }
        try await client.send(good, to: to)
        let expected = try datagram(.response(Self.answer))
        try await eventually("one answer comes") { client.received == [expected] }
        try await Task.sleep(for: .milliseconds(30))
        #expect(client.received == [expected])
        let counters = server.counters
        #expect(counters.received == UInt64(wrong.count + 1))
        #expect(counters.ignored[.badFrame] == UInt64(wrong.count - 2))
        #expect(counters.ignored[.transportNotTCP] == 1)
        #expect(counters.ignored[.notARequest] == 1)
        try await client.close()
        try await server.stop().get()
    }

    @Test func wirelessAndProviderRequestsAreIgnoredWithoutAHandler() async throws {
        let wireless = SDPWirelessRequest(
            security: .tls, pairingMethods: SDPPairingMethods(rawValue: 1), couplingType: SDPCouplingType(rawValue: 1))
        let deaf = try await server()
        let client = try await UDPClient.open()
        try await client.send(try datagram(.wirelessRequest(wireless)), to: endpoint(of: deaf))
        try await client.send(try datagram(.emspRequest(SDPEMSPRequest())), to: endpoint(of: deaf))
        try await eventually("both are counted") { deaf.counters.ignored[.noHandler] == 2 }
        #expect(client.received.isEmpty)

        var handlers = SDPHandlers { _, _ in nil }
        handlers.answerWireless = { request, _ in
            SDPWirelessResponse(
                endpoint: SDPTests.answer, diagStatus: .ongoing, couplingType: request.couplingType)
        }
        handlers.answerEMSP = { _, _ in SDPEMSPResponse(address: SDPTests.answer.address, port: 50_000) }
        let able = try await server(handlers)
        try await client.send(try datagram(.wirelessRequest(wireless)), to: endpoint(of: able))
        try await client.send(try datagram(.emspRequest(SDPEMSPRequest())), to: endpoint(of: able))
        try await eventually("both are answered") { client.received.count == 2 }
        try await client.close()
        try await deaf.stop().get()
        try await able.stop().get()
    }

    @Test func pausedServerIsSilentUntilItGoesOn() async throws {
        let server = try await server()
        let client = try await UDPClient.open()
        let request = try datagram(.request(SDPRequest(security: .tls)))
        server.isPaused = true
        try await client.send(request, to: endpoint(of: server))
        try await eventually("it is counted") { server.counters.ignored[.paused] == 1 }
        server.isPaused = false
        try await client.send(request, to: endpoint(of: server))
        try await eventually("the answer comes") { client.received.count == 1 }
        try await client.close()
        try await server.stop().get()
    }

    @Test func closureThatDeclinesGivesNoAnswer() async throws {
        let server = try await server(SDPHandlers { _, _ in nil })
        let client = try await UDPClient.open()
        try await client.send(try datagram(.request(SDPRequest(security: .tls))), to: endpoint(of: server))
        try await eventually("it is counted") { server.counters.ignored[.declined] == 1 }
        #expect(client.received.isEmpty)
        try await client.close()
        try await server.stop().get()
    }

    @Test("[X_SECC_SDP_SDP_001] flood of one source is bounded") func floodOfOneSourceIsBounded() async throws {
        let server = try await server {
            $0.burstPerSource = 10
            $0.answersPerSecondAndSource = 1
        }
        let client = try await UDPClient.open()
        let request = try datagram(.request(SDPRequest(security: .tls)))
        for _ in 0..<2000 { try await client.send(request, to: endpoint(of: server)) }
        try await eventually("the flood is through") { (server.counters.ignored[.rateLimited] ?? 0) > 500 }
        #expect(server.counters.answered >= 10)
        #expect(server.counters.answered < 20)
        try await client.close()
        try await server.stop().get()
    }

    @Test func secondServerOnThePortIsRefusedWithAReason() async throws {
        let first = try await server()
        let port = try #require(first.port)
        let error = await #expect(throws: TransportError.self) { _ = try await server { $0.port = port } }
        #expect(error?.code == .addressInUse)
        try await first.stop().get()
    }

    @Test func serverWhoseSocketClosesByItselfAnswersAgain() async throws {
        let holder = try await UDPClient.open()
        let port = holder.port
        try await holder.close()
        let server = try await server {
            $0.port = port
            $0.watchInterval = .milliseconds(20)
        }
        try await server.socket?.close().get()
        try await eventually("the socket is there again") { server.port == port }
        let client = try await UDPClient.open()
        try await client.send(try datagram(.request(SDPRequest(security: .tls))), to: endpoint(of: server))
        try await eventually("the answer comes") { client.received.count == 1 }
        try await client.close()
        try await server.stop().get()
        try await Task.sleep(for: .milliseconds(60))
        #expect(server.socket == nil)
    }

    // MARK: The car

    private func client(of port: UInt16) -> SDPClient {
        var client = SDPClient(place: .address(loopback))
        client.destination = LinkEndpoint(address: loopback, scope: 0, port: port)
        client.responseTimeout = .milliseconds(250)
        client.maximumRequests = 4
        return client
    }

    @Test func carFindsTheStation() async throws {
        let server = try await server()
        let outcome = try await client(of: try #require(server.port)).discover(
            .tls, on: loop, logger: LogCounter().logger
        ).get()
        guard case .found(let answer) = outcome else {
            Issue.record("no station: \(outcome)")
            return
        }
        #expect(answer.station.address == Self.answer.address && answer.station.port == 50_000)
        #expect(answer.security == .tls && !answer.isPortOutOfRange)
        try await server.stop().get()
    }

    @Test func carAsksAgainUntilAnAnswerComes() async throws {
        let asked = Atomic<Int>(0)
        let server = try await server(
            SDPHandlers { _, _ in
                asked.wrappingAdd(1, ordering: .relaxed).newValue == 3 ? SDPTests.answer : nil
            })
        let outcome = try await client(of: try #require(server.port)).discover(
            .tls, on: loop, logger: LogCounter().logger
        ).get()
        guard case .found(let answer) = outcome else {
            Issue.record("no station: \(outcome)")
            return
        }
        #expect(answer.requests >= 3)
        #expect(answer.elapsed >= .milliseconds(490))
        try await server.stop().get()
    }

    @Test func carGivesUpAfterTheLastTry() async throws {
        let silent = try await server(SDPHandlers { _, _ in nil })
        let start = ContinuousClock.now
        let outcome = try await client(of: try #require(silent.port)).discover(
            .tls, on: loop, logger: LogCounter().logger
        ).get()
        guard case .notFound(let failure) = outcome else {
            Issue.record("a station, where none is: \(outcome)")
            return
        }
        #expect(failure.reason == .noAnswer && failure.requests == 4)
        #expect(ContinuousClock.now - start >= .milliseconds(990))
        try await eventually("all requests have come") { silent.counters.received == 4 }
        try await silent.stop().get()
    }

    @Test func carRejectsWrongAnswersAndTakesAValidOneBehindThem() async throws {
        let valid = try datagram(.response(Self.answer))
        let wrong: [[UInt8]] = [
            Array("nonsense".utf8), try datagram(.request(SDPRequest(security: .tls))), valid.dropLast(),
            valid.dropLast() + [0x10],
        ]
        for (answers, isFound) in [(wrong, false), (wrong + [valid], true)] {
            let station = try await UDPClient.open(answering: answers)
            let outcome = try await client(of: station.port).discover(.tls, on: loop, logger: LogCounter().logger).get()
            switch outcome {
            case .found:
                #expect(isFound)
            case .notFound(let failure):
                #expect(!isFound)
                #expect(failure.reason == .onlyInvalidAnswers)
                // Each request has four answers; on a busy machine the last ones may come too late to count.
                #expect(failure.rejected[.badFrame, default: 0] >= 2)
                #expect(failure.rejected[.notAResponse, default: 0] >= 1)
                #expect(failure.rejected[.transportNotTCP, default: 0] >= 1)
            }
            try await station.close()
        }
    }

    @Test func portOutsideOfTheRangeIsTakenAndReportedOrRefused() async throws {
        let odd = SDPResponse(address: Self.answer.address, port: 15118, security: .tls)
        let server = try await server(SDPHandlers { _, _ in odd })
        var client = client(of: try #require(server.port))
        let logger = LogCounter().logger
        guard case .found(let answer) = try await client.discover(.tls, on: loop, logger: logger).get() else {
            Issue.record("no station")
            return
        }
        #expect(answer.isPortOutOfRange)
        client.takesAnyPort = false
        guard case .notFound(let failure) = try await client.discover(.tls, on: loop, logger: logger).get() else {
            Issue.record("a station, where none is allowed")
            return
        }
        #expect(failure.reason == .onlyInvalidAnswers)
        #expect(failure.rejected[.portOutOfRange, default: 0] >= 1 && failure.rejected.count == 1)
        try await server.stop().get()
    }

    @Test func missingInterfaceIsReportedAndNotThrown() async throws {
        let client = SDPClient(place: .interface("nowhere0"))
        guard case .notFound(let failure) = try await client.discover(.tls, on: loop, logger: LogCounter().logger).get()
        else {
            Issue.record("a station, where none is")
            return
        }
        #expect(failure.reason == .networkUnavailable)
        #expect(failure.message.contains("nowhere0"))
    }
}
