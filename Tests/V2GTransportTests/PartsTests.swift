import NIOCore
import Testing
import V2GFraming

@testable import V2GTransport

/// The parts without sockets.
@Suite struct PartsTests {
    // MARK: Connection table

    private func limits(_ all: Int, _ halfOpen: Int, _ source: Int) -> ConnectionLimits {
        var limits = ConnectionLimits()
        (limits.connections, limits.halfOpen, limits.halfOpenPerSource) = (all, halfOpen, source)
        return limits
    }

    @Test func oldestHalfOpenConnectionGoesFirst() {
        var table = ConnectionTable<String>(limits(10, 2, 10))
        _ = table.admit("a", from: nil)
        _ = table.admit("b", from: nil)
        guard case .admitted(_, let victim) = table.admit("c", from: nil) else {
            Issue.record("full")
            return
        }
        #expect(victim == "a")
        #expect(table.halfOpenCount == 2)
    }

    @Test func floodOfOneSourceEvictsItsOwn() {
        let car = IPv6Address(high: 0xfe80 << 48, low: 1)
        let attacker = IPv6Address(high: 0xfe80 << 48, low: 2)
        var table = ConnectionTable<String>(limits(100, 50, 4))
        _ = table.admit("car", from: car)
        for number in 0..<1000 {
            guard case .admitted(_, let victim) = table.admit("attacker \(number)", from: attacker) else {
                Issue.record("full")
                return
            }
            #expect(victim == (number < 4 ? nil : "attacker \(number - 4)"))
        }
        #expect(table.halfOpenCount == 5)
        #expect(table.bookkeeping < 64)
    }

    @Test func establishedConnectionsAreNeverVictims() {
        var generator = SystemRandomNumberGenerator()
        var table = ConnectionTable<Int>(limits(20, 8, 3))
        var established: Set<Int> = []
        var ids: [Int: UInt64] = [:]
        for number in 0..<20_000 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                let source = IPv6Address(high: 0, low: UInt64.random(in: 0..<6, using: &generator))
                switch table.admit(number, from: source) {
                case .full:
                    #expect(table.halfOpenCount == 0 && established.count == 20)
                case .admitted(let id, let victim):
                    ids[number] = id
                    if let victim {
                        #expect(!established.contains(victim))
                        ids[victim] = nil
                    }
                }
            case 2:
                guard let (handle, id) = ids.first(where: { !established.contains($0.key) }) else { continue }
                table.establish(id)
                established.insert(handle)
            default:
                guard let (handle, id) = ids.randomElement(using: &generator) else { continue }
                table.remove(id)
                ids[handle] = nil
                established.remove(handle)
            }
            #expect(table.establishedCount == established.count)
            #expect(table.halfOpenCount == ids.count - established.count)
            #expect(table.halfOpenCount <= 8 && ids.count <= 20)
            #expect(table.bookkeeping <= 2 * 8 + 32 + 1 + 8)
        }
    }

    // MARK: Rates

    @Test func bucketGivesItsBurstThenItsRate() {
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
        var bucket = TokenBucket(rate: 2, burst: 3, at: start)
        let late = start + .hours(100_000)
        // A long pause fills it to the burst and no further, and time that runs backward gives nothing.
        let moments =
            [NIODeadline](repeating: start, count: 5)
            + [start + .milliseconds(499), start + .milliseconds(500), start + .milliseconds(500)]
            + [NIODeadline](repeating: late, count: 5) + [start]
        let taken = moments.map { bucket.take(at: $0) }
        #expect(
            taken == [true, true, true, false, false, false, true, false, true, true, true, false, false, false])
    }

    @Test func inventedSourcesCannotGetMoreThanTheBoundForAll() {
        var settings = SDPServerSettings(place: .address(IPv6Address(high: 0, low: 1)))
        settings.burst = 100
        settings.answersPerSecond = 10
        let start = NIODeadline.uptimeNanoseconds(1)
        var gate = SDPGate(settings, at: start)
        let admitted = (0..<10_000).count { gate.admits(IPv6Address(high: 0, low: UInt64($0)), at: start) }
        #expect(admitted == 100)
    }

    @Test func limiterWritesTheFirstFewAndLaterACount() {
        var limiter = RepeatLimiter<String>(burst: 2, window: .seconds(10))
        let start = NIODeadline.uptimeNanoseconds(1)
        let events =
            [("a", start), ("a", start), ("a", start), ("a", start), ("b", start)]
            + [("a", start + .seconds(11)), ("a", start + .seconds(11))]
        let written = events.map { limiter.admit($0.0, at: $0.1) }
        #expect(written == [0, 0, nil, nil, 0, 2, 0])
    }

    // MARK: TLS records

    @Test func recordBoundariesAreFoundInAnyPieces() {
        let record: [UInt8] = [0x17, 3, 3, 0, 4, 1, 2, 3, 4]
        let empty: [UInt8] = [0x17, 3, 3, 0, 0]
        let stream = record + empty + record
        for size in 1...stream.count {
            var tracker = TLSRecordTracker()
            for start in stride(from: 0, to: stream.count, by: size) {
                tracker.feed(Array(stream[start..<min(start + size, stream.count)]).span)
                let position = min(start + size, stream.count)
                #expect(tracker.isAtBoundary == [9, 14, 23].contains(position))
            }
            #expect(tracker.records == 3)
        }
    }

    // MARK: Addresses

    @Test func endpointKeepsAddressScopeAndPortThroughTheSystemsForm() throws {
        let address = try #require(IPv6Address("fe80::1234:5678:9abc:def0"))
        let endpoint = LinkEndpoint(address: address, scope: 7, port: 50_123)
        #expect(LinkEndpoint(endpoint.socketAddress) == endpoint)
        #expect(endpoint.description == "[fe80::1234:5678:9abc:def0%7]:50123")
        #expect(LinkEndpoint(try SocketAddress(ipAddress: "127.0.0.1", port: 1)) == nil)
    }

    @Test func addressTableReadsStatesAndSkipsJunk() {
        let text = """
            fe8000000000000000000000000000aa 04 40 20 80     eth0
            fe8000000000000000000000000000bb 05 40 20 c0     eth1
            fe8000000000000000000000000000cc 06 40 20 88     eth2
            nonsense
            fe80 1 2 3 4 eth3

            00000000000000000000000000000001 01 80 10 80       lo
            """
        let rows = InterfaceAddressTable.parse(Array(text.utf8))
        #expect(rows.map(\.index) == [4, 5, 6, 1])
        #expect(rows.map(\.state) == [.ready, .tentative, .duplicate, .ready])
        #expect(rows[0].address == IPv6Address("fe80::aa"))
    }

    @Test func missingInterfaceNamesThoseThatExist() {
        let error = #expect(throws: TransportError.self) { _ = try NetworkInterface(named: "nowhere0") }
        #expect(error?.code == .noSuchInterface)
        #expect(error?.message.contains("lo") == true)
        #expect(throws: TransportError.self) {
            _ = try NetworkInterface(named: String(repeating: "x", count: 300))
        }
    }
}
