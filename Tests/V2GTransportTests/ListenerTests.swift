import Foundation
import NIOCore
import NIOPosix
import Testing
import V2GFraming

@testable import V2GTransport

/// Who is let in, and what those cost who say nothing.
@Suite(.serialized) struct ListenerTests {
    @Test func plainOnATLSOnlyPortIsClosedWithoutAnAnswer() async throws {
        let station = try await Station.start(security: .tlsOnly, cipher: { throw TransportError(.stopped, "unused") })
        let client = try await station.client()
        try await client.send(try bytes(frame("plain")))
        try await eventually("the station closes") { client.isInputClosed }
        #expect(client.received.isEmpty)
        try await eventually("the refusal is told") { station.recorder.refusals == [.plainRefused] }
        #expect(station.recorder.connected == 0)
        try await station.stop()
    }

    @Test(arguments: [SecurityPolicy.plainOnly, .either])
    func tlsOnAPortWithoutTLSIsClosedWithoutAnAnswer(_ policy: SecurityPolicy) async throws {
        let station = try await Station.start(security: policy)
        let client = try await station.client()
        try await client.send([0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5])
        try await eventually("the station closes") { client.isInputClosed }
        #expect(client.received.isEmpty)
        try await eventually("the refusal is told") { station.recorder.refusals == [.tlsRefused] }
        #expect(try await station.isServing())
        try await station.stop()
    }

    @Test(arguments: [0x00, 0x02, 0x17, 0x47, 0xff] as [UInt8])
    func otherFirstBytesAreClosedWithoutAnAnswer(_ first: UInt8) async throws {
        let station = try await Station.start()
        let client = try await station.client()
        try await client.send([first, 0xfe, 0x80, 0x01])
        try await eventually("the station closes") { client.isInputClosed }
        #expect(client.received.isEmpty)
        try await eventually("the refusal is told") { station.recorder.refusals == [.unknownProtocol] }
        try await station.stop()
    }

    @Test func connectionWithoutAByteIsDroppedInTime() async throws {
        let station = try await Station.start { $0.link.handshakeTimeout = .milliseconds(80) }
        let client = try await station.client()
        try await eventually("the station closes") { client.isInputClosed }
        try await eventually("the refusal is told") { station.recorder.refusals == [.handshakeTimeout] }
        try await station.stop()
    }

    @Test func connectionWithoutAWholeFirstFrameIsDroppedInTime() async throws {
        let station = try await Station.start { $0.link.firstFrameTimeout = .milliseconds(80) }
        let client = try await station.client()
        try await client.send([0x01, 0xfe])
        try await eventually("the station closes") { client.isInputClosed }
        try await eventually("the refusal is told") { station.recorder.refusals == [.firstFrameTimeout] }
        #expect(station.recorder.reasons == [.firstFrameTimeout])
        try await station.stop()
    }

    @Test func thousandHalfOpenConnectionsDoNotHurtAnEstablishedOne() async throws {
        let station = try await Station.start {
            $0.limits.halfOpen = 64
            $0.limits.halfOpenPerSource = 1000
            $0.limits.connections = 100
        }
        let session = try await station.client()
        var sent = try bytes(frame("before the flood"))
        try await session.send(sent)
        try await eventually("the session stands") { session.received == sent }
        #expect(try await station.isServing())

        var flood: [RawClient] = []
        for number in 0..<1000 {
            let client = try await station.client()
            // Half of them say something: a few bytes of a frame, or of a TLS record.
            if number % 4 == 1 { try? await client.send([0x01, 0xfe, 0x80]) }
            flood.append(client)
            retire(&flood, keeping: 128)
            if number % 100 == 50 {
                let message = try bytes(frame("during the flood \(number)"))
                try await session.send(message)
                sent += message
                #expect(try await station.isServing())
            }
        }
        try await eventually("the session goes on") { session.received == sent }
        let counters = station.listener.counters
        #expect(counters.halfOpen <= 64)
        #expect(counters.live <= 12)
        #expect(counters.evicted >= 900)

        for client in flood { client.channel.close(promise: nil) }
        try await eventually("the places are free again") { station.listener.counters.halfOpen == 0 }
        try await session.send(try bytes(frame("after")))
        sent += try bytes(frame("after"))
        try await eventually("the session still goes on") { session.received == sent }
        try await station.stop()
    }

