import Testing
import V2GFraming

@Suite struct V2GTPReaderTests {
    private static func header(_ type: V2GTPPayloadType, _ length: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        V2GTPHeader(payloadType: type, payloadLength: length).append(to: &bytes)
        return bytes
    }

    private static func randomFrames(_ random: inout Seeded) -> [V2GTPFrame] {
        (0..<Int.random(in: 1...12, using: &random)).map { _ in
            let size = [0, 0, 1, 7, 8, 9, 60, 1023, 1024, 1025, 8192].randomElement(using: &random) ?? 0
            return V2GTPFrame(
                payloadType: V2GTPPayloadType(rawValue: .random(in: 0...0xffff, using: &random)),
                payload: random.bytes(size))
        }
    }

    @Test(arguments: 1...200)
    func anyChunkingGivesTheSameFrames(_ seed: UInt64) throws {
        var random = Seeded(seed)
        let frames = Self.randomFrames(&random)
        let stream = try frames.flatMap { frame throws(FramingError) in try frame.encoded() }
        let largest = [1, 2, 7, 8, 9, 100, 5000, stream.count].randomElement(using: &random) ?? 1
        var reader = V2GTPReader()
        var found: [V2GTPFrame] = []
        var offset = 0
        while offset < stream.count {
            let size = Int.random(in: 0...min(max(1, largest), stream.count - offset), using: &random)
            try reader.feed(stream.span.extracting(offset..<offset + size), into: &found)
            offset += size
        }
        #expect(found == frames)
        #expect(reader.isAtBoundary && reader.bufferedBytes == 0 && reader.missing == V2GTPHeader.size)
        #expect(reader.frameOffset == UInt64(stream.count))
        try reader.finish()
    }

    @Test func missingTellsWhatThePeerStillOwes() throws {
        let stream = try V2GTPFrame(payloadType: .iso20AC, payload: [1, 2, 3]).encoded()
        var reader = V2GTPReader()
        for (index, byte) in stream.enumerated() {
            let expected = index < 8 ? 8 - index : 11 - index
            #expect(reader.missing == expected)
            #expect(reader.bufferedBytes == index)
            #expect((reader.currentHeader != nil) == (index >= 8))
            #expect(try reader.feed([byte]).count == (index == 10 ? 1 : 0))
        }
        #expect(reader.missing == 8)
    }

    @Test func framesAreHandedOutOneAtATimeFromOneChunk() throws {
        let stream = Self.header(.iso20AC, 0) + Self.header(.iso20DC, 1) + [0x77] + [0x01]
        var reader = V2GTPReader()
        var position = 0
        #expect(try reader.next(in: stream, from: &position)?.payloadType == .iso20AC)
        #expect(position == 8)
        #expect(try reader.next(in: stream, from: &position)?.payload == [0x77])
        #expect(position == 17)
        #expect(try reader.next(in: stream, from: &position) == nil)
        #expect(position == 18 && !reader.isAtBoundary)
    }

    @Test func emptyChunkChangesNothing() throws {
        var reader = V2GTPReader()
        #expect(try reader.feed([]).isEmpty)
        #expect(reader.isAtBoundary)
    }

    @Test func endInsideAMessageIsTruncated() throws {
        let first = try V2GTPFrame(payloadType: .iso20AC, payload: [9]).encoded()
        let second = try V2GTPFrame(payloadType: .iso20AC, payload: [1, 2, 3]).encoded()
        for count in 0...second.count {
            var reader = V2GTPReader()
            _ = try reader.feed(first + second[..<count])
            if count == 0 || count == second.count {
                try reader.finish()
            } else {
                let expected = FramingError(
                    .truncated(needed: count < 8 ? 8 : 11, present: UInt64(count)), at: UInt64(first.count))
                #expect(throws: expected) { try reader.finish() }
                #expect(throws: expected) { _ = try reader.feed(Array(second[count...])) }
            }
        }
    }

    @Test func badHeaderIsFinalAndFramesInFrontOfItAreKept() throws {
        let good = try V2GTPFrame(payloadType: .iso20AC, payload: [1, 2]).encoded()
        let expected = FramingError(.badInverse(found: 0xff), at: 11)
        var reader = V2GTPReader()
        var frames: [V2GTPFrame] = []
        #expect(throws: expected) { try reader.feed(good + [0x01, 0xff] + good, into: &frames) }
        #expect(frames.count == 1)
        #expect(reader.failure == expected && reader.missing == 0 && reader.bufferedBytes == 0)
        #expect(throws: expected) { try reader.feed(good, into: &frames) }
        #expect(throws: expected) { try reader.finish() }
        #expect(frames.count == 1)
    }

    @Test func badFirstByteFailsAtOnce() {
        var reader = V2GTPReader()
        #expect(throws: FramingError(.badVersion(found: 0x16), at: 0)) { _ = try reader.feed([0x16]) }
    }

