import Testing
import V2GFraming
import V2GPrimitives

@Suite struct V2GTPHeaderTests {
    private static let response: [UInt8] = [0x01, 0xfe, 0x90, 0x01, 0x00, 0x00, 0x00, 0x14]

    @Test func workedHeaderIsReadAndWritten() throws {
        let header = try readHeader(Self.response)
        #expect(header == V2GTPHeader(payloadType: .sdpResponse, payloadLength: 20))
        #expect(header.messageLength == 28)
        var written: [UInt8] = [0xaa]
        header.append(to: &written)
        #expect(written == [0xaa] + Self.response)
    }

    @Test func headerIsWrittenIntoABufferInPlace() throws {
        var buffer = [UInt8](repeating: 0x55, count: 12)
        var span = buffer.mutableSpan
        V2GTPHeader(payloadType: .iso20DC, payloadLength: 0x0102_0304).write(into: &span, at: 2)
        #expect(Hex.encode(buffer) == "555501fe8004010203045555")
    }

    @Test(arguments: 0..<8)
    func headerCutAnywhereIsTruncated(_ count: Int) {
        #expect(throws: FramingError(.truncated(needed: 8, present: UInt64(count)), at: 0)) {
            try readHeader(Array(Self.response[..<count]))
        }
    }

    @Test("[TC_SECC_CMN_VTB_V2GTPSessionSetup_004] every other version is refused at its byte")
    func everyOtherVersionIsRefusedAtItsByte() {
        for byte in UInt8.min...UInt8.max where byte != 0x01 {
            var bytes = Self.response
            bytes[0] = byte
            #expect(throws: FramingError(.badVersion(found: byte), at: 0)) { try readHeader(bytes) }
        }
        // Version 2 with its own inverse is no version 1 either.
        #expect(throws: FramingError(.badVersion(found: 2), at: 0)) {
            try readHeader([0x02, 0xfd] + Self.response[2...])
        }
    }

    @Test("[TC_SECC_CMN_VTB_V2GTPSessionSetup_005] every other inverse is refused at its byte")
    func everyOtherInverseIsRefusedAtItsByte() {
        for byte in UInt8.min...UInt8.max where byte != 0xfe {
            var bytes = Self.response
            bytes[1] = byte
            #expect(throws: FramingError(.badInverse(found: byte), at: 1)) { try readHeader(bytes) }
        }
    }

    @Test func wrongVersionIsNamedEvenInAnIncompleteHeader() {
        #expect(throws: FramingError(.badVersion(found: 0x16), at: 0)) {
            try readHeader([0x16, 0x03])
        }
    }

    @Test(arguments: [
        (UInt32(65_537), 65_536), (0xffff_ffff, 65_536), (0x8000_0000, 65_536), (0x7fff_ffff, 65_536), (1, 0), (9, 8),
        (1, -1),
    ])
    func lengthOverTheLimitIsRefused(_ length: UInt32, _ limit: Int) {
        var bytes: [UInt8] = []
        V2GTPHeader(payloadType: .sapOrISO2, payloadLength: length).append(to: &bytes)
        let expected = FramingError(.payloadTooLong(length: UInt64(length), limit: UInt64(max(0, limit))), at: 4)
        #expect(throws: expected) { try readHeader(bytes, payloadLimit: limit) }
    }

    @Test func lengthAtTheLimitIsRead() throws {
        for (length, limit) in [(UInt32(65_536), 65_536), (0, 0), (0xffff_ffff, Int.max), (8, 8)] {
            var bytes: [UInt8] = []
            V2GTPHeader(payloadType: .sapOrISO2, payloadLength: length).append(to: &bytes)
            #expect(try readHeader(bytes, payloadLimit: limit).payloadLength == length)
        }
    }

    @Test func payloadThatNoLengthFieldHoldsIsRefused() throws {
        #expect(try V2GTPHeader(payloadType: .sapOrISO2, payloadCount: 0xffff_ffff).payloadLength == .max)
        for count in [0x1_0000_0000, Int.max, -1] {
            #expect(throws: FramingError.self) { try V2GTPHeader(payloadType: .sapOrISO2, payloadCount: count) }
        }
    }

    @Test func errorsSayWhatWhereAndWhy() {
        let limit = FramingError(.payloadTooLong(length: 99_999, limit: 65_536), at: 4)
        for part in ["byte 4", "99999", "65536", "limit"] { #expect(limit.description.contains(part)) }
        let version = FramingError(.badVersion(found: 0x16), at: 300)
        for part in ["byte 300", "0x16", "0x01", "Close"] { #expect(version.description.contains(part)) }
    }
}

@Suite struct V2GTPFrameTests {
    private static let frame = V2GTPFrame(payloadType: .sapOrISO2, payload: [0x80, 0x40, 0x00, 0x40])
    private static let bytes: [UInt8] = [0x01, 0xfe, 0x80, 0x01, 0, 0, 0, 4, 0x80, 0x40, 0x00, 0x40]

    @Test func frameIsReadAndWritten() throws {
        #expect(try Self.frame.encoded() == Self.bytes)
        #expect(try readFrame(Self.bytes) == Self.frame)
        #expect(try payloadRange(Self.bytes) == 8..<12)
    }

    @Test func frameCutAnywhereIsTruncated() {
        for count in 0..<Self.bytes.count {
            let needed: UInt64 = count < 8 ? 8 : 12
            #expect(throws: FramingError(.truncated(needed: needed, present: UInt64(count)), at: 0)) {
                try readFrame(Array(Self.bytes[..<count]))
            }
        }
    }

    @Test func bytesBehindTheOnlyFrameAreRefused() {
        #expect(throws: FramingError(.trailingBytes(count: 2), at: 12)) {
            try readFrame(Self.bytes + [0, 0])
        }
    }

    @Test func payloadIsWrittenBehindItsHeaderWithoutACopy() throws {
        var buffer: [UInt8] = [0xaa]
        try V2GTPFrame.append(.sapOrISO2, to: &buffer) { $0 += Self.frame.payload }
        try V2GTPFrame.append(.sdpEMSPRequest, to: &buffer) { _ in }
        #expect(buffer == [0xaa] + Self.bytes + [0x01, 0xfe, 0x90, 0x04, 0, 0, 0, 0])
    }

    @Test func failureOfThePayloadLeavesTheBufferAsItWas() {
        struct Fault: Error {}
        var buffer: [UInt8] = [0xaa, 0xbb]
        let result = Result { () throws(V2GTPFrame.AppendFault<Fault>) in
            try V2GTPFrame.append(.sapOrISO2, to: &buffer) { (buffer: inout [UInt8]) throws(Fault) in
                buffer += [1, 2, 3]
                throw Fault()
            }
        }
        guard case .failure(.body) = result else {
            Issue.record("the payload's error was not passed on")
            return
        }
        #expect(buffer == [0xaa, 0xbb])
    }
}