    @Test func establishedSessionsAreNeverDroppedForNewConnections() async throws {
        let station = try await Station.start { $0.limits.connections = 3 }
        var sessions: [RawClient] = []
        let hello = try bytes(frame("hello"))
        for _ in 0..<3 {
            let client = try await station.client()
            try await client.send(hello)
            try await eventually("the session stands") { client.received == hello }
            sessions.append(client)
        }
        let late = try await station.client()
        try await eventually("the late one is turned away") { late.isInputClosed }
        #expect(station.listener.counters.turnedAway == 1)
        for session in sessions {
            try await session.send(hello)
            try await eventually("the sessions go on") { session.received == hello + hello }
        }
        try await sessions[0].close()
        try await eventually("a place is free") { station.listener.counters.live == 2 }
        #expect(try await station.isServing())
        try await station.stop()
    }

    @Test func thousandConnectionsWithImmediateCloseGiveFewLogLines() async throws {
        let station = try await Station.start()
        for _ in 0..<1000 {
            let client = try await station.client()
            client.channel.close(promise: nil)
        }
        try await eventually("all are gone") {
            let counters = station.listener.counters
            return counters.accepted == 1000 && counters.halfOpen == 0
        }
        #expect(station.logs.count < 40)
        try await station.stop()
    }

    @Test func twoPortsServeAndTheLinkKnowsWhich() async throws {
        let station = try await Station.start { $0.ports = [.dynamic(preferred: nil), .dynamic(preferred: nil)] }
        let endpoints = station.listener.endpoints
        #expect(endpoints.count == 2 && endpoints[0].port != endpoints[1].port)
        #expect(endpoints.allSatisfy { SDP.dynamicPorts.contains($0.port) })
        for endpoint in endpoints {
            let client = try await RawClient.connect(to: endpoint)
            let hello = try bytes(frame("hello"))
            try await client.send(hello)
            try await eventually("the echo comes back") { client.received == hello }
            try await client.close()
        }
        try await station.stop()
    }

    @Test func preferredDynamicPortIsKeptWhenFreeAndReplacedWhenTaken() async throws {
        let first = try await Station.start()
        let port = first.endpoint.port
        let second = try await Station.start { $0.ports = [.dynamic(preferred: port)] }
        #expect(second.endpoint.port != port)
        try await first.stop()
        let third = try await Station.start { $0.ports = [.dynamic(preferred: port)] }
        #expect(third.endpoint.port == port)
        try await second.stop()
        try await third.stop()
    }

    @Test func takenFixedPortIsAnErrorThatNamesIt() async throws {
        let first = try await Station.start()
        let port = first.endpoint.port
        let error = await #expect(throws: TransportError.self) {
            _ = try await Station.start { $0.ports = [.fixed(port)] }
        }
        #expect(error?.code == .addressInUse)
        #expect(error?.message.contains("\(port)") == true)
        try await first.stop()
    }

    @Test func tlsOnlyWithoutCertificatesIsABadSetting() async throws {
        let error = await #expect(throws: TransportError.self) { _ = try await Station.start(security: .tlsOnly) }
        #expect(error?.code == .badSetting)
    }

    @Test func stoppedListenerRefusesNewConnectionsAndKeepsOldOnes() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        let hello = try bytes(frame("hello"))
        try await client.send(hello)
        try await eventually("the echo comes back") { client.received == hello }
        let endpoint = station.endpoint
        try await station.stop()
        await #expect(throws: (any Error).self) { _ = try await RawClient.connect(to: endpoint) }
        try await client.send(hello)
        try await eventually("the session goes on") { client.received == hello + hello }
        try await client.close()
    }

    @Test func listenerWhoseSocketClosesByItselfListensAnew() async throws {
        let station = try await Station.start { $0.watchInterval = .milliseconds(20) }
        let first = station.endpoint
        let server = station.listener.servers[0]
        try await server.close().get()
        try await eventually("it listens anew") {
            station.listener.servers.first.map { $0 !== server } == true && !station.listener.endpoints.isEmpty
        }
        #expect(try await station.isServing())
        #expect(station.listener.servers.count == 1 && first.address == station.endpoint.address)
        try await station.stop()
        try await Task.sleep(for: .milliseconds(60))
        #expect(station.listener.endpoints.isEmpty)
    }

    @Test func stoppingDropsConnectionsWithoutAFrame() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        try await eventually("it is accepted") { station.listener.counters.halfOpen == 1 }
        try await station.stop()
        try await eventually("it is dropped") { client.isInputClosed }
        #expect(station.recorder.refusals == [.stopped])
    }

    @Test func connectingToAClosedPortSaysSo() async throws {
        let station = try await Station.start()
        let endpoint = station.endpoint
        try await station.stop()
        let loop = NIOSingletons.posixEventLoopGroup.next()
        let error = await #expect(throws: TransportError.self) {
            try await V2GConnector(place: .address(loopback)).connect(to: endpoint, on: loop) { _ in nil }.get()
        }
        #expect(error?.code == .connectFailed)
        #expect(error?.message.contains("\(endpoint)") == true)
    }
}
