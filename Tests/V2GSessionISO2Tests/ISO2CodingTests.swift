import SchemaTypes
import Testing
import V2GFraming
import V2GMessagesISO2
import V2GSession
import V2GSessionISO2

@Suite struct ISO2CodingTests {
    /// SessionSetupReq with eight zero bytes and EVCCID 001122334455, of another encoder.
    private static let octets: [UInt8] = [
        0x80, 0x98, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0xd0, 0x18, 0x00, 0x44, 0x88, 0xcd, 0x11, 0x54, 0x00,
    ]

    private func fault(_ frame: V2GTPFrame, _ quirks: Set<Quirk> = []) -> MessageFault.Code? {
        do throws(MessageFault) {
            _ = try ISO2Edition.decode(frame, quirks: quirks)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func aMessageIsReadAndWritten() throws {
        let frame = V2GTPFrame(payloadType: .sapOrISO2, payload: Self.octets)
        let decoded = try ISO2Edition.decode(frame, quirks: [])
        #expect(decoded.notes.isEmpty)
        #expect(ISO2Edition.name(of: decoded.message) == "SessionSetupReq")
        #expect(ISO2Edition.responseCode(of: decoded.message) == nil)
        #expect(V2GSessionID(decoded.message.header)?.isZero == true)
        let again = try ISO2Edition.encode(decoded.message)
        #expect(again == frame)
    }

    @Test func otherPayloadTypesAreRefused() {
        for type in [V2GTPPayloadType.iso20Common, .iso20DC, .sdpRequest] {
            #expect(fault(V2GTPFrame(payloadType: type, payload: Self.octets)) == .payloadType)
        }
    }

    @Test func zerosBehindTheDocumentNeedTheQuirk() throws {
        let frame = V2GTPFrame(payloadType: .sapOrISO2, payload: Self.octets + [0, 0])
        #expect(fault(frame) == .trailingBytes)
        let decoded = try ISO2Edition.decode(frame, quirks: [.trailingZeros])
        guard case .quirkUsed(.trailingZeros, let detail) = decoded.notes.first else {
            Issue.record("the quirk is not noted")
            return
        }
        #expect(detail.contains("2"))
    }

    @Test func otherBytesBehindTheDocumentAreAlwaysRefused() {
        let frame = V2GTPFrame(payloadType: .sapOrISO2, payload: Self.octets + [0, 1])
        #expect(fault(frame) == .trailingBytes)
        #expect(fault(frame, Set(Quirk.allCases)) == .trailingBytes)
    }

    @Test func whatIsNoMessageIsRefused() throws {
        #expect(fault(V2GTPFrame(payloadType: .sapOrISO2, payload: [])) == .undecodable)
        #expect(fault(V2GTPFrame(payloadType: .sapOrISO2, payload: [0x80])) == .undecodable)
        let empty = ISO2.V2GMessage(
            header: ISO2.MessageHeader(sessionID: V2GSessionID.zero.iso2), body: ISO2.Body(bodyElement: nil))
        #expect(fault(try ISO2Edition.encode(empty)) == .notAMessage)
    }

    @Test func responsesHaveANameAndACode() {
        let message = ISO2.V2GMessage(
            .zero, .sessionStopRes(ISO2.SessionStopRes(responseCode: .failedSequenceError)))
        #expect(ISO2Edition.name(of: message) == "SessionStopRes")
        #expect(ISO2Edition.responseCode(of: message) == "FAILED_SequenceError")
    }

    @Test func okCodesAreNoFailures() {
        #expect(
            ISO2.ResponseCode.allCases.filter { !$0.isFailure }
                == [.ok, .okNewSessionEstablished, .okOldSessionJoined, .okCertificateExpiresSoon])
    }

    @Test func valuesKeepTheirUnit() {
        #expect(ISO2.PhysicalValue(Watts(150_000)).watts == Watts(150_000))
        #expect(ISO2.PhysicalValue(Watts(150_000)).value == 15_000)
        #expect(ISO2.PhysicalValue(Amperes(12.5)).amperes == Amperes(12.5))
        #expect(ISO2.PhysicalValue(Volts(400)).amperes == nil)
        #expect(ISO2.PhysicalValue(Amperes(-1)).amperes == Amperes(-1))
        #expect(ISO2.PhysicalValue(multiplier: ISO2.UnitMultiplier(clamping: 0), unit: .m, value: 2).seconds == 120)
    }

    @Test func everyPairHasItsTimes() {
        let timing = ISO2Timing.standard
        #expect(timing[.sessionSetup].evccTimeout == .seconds(2))
        #expect(timing[.powerDelivery].evccTimeout == .seconds(5))
        #expect(timing[.certificateInstallation].seccPerformance == .milliseconds(4_500))
        #expect(timing[.currentDemand].evccTimeout == .milliseconds(250))
        for pair in ISO2Pair.allCases {
            #expect(timing[pair].seccPerformance < timing[pair].evccTimeout)
            #expect(timing[pair].seccSequence == timing.sequence)
        }
        #expect(timing.stationOngoing < timing.vehicleOngoing)
        #expect(timing.contactor < timing[.powerDelivery].seccPerformance)
    }

    @Test func everySessionIDSurvivesTheHeader() throws {
        for count in 1...8 {
            let id = try #require(V2GSessionID([UInt8](repeating: 0xa5, count: count)))
            #expect(V2GSessionID(ISO2.MessageHeader(sessionID: id.iso2)) == id)
        }
        #expect(V2GSessionID(ISO2.MessageHeader(sessionID: try ISO2.SessionID([]))) == nil)
    }
}
