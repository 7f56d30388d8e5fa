internal import EXICodec
internal import SchemaTypes
package import V2GFraming
package import V2GMessagesDIN
package import V2GSession

/// The seventeen requests of the schema of DIN SPEC 70121, each with its response. Six of them are never sent in the
/// profile of the specification: they belong to AC, to contracts and to value-added services.
package enum DINPair: String, Sendable, Hashable, CaseIterable {
    case sessionSetup = "SessionSetup"
    case serviceDiscovery = "ServiceDiscovery"
    case serviceDetail = "ServiceDetail"
    case servicePaymentSelection = "ServicePaymentSelection"
    case certificateInstallation = "CertificateInstallation"
    case certificateUpdate = "CertificateUpdate"
    case paymentDetails = "PaymentDetails"
    case contractAuthentication = "ContractAuthentication"
    case chargeParameterDiscovery = "ChargeParameterDiscovery"
    case powerDelivery = "PowerDelivery"
    case chargingStatus = "ChargingStatus"
    case meteringReceipt = "MeteringReceipt"
    case cableCheck = "CableCheck"
    case preCharge = "PreCharge"
    case currentDemand = "CurrentDemand"
    case weldingDetection = "WeldingDetection"
    case sessionStop = "SessionStop"

    package var requestName: String { rawValue + "Req" }
    package var responseName: String { rawValue + "Res" }
}

extension DIN.BodyElement {
    /// Which pair the message belongs to; a request has no response code.
    package var kind: (pair: DINPair, code: DIN.ResponseCode?) {
        switch self {
        case .sessionSetupReq: (.sessionSetup, nil)
        case .sessionSetupRes(let response): (.sessionSetup, response.responseCode)
        case .serviceDiscoveryReq: (.serviceDiscovery, nil)
        case .serviceDiscoveryRes(let response): (.serviceDiscovery, response.responseCode)
        case .serviceDetailReq: (.serviceDetail, nil)
        case .serviceDetailRes(let response): (.serviceDetail, response.responseCode)
        case .servicePaymentSelectionReq: (.servicePaymentSelection, nil)
        case .servicePaymentSelectionRes(let response): (.servicePaymentSelection, response.responseCode)
        case .certificateInstallationReq: (.certificateInstallation, nil)
        case .certificateInstallationRes(let response): (.certificateInstallation, response.responseCode)
        case .certificateUpdateReq: (.certificateUpdate, nil)
        case .certificateUpdateRes(let response): (.certificateUpdate, response.responseCode)
        case .paymentDetailsReq: (.paymentDetails, nil)
        case .paymentDetailsRes(let response): (.paymentDetails, response.responseCode)
        case .contractAuthenticationReq: (.contractAuthentication, nil)
        case .contractAuthenticationRes(let response): (.contractAuthentication, response.responseCode)
        case .chargeParameterDiscoveryReq: (.chargeParameterDiscovery, nil)
        case .chargeParameterDiscoveryRes(let response): (.chargeParameterDiscovery, response.responseCode)
        case .powerDeliveryReq: (.powerDelivery, nil)
        case .powerDeliveryRes(let response): (.powerDelivery, response.responseCode)
        case .chargingStatusReq: (.chargingStatus, nil)
        case .chargingStatusRes(let response): (.chargingStatus, response.responseCode)
        case .meteringReceiptReq: (.meteringReceipt, nil)
        case .meteringReceiptRes(let response): (.meteringReceipt, response.responseCode)
        case .cableCheckReq: (.cableCheck, nil)
        case .cableCheckRes(let response): (.cableCheck, response.responseCode)
        case .preChargeReq: (.preCharge, nil)
        case .preChargeRes(let response): (.preCharge, response.responseCode)
        case .currentDemandReq: (.currentDemand, nil)
        case .currentDemandRes(let response): (.currentDemand, response.responseCode)
        case .weldingDetectionReq: (.weldingDetection, nil)
        case .weldingDetectionRes(let response): (.weldingDetection, response.responseCode)
        case .sessionStopReq: (.sessionStop, nil)
        case .sessionStopRes(let response): (.sessionStop, response.responseCode)
        }
    }

    /// The name in the schema.
    package var name: String {
        let (pair, code) = kind
        return code == nil ? pair.requestName : pair.responseName
    }
}

extension DIN.ResponseCode {
    /// Whether the response refuses. The OK codes come first in the schema.
    package var isFailure: Bool { rawValue >= Self.failed.rawValue }
}

extension DINEdition: SessionCoding {
    package static func decode(
        _ frame: V2GTPFrame, quirks: Set<Quirk>
    ) throws(MessageFault) -> DecodedMessage<DIN.V2GMessage> {
        guard frame.payloadType == .sapOrISO2 else {
            throw MessageFault(
                .payloadType,
                "A frame has payload type \(frame.payloadType). Messages of DIN SPEC 70121 have type "
                    + "\(V2GTPPayloadType.sapOrISO2); the connection is closed, since no response is possible.")
        }
        var notes = EXINotes()
        let element: DIN.Element
        do throws(EXIError) {
            element = try DIN.Element(decodingDocument: frame.payload.span, notes: &notes)
        } catch {
            guard error.code != .trailingData else {
                throw MessageFault(
                    .trailingBytes, "Bytes other than zero follow the EXI document of a message: \(error).")
            }
            throw MessageFault(
                .undecodable, "A frame of \(frame.payload.count) bytes is no EXI document of DIN SPEC 70121: \(error).")
        }
        guard case .v2gMessage(let message) = element, message.body.bodyElement != nil else {
            throw MessageFault(
                .notAMessage, "An EXI document of DIN SPEC 70121 is no V2G_Message with something in its body.")
        }
        return DecodedMessage(message, notes: try tolerances(notes, quirks))
    }

    /// What was unusual about the document, or a refusal when the operator does not tolerate it.
    private static func tolerances(_ notes: EXINotes, _ quirks: Set<Quirk>) throws(MessageFault) -> [SessionNote] {
        guard notes.trailingOctets > 0 else { return [] }
        guard quirks.contains(.trailingZeros) else {
            throw MessageFault(
                .trailingBytes,
                "\(notes.trailingOctets) zero bytes follow the EXI document of a message. Some cars send them; the quirk "
                    + "'\(Quirk.trailingZeros.rawValue)' accepts them.")
        }
        return [.quirkUsed(.trailingZeros, detail: "\(notes.trailingOctets) zero bytes behind the EXI document")]
    }

    package static func encode(_ message: DIN.V2GMessage) throws(MessageFault) -> V2GTPFrame {
        do {
            return V2GTPFrame(
                payloadType: .sapOrISO2, payload: try DIN.Element.v2gMessage(message).encodedDocument())
        } catch {
            throw MessageFault(.cannotEncode, "\(name(of: message)) cannot be encoded: \(error.message)")
        }
    }

    package static func name(of message: DIN.V2GMessage) -> String {
        message.body.bodyElement?.name ?? "V2G_Message"
    }

    package static func responseCode(of message: DIN.V2GMessage) -> String? {
        message.body.bodyElement?.kind.code?.schemaName
    }
}
