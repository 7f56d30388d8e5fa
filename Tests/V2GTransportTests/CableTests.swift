import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing
import V2GFraming

@testable import V2GTransport

/// Between two network namespaces: multicast, scopes, devices, addresses that come and go.
@Suite(
    .serialized,
    .enabled("needs root and iproute2 for network namespaces") { await Cable.isPossible() })
struct CableTests {
    private static let stationPlace = LinkPlace.interface(Cable.stationDevice)
    private static let carPlace = LinkPlace.interface(Cable.carDevice)
    private let logger = LogCounter().logger

    private func listener(_ cable: Cable, _ recorder: Recorder, _ events: Events = Events()) async throws -> V2GListener
    {
        var settings = ListenerSettings(place: Self.stationPlace, security: .either)
        settings.watchInterval = .milliseconds(20)
        return try await V2GListener.start(
            settings, on: cable.stationGroup, logger: logger, onEvent: { events.add($0) },
            makePeer: { _ in EchoPeer(recorder) }
        ).get()
    }

    private func server(
        _ cable: Cable, _ listener: V2GListener, _ change: (inout SDPServerSettings) -> Void = { _ in }
    ) async throws -> SDPServer {
        var settings = SDPServerSettings(place: Self.stationPlace)
        settings.watchInterval = .milliseconds(20)
        change(&settings)
        let handlers = SDPHandlers { request, source in
            guard let endpoint = listener.endpoints.last else { return nil }
            return SDPResponse(address: endpoint.address, port: endpoint.port, security: request.security)
        }
        return try await SDPServer.start(settings, handlers, on: cable.station, logger: logger).get()
    }

    private func discover(_ cable: Cable, _ change: (inout SDPClient) -> Void = { _ in }) async throws -> SDPOutcome {
        var client = SDPClient(place: Self.carPlace)
        change(&client)
        return try await client.discover(.none, on: cable.car, logger: logger).get()
    }

    @Test func carFindsTheStationByMulticastConnectsAndLeaves() async throws {
        try await Cable.with { cable in
            try await cable.waitForAddresses()
            let (station, car) = (Recorder(), Recorder())
            let listener = try await self.listener(cable, station)
            let server = try await self.server(cable, listener)
            guard case .found(let answer) = try await discover(cable) else {
                Issue.record("no station")
                return
            }
            #expect(answer.station.address.isLinkLocal && answer.source.address == answer.station.address)
            #expect(SDP.dynamicPorts.contains(answer.station.port))
            #expect(listener.endpoints.map(\.port) == [15118, answer.station.port])
            let peer = CarPeer(car)
            try await V2GConnector(place: Self.carPlace).connect(to: answer.station, on: cable.car) { link in
                #expect(link.remoteEndpoint?.port == answer.station.port)
                #expect(link.localEndpoint.map { SDP.dynamicPorts.contains($0.port) } == true)
                return peer.make()
            }.get()
            try await eventually("both ends are over") { !station.ends.isEmpty && !car.ends.isEmpty }
            #expect(station.reasons == [.closedByPeer] && car.reasons == [.closedByUs])
            try await server.stop().get()
            try await listener.stop().get()
        }
    }

    @Test func wrongRequestsOnTheGroupAreIgnored() async throws {
        try await Cable.with { cable in
            try await cable.waitForAddresses()
            let listener = try await self.listener(cable, Recorder())
            let server = try await self.server(cable, listener)
            let own = try await Self.carPlace.usable(within: .seconds(5), on: cable.car).get()
            let client = try await UDPClient.open(at: own.endpoint(port: 0), on: cable.car)
            let group = LinkEndpoint(address: SDP.multicastGroup, scope: own.scope, port: SDP.serverPort)
            let good = try SDPMessage.request(SDPRequest(security: .tls)).datagram()
            let wrong: [[UInt8]] = [
                [], Array("hello".utf8), good.dropLast(), good + [0], [0x02, 0xfd] + good.dropFirst(2),
                Array(good.dropLast(2)) + [0x20, 0x00],
            ]
            for datagram in wrong { try await client.send(datagram, to: group) }
            try await eventually("all are counted") { server.counters.ignored[.badFrame] == UInt64(wrong.count) }
            #expect(client.received.isEmpty)
            try await client.send(good, to: group)
            try await eventually("a right one is answered") { client.received.count == 1 }
            try await client.close()
            try await server.stop().get()
            try await listener.stop().get()
        }
    }

