import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing
import V2GFraming
import V2GKeys
import V2GTLS
import V2GTestSupport

@testable import V2GTransport

/// Links with the real TLS engine on both ends.
@Suite(.serialized) struct TLSLinkTests {
    @Test(arguments: [TLSSummary.Version.tls12, .tls13])
    func sessionRunsAndBothEndsCloseInOrder(_ version: TLSSummary.Version) async throws {
        let station = try await Station.start(security: .tlsOnly, cipher: try TLSEnds.station())
        let recorder = Recorder()
        let car = CarPeer(recorder)
        let seen = Mutex<TLSSummary.Version?>(nil)
        try await V2GConnector(place: .address(loopback)).connect(
            to: station.endpoint, cipher: try TLSEnds.car(version), on: NIOSingletons.posixEventLoopGroup.next()
        ) { link in
            seen.withLock { $0 = link.tls?.version }
            return car.make()
        }.get()
        try await eventually("both ends are over") { !recorder.ends.isEmpty && !station.recorder.ends.isEmpty }
        #expect(seen.withLock { $0 } == version)
        #expect(station.recorder.frames == [frame("stop")] && recorder.frames == [frame("stop")])
        // The car's close_notify came before its FIN, else the station would say closedWithoutNotify.
        #expect(station.recorder.reasons == [.closedByPeer])
        #expect(recorder.reasons == [.closedByUs])
        try await station.stop()
    }

    @Test func stationSendsItsCloseNotifyWhenTheCarHasClosed() async throws {
        let station = try await Station.start(security: .tlsOnly, cipher: try TLSEnds.station())
        let car = try ManualCar(try await station.client(), try TLSEnds.carContext(.tls12))
        try await car.pump("the handshake is done") { $0.isOpen }
        try car.connection.send(try bytes(frame("stop")))
        let last = try bytes(frame("stop"))
        try await car.pump("the last response comes") { $0.plaintext == last }
        #expect(!car.isNotified && !car.client.isInputClosed)
        car.connection.close()
        try await car.pump("the station answers") { $0.isNotified }
        try await eventually("and closes") { car.client.isInputClosed }
        #expect(station.recorder.reasons == [.closedByPeer])
        try await station.stop()
    }

    @Test func finWithoutCloseNotifyIsTold() async throws {
        let station = try await Station.start(security: .tlsOnly, cipher: try TLSEnds.station())
        let car = try ManualCar(try await station.client(), try TLSEnds.carContext(.tls12))
        try await car.pump("the handshake is done") { $0.isOpen }
        let hello = try bytes(frame("hello"))
        try car.connection.send(hello)
        try await car.pump("the echo comes") { $0.plaintext == hello }
        try await car.client.closeOutput()
        try await eventually("the end is told") { station.recorder.reasons == [.closedWithoutNotify] }
        try await station.stop()
    }

    @Test func frameOverManyRecordsAndManyFramesInOne() async throws {
        let station = try await Station.start(security: .tlsOnly, cipher: try TLSEnds.station())
        let car = try ManualCar(try await station.client(), try TLSEnds.carContext(.tls12))
        try await car.pump("the handshake is done") { $0.isOpen }
        let one = try bytes(frame("split over records"))
        for byte in one { try car.connection.send([byte]) }
        try await car.pump("the echo comes") { $0.plaintext == one }
        let three = try bytes(frame("a"), frame("b"), frame("c"))
        try car.connection.send(three)
        try await car.pump("all echoes come") { $0.plaintext == one + three }
        let long = try bytes(V2GTPFrame(payloadType: .iso20Common, payload: [UInt8](repeating: 9, count: 65_000)))
        try car.connection.send(long)
        try await car.pump("the long echo comes") { $0.plaintext == one + three + long }
        try await station.stop()
    }

    @Test func recordThatDripsIsCutOff() async throws {
        let factory = try TLSEnds.station()
        let station = try await Station.start(security: .tlsOnly) {
            $0.link.frameTimeout = .milliseconds(120)
        } cipher: {
            try factory()
        }
        let car = try ManualCar(try await station.client(), try TLSEnds.carContext(.tls12))
        try await car.pump("the handshake is done") { $0.isOpen }
        let hello = try bytes(frame("hello"))
        try car.connection.send(hello)
        try await car.pump("the echo comes") { $0.plaintext == hello }
        try car.connection.send(try bytes(frame("dripping")))
        for byte in car.connection.takeOutput() {
            guard !car.client.isInputClosed else { break }
            try? await car.client.send([byte])
            try await Task.sleep(for: .milliseconds(12))
        }
        try await eventually("the station closes") { station.recorder.reasons == [.frameTimeout] }
        try await station.stop()
    }

