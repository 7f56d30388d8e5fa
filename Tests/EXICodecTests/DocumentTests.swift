import EXICodec
import SchemaTypes
import Testing

/// The document and fragment drivers, with the vectors that EXIficient (EXICodec 1.55) made for the handshake.
@Suite struct DocumentTests {
    static let request = "8000ebab9371d34b9b79d189a98989c1d191d191818999d26b9b3a232b30020000040040"
    static let response = "80400040"

    static func offer() throws -> Handshake.Offer { try .init(namespace: "urn:iso:15118:2:2013:MsgDef") }

    @Test func requestIsTheOctetsOfTheVector() throws {
        let element = HandshakeElement.request(try .init([Self.offer()]))
        #expect(try Hexadecimal.string(element.encodedDocument()).lowercased() == Self.request)
        let octets = try Hexadecimal.octets(of: Self.request)
        #expect(try HandshakeElement(decodingDocument: octets.span) == element)
    }

    @Test func responseIsTheOctetsOfTheVector() throws {
        let element = HandshakeElement.response(.init(code: .ok, schemaID: 1))
        #expect(try Hexadecimal.string(element.encodedDocument()).lowercased() == Self.response)
        let octets = try Hexadecimal.octets(of: Self.response)
        var notes = EXINotes()
        #expect(try HandshakeElement(decodingDocument: octets.span, notes: &notes) == element)
        #expect(notes == EXINotes())
    }

    @Test func aBufferIsUsedAgainAndGrowsWhenNeeded() throws {
        var buffer = EXIBuffer(capacity: 0)
        let many = HandshakeElement.request(try .init((0..<20).map { _ in try Self.offer() }))
        for element in [many, .response(.init(code: .failed)), many] {
            try element.encodeDocument(into: &buffer)
            #expect(try HandshakeElement(decodingDocument: buffer.bytes) == element)
            #expect(try buffer.array == element.encodedDocument())
        }
    }

    @Test func anElementThatIsNotGlobalIsRefusedAsDocumentOnly() throws {
        let element = HandshakeElement.appProtocol(try Self.offer())
        let violation = #expect(throws: SchemaViolation.self) { try element.encodedDocument() }
        #expect(violation?.message.contains("fragment") == true)
        let octets = try element.encodedFragment()
        #expect(try HandshakeElement(decodingFragment: octets.span) == element)
    }

    /// Nine names, SE(*) and ED need four bits; ED is code 10.
    @Test func aFragmentIsFramedByItsCodeAndTheEnd() throws {
        let octets = try HandshakeElement.response(.init(code: .ok)).encodedFragment()
        #expect(octets == [0x80, 0b1000_0000, 0b0011_0100])
    }