    @Test("[X_SECC_SDP_SDP_002] request from a source that is not link local is ignored")
    func requestFromASourceThatIsNotLinkLocalIsIgnored() async throws {
        try await Cable.with { cable in
            try await cable.waitForAddresses()
            try await cable.inStation("addr", "add", "fd00::1/64", "dev", Cable.stationDevice, "nodad")
            try await cable.inCar("addr", "add", "fd00::2/64", "dev", Cable.carDevice, "nodad")
            let listener = try await self.listener(cable, Recorder())
            let server = try await self.server(cable, listener)
            let own = try await Self.carPlace.usable(within: .seconds(5), on: cable.car).get()
            let unique = try #require(IPv6Address("fd00::2"))
            let client = try await UDPClient.open(
                at: LinkEndpoint(address: unique, scope: 0, port: 0), on: cable.car)
            let group = LinkEndpoint(address: SDP.multicastGroup, scope: own.scope, port: SDP.serverPort)
            try await client.send(try SDPMessage.request(SDPRequest(security: .tls)).datagram(), to: group)
            try await eventually("it is counted") { server.counters.ignored[.sourceNotLinkLocal] == 1 }
            #expect(client.received.isEmpty)
            // The ports are on the link-local address only.
            let other = LinkEndpoint(address: try #require(IPv6Address("fd00::1")), scope: 0, port: SDP.serverPort)
            await #expect(throws: (any Error).self) { _ = try await RawClient.connect(to: other, on: cable.car) }
            // Control: from the link-local address it is answered.
            guard case .found = try await discover(cable) else {
                Issue.record("no station")
                return
            }
            try await client.close()
            try await server.stop().get()
            try await listener.stop().get()
        }
    }

    @Test("[X_SECC_SDP_SDP_003] other interfaces of the station are not heard")
    func otherInterfacesOfTheStationAreNotHeard() async throws {
        try await Cable.with { cable in
            try await cable.waitForAddresses()
            try await cable.inStation(
                "link", "add", "other0", "type", "veth", "peer", "name", "other1", "netns", cable.carNamespace)
            try await cable.inStation("link", "set", "other0", "up")
            try await cable.inCar("link", "set", "other1", "up")
            let listener = try await self.listener(cable, Recorder())
            let server = try await self.server(cable, listener)
            let there = LinkPlace.interface("other1")
            _ = try await there.usable(within: .seconds(10), on: cable.car).get()
            let outcome = try await discover(cable) {
                $0.place = there
                $0.maximumRequests = 3
                $0.responseTimeout = .milliseconds(50)
            }
            guard case .notFound(let failure) = outcome else {
                Issue.record("the station answers on another interface")
                return
            }
            #expect(failure.reason == .noAnswer)
            #expect(server.counters.received == 0)
            guard case .found = try await discover(cable) else {
                Issue.record("no station on the cable")
                return
            }
            try await server.stop().get()
            try await listener.stop().get()
        }
    }

    @Test func hopLimitFilterKeepsOnlyWhatIsAllowed() async throws {
        try await Cable.with { cable in
            try await cable.waitForAddresses()
            let listener = try await self.listener(cable, Recorder())
            let own = try await Self.carPlace.usable(within: .seconds(5), on: cable.car).get()
            let group = LinkEndpoint(address: SDP.multicastGroup, scope: own.scope, port: SDP.serverPort)
            let request = try SDPMessage.request(SDPRequest(security: .tls)).datagram()
            // A plain socket sends to groups with hop limit 1; the client of the car with 255.
            for (limits, isAnswered) in [([255], false), ([255, 1], true), ([1], true)] as [([UInt8], Bool)] {
                let server = try await self.server(cable, listener) { $0.hopLimits = .only(limits) }
                let client = try await UDPClient.open(at: own.endpoint(port: 0), on: cable.car)
                try await client.send(request, to: group)
                let outcome = try await discover(cable) {
                    $0.maximumRequests = 2
                    $0.responseTimeout = .milliseconds(250)
                }
                if case .found = outcome { #expect(limits.contains(255)) } else { #expect(!limits.contains(255)) }
                if isAnswered { try await eventually("it is answered") { client.received.count == 1 } }
                #expect(client.received.count == (isAnswered ? 1 : 0))
                try await client.close()
                try await server.stop().get()
            }
            try await listener.stop().get()
        }
    }

    @Test func interfaceThatIsDownOrHasNoAddressIsAnErrorWithARemedy() async throws {
        try await Cable.with { cable in
            try await cable.waitForAddresses()
            func code() async throws -> TransportError.Code? {
                try await cable.station.submit {
                    do throws(TransportError) {
                        _ = try Self.stationPlace.resolved()
                        return nil
                    } catch {
                        #expect(error.message.contains(Cable.stationDevice))
                        return error.code
                    }
                }.get()
            }
            #expect(try await code() == nil)
            try await cable.inStation("-6", "addr", "flush", "dev", Cable.stationDevice)
            #expect(try await code() == .noLinkLocalAddress)
            try await cable.inStation("link", "set", Cable.stationDevice, "down")
            #expect(try await code() == .interfaceDown)
            try await cable.inStation("link", "del", Cable.stationDevice)
            let error = await #expect(throws: TransportError.self) { _ = try await self.listener(cable, Recorder()) }
            #expect(error?.code == .noSuchInterface)
        }
    }

    @Test func tentativeAddressIsReportedAndWaitedFor() async throws {
        try await Cable.with(duplicateDetection: true) { cable in
            try await cable.waitForAddresses()
            try await cable.inStation("-6", "addr", "flush", "dev", Cable.stationDevice)
            try await cable.inStation("addr", "add", "fe80::77/64", "dev", Cable.stationDevice)
            let error = await #expect(throws: TransportError.self) { _ = try await self.listener(cable, Recorder()) }
            #expect(error?.code == .addressTentative)
            let place = try await Self.stationPlace.usable(within: .seconds(10), on: cable.station).get()
            #expect(place.address == IPv6Address("fe80::77"))
            let listener = try await self.listener(cable, Recorder())
            try await listener.stop().get()
        }
    }

    @Test func listenerSurvivesTheLossOfItsAddressAndFollowsTheNewOne() async throws {
        try await Cable.with { cable in
            try await cable.waitForAddresses()
            let (recorder, events) = (Recorder(), Events())
            let listener = try await self.listener(cable, recorder, events)
            let server = try await self.server(cable, listener)
            let first = try #require(listener.endpoints.last)
            try await cable.inStation("-6", "addr", "flush", "dev", Cable.stationDevice)
            try await eventually("the loss is told") { events.lost == [.noLinkLocalAddress] }

            try await cable.inStation("addr", "add", "fe80::99/64", "dev", Cable.stationDevice, "nodad")
            try await eventually("the new address is told") { events.listening.count == 2 }
            #expect(listener.endpoints.last?.address == IPv6Address("fe80::99"))
            guard case .found(let answer) = try await discover(cable) else {
                Issue.record("no station after the change")
                return
            }
            #expect(answer.station.address == IPv6Address("fe80::99"))
            let client = try await RawClient.connect(
                to: LinkEndpoint(
                    address: answer.station.address, scope: answer.station.scope, port: answer.station.port),
                on: cable.car)
            let hello = try bytes(frame("hello"))
            try await client.send(hello)
            try await eventually("the echo comes back") { client.received == hello }

            // Away and back again: the sockets are still good, and the session too.
            try await cable.inStation("addr", "del", "fe80::99/64", "dev", Cable.stationDevice)
            try await eventually("the loss is told") { events.lost.count == 2 }
            try await cable.inStation("addr", "add", "fe80::99/64", "dev", Cable.stationDevice, "nodad")
            try await eventually("the return is told") { events.listening.count == 3 }
            try await client.send(hello)
            try await eventually("the session goes on") { client.received == hello + hello }
            #expect(first.address != IPv6Address("fe80::99"))
            try await client.close()
            try await server.stop().get()
            try await listener.stop().get()
        }
    }

    @Test func deviceThatIsTakenAwayAndComesBackIsServedAgain() async throws {
        try await Cable.with { cable in
            try await cable.waitForAddresses()
            let (recorder, events) = (Recorder(), Events())
            let listener = try await self.listener(cable, recorder, events)
            let server = try await self.server(cable, listener)
            try await cable.inStation("link", "del", Cable.stationDevice)
            try await eventually("the loss is told") { events.lost == [.noSuchInterface] }
            try await cable.inStation(
                "link", "add", Cable.stationDevice, "type", "veth", "peer", "name", Cable.carDevice, "netns",
                cable.carNamespace)
            try await cable.inStation("link", "set", Cable.stationDevice, "up")
            try await cable.inCar("link", "set", Cable.carDevice, "up")
            try await cable.waitForAddresses()
            try await eventually("it listens again") { events.listening.count >= 2 }
            guard case .found = try await discover(cable) else {
                Issue.record("no station after the return")
                return
            }
            try await server.stop().get()
            try await listener.stop().get()
        }
    }
}

/// What a listener told.
final class Events: Sendable {
    private let all = Mutex<[ListenerEvent]>([])

    func add(_ event: ListenerEvent) { all.withLock { $0.append(event) } }

    var listening: [[LinkEndpoint]] {
        all.withLock { $0.compactMap { if case .listening(let endpoints) = $0 { endpoints } else { nil } } }
    }

    var lost: [TransportError.Code] {
        all.withLock { $0.compactMap { if case .addressLost(let error) = $0 { error.code } else { nil } } }
    }
}
