import NIOCore
import NIOPosix
import Synchronization
import Testing
import V2GFraming

@testable import V2GTransport

/// Who closes first, and when: the car, and the station only when the car does not.
@Suite struct ClosingTests {
    @Test func stationWaitsForTheCarAfterTheLastResponse() async throws {
        let station = try await Station.start { $0.link.lingerTimeout = .seconds(30) }
        let client = try await station.client()
        let last = try bytes(frame("stop"))
        try await client.send(last)
        try await eventually("the last response comes") { client.received == last }
        try await Task.sleep(for: .milliseconds(150))
        #expect(!client.isInputClosed)
        #expect(station.recorder.ends.isEmpty)
        try await client.closeOutput()
        try await eventually("the station closes too") { client.isInputClosed }
        #expect(station.recorder.reasons == [.closedByPeer])
        try await station.stop()
    }

    @Test func stationClosesWhenTheCarDoesNot() async throws {
        let station = try await Station.start { $0.link.lingerTimeout = .milliseconds(120) }
        let client = try await station.client()
        let start = ContinuousClock.now
        try await client.send(try bytes(frame("stop")))
        try await eventually("the station closes") { client.isInputClosed }
        #expect(ContinuousClock.now - start >= .milliseconds(110))
        try await eventually("the end is reported") { !station.recorder.ends.isEmpty }
        #expect(station.recorder.reasons == [.peerDidNotClose])
        try await station.stop()
    }

    @Test func resetAfterTheLastResponseIsNoFault() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        let last = try bytes(frame("stop"))
        try await client.send(last)
        try await eventually("the last response comes") { client.received == last }
        try await client.reset()
        try await eventually("the end is reported") { station.recorder.reasons == [.closedByPeer] }
        try await station.stop()
    }

    @Test func framesAfterTheLastResponseAreDropped() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        try await client.send(try bytes(frame("stop"), frame("too late")))
        try await client.send(try bytes(frame("much too late")))
        try await Task.sleep(for: .milliseconds(50))
        #expect(station.recorder.frames == [frame("stop")])
        #expect(client.received == (try bytes(frame("stop"))))
        try await client.closeOutput()
        try await eventually("the end is reported") { station.recorder.reasons == [.closedByPeer] }
        try await station.stop()
    }

    @Test func carClosesFirstAndBothEndsAreOrderly() async throws {
        let station = try await Station.start()
        let recorder = Recorder()
        let loop = NIOSingletons.posixEventLoopGroup.next()
        let car = CarPeer(recorder)
        try await V2GConnector(place: .address(loopback)).connect(to: station.endpoint, on: loop) { _ in car.make() }
            .get()
        try await eventually("both ends are reported") { !recorder.ends.isEmpty && !station.recorder.ends.isEmpty }
        #expect(recorder.reasons == [.closedByUs])
        #expect(recorder.frames == [frame("stop")])
        #expect(station.recorder.reasons == [.closedByPeer])
        try await station.stop()
    }

    @Test func carGivesUpOnAStationThatNeverCloses() async throws {
        let recorder = Recorder()
        let loop = NIOSingletons.posixEventLoopGroup.next()
        // A station that accepts, answers and never closes.
        let mute = try await ServerBootstrap(group: loop)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: "::1", port: 0).get()
        let endpoint = try #require(LinkEndpoint(mute.localAddress))
        var connector = V2GConnector(place: .address(loopback))
        connector.link.closeTimeout = .milliseconds(100)
        let car = CarPeer(recorder)
        try await connector.connect(to: endpoint, on: loop) { _ in car.make() }.get()
        try await eventually("the end is reported") { !recorder.ends.isEmpty }
        #expect(recorder.reasons == [.closedByUs])
        #expect(recorder.ends.first?.detail.contains("in time") == true)
        try await mute.close().get()
    }

    @Test func stationThatGoesAwayEndsTheCar() async throws {
        let station = try await Station.start()
        let recorder = Recorder()
        let loop = NIOSingletons.posixEventLoopGroup.next()
        try await V2GConnector(place: .address(loopback)).connect(to: station.endpoint, on: loop) { _ in
            EchoPeer(recorder, greeting: [frame("now")])
        }.get()
        try await eventually("the end is reported") { !recorder.ends.isEmpty }
        #expect(recorder.reasons == [.closedByPeer])
        #expect(recorder.frames == [frame("now")])
        try await station.stop()
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
    }
}

/// Sends `stop`, and closes first when the answer has come.
struct CarPeer: Sendable {
    let recorder: Recorder

    init(_ recorder: Recorder) { self.recorder = recorder }

    func make() -> any V2GPeer { Peer(recorder) }

    private final class Peer: V2GPeer {
        let recorder: Recorder

        init(_ recorder: Recorder) { self.recorder = recorder }

        func connected(_ link: V2GLink) {
            recorder.state.withLock { $0.connected += 1 }
            link.send(frame("stop"))
        }

        func received(_ frame: V2GTPFrame, on link: V2GLink) {
            recorder.state.withLock { $0.frames.append(frame) }
            link.closeFirst()
        }

        func disconnected(_ end: LinkEnd, from link: V2GLink) { recorder.state.withLock { $0.ends.append(end) } }
    }
}
