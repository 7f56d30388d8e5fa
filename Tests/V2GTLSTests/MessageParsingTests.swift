import Testing
import V2GPrimitives

@testable import V2GTLS

/// Readers of handshake messages: what is malformed is refused, and nothing traps.
@Suite struct MessageParsingTests {
    private func vector(_ octets: Int, _ bytes: [UInt8]) -> [UInt8] {
        (0..<octets).reversed().map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) } + bytes
    }

    private func message(_ entries: [([UInt8], staple: [UInt8]?)]) -> [UInt8] {
        let list = entries.flatMap { der, staple in
            vector(3, der) + vector(2, staple.map { [0, 5] + vector(2, [1] + vector(3, $0)) } ?? [])
        }
        return [11] + vector(3, vector(1, []) + vector(3, list))
    }

    /// OpenSSL drops the answers after the first; they are read from the message.
    @Test func answersOfEveryCertificateAreRead() throws {
        let read = try #require(
            CertificateMessage(message([([1], [7, 7]), ([2], nil), ([3, 3], [9])]), isTLS13: true))
        #expect(read.chain == [[1], [2], [3, 3]])
        #expect(read.staples == [[7, 7], nil, [9]])
    }

    @Test func chainOfTLS12HasNoExtensions() throws {
        let bytes = [11] + vector(3, vector(3, vector(3, [1, 2]) + vector(3, [3])))
        let read = try #require(CertificateMessage(bytes, isTLS13: false))
        #expect(read.chain == [[1, 2], [3]])
        #expect(read.staples == [nil, nil])
        #expect(CertificateMessage(bytes, isTLS13: true) == nil)
    }

    @Test func everyTruncationAndExtraOctetIsRefused() {
        let whole = message([([1, 2, 3], [7, 7]), ([4], nil)])
        #expect(CertificateMessage(whole, isTLS13: true) != nil)
        for count in 0..<whole.count {
            #expect(CertificateMessage(Array(whole.prefix(count)), isTLS13: true) == nil)
        }
        #expect(CertificateMessage(whole + [0], isTLS13: true) == nil)
    }

    @Test func strangeAnswersAreRefused() {
        let strange: [[UInt8]] = [
            [0, 5] + vector(2, [2] + vector(3, [1])),  // not OCSP
            [0, 5] + vector(2, [1] + vector(3, [])),  // empty
            [0, 5] + vector(2, [1] + vector(3, [1]) + [0]),  // more after it
            [0, 5] + vector(2, [1] + vector(3, [1])) + [0, 5] + vector(2, [1] + vector(3, [2])),  // twice
            [0, 5, 0],
        ]
        for extensions in strange {
            let bytes = [11] + vector(3, vector(1, []) + vector(3, vector(3, [1]) + vector(2, extensions)))
            #expect(CertificateMessage(bytes, isTLS13: true) == nil)
        }
        let other = [0, 18] + vector(2, [1, 2])
        let bytes = [11] + vector(3, vector(1, []) + vector(3, vector(3, [1]) + vector(2, other)))
        #expect(CertificateMessage(bytes, isTLS13: true)?.staples == [nil])
    }

    @Test func tooManyCertificatesAreRefused() {
        let most = [([UInt8], staple: [UInt8]?)](repeating: ([1], nil), count: CertificateMessage.maximumCount)
        #expect(CertificateMessage(message(most), isTLS13: true) != nil)
        #expect(CertificateMessage(message(most + [([1], nil)]), isTLS13: true) == nil)
    }

    @Test func randomOctetsAreSurvived() {
        for round in 0..<2_000 {
            var bytes = SystemRandom.bytes(count: round % 60)
            if bytes.count >= 4 {
                bytes[0] = 11
                bytes[1] = 0
                bytes[2] = 0
                bytes[3] = UInt8(bytes.count - 4)
            }
            _ = CertificateMessage(bytes, isTLS13: round.isMultiple(of: 2))
            _ = TrustedAuthority.list(bytes)
            _ = ClientHello(legacyVersion: 0x303, suites: bytes) { _ in bytes }
        }
    }

    private func hello(_ extensions: [UInt32: [UInt8]], suites: [UInt8] = [0xc0, 0x23]) -> ClientHello? {
        ClientHello(legacyVersion: 0x303, suites: suites) { extensions[$0] }
    }

    @Test func clientHelloIsRead() throws {
        let read = try #require(
            hello([
                43: [4, 3, 4, 3, 3], 10: [0, 4, 0, 25, 0, 30], 13: [0, 2, 6, 3], 47: [0, 5, 0, 3, 0x30, 1, 0],
                5: [1, 0, 0, 0, 0], 17: [0, 0],
            ]))
        #expect(read.versions == [0x304, 0x303])
        #expect(read.groups == [25, 30])
        #expect(read.signatureSchemes == [0x603])
        #expect(read.certificateAuthorities == [[0x30, 1, 0]])
        #expect(read.asksForStatus)
        #expect(read.asksForStatusV2)
        let bare = try #require(hello([:]))
        #expect(bare.versions == [0x303])
        #expect(bare.groups == nil)
        #expect(!bare.asksForStatus)
        #expect(bare.trustedAuthorities == nil)
    }

    @Test(
        arguments: [
            (43, [3, 3, 4]), (43, []), (43, [3, 3, 4, 3]), (10, [0, 3, 0, 25, 0]), (10, [0, 2, 0]),
            (13, [0, 2, 6, 3, 0]),
            (47, [0, 3, 0, 3, 1]), (47, [0]), (3, [0, 1]),
        ] as [(UInt32, [UInt8])])
    func malformedExtensionsRefuseTheHello(_ type: UInt32, _ body: [UInt8]) {
        #expect(hello([type: body]) == nil)
    }

    @Test func oddListOfSuitesRefusesTheHello() {
        #expect(hello([:], suites: [0xc0]) == nil)
    }
}
