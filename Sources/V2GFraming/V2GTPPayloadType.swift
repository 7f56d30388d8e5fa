/// The payload type of a V2GTP message, bytes 2 and 3 of its header (ISO 15118-2 7.8.3, ISO 15118-20 7.8.3).
///
/// Every 16-bit number is a value, since a receiver has to name what it refuses; ``family`` says what a number is for.
public struct V2GTPPayloadType: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The handshake of every protocol, and all messages of DIN 70121 and ISO 15118-2.
    public static let sapOrISO2 = V2GTPPayloadType(rawValue: 0x8001)
    /// ISO 15118-20 common messages.
    public static let iso20Common = V2GTPPayloadType(rawValue: 0x8002)
    /// ISO 15118-20 AC messages.
    public static let iso20AC = V2GTPPayloadType(rawValue: 0x8003)
    /// ISO 15118-20 DC messages.
    public static let iso20DC = V2GTPPayloadType(rawValue: 0x8004)
    /// ISO 15118-20 automatic connection device messages.
    public static let iso20ACDP = V2GTPPayloadType(rawValue: 0x8005)
    /// ISO 15118-20 wireless power transfer messages.
    public static let iso20WPT = V2GTPPayloadType(rawValue: 0x8006)
    /// AC with distributed energy resources after IEC; of the amendment, single source (docs/open-questions.md).
    public static let iso20ACDERIEC = V2GTPPayloadType(rawValue: 0x8010)
    /// AC with distributed energy resources after SAE; of the amendment, single source (docs/open-questions.md).
    public static let iso20ACDERSAE = V2GTPPayloadType(rawValue: 0x8011)
    /// Side stream: schedule renegotiation.
    public static let iso20ScheduleRenegotiation = V2GTPPayloadType(rawValue: 0x8101)
    /// Side stream: metering confirmation.
    public static let iso20MeteringConfirmation = V2GTPPayloadType(rawValue: 0x8102)
    /// Side stream: system status of an automatic connection device.
    public static let iso20ACDPSystemStatus = V2GTPPayloadType(rawValue: 0x8103)
    /// Side stream: parking status of an automatic connection device.
    public static let iso20ParkingStatus = V2GTPPayloadType(rawValue: 0x8104)
    /// Discovery: a car asks for a station.
    public static let sdpRequest = V2GTPPayloadType(rawValue: 0x9000)
    /// Discovery: the station's address and port.
    public static let sdpResponse = V2GTPPayloadType(rawValue: 0x9001)
    /// Discovery for wireless charging and connection devices: request.
    public static let sdpWirelessRequest = V2GTPPayloadType(rawValue: 0x9002)
    /// Discovery for wireless charging and connection devices: response.
    public static let sdpWirelessResponse = V2GTPPayloadType(rawValue: 0x9003)
    /// Discovery with a list of mobility providers: request; single source (docs/open-questions.md).
    public static let sdpEMSPRequest = V2GTPPayloadType(rawValue: 0x9004)
    /// Discovery with a list of mobility providers: response; single source (docs/open-questions.md).
    public static let sdpEMSPResponse = V2GTPPayloadType(rawValue: 0x9005)

    /// The numbers that a manufacturer may use for its own purposes.
    public static let manufacturerRange: ClosedRange<UInt16> = 0xa000...0xffff

    /// The types that have a name here, in numerical order.
    public static let named: [V2GTPPayloadType] = [
        .sapOrISO2, .iso20Common, .iso20AC, .iso20DC, .iso20ACDP, .iso20WPT, .iso20ACDERIEC, .iso20ACDERSAE,
        .iso20ScheduleRenegotiation, .iso20MeteringConfirmation, .iso20ACDPSystemStatus, .iso20ParkingStatus,
        .sdpRequest, .sdpResponse, .sdpWirelessRequest, .sdpWirelessResponse, .sdpEMSPRequest, .sdpEMSPResponse,
    ]
}