    @Test func aFragmentWithASecondElementIsRefused() throws {
        let octets: [UInt8] = [0x80, 0b1000_0000, 0b0011_0000, 0b0000_0010, 0b1010_0000]
        #expect(throws: EXIError(.unexpectedEvent, bit: 19, expected: "")) {
            try HandshakeElement(decodingFragment: octets.span)
        }
    }

    @Test func rootsOutsideTheSchemaAreRefused() {
        #expect(throws: EXIError(.deviation, bit: 8, expected: "")) {
            try HandshakeElement(decodingDocument: ([0x80, 0b1000_0000] as [UInt8]).span)
        }
        #expect(throws: EXIError(.unexpectedEvent, bit: 8, expected: "")) {
            try HandshakeElement(decodingDocument: ([0x80, 0b1100_0000] as [UInt8]).span)
        }
        #expect(throws: EXIError(.deviation, bit: 8, expected: "")) {
            try HandshakeElement(decodingFragment: ([0x80, 0b1001_0000] as [UInt8]).span)
        }
        for code in 10...15 as ClosedRange<UInt8> {
            #expect(throws: EXIError(.unexpectedEvent, bit: 8, expected: "")) {
                try HandshakeElement(decodingFragment: ([0x80, code << 4] as [UInt8]).span)
            }
        }
    }

    @Test(arguments: [0x00, 0x24, 0x81, 0x90, 0xA0, 0xC0] as [UInt8])
    func headersOtherThanTheUsualOneAreRefused(_ header: UInt8) {
        #expect(throws: EXIError(.badHeader, bit: 0, expected: "")) {
            try HandshakeElement(decodingDocument: [header, 0x40, 0x00, 0x40].span)
        }
    }

    @Test func zeroOctetsAfterTheEndAreCountedAndOthersRefused() throws {
        let octets = try Hexadecimal.octets(of: Self.response)
        var notes = EXINotes()
        _ = try HandshakeElement(decodingDocument: (octets + [0, 0, 0]).span, notes: &notes)
        #expect(notes.trailingOctets == 3)
        #expect(throws: EXIError(.trailingData, bit: 40, expected: "")) {
            try HandshakeElement(decodingDocument: (octets + [0, 1]).span)
        }
    }

    @Test func paddingBitsMustBeZero() throws {
        for bit in 0..<4 as Range<UInt8> {
            #expect(throws: EXIError(.trailingData, bit: 28, expected: "")) {
                try HandshakeElement(decodingDocument: [0x80, 0x40, 0x00, 0x40 | 1 << bit].span)
            }
        }
    }

    @Test func everyTruncationIsAnErrorAtABitOfTheInput() throws {
        for vector in [Self.request, Self.response] {
            let octets = try Hexadecimal.octets(of: vector)
            for count in octets.indices {
                let error = #expect(throws: EXIError.self) {
                    try HandshakeElement(decodingDocument: Array(octets[..<count]).span)
                }
                #expect(error?.code == .truncated)
                #expect((error?.bit ?? -1) <= count * 8)
            }
        }
    }

    @Test func everyFlippedBitIsAnErrorOrAnotherValue() throws {
        for vector in [Self.request, Self.response] {
            let octets = try Hexadecimal.octets(of: vector)
            let element = try HandshakeElement(decodingDocument: octets.span)
            for bit in 0..<octets.count * 8 {
                var flipped = octets
                flipped[bit / 8] ^= 0x80 >> (bit % 8)
                guard let other = try? HandshakeElement(decodingDocument: flipped.span) else { continue }
                #expect(other != element)
                #expect(try other.encodedDocument() == flipped)
            }
        }
    }

    /// Two offers of one namespace; the second refers to the first, by its own partition or by the common one.
    @Test(arguments: [0, 1] as [UInt8])
    func referencesToEarlierStringsAreFollowedAndNoted(_ kind: UInt8) throws {
        let literal = HandshakeElement.request(try .init([Self.offer(), Self.offer()]))
        var buffer = EXIBuffer()
        try buffer.encode { writer in
            writer.header()
            writer.event(0, of: 2)
            writer.event(0, of: 1)
            guard case .request(let request) = literal else { return }
            request.offers[0].write(to: &writer)
            writer.event(0, of: 2)
            writer.bits(0, 2)
            writer.bits(UInt64(kind), 8)  // one string in the partition: its index takes no bits
            writer.bits(0, 3)
            writer.unsigned(2 as UInt32)
            writer.bits(0, 3)
            writer.unsigned(0 as UInt32)
            writer.bits(1 << 10, 21)
            writer.event(1, of: 2)
        }
        var notes = EXINotes()
        #expect(try HandshakeElement(decodingDocument: buffer.bytes, notes: &notes) == literal)
        #expect(notes.usedStringTable)
        let strict = EXIOptions(acceptsStringTableHits: false)
        let error = #expect(throws: EXIError.self) {
            try HandshakeElement(decodingDocument: buffer.bytes, options: strict)
        }
        #expect(error?.code == .stringTableHit)
    }

    @Test func aReferenceToNoStringIsRefused() {
        // Request, offer, SE, CH, then length 0 where nothing was read before.
        #expect(throws: EXIError(.stringTableHit, bit: 21, expected: "")) {
            try HandshakeElement(decodingDocument: ([0x80, 0, 0, 0, 0] as [UInt8]).span)
        }
    }
}
