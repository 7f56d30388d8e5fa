internal import EXICodec
internal import SchemaTypes
package import V2GFraming
package import V2GMessagesISO20
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
package import V2GSession

/// A request of -20 and its response, by the name they share in the schema.
package enum ISO20Pair: String, Sendable, Hashable, CaseIterable {
    case sessionSetup = "SessionSetup"
    case authorizationSetup = "AuthorizationSetup"
    case authorization = "Authorization"
    case serviceDiscovery = "ServiceDiscovery"
    case serviceDetail = "ServiceDetail"
    case serviceSelection = "ServiceSelection"
    case scheduleExchange = "ScheduleExchange"
    case powerDelivery = "PowerDelivery"
    case meteringConfirmation = "MeteringConfirmation"
    case sessionStop = "SessionStop"
    case certificateInstallation = "CertificateInstallation"
    case vehicleCheckIn = "VehicleCheckIn"
    case vehicleCheckOut = "VehicleCheckOut"
    case acChargeParameterDiscovery = "AC_ChargeParameterDiscovery"
    case acChargeLoop = "AC_ChargeLoop"
    case dcChargeParameterDiscovery = "DC_ChargeParameterDiscovery"
    case dcCableCheck = "DC_CableCheck"
    case dcPreCharge = "DC_PreCharge"
    case dcChargeLoop = "DC_ChargeLoop"
    case dcWeldingDetection = "DC_WeldingDetection"

    package var isChargeLoop: Bool { self == .acChargeLoop || self == .dcChargeLoop }
}

/// What every message of -20 has: its pair, its header, and the code where it is a response.
package struct ISO20Outline: Sendable, Hashable {
    package let pair: ISO20Pair
    package let header: ISO20.MessageHeader
    /// `nil` in requests.
    package let code: ISO20.ResponseCode?

    package init(_ pair: ISO20Pair, _ header: ISO20.MessageHeader, _ code: ISO20.ResponseCode? = nil) {
        self.pair = pair
        self.header = header
        self.code = code
    }

    package var isRequest: Bool { code == nil }
    package var name: String { pair.rawValue + (isRequest ? "Req" : "Res") }
}

extension ISO20Edition: SessionCoding {
    package static func decode(
        _ frame: V2GTPFrame, quirks: Set<Quirk>
    ) throws(MessageFault) -> DecodedMessage<Message> {
        let tolerance: Quirk? =
            quirks.contains(.installationUnder8001)
            ? .installationUnder8001 : quirks.contains(.josev) ? .josev : nil
        let set = frame.payloadType.schemaSet(in: .iso20, toleratesISO2TypeInISO20: tolerance != nil)
        var exi = EXINotes()
        let message: Message
        do {
            switch set {
            case .iso20Common: message = .common(try .init(decodingDocument: frame.payload.span, notes: &exi))
            case .iso20AC: message = .ac(try .init(decodingDocument: frame.payload.span, notes: &exi))
            case .iso20DC: message = .dc(try .init(decodingDocument: frame.payload.span, notes: &exi))
            case .sap, .din, .iso2, .iso20ACDP, .iso20WPT, .xmldsig, nil:
                throw MessageFault(
                    .payloadType,
                    "Payload type \(frame.payloadType) carries no message of an AC or DC session of ISO 15118-20. "
                        + "Use 0x8002, 0x8003 or 0x8004.")
            }
        } catch let fault as MessageFault {
            throw fault
        } catch let error as EXIError {
            throw MessageFault(.undecodable, "A frame of type \(frame.payloadType) holds no EXI document: \(error)")
        } catch {
            throw MessageFault(.undecodable, "A frame of type \(frame.payloadType) holds no EXI document.")
        }
        guard let outline = outline(of: message) else {
            throw MessageFault(
                .notAMessage, "The document of type \(frame.payloadType) is an element of the schema, but no message.")
        }
        var notes: [SessionNote] = []
        if frame.payloadType == .sapOrISO2 {
            guard outline.pair == .certificateInstallation, let tolerance else {
                throw MessageFault(
                    .payloadType, "\(outline.name) came under payload type 0x8001, which -20 does not use. Use 0x8002.")
            }
            notes.append(.quirkUsed(tolerance, detail: "\(outline.name) came under payload type 0x8001"))
        }
        if exi.trailingOctets > 0 {
            guard quirks.contains(.trailingZeros) else {
                throw MessageFault(
                    .trailingBytes,
                    "\(exi.trailingOctets) bytes follow \(outline.name) within its frame. The quirk "
                        + "\(Quirk.trailingZeros.rawValue) would tolerate zeros.")
            }
            notes.append(
                .quirkUsed(.trailingZeros, detail: "\(exi.trailingOctets) zero bytes follow \(outline.name)"))
        }
        return DecodedMessage(message, notes: notes)
    }

    package static func encode(_ message: Message) throws(MessageFault) -> V2GTPFrame {
        guard outline(of: message) != nil else {
            throw MessageFault(.notAMessage, "An element that is no message cannot be sent.")
        }
        do {
            switch message {
            case .common(let element):
                return V2GTPFrame(payloadType: .iso20Common, payload: try element.encodedDocument())
            case .ac(let element):
                return V2GTPFrame(payloadType: .iso20AC, payload: try element.encodedDocument())
            case .dc(let element):
                return V2GTPFrame(payloadType: .iso20DC, payload: try element.encodedDocument())
            }
        } catch {
            throw MessageFault(.cannotEncode, "\(name(of: message)) cannot be encoded: \(error.message)")
        }
    }

    package static func name(of message: Message) -> String {
        outline(of: message)?.name ?? "element that is no message"
    }

