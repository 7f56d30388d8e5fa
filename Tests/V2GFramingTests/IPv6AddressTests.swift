import Foundation
import Testing
import V2GFraming

@Suite struct IPv6AddressTests {
    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("fe80::1", "fe80::1"), ("FE80:0:0:0:0:0:0:1", "fe80::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"), ("2001:0db8::0001", "2001:db8::1"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("0:0:1::", "0:0:1::"), ("1::", "1::"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("0:0:0:0:0:ffff:c000:0201", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ])
    func textIsCanonical(_ text: String, _ canonical: String) throws {
        #expect(try #require(IPv6Address(text)).description == canonical)
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::", "1:::2", ":1::",
        "1::2:",
        "12345::", "g::", "fe80::1%eth0", "fe80::/10", "::1.2.3", "::1.2.3.256", "::01.2.3.4", "1.2.3.4", "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4", " ::1", "::1 ", "[::1]", "::٣", String(repeating: "0", count: 60),
    ])
    func otherTextIsNoAddress(_ text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test func bytesAreInNetworkOrder() throws {
        let address = try #require(IPv6Address("fe80::1234:5678:9abc:def0"))
        #expect(address.bytes == [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0])
        let bytes = address.bytes
        let back = IPv6Address(bytes: bytes.span)
        #expect(back == address)
        for count in 0...17 where count != 16 {
            let wrong = [UInt8](repeating: 0, count: count)
            let refused = IPv6Address(bytes: wrong.span) == nil
            #expect(refused)
        }
    }

    @Test func scopesAreTold() throws {
        for text in ["fe80::1", "febf:ffff::1"] { #expect(try #require(IPv6Address(text)).isLinkLocal) }
        for text in ["fec0::1", "fe7f::1", "ff02::1", "2001:db8::1", "::1", "::", "::ffff:169.254.0.1"] {
            #expect(try !#require(IPv6Address(text)).isLinkLocal)
        }
        #expect(SDP.multicastGroup == IPv6Address("ff02::1") && SDP.multicastGroup.isMulticast)
        #expect(IPv6Address("::")?.isUnspecified == true && IPv6Address("::1")?.isLoopback == true)
    }

    /// The C library is an independent judge of the text form, but for the deprecated IPv4-compatible addresses, which
    /// it prints in dotted form.
    @Test func textAgreesWithTheCLibrary() throws {
        var random = Seeded(6)
        for _ in 0..<20_000 {
            var bytes = random.bytes(16)
            for group in 0..<8 where Int.random(in: 0...2, using: &random) > 0 {
                bytes[2 * group] = 0
                if Bool.random(using: &random) { bytes[2 * group + 1] = 0 }
            }
            let read = IPv6Address(bytes: bytes.span)
            let ours = try #require(read)
            if ours.high == 0, ours.low >> 32 == 0 { continue }
            var text = [CChar](repeating: 0, count: 64)
            _ = unsafe inet_ntop(AF_INET6, bytes, &text, 64)
            let theirs = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            #expect(ours.description == theirs)
            #expect(IPv6Address(theirs) == ours)
        }
    }

    @Test func readingAgreesWithTheCLibrary() {
        var random = Seeded(7)
        let pieces = [":", "::", "0", "1", "ab", "ffff", "12345", ".", "1.2.3.4", "255", "g"]
        var accepted = 0
        for _ in 0..<50_000 {
            let text = (0..<Int.random(in: 1...14, using: &random))
                .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            var bytes = [UInt8](repeating: 0, count: 16)
            let theirs = unsafe inet_pton(AF_INET6, text, &bytes) == 1
            let ours = IPv6Address(text)
            #expect((ours != nil) == theirs, "\(text)")
            if let ours {
                #expect(ours.bytes == bytes, "\(text)")
                accepted += 1
            }
        }
        #expect(accepted > 100)
    }
}