    @Test("[X_SECC_-2_TLS_007] handshake that drips is cut off") func handshakeThatDripsIsCutOff() async throws {
        let factory = try TLSEnds.station()
        let station = try await Station.start(security: .tlsOnly) {
            $0.link.handshakeTimeout = .milliseconds(200)
        } cipher: {
            try factory()
        }
        let client = try await station.client()
        for byte in try TLSEnds.clientHello(.tls12) {
            guard !client.isInputClosed else { break }
            try? await client.send([byte])
            try await Task.sleep(for: .milliseconds(4))
        }
        try await eventually("the station closes") { client.isInputClosed }
        try await eventually("the refusal is told") { station.recorder.refusals == [.handshakeTimeout] }
        try await station.stop()
    }

    @Test func failedHandshakeIsToldWithItsReasonAndAnAlert() async throws {
        let station = try await Station.start(
            security: .tlsOnly, cipher: try TLSEnds.station { $0.allowsTLS12 = false })
        let ends = Mutex<[LinkEnd]>([])
        try await V2GConnector(place: .address(loopback)).connect(
            to: station.endpoint, cipher: try TLSEnds.car(.tls12), on: NIOSingletons.posixEventLoopGroup.next(),
            onEnd: { end in ends.withLock { $0.append(end) } }
        ) { _ in nil }.get()
        try await eventually("both ends are over") {
            ends.withLock { !$0.isEmpty } && !station.recorder.refusals.isEmpty
        }
        #expect(station.recorder.refusals == [.handshakeFailed])
        let end = try #require(ends.withLock { $0.first })
        #expect(end.reason == .handshakeFailed)
        #expect(end.tlsFailure?.alertReceived != nil)
        #expect(station.recorder.connected == 0)
        try await station.stop()
    }

