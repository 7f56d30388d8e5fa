internal import SchemaTypes
internal import V2GCertificates
internal import V2GFraming
internal import V2GMessagesDIN
internal import V2GMessagesISO2
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
internal import V2GMessagesXMLDSig
internal import V2GPrimitives
internal import V2GSession
internal import V2GSessionDIN
internal import V2GSessionISO2
internal import V2GSessionISO20

/// What the driver needs of an edition beyond its messages.
protocol StationEdition: SessionCoding {
    /// For records and logs.
    static var title: String { get }
    /// What a relayed document of the backend is sent under.
    static var relayPayloadType: V2GTPPayloadType { get }
    static func schedules(for question: ScheduleQuestion, by backend: any StationBackend) async -> Schedules
    /// The receipt's complete message, to be kept as the car signed it.
    static func document(of receipt: Receipt, session: V2GSessionID) -> [UInt8]?
    /// The session that a message's header names.
    static func session(of message: Message) -> V2GSessionID?
    /// What a car does to its pilot around a request; for simulated equipment.
    static func pilotMove(at message: Message) -> PilotMove?
}

/// A car's change of the pilot, by the message that goes with it.
enum PilotMove {
    /// To state C, before the request is judged.
    case ready
    /// To state B, after it.
    case notReady
}

extension DINEdition: StationEdition {
    static var title: String { "din" }
    static var relayPayloadType: V2GTPPayloadType { .sapOrISO2 }

    static func schedules(for question: ScheduleQuestion, by backend: any StationBackend) async -> Schedules {
        await backend.makeSchedules(question)
    }

    static func document(of receipt: Never, session: V2GSessionID) -> [UInt8]? {}

    static func session(of message: Message) -> V2GSessionID? { V2GSessionID(message.header) }

    static func pilotMove(at message: Message) -> PilotMove? {
        switch message.body.bodyElement {
        case .cableCheckReq: .ready
        case .powerDeliveryReq(let request): request.readyToChargeState ? .ready : .notReady
        default: nil
        }
    }
}

extension ISO2Edition: StationEdition {
    static var title: String { "iso2" }
    static var relayPayloadType: V2GTPPayloadType { .sapOrISO2 }

    static func schedules(for question: ScheduleQuestion, by backend: any StationBackend) async -> Schedules {
        await backend.makeSchedules(question)
    }

    static func document(of receipt: Receipt, session: V2GSessionID) -> [UInt8]? {
        let message = ISO2.V2GMessage(session, .meteringReceiptReq(receipt.request), signature: receipt.signature)
        // A message that was decoded can be encoded.
        return try? encode(message).payload
    }

    static func session(of message: Message) -> V2GSessionID? { V2GSessionID(message.header) }

    static func pilotMove(at message: Message) -> PilotMove? {
        switch message.body.bodyElement {
        case .cableCheckReq: .ready
        case .powerDeliveryReq(let request):
            switch request.chargeProgress {
            case .start: .ready
            case .stop: .notReady
            case .renegotiate: nil
            }
        default: nil
        }
    }
}

extension ISO20Edition: StationEdition {
    static var title: String { "iso20" }
    static var relayPayloadType: V2GTPPayloadType { .iso20Common }

    static func schedules(for question: ScheduleQuestion, by backend: any StationBackend) async -> Schedules {
        await backend.makeSchedules(question)
    }

    static func document(of receipt: Receipt, session: V2GSessionID) -> [UInt8]? {
        var request = receipt.request
        request.header.signature = receipt.signature
        // A message that was decoded can be encoded.
        return try? encode(.common(.meteringConfirmationReq(request))).payload
    }

    static func session(of message: Message) -> V2GSessionID? {
        outline(of: message).flatMap { V2GSessionID($0.header.sessionID.octets) }
    }

    static func pilotMove(at message: Message) -> PilotMove? {
        switch message {
        case .dc(.dcCableCheckReq(_)): .ready
        case .common(.powerDeliveryReq(let request)):
            switch request.chargeProgress {
            case .start: .ready
            case .stop: .notReady
            case .standby, .scheduleRenegotiation: nil
            }
        default: nil
        }
    }
}