    @Test(arguments: [UInt32(65_537), 0x0010_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])
    func hostileLengthIsRefusedBeforeAnythingIsKept(_ length: UInt32) {
        var reader = V2GTPReader()
        let stream = Self.header(.sapOrISO2, length) + [UInt8](repeating: 0, count: 100)
        #expect(throws: FramingError(.payloadTooLong(length: UInt64(length), limit: 65_536), at: 4)) {
            _ = try reader.feed(stream)
        }
        #expect(reader.allocatedBytes == 0 && reader.bufferedBytes == 0)
    }

    @Test func longestAllowedPayloadPassesAndTheLimitIsConfigurable() throws {
        let payload = [UInt8](repeating: 7, count: 65_536)
        let stream = try V2GTPFrame(payloadType: .sapOrISO2, payload: payload).encoded()
        var reader = V2GTPReader()
        #expect(try reader.feed(stream).first?.payload == payload)
        var small = V2GTPReader(payloadLimit: 65_535)
        #expect(throws: FramingError.self) { _ = try small.feed(stream) }
        #expect(V2GTPReader(payloadLimit: -5).payloadLimit == 0)
        #expect(V2GTPReader(payloadLimit: .max).payloadLimit == 0xffff_ffff)
    }

    @Test("[X_SECC_V2GTP_V2GTP_001] announced length alone costs nothing")
    func announcedLengthAloneCostsNothing() throws {
        var reader = V2GTPReader(payloadLimit: .max)
        #expect(try reader.feed(Self.header(.sapOrISO2, 0xffff_ffff)).isEmpty)
        #expect(reader.allocatedBytes == 0)
        #expect(try reader.feed([UInt8](repeating: 1, count: 100)).isEmpty)
        #expect(reader.allocatedBytes < 1000 && reader.missing == 0xffff_ffff - 100)
    }

    @Test func drippedPayloadIsCopiedABoundedNumberOfTimes() throws {
        var reader = V2GTPReader()
        _ = try reader.feed(Self.header(.sapOrISO2, 65_536))
        var moves = 0
        var capacity = 0
        var frames: [V2GTPFrame] = []
        for _ in 0..<65_536 {
            try reader.feed([0x5a], into: &frames)
            if reader.allocatedBytes > capacity { moves += 1 }
            capacity = max(capacity, reader.allocatedBytes)
        }
        #expect(frames.count == 1)
        #expect(moves <= 17)
        // What the allocator rounds up, and no more.
        #expect(capacity <= 65_536 + 8192)
    }

    @Test(arguments: 1...100)
    func arbitraryBytesNeverTrapNorOutgrowTheBound(_ seed: UInt64) {
        var random = Seeded(seed)
        var reader = V2GTPReader(payloadLimit: 256)
        for _ in 0..<50 {
            var chunk = random.bytes(Int.random(in: 0...64, using: &random))
            // Half of the chunks start like a frame, so that the reader gets further than the first byte.
            if Bool.random(using: &random) {
                chunk = Self.header(.iso20DC, .random(in: 0...300, using: &random)) + chunk
            }
            _ = try? reader.feed(chunk)  // The fault itself is not what this test is about.
            #expect(reader.bufferedBytes <= 256 + V2GTPHeader.size)
        }
    }

    @Test(.enabled(if: ResidentMemory.now() != nil))
    func tenThousandBadFramesLeaveMemoryAsItWas() async {
        await #expect(processExitsWith: .success) {
            let rise = try ResidentMemory.rise { attack(10_000, keeping: nil) }
            try #require(rise < 1 << 20, "memory rose by \(rise) bytes")
        }
    }

    /// The same measurement sees it when what a frame costs is kept.
    @Test(.enabled(if: ResidentMemory.now() != nil))
    func measurementOfMemorySeesKeptFrames() async {
        await #expect(processExitsWith: .success) {
            let keeper = Keeper()
            let rise = try ResidentMemory.rise { attack(10_000, keeping: keeper) }
            try #require(rise > 4 << 20, "memory rose by \(rise) bytes only")
            try #require(keeper.readers.count == 10_000)
        }
    }
}

final class Keeper {
    var readers: [V2GTPReader] = []
}

/// Runs `count` connections that end badly, in five ways.
func attack(_ count: Int, keeping keeper: Keeper?) {
    for number in 0..<count {
        var reader = V2GTPReader()
        var bytes: [UInt8] = []
        switch number % 5 {
        case 0: V2GTPHeader(payloadType: .sapOrISO2, payloadLength: .max).append(to: &bytes)
        case 1: V2GTPHeader(payloadType: .sapOrISO2, payloadLength: 0).append(to: &bytes)
        case 2: bytes = [0x01, 0xfe, 0x80]
        case 3: V2GTPHeader(payloadType: .sapOrISO2, payloadLength: 65_536).append(to: &bytes)
        default: bytes = [0x01, 0xff, 0x80, 0x01]
        }
        if number % 5 == 3 || keeper != nil {
            bytes = [0x01, 0xfe, 0x80, 0x01, 0, 1, 0, 0] + [UInt8](repeating: 0xcc, count: 2000)
        }
        _ = try? reader.feed(bytes)  // Most of them throw, as they should.
        keeper?.readers.append(reader)
    }
}