    @Test func signatureOfADistantKeyResumesOnTheLoopAndBlocksNobody() async throws {
        let chain = try TLSEnds.iso2.get()
        let key = SlowKey(try #require(chain.first).key)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let context = try TLSEnds.station { $0.iso2Chains = [try TLSEnds.credential(chain, key: .external(key))] }
        let recorder = Recorder()
        let listener = try await V2GListener.start(
            ListenerSettings(place: .address(loopback), ports: [.dynamic(preferred: nil)]), makeCipher: context,
            on: group, logger: LogCounter().logger, makePeer: { _ in EchoPeer(recorder) }
        ).get()
        let car = Recorder()
        let peer = CarPeer(car)
        try await V2GConnector(place: .address(loopback)).connect(
            to: listener.endpoints[0], cipher: try TLSEnds.car(.tls12),
            on: NIOSingletons.posixEventLoopGroup.next()
        ) { _ in peer.make() }.get()
        try await eventually("the key is asked") { key.asked == 1 }
        // The one loop of the station serves others meanwhile.
        let other = try await RawClient.connect(to: listener.endpoints[0])
        let hello = try bytes(frame("hello"))
        try await other.send(hello)
        try await eventually("the other one is served") { other.received == hello }
        #expect(car.connected == 0)
        key.open()
        try await eventually("the session is over") { car.reasons == [.closedByUs] }
        #expect(key.asked == 1)
        try await other.close()
        try await listener.stop().get()
        try await group.shutdownGracefully()
    }

    @Test func failingKeyEndsTheHandshakeWithItsReason() async throws {
        let chain = try TLSEnds.iso2.get()
        let key = SlowKey(try #require(chain.first).key, failure: KeyError(.tokenUnavailable, "The token is gone."))
        key.open()
        let station = try await Station.start(
            security: .tlsOnly,
            cipher: try TLSEnds.station { $0.iso2Chains = [try TLSEnds.credential(chain, key: .external(key))] })
        let client = try await station.client()
        try await client.send(try TLSEnds.clientHello(.tls12))
        try await eventually("the station closes") { client.isInputClosed }
        try await eventually("the refusal is told") { station.recorder.refusals == [.handshakeFailed] }
        #expect(station.logs.text.contains { $0.contains("The token is gone.") })
        try await station.stop()
    }

    @Test func bytesThatWaitForADistantKeyAreBounded() async throws {
        let chain = try TLSEnds.iso2.get()
        let key = SlowKey(try #require(chain.first).key)
        let station = try await Station.start(
            security: .tlsOnly,
            cipher: try TLSEnds.station { $0.iso2Chains = [try TLSEnds.credential(chain, key: .external(key))] })
        let client = try await station.client()
        try await client.send(try TLSEnds.clientHello(.tls12))
        try await eventually("the key is asked") { key.asked == 1 }
        for _ in 0..<64 where !client.isInputClosed {
            try? await client.send([UInt8](repeating: 0x16, count: 16_384))
        }
        try await eventually("the refusal is told") { station.recorder.refusals == [.handshakeFailed] }
        key.open()
        try await eventually("nothing is left") { station.listener.counters.halfOpen == 0 }
        try await station.stop()
    }

    /// A charge loop: one frame each way, over TLS 1.3. The bound is loose, since test builds are slow; the measured
    /// time is printed.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["V2G_LONG_TESTS"] != nil, "set V2G_LONG_TESTS=1"))
    func roundTripsAreFast() async throws {
        let station = try await Station.start(security: .tlsOnly, cipher: try TLSEnds.station())
        let rounds = 5000
        let finished = Mutex<Duration?>(nil)
        try await V2GConnector(place: .address(loopback)).connect(
            to: station.endpoint, cipher: try TLSEnds.car(.tls13), on: NIOSingletons.posixEventLoopGroup.next()
        ) { _ in
            PingPeer(rounds: rounds) { time in finished.withLock { $0 = time } }
        }.get()
        try await eventually(within: .seconds(30), "all rounds are done") { finished.withLock { $0 != nil } }
        let each = try #require(finished.withLock { $0 }) / rounds
        print("round trip of a frame over TLS 1.3 on ::1: \(each)")
        #expect(each < .milliseconds(1))
        try await station.stop()
    }

    private final class PingPeer: V2GPeer {
        private let ping = V2GTPFrame(payloadType: .iso20DC, payload: [UInt8](repeating: 1, count: 60))
        private var rounds: Int
        private let done: (Duration) -> Void
        private var start = ContinuousClock.now

        init(rounds: Int, done: @escaping (Duration) -> Void) {
            self.rounds = rounds
            self.done = done
        }

        func connected(_ link: V2GLink) {
            start = .now
            link.send(ping)
        }

        func received(_ frame: V2GTPFrame, on link: V2GLink) {
            rounds -= 1
            guard rounds == 0 else {
                link.send(ping)
                return
            }
            done(.now - start)
            link.closeFirst()
        }

        func disconnected(_ end: LinkEnd, from link: V2GLink) {}
    }

    @Test func connectionThatEndsWhileItsKeySignsIsForgotten() async throws {
        let chain = try TLSEnds.iso2.get()
        let key = SlowKey(try #require(chain.first).key)
        let station = try await Station.start(
            security: .tlsOnly,
            cipher: try TLSEnds.station { $0.iso2Chains = [try TLSEnds.credential(chain, key: .external(key))] })
        let client = try await station.client()
        try await client.send(try TLSEnds.clientHello(.tls12))
        try await eventually("the key is asked") { key.asked == 1 }
        try await client.reset()
        try await eventually("it is forgotten") { station.listener.counters.halfOpen == 0 }
        key.open()
        try await Task.sleep(for: .milliseconds(30))
        #expect(station.recorder.connected == 0)
        try await station.stop()
    }

    @Test("[X_SECC_-2_TLS_007] thousand half open handshakes do not keep a car from charging")
    func thousandHalfOpenHandshakesDoNotKeepACarFromCharging() async throws {
        let factory = try TLSEnds.station()
        let station = try await Station.start(security: .tlsOnly) {
            $0.limits.halfOpen = 128
            $0.limits.halfOpenPerSource = 1000
        } cipher: {
            try factory()
        }
        let session = try ManualCar(try await station.client(), try TLSEnds.carContext(.tls12))
        try await session.pump("the session stands") { $0.isOpen }
        let hello = try bytes(frame("hello"))
        try session.connection.send(hello)
        try await session.pump("the echo comes") { $0.plaintext == hello }

        let whole = try TLSEnds.clientHello(.tls12)
        var flood: [RawClient] = []
        for number in 0..<1000 {
            let client = try await station.client()
            // Whole ClientHellos cost the station a handshake's arithmetic, halves of them hold its memory.
            try? await client.send(number.isMultiple(of: 2) ? whole : Array(whole.prefix(whole.count / 2)))
            flood.append(client)
            retire(&flood, keeping: 256)
            guard number % 250 == 125 else { continue }
            let recorder = Recorder()
            let car = CarPeer(recorder)
            try await V2GConnector(place: .address(loopback)).connect(
                to: station.endpoint, cipher: try TLSEnds.car(.tls12),
                on: NIOSingletons.posixEventLoopGroup.next()
            ) { _ in car.make() }.get()
            try await eventually("another car charges and leaves") { recorder.reasons == [.closedByUs] }
        }
        #expect(station.listener.counters.halfOpen <= 128)
        try session.connection.send(hello)
        try await session.pump("the session goes on") { $0.plaintext == hello + hello }
        for client in flood { client.channel.close(promise: nil) }
        try await eventually("the places are free again") { station.listener.counters.halfOpen == 0 }
        try await station.stop()
    }
}
