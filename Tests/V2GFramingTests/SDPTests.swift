import Testing
import V2GFraming
import V2GPrimitives

@Suite struct SDPTests {
    private static let address = IPv6Address(high: 0xfe80_0000_0000_0000, low: 0x0211_22ff_fe33_4455)
    private static let response = SDPResponse(address: address, port: 50_000, security: .tls)

    private static let nines = String(repeating: "9", count: 28)

    private static func text(_ text: String) throws -> SDPText { try #require(SDPText(text)) }

    /// One message of each kind, as long as its layout allows.
    private static func samples() throws -> [SDPMessage] {
        [
            .request(SDPRequest(security: .tls)), .request(SDPRequest(security: .none, transport: .udp)),
            .response(response),
            .wirelessRequest(
                SDPWirelessRequest(
                    security: .tls, pairingMethods: SDPPairingMethods(rawValue: 0x1234),
                    couplingType: SDPCouplingType(rawValue: 0x56))),
            .wirelessRequest(
                SDPWirelessRequest(
                    security: .tls, pairingMethods: [], couplingType: SDPCouplingType(rawValue: 0),
                    evID: try text("12345678901234567890"), evseID: try text("DE*ABC*E" + nines))),
            .wirelessResponse(
                SDPWirelessResponse(
                    endpoint: response, diagStatus: .finishedWithEVSEID, couplingType: SDPCouplingType(rawValue: 1),
                    evseID: try text("DE*ABC*E1"))),
            .wirelessResponse(
                SDPWirelessResponse(
                    endpoint: response, diagStatus: .ongoing, couplingType: SDPCouplingType(rawValue: 1))),
            .emspRequest(SDPEMSPRequest()),
            .emspRequest(SDPEMSPRequest(providers: try #require(SDPEMSPList(["DEABC", "NLXYZ"])))),
            .emspResponse(SDPEMSPResponse(address: address, port: 49_152)),
            .emspResponse(
                SDPEMSPResponse(address: address, port: 65_535, providers: try #require(SDPEMSPList(["DEABC"])))),
        ]
    }

    @Test func workedBytesAreReadAndWritten() throws {
        let rows: [(String, SDPMessage)] = [
            ("01fe9000000000020000", .request(SDPRequest(security: .tls))),
            ("01fe9000000000021000", .request(SDPRequest(security: .none))),
            ("01fe900100000014" + "fe80000000000000021122fffe334455" + "c350" + "0000", .response(Self.response)),
        ]
        for (hex, message) in rows {
            let bytes = try #require(Hex.decode(hex))
            #expect(try readDatagram(bytes) == message)
            #expect(try message.datagram() == bytes)
        }
    }

    @Test func wirelessAndProviderMessagesHaveTheirFieldsInPlace() throws {
        let samples = try Self.samples()
        let request = try samples[3].datagram()
        #expect(
            Hex.encode(request)
                == "01fe90020000003e" + "0000" + "1234" + "56" + "5a5a3030303030"
                + String(repeating: "00", count: 13 + 37))
        let response = try samples[5].datagram()
        #expect(
            Hex.encode(response)
                == "01fe90030000003b" + "fe80000000000000021122fffe334455c3500000" + "01" + "01"
                + "44452a4142432a4531" + String(repeating: "00", count: 28))
        #expect(Hex.encode(try samples[8].datagram()) == "01fe90040000000b" + "4445414243" + "2c" + "4e4c58595a")
        #expect(
            Hex.encode(try samples[10].datagram())
                == "01fe900500000017" + "fe80000000000000021122fffe334455" + "ffff" + "4445414243")
    }

    @Test(arguments: SDPLayout.EVSEIDWidth.allCases)
    func everyMessageComesBack(_ width: SDPLayout.EVSEIDWidth) throws {
        let layout = SDPLayout(evseIDWidth: width)
        for message in try Self.samples() {
            let datagram = try message.datagram(layout: layout)
            #expect(try readDatagram(datagram, layout: layout) == message)
        }
    }

    @Test func datagramCutAnywhereOrTooLongIsRefused() throws {
        for message in try Self.samples() {
            let datagram = try message.datagram()
            for count in 0..<datagram.count {
                #expect(throws: FramingError.self) { try readDatagram(Array(datagram[..<count])) }
            }
            #expect(throws: FramingError(.trailingBytes(count: 1), at: UInt64(datagram.count))) {
                try readDatagram(datagram + [0])
            }
        }
    }

    @Test func payloadOfAnotherSizeIsRefused() {
        let sizes: [(V2GTPPayloadType, Int)] = [
            (.sdpRequest, 2), (.sdpResponse, 20), (.sdpWirelessRequest, 62), (.sdpWirelessResponse, 59),
        ]
        for (type, size) in sizes {
            for count in 0...80 {
                var payload = [UInt8](repeating: 0, count: count)
                if count > 17 { payload[17] = type == .sdpWirelessRequest ? 0 : 1 }
                if count == size {
                    #expect(throws: Never.self) { try readPayload(type, payload) }
                } else {
                    let error = #expect(throws: FramingError.self) { try readPayload(type, payload) }
                    guard case .badSize(_, count, "\(size)") = error?.kind else {
                        Issue.record("\(type) of \(count) bytes: \(String(describing: error))")
                        continue
                    }
                }
            }
        }
        for count in 0..<18 {
            #expect(throws: FramingError.self) {
                try readPayload(.sdpEMSPResponse, [UInt8](repeating: 1, count: count))
            }
        }
    }