extension V2GTPPayloadType {
    /// What a payload type is for.
    public enum Family: Sendable, Hashable {
        /// An EXI document.
        case exi(EXIContent)
        /// A message of the SECC discovery protocol.
        case sdp
        /// 0xA000...0xFFFF: what it holds is between two products of one maker.
        case manufacturer
        /// No meaning is assigned: refuse it.
        case reserved
    }

    /// How the schema set of an EXI payload is found.
    public enum EXIContent: Sendable, Hashable {
        /// The number alone says it.
        case fixed(EXISchemaSet)
        /// It depends on how far the connection is: handshake, DIN 70121 or ISO 15118-2.
        case contextual
        /// A message set of the amendment that this package has no schemas of.
        case amendment
    }

    /// What the number is for.
    public var family: Family {
        switch self {
        case .sapOrISO2: .exi(.contextual)
        case .iso20Common, .iso20ScheduleRenegotiation, .iso20MeteringConfirmation: .exi(.fixed(.iso20Common))
        case .iso20AC: .exi(.fixed(.iso20AC))
        case .iso20DC: .exi(.fixed(.iso20DC))
        case .iso20ACDP, .iso20ACDPSystemStatus, .iso20ParkingStatus: .exi(.fixed(.iso20ACDP))
        case .iso20WPT: .exi(.fixed(.iso20WPT))
        case .iso20ACDERIEC, .iso20ACDERSAE: .exi(.amendment)
        case .sdpRequest, .sdpResponse, .sdpWirelessRequest, .sdpWirelessResponse, .sdpEMSPRequest, .sdpEMSPResponse:
            .sdp
        default: Self.manufacturerRange.contains(rawValue) ? .manufacturer : .reserved
        }
    }

    /// Whether nothing gives the number a meaning.
    public var isReserved: Bool { family == .reserved }

    /// Whether it is one of the side streams of ISO 15118-20, which run beside the main one.
    public var isSideStream: Bool { (0x8101...0x8104).contains(rawValue) }

    /// The schema sets that a payload of this type can be of; empty when it is no EXI, or of a set unknown here.
    public var possibleSchemaSets: [EXISchemaSet] {
        switch family {
        case .exi(.fixed(let set)): [set]
        case .exi(.contextual): [.sap, .din, .iso2]
        case .exi(.amendment), .sdp, .manufacturer, .reserved: []
        }
    }

    /// The schema set of a payload of this type at this point of a connection, `nil` when the type has no place there.
    ///
    /// - Parameter toleratesISO2TypeInISO20: Reads 0x8001 as a common message in a session of edition -20. One stack
    ///   sends its certificate installation so; it is wrong, is never sent, and is worth a diagnostic when it is used.
    public func schemaSet(in context: EXISetContext, toleratesISO2TypeInISO20: Bool = false) -> EXISchemaSet? {
        switch (family, context) {
        case (.exi(.contextual), .negotiating): .sap
        case (.exi(.contextual), .din): .din
        case (.exi(.contextual), .iso2): .iso2
        case (.exi(.contextual), .iso20): toleratesISO2TypeInISO20 ? .iso20Common : nil
        case (.exi(.fixed(let set)), .iso20): set
        case (.exi(.fixed), .negotiating), (.exi(.fixed), .din), (.exi(.fixed), .iso2): nil
        case (.exi(.amendment), _), (.sdp, _), (.manufacturer, _), (.reserved, _): nil
        }
    }
}

extension V2GTPPayloadType: CustomStringConvertible {
    /// The number as `0x8001`.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return "0x" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}

extension EXISchemaSet {
    /// The payload type that a main-stream message of this set is sent with, `nil` for ``xmldsig``, which is never sent
    /// alone.
    public var payloadType: V2GTPPayloadType? {
        switch self {
        case .sap, .din, .iso2: .sapOrISO2
        case .iso20Common: .iso20Common
        case .iso20AC: .iso20AC
        case .iso20DC: .iso20DC
        case .iso20ACDP: .iso20ACDP
        case .iso20WPT: .iso20WPT
        case .xmldsig: nil
        }
    }
}
