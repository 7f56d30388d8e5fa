import Testing
import V2GPrimitives
import V2GTLS
import V2GTestSupport

/// Whatever arrives ends a connection with a reason, or waits for more.
@Suite struct HostileInputTests {
    @Test func randomOctetsEndTheConnection() async throws {
        let context = try TLSServerContext(try serverConfiguration())
        for round in 0..<200 {
            let station = try TLSConnection.server(context)
            station.receive(SystemRandom.bytes(count: 5 + round * 3))
            var end = End()
            await drive(station, &end)
            #expect(end.summary == nil)
        }
    }

    @Test func plainMessagesAreNotTLS() async throws {
        let station = try server()
        // A V2GTP frame and an HTTP request.
        station.receive([1, 0xfe, 0x80, 1, 0, 0, 0, 4, 1, 2, 3, 4])
        var end = End()
        await drive(station, &end)
        #expect(end.failure?.code == .notTLS)
        let other = try server()
        other.receive(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        end = End()
        await drive(other, &end)
        #expect(end.failure?.code == .notTLS)
    }

    @Test(
        "[X_SECC_-2_TLS_006] every changed octet of a hello is survived",
        arguments: [TLSSummary.Version.tls12, .tls13])
    func everyChangedOctetOfAHelloIsSurvived(_ version: TLSSummary.Version) async throws {
        let context = try TLSServerContext(try serverConfiguration())
        let car = try client(version)
        _ = car.step()
        let hello = car.takeOutput()
        for position in hello.indices {
            for change in [UInt8(0xff), 0x01] {
                var bytes = hello
                bytes[position] ^= change
                let station = try TLSConnection.server(context)
                station.receive(bytes)
                var end = End()
                await drive(station, &end)
                #expect(end.summary == nil)
            }
        }
        for count in stride(from: 0, to: hello.count, by: 7) {
            let station = try TLSConnection.server(context)
            station.receive(Array(hello.prefix(count)))
            var end = End()
            await drive(station, &end)
            #expect(end.failure == nil)
            #expect(end.summary == nil)
        }
    }

    /// One octet of the server's flight is changed: never a finished handshake.
    @Test(arguments: [TLSSummary.Version.tls12, .tls13])
    func changedFlightsOfTheServerNeverSucceed(_ version: TLSSummary.Version) async throws {
        let stations = try TLSServerContext(try serverConfiguration())
        var configuration = try clientConfiguration()
        configuration.allowsTLS12 = version == .tls12
        configuration.allowsTLS13 = version == .tls13
        let cars = try TLSClientContext(configuration)
        for position in stride(from: 0, to: 2_600, by: 53) {
            let pair = Pair(client: try .client(cars), server: try .server(stations))
            var isFirst = true
            var didChange = false
            pair.tamper = { isFromClient, bytes in
                guard !isFromClient, isFirst, position < bytes.count else { return bytes }
                isFirst = false
                didChange = true
                var changed = bytes
                changed[position] ^= 0x20
                return changed
            }
            await pair.pump()
            if didChange { #expect(pair.serverEnd.summary == nil) }
        }
    }

    @Test func endedConnectionsRepeatTheirEnd() async throws {
        let station = try server()
        station.receive([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
        var first = End()
        await drive(station, &first)
        station.receive([1, 2, 3])
        var second = End()
        await drive(station, &second)
        #expect(first.failure?.message == second.failure?.message)
        #expect(throws: TLSError.self) { try station.send([1]) }
    }

    @Test func malformedTrustedAuthoritiesAreRefusedWithDecodeError() async throws {
        let car = try client(.tls12) { $0.trustedCAKeysForm = .certificateSHA1 }
        _ = car.step()
        var hello = car.takeOutput()
        // The first entry's type of the extension: 00 03, length, length of the list, then the type.
        let pattern: [UInt8] = [0, 3, 0, 44, 0, 42, 3]
        let position = try #require(
            hello.indices.first { hello[$0...].starts(with: pattern) }, "the ClientHello has no trusted_ca_keys")
        hello[position + 6] = 9
        let station = try server()
        station.receive(hello)
        var end = End()
        await drive(station, &end)
        #expect(end.failure?.code == .malformedHello)
        #expect(end.failure?.alertSent == .decodeError)
    }
}