    @Test func widthOfTheEVSEIDIsAnOption() throws {
        let narrow = SDPLayout(evseIDWidth: .bytes36)
        let request = try Self.samples()[3]
        #expect(try request.datagram(layout: narrow).count == 8 + 61)
        #expect(throws: FramingError.self) { try readDatagram(try request.datagram(layout: narrow)) }
        let full = SDPMessage.wirelessRequest(
            SDPWirelessRequest(
                security: .tls, pairingMethods: [], couplingType: SDPCouplingType(rawValue: 0),
                evseID: try Self.text(String(repeating: "E", count: 37))))
        #expect(try full.datagram().count == 70)
        #expect(throws: FramingError.self) { try full.datagram(layout: narrow) }
    }

    @Test func onlyTheAssignedSecurityAndTransportBytesAreRead() throws {
        for byte in UInt8.min...UInt8.max {
            let isAssigned = byte == 0x00 || byte == 0x10
            let security: [UInt8] = [0x01, 0xfe, 0x90, 0x00, 0, 0, 0, 2, byte, 0x00]
            let transport: [UInt8] = [0x01, 0xfe, 0x90, 0x00, 0, 0, 0, 2, 0x00, byte]
            if isAssigned {
                #expect(throws: Never.self) { try readDatagram(security) }
                #expect(throws: Never.self) { try readDatagram(transport) }
            } else {
                #expect(#expect(throws: FramingError.self) { try readDatagram(security) }?.offset == 8)
                #expect(#expect(throws: FramingError.self) { try readDatagram(transport) }?.offset == 9)
            }
        }
    }

    @Test func onlyTheAssignedDiagStatusBytesAreRead() throws {
        let datagram = try Self.samples()[5].datagram()
        for byte in UInt8.min...UInt8.max {
            var changed = datagram
            changed[28] = byte
            if SDPDiagStatus(rawValue: byte) != nil {
                #expect(throws: Never.self) { try readDatagram(changed) }
            } else {
                #expect(#expect(throws: FramingError.self) { try readDatagram(changed) }?.offset == 28)
            }
        }
        #expect(SDPDiagStatus.allCases.map(\.rawValue) == [0x00, 0x01, 0x02, 0x10])
    }

    @Test func portZeroIsRefused() throws {
        for index in [2, 5, 9] {
            var datagram = try Self.samples()[index].datagram()
            datagram[24] = 0
            datagram[25] = 0
            #expect(#expect(throws: FramingError.self) { try readDatagram(datagram) }?.offset == 24)
        }
    }

