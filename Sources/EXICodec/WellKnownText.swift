/// Text that almost every signed message holds. It is found by comparing octets, and costs no allocation.
enum WellKnownText {
    /// The text of `count` characters that starts at bit `position` of `bytes`, if it is well known. The octets have to be
    /// there.
    static func find(_ count: Int, in bytes: RawSpan, at position: Int) -> String? {
        switch count {
        case 35 where matches("http://www.w3.org/TR/canonical-exi/", bytes, position):
            "http://www.w3.org/TR/canonical-exi/"
        case 39 where matches("http://www.w3.org/2001/04/xmlenc#sha256", bytes, position):
            "http://www.w3.org/2001/04/xmlenc#sha256"
        case 39 where matches("http://www.w3.org/2001/04/xmlenc#sha512", bytes, position):
            "http://www.w3.org/2001/04/xmlenc#sha512"
        case 51 where matches("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", bytes, position):
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
        case 51 where matches("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", bytes, position):
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"
        default: nil
        }
    }

    /// Whether the octets from `position` on are those of `literal`, which has eight at least.
    private static func matches(_ literal: StaticString, _ bytes: RawSpan, _ position: Int) -> Bool {
        literal.withUTF8Buffer { buffer in
            let text = UnsafeRawBufferPointer(buffer)
            var index = 0
            while true {
                let wanted = unsafe text.loadUnaligned(fromByteOffset: index, as: UInt64.self).bigEndian
                let place = position &+ index &* 8
                let high = EXIReader.word(bytes, at: place) & ~0xFF
                let found = high | EXIReader.word(bytes, at: place &+ 56) &>> 56
                guard found == wanted else { return false }
                if index == text.count &- 8 { return true }
                index = min(index &+ 8, text.count &- 8)
            }
        }
    }
}
