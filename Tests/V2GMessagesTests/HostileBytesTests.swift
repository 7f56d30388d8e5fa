import EXICodec
import Testing

/// Bytes that a peer may send to do harm, one by one; each with the harmless neighbor that is read.
@Suite struct HostileBytesTests {
    /// A SessionSetupReq of -2, as published.
    let request = Hex.octets("809802000000000000000011d018004488cd115400")
    /// Where its SessionID has its length: behind the header, V2G_Message (7 bits), SE(Header), SE(SessionID) and CH.
    let lengthOfSessionID = 18

    // MARK: The header

    @Test("[X_SECC_EXI_EXI_001] any other header is refused at its first bit")
    func anyOtherHeaderIsRefusedAtItsFirstBit() throws {
        for header in UInt8.min...UInt8.max where header != 0x80 {
            let refusal = try #require(MessageSet.iso2.refusal(of: [header] + request.dropFirst()))
            #expect(refusal.code == .badHeader && refusal.bit == 0, "\(header)")
        }
        #expect(MessageSet.iso2.refusal(of: request) == nil)
    }

    @Test("[X_SECC_EXI_EXI_001] the cookie is refused") func theCookieIsRefused() throws {
        let cookie = Array("$EXI".utf8)
        #expect(MessageSet.iso2.refusal(of: cookie + request)?.code == .badHeader)
    }

    // MARK: Lengths

    @Test("[X_SECC_EXI_EXI_002] a session ID of nine octets is refused at its length")
    func aSessionIDOfNineOctetsIsRefusedAtItsLength() throws {
        let bits = Bits(request)
        let head = bits[..<lengthOfSessionID]
        let rest = bits[(lengthOfSessionID + 8 + 64)...]
        func document(_ count: Int) -> [UInt8] {
            (head + Bits(count, width: 8) + Bits([UInt8](repeating: 0, count: count)) + rest).octets
        }
        #expect(document(8) == request)
        #expect(try MessageSet.iso2.read(document(7)).json.contains("\"SessionID\":\"00000000000000\""))
        let refusal = try #require(MessageSet.iso2.refusal(of: document(9)))
        #expect(refusal.code == .badLength && refusal.bit == lengthOfSessionID)
    }

    @Test("[X_SECC_EXI_EXI_002] an EVSEID of three hundred characters is refused at its length")
    func anEVSEIDOfThreeHundredCharactersIsRefusedAtItsLength() throws {
        // The same head up to Body, then SessionSetupRes (30 of 35 and EE, six bits), SE, CH, OK_NewSessionEstablished
        // (1 of 24, five bits), EE, SE(EVSEID), CH.
        let head = Bits(request)[..<94] + "011110 00 00001 0 00"
        func document(_ count: Int) -> [UInt8] {
            let length = count + 2
            let coded = length < 128 ? Bits(length, width: 8) : Bits([0x80 | UInt8(length & 0x7F), UInt8(length >> 7)])
            // Behind the text: EE, no EVSETimeStamp (1 of 2 and the escape), EE of Body and V2G_Message.
            return (head + coded + Bits([UInt8](repeating: 0x41, count: count)) + "0 01 0 0").octets
        }
        #expect(try MessageSet.iso2.read(document(7)).json.contains("\"EVSEID\":\"AAAAAAA\""))
        #expect(MessageSet.iso2.refusal(of: document(37)) == nil)
        for count in [0, 6, 38, 300] {
            let refusal = try #require(MessageSet.iso2.refusal(of: document(count)))
            #expect(refusal.code == .badLength && refusal.bit == head.bits.count, "\(count) characters")
        }
    }