    @Test func textFieldsAreASCIIWithZeroesOnlyAtTheEnd() throws {
        let datagram = try Self.samples()[5].datagram()
        for byte in [UInt8(0x00), 0x0a, 0x1f, 0x7f, 0x80, 0xff] {
            var changed = datagram
            changed[31] = byte
            #expect(throws: FramingError(.badText(field: "EVSEID", found: byte), at: 31)) { try readDatagram(changed) }
        }
        for text in ["ä", "a\0b", "\n", String(repeating: "1", count: 38)] { #expect(SDPText(text) == nil) }
    }

    @Test func typesThatAreNoDiscoveryAreRefused() {
        for number in UInt16.min...UInt16.max where !(0x9000...0x9005).contains(number) {
            let type = V2GTPPayloadType(rawValue: number)
            let bytes: [UInt8] = [0x01, 0xfe, UInt8(number >> 8), UInt8(number & 0xff), 0, 0, 0, 2, 0, 0]
            guard case .unexpectedPayloadType(type, _)? = (Result { try readDatagram(bytes) }).fault?.kind else {
                Issue.record("\(type) was not refused by its type")
                return
            }
        }
    }

    @Test(arguments: SDPLayout.EMSPSeparator.allCases)
    func separatorOfProvidersIsAnOption(_ separator: SDPLayout.EMSPSeparator) throws {
        let ids = ["DEABC", "NLXYZ", "FR123"]
        let list = try #require(SDPEMSPList(ids, separator: separator))
        #expect(list.ids(separator: separator) == ids)
        let message = SDPMessage.emspRequest(SDPEMSPRequest(providers: list))
        #expect(try readDatagram(try message.datagram()) == message)
    }

    @Test func providerListIsReadWithBlanksAndWithoutEmptyEntries() throws {
        let message = try readPayload(.sdpEMSPRequest, Array(" DEABC , NLXYZ,,\0".utf8))
        guard case .emspRequest(let request) = message else {
            Issue.record("read as \(message)")
            return
        }
        #expect(request.providers.ids() == ["DEABC", "NLXYZ"])
        #expect(request.providers.ids(separator: .semicolon) == ["DEABC , NLXYZ,,"])
        for ids in [["DE,ABC"], [""], ["DEäBC"], ["DE\0BC"]] { #expect(SDPEMSPList(ids) == nil) }
        for byte in [UInt8(0x01), 0x1b, 0x7f, 0x80, 0xff] {
            #expect(throws: FramingError.self) { try readPayload(.sdpEMSPRequest, [0x41, byte]) }
        }
    }

    @Test func datagramsAreBounded() throws {
        let ids = (0..<400).map { "DEA\(100 + $0)" }
        let list = try #require(SDPEMSPList(ids))
        #expect(throws: FramingError.self) { try SDPMessage.emspRequest(SDPEMSPRequest(providers: list)).datagram() }
        let bytes = try V2GTPFrame(payloadType: .sdpEMSPRequest, payload: list.bytes).encoded()
        #expect(throws: FramingError.self) { try readDatagram(bytes) }
        #expect(throws: FramingError.self) { try readPayload(.sdpEMSPRequest, list.bytes) }
        let short = try #require(SDPEMSPList(Array(ids.prefix(200))))
        let datagram = try SDPMessage.emspRequest(SDPEMSPRequest(providers: short)).datagram()
        #expect(datagram.count <= SDP.maximumDatagramLength)
    }

    @Test func answerIsPlausibleOnlyOnTheLinkAndInTheDynamicRange() {
        #expect(Self.response.isPlausible)
        var changed = Self.response
        changed.port = 49_151
        #expect(!changed.isPlausible)
        changed = Self.response
        changed.address = IPv6Address(high: 0x2001_0db8_0000_0000, low: 1)
        #expect(!changed.isPlausible)
        changed = Self.response
        changed.transport = .udp
        #expect(!changed.isPlausible)
    }

    @Test func constantsOfDiscovery() {
        #expect(SDP.serverPort == 15118 && SDP.maximumRequests == 50)
        #expect(SDP.responseTimeout == .milliseconds(250))
        #expect(SDPWirelessRequest.unknownEVID.description == "ZZ00000")
        #expect(SDPWirelessRequest.payloadSize(SDPLayout()) == 62 && SDPWirelessResponse.payloadSize(SDPLayout()) == 59)
    }

    @Test(arguments: 1...50)
    func arbitraryDatagramsNeverTrap(_ seed: UInt64) throws {
        var random = Seeded(seed)
        for _ in 0..<200 {
            let type = UInt16.random(in: 0x9000...0x9006, using: &random)
            let payload = random.bytes([0, 2, 18, 20, 58, 59, 61, 62, 100].randomElement(using: &random) ?? 0)
            let datagram = try V2GTPFrame(payloadType: V2GTPPayloadType(rawValue: type), payload: payload).encoded()
            if case .success(let message) = Result(catching: { try readDatagram(datagram) }) {
                #expect(try message.datagram() == datagram)
            }
        }
    }
}

extension Result where Failure == any Error {
    fileprivate var fault: FramingError? {
        if case .failure(let error) = self { error as? FramingError } else { nil }
    }
}
