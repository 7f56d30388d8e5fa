import NIOCore
import NIOPosix
import Testing
import V2GFraming

@testable import V2GTransport

/// Frames over real sockets, plain.
@Suite struct LinkTests {
    @Test("[X_SECC_V2GTP_V2GTP_004] frame that comes byte by byte arrives whole")
    func frameThatComesByteByByteArrivesWhole() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        let message = try bytes(frame("one byte at a time"))
        for byte in message { try await client.send([byte]) }
        try await eventually("the echo comes back") { client.received == message }
        #expect(station.recorder.frames == [frame("one byte at a time")])
        try await station.stop()
    }

    @Test("[X_SECC_V2GTP_V2GTP_003] glued frames arrive in order and the answers leave together")
    func gluedFramesArriveInOrderAndTheAnswersLeaveTogether() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        let frames = (0..<50).map { frame("frame \($0)") }
        var message: [UInt8] = []
        for frame in frames { try frame.append(to: &message) }
        try await client.send(message)
        try await eventually("all echoes come back") { client.received == message }
        #expect(station.recorder.frames == frames)
        // One read of the station gives one write; the stack may cut it, but never once for each frame.
        #expect(client.reads < frames.count)
        try await station.stop()
    }

    @Test func frameSplitOverTwoWritesWithTheNextOneGluedOn() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        let message = try bytes(frame("first"), frame("second"))
        try await client.send(Array(message[0..<5]))
        try await client.send(Array(message[5..<18]))
        try await client.send(Array(message[18...]))
        try await eventually("both echoes come back") { client.received == message }
        try await station.stop()
    }

    @Test("[TC_SECC_CMN_VTB_V2GTPSessionSetup_005] junk header is answered by nothing and closed")
    func junkHeaderIsAnsweredByNothingAndClosed() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        let good = try bytes(frame("good"))
        try await client.send(good)
        try await eventually("the echo comes back") { client.received == good }
        try await client.send([0x01, 0x00, 0x80, 0x01, 0, 0, 0, 1, 0])
        try await eventually("the station closes") { client.isInputClosed }
        #expect(client.received == good)
        #expect(station.recorder.reasons == [.badFrame])
        #expect(station.recorder.ends.first?.framingError?.kind == .badInverse(found: 0))
        #expect(try await station.isServing())
        try await station.stop()
    }

    @Test(
        "[X_SECC_V2GTP_V2GTP_001] length over the limit is refused at the header",
        arguments: [[0x01, 0xfe, 0x80, 0x01, 0xff, 0xff, 0xff, 0xff], [0x01, 0xfe, 0x80, 0x01, 0, 1, 0, 1]] as [[UInt8]]
    )
    func lengthOverTheLimitIsRefusedAtTheHeader(_ header: [UInt8]) async throws {
        let station = try await Station.start()
        let client = try await station.client()
        try await client.send(header)
        try await eventually("the station closes") { client.isInputClosed }
        #expect(client.received.isEmpty)
        #expect(station.recorder.reasons == [.badFrame])
        try await station.stop()
    }

    @Test func longestFrameIsTaken() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        let long = V2GTPFrame(payloadType: .iso20Common, payload: [UInt8](repeating: 7, count: 65_536))
        try await client.send(try bytes(long))
        let expected = try bytes(long)
        try await eventually("the echo comes back") { client.received.count == expected.count }
        #expect(client.received == expected)
        try await station.stop()
    }

    @Test("[X_SECC_V2GTP_V2GTP_004] frame that drips is cut off") func frameThatDripsIsCutOff() async throws {
        let station = try await Station.start { $0.link.frameTimeout = .milliseconds(150) }
        let client = try await station.client()
        let good = try bytes(frame("good"))
        try await client.send(good)
        let drip = try bytes(frame("this takes longer than the deadline allows, and each byte is in time"))
        for byte in drip {
            guard !client.isInputClosed else { break }
            try? await client.send([byte])
            try await Task.sleep(for: .milliseconds(10))
        }
        try await eventually("the station closes") { client.isInputClosed }
        #expect(station.recorder.reasons == [.frameTimeout])
        try await station.stop()
    }

    @Test func slowFramesWithinTheDeadlineEachAreTaken() async throws {
        let station = try await Station.start { $0.link.frameTimeout = .seconds(2) }
        let client = try await station.client()
        // Six frames in two pieces each: more than the deadline in all, far less for each of them.
        var message: [UInt8] = []
        for _ in 0..<6 { message += try bytes(frame("tick")) }
        for start in stride(from: 0, to: message.count, by: 6) {
            try await client.send(Array(message[start..<min(start + 6, message.count)]))
            try await Task.sleep(for: .milliseconds(200))
        }
        try await eventually("all echoes come back") { client.received == message }
        #expect(station.recorder.ends.isEmpty)
        try await station.stop()
    }

    @Test func silenceAfterAWholeFrameIsNoDrip() async throws {
        let station = try await Station.start { $0.link.frameTimeout = .milliseconds(30) }
        let client = try await station.client()
        try await client.send(try bytes(frame("a")))
        try await Task.sleep(for: .milliseconds(120))
        let two = try bytes(frame("a"), frame("b"))
        try await client.send(try bytes(frame("b")))
        try await eventually("both echoes come back") { client.received == two }
        try await station.stop()
    }

    @Test func peerThatDoesNotReadIsDropped() async throws {
        let station = try await Station.start { $0.link.outputLimit = 64 * 1024 }
        let client = try await station.client(reads: false)
        let long = try bytes(V2GTPFrame(payloadType: .iso20Common, payload: [UInt8](repeating: 7, count: 60_000)))
        for _ in 0..<400 where station.recorder.ends.isEmpty {
            client.channel.writeAndFlush(ByteBuffer(bytes: long), promise: nil)
            try await Task.sleep(for: .milliseconds(1))
        }
        try await eventually("the station gives up") { !station.recorder.ends.isEmpty }
        #expect(station.recorder.reasons == [.outputStalled])
        #expect(try await station.isServing())
        try await client.close()
        try await station.stop()
    }

    @Test func resetIsReportedOnce() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        let good = try bytes(frame("good"))
        try await client.send(good)
        try await eventually("the echo comes back") { client.received == good }
        try await client.reset()
        try await eventually("the end is reported") { !station.recorder.ends.isEmpty }
        try await Task.sleep(for: .milliseconds(30))
        #expect(station.recorder.reasons == [.reset])
        try await eventually("nothing is left") { station.listener.counters.live == 0 }
        try await station.stop()
    }

    @Test func streamThatEndsInsideAFrameIsReportedAsSuch() async throws {
        let station = try await Station.start()
        let client = try await station.client()
        try await client.send(try bytes(frame("good")) + [0x01, 0xfe, 0x80])
        try await client.closeOutput()
        try await eventually("the end is reported") { !station.recorder.ends.isEmpty }
        #expect(station.recorder.reasons == [.closedInsideFrame])
        try await eventually("the station closes as well") { client.isInputClosed }
        try await station.stop()
    }

    @Test func peerIsReleasedAtTheEnd() async throws {
        final class Watched { weak var peer: EchoPeer? }
        let loop = NIOSingletons.posixEventLoopGroup.next()
        let watched = try await loop.submit { NIOLoopBound(Watched(), eventLoop: loop) }.get()
        let recorder = Recorder()
        let station = try await Station.start()
        try await V2GConnector(place: .address(loopback)).connect(to: station.endpoint, on: loop) { _ in
            let peer = EchoPeer(recorder, greeting: [frame("now")])
            watched.value.peer = peer
            return peer
        }.get()
        try await eventually("the end is reported") { !recorder.ends.isEmpty }
        try await eventually("the peer is gone") {
            (try? await loop.submit { watched.value.peer == nil }.get()) == true
        }
        try await station.stop()
    }
}