    @Test("[X_SECC_EXI_EXI_002] a length beyond the bytes is refused before anything is reserved")
    func aLengthBeyondTheBytesIsRefusedBeforeAnythingIsReserved() throws {
        // ContractSignatureCertChain in a fragment: a certificate may have 800 octets, and says so with nothing behind.
        let bits = Bits(request)
        let claimed = bits[..<lengthOfSessionID] + Bits([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
        #expect(MessageSet.iso2.refusal(of: claimed.octets)?.code == .badLength)
        let short = bits[..<lengthOfSessionID] + Bits(8, width: 8) + "0000"
        #expect(MessageSet.iso2.refusal(of: short.octets)?.code == .truncated)
    }

    // MARK: Lists

    /// Meaningful bits of a fragment of -2 up to the end of its element: ED is 11110100.
    private func content(_ fragment: [UInt8]) throws -> Bits {
        let bits = Bits(fragment)
        let last = try #require(bits.bits.lastIndex(of: true))
        return bits[..<(last - 5)]
    }

    @Test("[X_SECC_EXI_EXI_003] seven energy transfer modes are refused")
    func sevenEnergyTransferModesAreRefused() throws {
        let modes = Array(repeating: "\"DC_core\"", count: 6).joined(separator: ",")
        let json = "{\"SupportedEnergyTransferMode\":{\"EnergyTransferMode\":[\(modes)]}}"
        let six = try MessageSet.iso2.write(json, .fragment)
        // CH, DC_core (2 of 6, three bits), EE. In front of it SE: one of one at first, then one of SE and EE.
        let item: Bits = "0 010 0"
        let first = Bits(six)[..<16] + "0" + item
        let more: Bits = "00"
        let end: Bits = "11110100"
        var full = first
        for _ in 2...6 { full = full + more + item }
        #expect((full + "0" + end).octets == six)
        // A writer without a bound would say it like this; and like this with the code that is left.
        for code in ["00", "0", "1"] {
            #expect(MessageSet.iso2.refusal(of: (full + Bits(code) + item + "01" + end).octets, .fragment) != nil)
        }
    }

    @Test("[X_SECC_EXI_EXI_003] four schedule tuples are refused") func fourScheduleTuplesAreRefused() throws {
        let entry = "{\"RelativeTimeInterval\":{\"start\":0},\"PMax\":{\"Multiplier\":0,\"Unit\":\"W\",\"Value\":7}}"
        let tuple = "{\"SAScheduleTupleID\":1,\"PMaxSchedule\":{\"PMaxScheduleEntry\":[\(entry)]}}"
        let json = "{\"SAScheduleList\":{\"SAScheduleTuple\":[\(tuple),\(tuple),\(tuple)]}}"
        let three = try MessageSet.iso2.write(json, .fragment)
        let item = try content(MessageSet.iso2.write("{\"SAScheduleTuple\":\(tuple)}", .fragment))[16...]
        let end: Bits = "11110100"
        let full = Bits(three)[..<16] + "0" + item + "00" + item + "00" + item
        #expect((full + "0" + end).octets == three)
        for code in ["00", "0", "1"] {
            #expect(MessageSet.iso2.refusal(of: (full + Bits(code) + item + "01" + end).octets, .fragment) != nil)
        }
    }

    @Test(arguments: try Vector.load("full-lists"))
    func fullListsOfJosevsCompiledGrammarsAreRefusedAndNotMisread(_ vector: Vector) throws {
        // They code as if one more item could follow. A list with one item less has the bytes of the schema.
        let josev = Hex.octets(try #require(vector.josevHex))
        let refusal = try #require(vector.set.refusal(of: josev, vector.grammar))
        let same = zip(Bits(josev).bits, Bits(vector.bytes).bits).prefix { $0 == $1 }.count
        #expect(refusal.bit >= same && refusal.bit <= same + 64, "refused at \(refusal.bit), differs from \(same)")
        #expect(vector.set.refusal(of: vector.bytes, vector.grammar) == nil)
    }

    // MARK: Integers

    @Test("[X_SECC_EXI_EXI_004] integers with octets that add nothing are refused where they begin")
    func integersWithOctetsThatAddNothingAreRefusedWhereTheyBegin() throws {
        // DC_CableCheckReq: header, the message (six bits), SE(Header), SE(SessionID), CH, length, eight octets,
        // EE, SE(TimeStamp), CH.
        let start = 8 + 6 + 3 + 8 + 64 + 3
        let json = "{\"DC_CableCheckReq\":{\"Header\":{\"SessionID\":\"0102030405060708\",\"TimeStamp\":5}}}"
        let bits = Bits(try MessageSet.iso20DC.write(json))
        func document(_ octets: [UInt8]) -> [UInt8] { (bits[..<start] + Bits(octets) + bits[(start + 8)...]).octets }
        #expect(document([5]) == bits.octets)
        let most = [UInt8](repeating: 0xFF, count: 9)
        #expect(try MessageSet.iso20DC.read(document(most + [1])).json.contains("18446744073709551615"))
        for octets in [[0x85, 0], [0x80, 0], [UInt8](repeating: 0x80, count: 9) + [0], most + [2], most + [0x81, 0]] {
            let refusal = try #require(MessageSet.iso20DC.refusal(of: document(octets)), "\(octets)")
            #expect(refusal.code == .badInteger && refusal.bit == start, "\(octets)")
        }
    }

    // MARK: What follows

    @Test("[X_SECC_EXI_EXI_005] zeros behind the end are read and told")
    func zerosBehindTheEndAreReadAndTold() throws {
        var reading = try MessageSet.iso2.read(request + [0])
        #expect(reading.notes.trailingOctets == 1)
        #expect(reading.rewritten == request)
        reading.notes.trailingOctets = 0
        #expect(try reading == MessageSet.iso2.read(request))
    }

    @Test("[X_SECC_EXI_EXI_005] anything else behind the end is refused")
    func anythingElseBehindTheEndIsRefused() throws {
        #expect(MessageSet.iso2.refusal(of: request + [1])?.code == .trailingData)
        #expect(MessageSet.iso2.refusal(of: request + [0, 0, 0x80])?.code == .trailingData)
        #expect(MessageSet.iso2.refusal(of: request + request)?.code == .trailingData)
        // The last bits of the last octet are padding.
        #expect(MessageSet.iso2.refusal(of: request.dropLast() + [1])?.code == .trailingData)
    }

    // MARK: Documents of another set

    @Test(
        "[X_SECC_EXI_EXI_006] a message of another set is no message of minus two",
        arguments: MessageSet.allCases)
    func aMessageOfAnotherSetIsNoMessageOfMinusTwo(_ set: MessageSet) throws {
        for vector in try Vector.load(["messages"], of: [set]) where set != .iso2 {
            // Other elements may be the root of a document, but a session takes V2G_Message only.
            let told = try? MessageSet.iso2.read(vector.bytes).json
            #expect(told?.hasPrefix("{\"V2G_Message\"") != true, "\(vector.name)")
        }
    }
}