    package static func responseCode(of message: Message) -> String? { outline(of: message)?.code?.schemaName }

    /// `nil` when the element is none of the messages of AC and DC sessions.
    package static func outline(of message: Message) -> ISO20Outline? {
        switch message {
        case .common(let element): outline(of: element)
        case .ac(let element): outline(of: element)
        case .dc(let element): outline(of: element)
        }
    }

    // The sets declare hundreds of global elements; what is no message here has nothing in common but that.
    private static func outline(of element: ISO20Common.Element) -> ISO20Outline? {
        switch element {
        case .sessionSetupReq(let m): ISO20Outline(.sessionSetup, m.header)
        case .sessionSetupRes(let m): ISO20Outline(.sessionSetup, m.header, m.responseCode)
        case .authorizationSetupReq(let m): ISO20Outline(.authorizationSetup, m.header)
        case .authorizationSetupRes(let m): ISO20Outline(.authorizationSetup, m.header, m.responseCode)
        case .authorizationReq(let m): ISO20Outline(.authorization, m.header)
        case .authorizationRes(let m): ISO20Outline(.authorization, m.header, m.responseCode)
        case .serviceDiscoveryReq(let m): ISO20Outline(.serviceDiscovery, m.header)
        case .serviceDiscoveryRes(let m): ISO20Outline(.serviceDiscovery, m.header, m.responseCode)
        case .serviceDetailReq(let m): ISO20Outline(.serviceDetail, m.header)
        case .serviceDetailRes(let m): ISO20Outline(.serviceDetail, m.header, m.responseCode)
        case .serviceSelectionReq(let m): ISO20Outline(.serviceSelection, m.header)
        case .serviceSelectionRes(let m): ISO20Outline(.serviceSelection, m.header, m.responseCode)
        case .scheduleExchangeReq(let m): ISO20Outline(.scheduleExchange, m.header)
        case .scheduleExchangeRes(let m): ISO20Outline(.scheduleExchange, m.header, m.responseCode)
        case .powerDeliveryReq(let m): ISO20Outline(.powerDelivery, m.header)
        case .powerDeliveryRes(let m): ISO20Outline(.powerDelivery, m.header, m.responseCode)
        case .meteringConfirmationReq(let m): ISO20Outline(.meteringConfirmation, m.header)
        case .meteringConfirmationRes(let m): ISO20Outline(.meteringConfirmation, m.header, m.responseCode)
        case .sessionStopReq(let m): ISO20Outline(.sessionStop, m.header)
        case .sessionStopRes(let m): ISO20Outline(.sessionStop, m.header, m.responseCode)
        case .certificateInstallationReq(let m): ISO20Outline(.certificateInstallation, m.header)
        case .certificateInstallationRes(let m): ISO20Outline(.certificateInstallation, m.header, m.responseCode)
        case .vehicleCheckInReq(let m): ISO20Outline(.vehicleCheckIn, m.header)
        case .vehicleCheckInRes(let m): ISO20Outline(.vehicleCheckIn, m.header, m.responseCode)
        case .vehicleCheckOutReq(let m): ISO20Outline(.vehicleCheckOut, m.header)
        case .vehicleCheckOutRes(let m): ISO20Outline(.vehicleCheckOut, m.header, m.responseCode)
        default: nil
        }
    }

    private static func outline(of element: ISO20AC.Element) -> ISO20Outline? {
        switch element {
        case .acChargeParameterDiscoveryReq(let m): ISO20Outline(.acChargeParameterDiscovery, m.header)
        case .acChargeParameterDiscoveryRes(let m): ISO20Outline(.acChargeParameterDiscovery, m.header, m.responseCode)
        case .acChargeLoopReq(let m): ISO20Outline(.acChargeLoop, m.header)
        case .acChargeLoopRes(let m): ISO20Outline(.acChargeLoop, m.header, m.responseCode)
        default: nil
        }
    }

    private static func outline(of element: ISO20DC.Element) -> ISO20Outline? {
        switch element {
        case .dcChargeParameterDiscoveryReq(let m): ISO20Outline(.dcChargeParameterDiscovery, m.header)
        case .dcChargeParameterDiscoveryRes(let m): ISO20Outline(.dcChargeParameterDiscovery, m.header, m.responseCode)
        case .dcCableCheckReq(let m): ISO20Outline(.dcCableCheck, m.header)
        case .dcCableCheckRes(let m): ISO20Outline(.dcCableCheck, m.header, m.responseCode)
        case .dcPreChargeReq(let m): ISO20Outline(.dcPreCharge, m.header)
        case .dcPreChargeRes(let m): ISO20Outline(.dcPreCharge, m.header, m.responseCode)
        case .dcChargeLoopReq(let m): ISO20Outline(.dcChargeLoop, m.header)
        case .dcChargeLoopRes(let m): ISO20Outline(.dcChargeLoop, m.header, m.responseCode)
        case .dcWeldingDetectionReq(let m): ISO20Outline(.dcWeldingDetection, m.header)
        case .dcWeldingDetectionRes(let m): ISO20Outline(.dcWeldingDetection, m.header, m.responseCode)
        default: nil
        }
    }
}

/// The three families of -20's response codes: their order in the schema is their rank.
package enum ISO20CodeFamily: Sendable, Hashable {
    case ok
    /// The session lives, the car may try again.
    case warning
    /// The session ends, for both sides.
    case failed
}

extension ISO20.ResponseCode {
    package var family: ISO20CodeFamily {
        if rawValue >= ISO20.ResponseCode.failed.rawValue { return .failed }
        return rawValue >= ISO20.ResponseCode.warningAuthorizationSelectionInvalid.rawValue ? .warning : .ok
    }
}
