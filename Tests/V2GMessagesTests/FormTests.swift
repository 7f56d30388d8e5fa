import EXICodec
import Testing

/// The two forms of elements with empty content, and strings by reference.
@Suite struct FormTests {
    private func empty(_ name: String, of set: MessageSet = .iso2) throws -> Vector {
        try #require(try Vector.load(["empty"], of: [set]).first { $0.name == name })
    }

    /// Empty content by hand. In front of it stands all that was read so far. As EXIficient has it, the only production
    /// of the state, CH, takes one bit, so 1 is the escape; EE is the first of the second level, in three bits. The
    /// other form is CH (0), a value of length zero, and EE (0).
    @Test func emptyOctetsHaveTwoFormsAndTheCanonicalOneIsWritten() throws {
        let vector = try empty("EVCCID")
        // Up to SE(EVCCID) these are the bits of any SessionSetupReq: 8 header, 7 V2G_Message, 78 Header, 1 SE(Body),
        // 6 SessionSetupReq, 1 SE(EVCCID).
        let head = Bits(vector.bytes)[..<101]
        let tail: Bits = "0 0 0"
        #expect((head + "1 000" + tail).octets == vector.bytes)
        let other = (head + "0 00000000 0" + tail).octets
        #expect(try vector.set.read(other).json == vector.json)
        #expect(try vector.set.read(other).rewritten == vector.bytes)
        #expect(try vector.set.write(vector.json, form: EXIForm(emptyContent: .characters)) == other)
    }

    @Test func emptyTextHasTwoFormsAndTheCanonicalOneIsWritten() throws {
        let vector = try empty("ServiceScope")
        // ServiceDiscoveryReq offers ServiceScope, ServiceCategory and EE, with the escape two bits.
        let head = Bits(vector.bytes)[..<102]
        // EE(ServiceDiscoveryReq) is 1 of ServiceCategory and EE; EE of Body and of V2G_Message follow.
        let tail: Bits = "01 0 0"
        #expect((head + "1 000" + tail).octets == vector.bytes)
        // The length of a literal string is coded plus two.
        let other = (head + "0 00000010 0" + tail).octets
        #expect(try vector.set.read(other).json == vector.json)
        #expect(try vector.set.write(vector.json, form: EXIForm(emptyContent: .characters)) == other)
    }

    @Test func emptyContentBehindAnAttributeHasTwoForms() throws {
        let vector = try empty("SignatureValue with Id", of: .xmldsig)
        // Behind the Id: CH alone, so again one bit; then octets, or the escape.
        let bits = Bits(vector.bytes)
        let last = try #require(bits.bits.lastIndex(of: true))
        #expect(bits[last...].bits.prefix(4) == Bits("1000").bits[...])
        let other = (bits[..<last] + "0 00000000 0").octets
        #expect(try vector.set.read(other).json == vector.json)
        #expect(try vector.set.write(vector.json, form: EXIForm(emptyContent: .characters)) == other)
    }

    @Test func whatMayNotBeEmptyIsRefusedInBothForms() throws {
        // An EVSEID has seven characters at least. Head as in HostileBytesTests.
        let head = Bits(hex: "809802000000000000000011d018004488cd115400")[..<94] + "011110 00 00001 0 0"
        #expect(MessageSet.iso2.refusal(of: (head + "1 000 01 0 0").octets) != nil)
        #expect(MessageSet.iso2.refusal(of: (head + "0 00000010 0 01 0 0").octets)?.code == .badLength)
    }

    @Test(arguments: try Vector.load("references"))
    func stringsByReferenceAreReadWhereAllowedAndWrittenAsLiterals(_ vector: Vector) throws {
        let reading = try vector.set.read(vector.bytes, vector.grammar)
        #expect(reading.json == vector.json)
        #expect(reading.notes.usedStringTable)
        let literal = try #require(vector.literalHex)
        #expect(Hex.text(reading.rewritten) == literal && literal != vector.hex)
        let strict = EXIOptions(acceptsStringTableHits: false)
        let refusal = try #require(vector.set.refusal(of: vector.bytes, vector.grammar, options: strict))
        #expect(refusal.code == .stringTableHit)
    }

    @Test func aReferenceToNothingIsRefused() throws {
        // supportedAppProtocolReq: header, the message (two bits), SE(AppProtocol), SE(ProtocolNamespace), CH, length.
        let bits = Bits(hex: "8000ebab9371d34b9b79d189a98989c1d191d191818999d26b9b3a232b30020000040040")
        #expect(bits[13..<21] == Bits(27 + 2, width: 8))
        for hit in ["00000000", "00000001"] {
            let bytes = (bits[..<13] + Bits(hit) + bits[21...]).octets
            for accepts in [true, false] {
                let options = EXIOptions(acceptsStringTableHits: accepts)
                #expect(MessageSet.sap.refusal(of: bytes, options: options)?.code == .stringTableHit)
            }
        }
    }

    @Test func aFragmentOfEMAIDHasTheGrammarOfItsNameOrByOptionThatOfItsType() throws {
        let vector = try #require(try Vector.load(["published"], of: [.iso2]).first { $0.name == "eMAID" })
        let typed = try vector.set.write(vector.json, .fragment, form: EXIForm(ambiguousFragments: .typed))
        #expect(typed != vector.bytes)
        let options = EXIOptions(ambiguousFragments: .typed)
        #expect(try vector.set.read(typed, .fragment, options: options).json == vector.json)
        #expect(try vector.set.read(vector.bytes, .fragment).json == vector.json)
        #expect(vector.set.refusal(of: typed, .fragment) != nil)
    }
}
