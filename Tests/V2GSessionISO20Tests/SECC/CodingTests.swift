import Testing
import V2GFraming
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GPrimitives
import V2GSession
import V2GSessionISO20

/// Frames <-> messages, codes and numbers of -20.
@Suite struct ISO20CodingTests {
    private static func fault(_ frame: V2GTPFrame, _ quirks: Set<Quirk> = []) -> MessageFault.Code? {
        do throws(MessageFault) {
            _ = try ISO20Edition.decode(frame, quirks: quirks)
            return nil
        } catch {
            return error.code
        }
    }

    private static func car() throws -> TestCar { TestCar(TestSetup(), try StationPKI.shared.get()) }

    @Test(
        "each set has its payload type",
        arguments: [
            (ISO20Pair.sessionSetup, V2GTPPayloadType.iso20Common), (.acChargeLoop, .iso20AC),
            (.dcCableCheck, .iso20DC),
            (.meteringConfirmation, .iso20Common),
        ])
    func payloadTypes(_ pair: ISO20Pair, _ type: V2GTPPayloadType) throws {
        let message = try Self.car().request(pair)
        let frame = try ISO20Edition.encode(message)
        #expect(frame.payloadType == type)
        #expect(try ISO20Edition.decode(frame, quirks: []).message == message)
        #expect(ISO20Edition.name(of: message) == pair.rawValue + "Req")
        #expect(ISO20Edition.responseCode(of: message) == nil)
    }

    @Test(
        "the side streams are read as common messages",
        arguments: [
            V2GTPPayloadType.iso20ScheduleRenegotiation, .iso20MeteringConfirmation,
        ])
    func sideStreams(_ type: V2GTPPayloadType) throws {
        let message = try Self.car().request(.meteringConfirmation)
        let frame = V2GTPFrame(payloadType: type, payload: try ISO20Edition.encode(message).payload)
        #expect(try ISO20Edition.decode(frame, quirks: []).message == message)
    }

    @Test(
        "[X_SECC_-20_Multiplexing_001] other payload types carry no message",
        arguments: [
            0x8001, 0x8005, 0x8006, 0x8010, 0x8103, 0x8F00, 0x9000, 0xA000,
        ])
    func otherTypes(_ raw: UInt16) throws {
        let payload = try ISO20Edition.encode(Self.car().request(.certificateInstallation)).payload
        let type = V2GTPPayloadType(rawValue: raw)
        #expect(Self.fault(V2GTPFrame(payloadType: type, payload: payload)) == .payloadType)
    }

    @Test(
        "installation under 0x8001 needs a quirk, and nothing else comes there",
        arguments: [
            Quirk.josev, .installationUnder8001,
        ])
    func installationUnder8001(_ quirk: Quirk) throws {
        let car = try Self.car()
        let request = try car.request(.certificateInstallation)
        let frame = V2GTPFrame(payloadType: .sapOrISO2, payload: try ISO20Edition.encode(request).payload)
        let decoded = try ISO20Edition.decode(frame, quirks: [quirk])
        #expect(decoded.message == request)
        let isNoted = decoded.notes.contains { if case .quirkUsed(quirk, _) = $0 { true } else { false } }
        #expect(isNoted)
        let other = V2GTPFrame(
            payloadType: .sapOrISO2, payload: try ISO20Edition.encode(car.request(.serviceDiscovery)).payload)
        #expect(Self.fault(other, [quirk]) == .payloadType)
    }

    @Test("zeros after a message need a quirk, and are noted; other bytes are never taken")
    func trailing() throws {
        let frame = try ISO20Edition.encode(Self.car().request(.serviceDiscovery))
        let zeros = V2GTPFrame(payloadType: frame.payloadType, payload: frame.payload + [0, 0])
        #expect(Self.fault(zeros) == .trailingBytes)
        #expect(try ISO20Edition.decode(zeros, quirks: [.trailingZeros]).notes.count == 1)
        let junk = V2GTPFrame(payloadType: frame.payloadType, payload: frame.payload + [1])
        #expect(Self.fault(junk, [.trailingZeros]) == .undecodable)
    }

    @Test("elements that are no messages are neither read nor written")
    func noMessages() throws {
        let element = ISO20Common.Element.timeStamp(1)
        #expect(throws: MessageFault.self) { try ISO20Edition.encode(.common(element)) }
        #expect(ISO20Edition.outline(of: .common(element)) == nil)
        #expect(Self.fault(V2GTPFrame(payloadType: .iso20Common, payload: [0x80, 0xff, 0xff])) == .undecodable)
        #expect(Self.fault(V2GTPFrame(payloadType: .iso20Common, payload: [])) == .undecodable)
    }

    @Test("codes fall into three families")
    func families() {
        #expect(ISO20.ResponseCode.okPowerToleranceConfirmed.family == .ok)
        #expect(ISO20.ResponseCode.warningAuthorizationSelectionInvalid.family == .warning)
        #expect(ISO20.ResponseCode.warningWPT.family == .warning)
        #expect(ISO20.ResponseCode.failed.family == .failed)
        #expect(ISO20.ResponseCode.failedWrongChargeParameter.family == .failed)
    }

    @Test("numbers keep their value within 16 bits", arguments: [0, 1, -400, 32_767, 150_000, 0.1, 1_234_567, -12.5])
    func numbers(_ value: Double) {
        let back = ISO20.RationalNumber(Watts(value)).watts.value
        #expect(abs(back - value) <= abs(value) * 0.000_1)
    }

    @Test("the times of every pair: 2, 1.5 and 60 s, but for installation, details and loops")
    func timing() {
        let timing = ISO20Timing.standard
        for pair in ISO20Pair.allCases {
            let time = timing[pair]
            switch pair {
            case .certificateInstallation, .serviceDetail:
                #expect(time.evccTimeout == .seconds(5) && time.seccPerformance == .milliseconds(4_500))
            case .acChargeLoop, .dcChargeLoop:
                #expect(time.evccTimeout == .milliseconds(500) && time.seccSequence == .milliseconds(500))
            default: #expect(time.evccTimeout == .seconds(2) && time.seccPerformance == .milliseconds(1_500))
            }
            if !pair.isChargeLoop { #expect(time.seccSequence == .seconds(60)) }
        }
    }

    @Test("the binding of a paused session takes in both the session and the certificate")
    func binding() {
        let session = V2GSessionID.drawn(from: .system)
        let digest = [UInt8](repeating: 1, count: 64)
        let value = ISO20PeerBinding.value(session: session, leafDigest: digest)
        #expect(value.count == 64)
        #expect(value != ISO20PeerBinding.value(session: .drawn(from: .system), leafDigest: digest))
        #expect(value != ISO20PeerBinding.value(session: session, leafDigest: [UInt8](repeating: 2, count: 64)))
    }
}
