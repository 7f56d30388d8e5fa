import SchemaTypes
import Testing
import V2GFraming
import V2GMessagesDIN
import V2GPrimitives
import V2GSession
import V2GSessionDIN

/// Frames of DIN SPEC 70121, and what cars are known to do with them.
@Suite struct DINCodingTests {
    private let message = DIN.V2GMessage(.zero, Request.ordinary(.contractAuthentication))

    @Test(arguments: DINPair.allCases)
    func everyRequestGoesUnder8001AndComesBack(_ pair: DINPair) throws {
        let request = DIN.V2GMessage(.zero, Request.ordinary(pair))
        let frame = try DINEdition.encode(request)
        #expect(frame.payloadType.rawValue == 0x8001)
        let decoded = try DINEdition.decode(frame, quirks: [])
        #expect(decoded.message == request)
        #expect(decoded.notes.isEmpty)
        #expect(DINEdition.name(of: request) == pair.requestName)
        #expect(DINEdition.responseCode(of: request) == nil)
    }

    @Test func anotherPayloadTypeIsRefused() throws {
        let payload = try DINEdition.encode(message).payload
        #expect(fault(V2GTPFrame(payloadType: .iso20Common, payload: payload)) == .payloadType)
    }

    @Test func noiseIsRefused() {
        #expect(fault(V2GTPFrame(payloadType: .sapOrISO2, payload: [0x80, 0xff])) == .undecodable)
    }

    @Test func anEmptyBodyIsNoMessage() throws {
        let empty = DIN.V2GMessage(
            header: DIN.MessageHeader(sessionID: V2GSessionID.zero.din), body: DIN.Body(bodyElement: nil))
        #expect(fault(try DINEdition.encode(empty)) == .notAMessage)
    }

    /// Field quirk 5: one car sends a zero byte behind ContractAuthenticationReq.
    @Test func zerosBehindTheDocumentNeedTheQuirk() throws {
        let payload = try DINEdition.encode(message).payload + [0]
        let frame = V2GTPFrame(payloadType: .sapOrISO2, payload: payload)
        #expect(fault(frame) == .trailingBytes)
        let tolerated = try DINEdition.decode(frame, quirks: [.trailingZeros])
        #expect(tolerated.message == message)
        #expect(
            tolerated.notes == [.quirkUsed(.trailingZeros, detail: "1 zero bytes behind the EXI document")])
    }

    @Test func otherBytesBehindTheDocumentAreRefusedWithTheQuirk() throws {
        let payload = try DINEdition.encode(message).payload + [1]
        #expect(fault(V2GTPFrame(payloadType: .sapOrISO2, payload: payload), [.trailingZeros]) == .trailingBytes)
    }

    private func fault(_ frame: V2GTPFrame, _ quirks: Set<Quirk> = []) -> MessageFault.Code? {
        do throws(MessageFault) {
            _ = try DINEdition.decode(frame, quirks: quirks)
            return nil
        } catch {
            return error.code
        }
    }

    // MARK: Values

    @Test func aValueWithoutAUnitHasTheUnitOfItsElement() {
        let bare = DIN.PhysicalValue(multiplier: DIN.UnitMultiplier(clamping: 1), unit: nil, value: 40)
        #expect(bare.volts == Volts(400))
        #expect(bare.amperes == Amperes(400))
        #expect(DIN.PhysicalValue(Volts(400)).amperes == nil)
        #expect(DIN.PhysicalValue(Watts(150_000)).watts == Watts(150_000))
    }

    @Test func theLargestPMaxDoesNotLimit() {
        #expect(DIN.PMax(limit: Watts(150_000)) == 32_767)
        #expect(DIN.PMax(limit: Watts(11_000.9)) == 11_000)
        #expect(DIN.PMax(limit: Watts(-5)) == 0)
        let flat = DINEdition.Schedules.flat(Watts(150_000)).tuples[0].pMaxSchedule.pMaxScheduleEntry.elements
        #expect(flat.map(\.limit) == [nil])
    }

    @Test func timesAreThoseOfTheSpecification() {
        let timing = DINTiming.standard
        #expect(timing[.powerDelivery].evccTimeout == .seconds(2))
        #expect(timing[.currentDemand].evccTimeout == .milliseconds(250))
        #expect(timing[.paymentDetails].evccTimeout == .seconds(5))
        #expect(timing[.sessionSetup].seccPerformance == .milliseconds(1_500))
        #expect(timing.sequence == .seconds(60))
        #expect(timing.readyToCharge == .seconds(150))
        #expect(timing.cableCheck == .seconds(40))
        #expect(timing.preCharge == .seconds(7))
    }
}
