import EXICodec
import SchemaTypes

// The schema set of the application handshake (ISO 15118-2, 8.2), written by hand: small, and with known vectors.

struct Handshake {
    struct Offer: EXIType {
        var namespace: Text<0, 100>
        var major: UInt32
        var minor: UInt32
        var schemaID: UInt8
        var priority: Ranged<UInt8, 1, 20>

        init(namespace: String, major: UInt32 = 2, minor: UInt32 = 0, schemaID: UInt8 = 1, priority: Int = 1) throws {
            self.namespace = try Text(namespace)
            self.major = major
            self.minor = minor
            self.schemaID = schemaID
            self.priority = Ranged(clamping: priority)
        }

        init(reading reader: inout EXIReader) throws(EXIError) {
            _ = try reader.group(2, mask: 3, codes: 0, "1 SE(ProtocolNamespace)|1 CH")
            namespace = try reader.text(as: Text<0, 100>.self, "ProtocolNamespace")
            _ = try reader.group(3, mask: 7, codes: 0, "1 EE(ProtocolNamespace)|1 SE(VersionNumberMajor)|1 CH")
            major = try reader.unsigned(as: UInt32.self, "VersionNumberMajor")
            _ = try reader.group(3, mask: 7, codes: 0, "1 EE(VersionNumberMajor)|1 SE(VersionNumberMinor)|1 CH")
            minor = try reader.unsigned(as: UInt32.self, "VersionNumberMinor")
            let group = try reader.group(
                21, mask: 0b111_0000_0000_1_11_00000_11, codes: 0,
                """
                1 EE(VersionNumberMinor)|1 SE(SchemaID)|1 CH|8 SchemaID|1 EE(SchemaID)\
                |1 SE(Priority)|1 CH|5 Priority|1 EE(Priority)|1 EE(AppProtocol)
                """)
            schemaID = UInt8(truncatingIfNeeded: group >> 10)
            priority = try reader.ranged(group, 2, 5, as: Ranged<UInt8, 1, 20>.self, "Priority")
        }

        func write(to writer: inout EXIWriter) {
            writer.bits(0, 2)
            writer.text(namespace)
            writer.bits(0, 3)
            writer.unsigned(major)
            writer.bits(0, 3)
            writer.unsigned(minor)
            writer.bits(UInt64(schemaID) << 10 | UInt64(priority.value - 1) << 2, 21)
        }
    }

    struct Request: EXIType {
        var offers: BoundedList<Offer, 1, 20>

        init(_ offers: [Offer]) throws { self.offers = try BoundedList(offers) }

        init(from decoder: any Decoder) throws {
            var fields = try FieldReader(decoder)
            offers = try fields.list(FieldKey("AppProtocol", in: ""))
            try fields.finish()
        }

        func encode(to encoder: any Encoder) throws {
            var fields = FieldWriter(encoder)
            try fields.write(list: offers, FieldKey("AppProtocol", in: ""))
        }

        init(reading reader: inout EXIReader) throws(EXIError) {
            _ = try reader.group(1, mask: 1, codes: 0, "1 SE(AppProtocol)")
            var offers = [try Offer(reading: &reader)]
            while offers.count < 20, try reader.event(of: 2, "SE(AppProtocol), EE") == 0 {
                offers.append(try Offer(reading: &reader))
            }
            if offers.count == 20 { _ = try reader.group(1, mask: 1, codes: 0, "1 EE(supportedAppProtocolReq)") }
            self.offers = BoundedList(unchecked: offers)
        }

        func write(to writer: inout EXIWriter) {
            for (index, offer) in offers.enumerated() {
                writer.event(0, of: index == 0 ? 1 : 2)
                offer.write(to: &writer)
            }
            if offers.count == 20 { writer.event(0, of: 1) } else { writer.event(1, of: 2) }
        }
    }

    enum ResponseCode: UInt8, SchemaEnumeration {
        case ok, okWithDeviation, failed
        static let schemaNames = [
            "OK_SuccessfulNegotiation", "OK_SuccessfulNegotiationWithMinorDeviation", "Failed_NoNegotiation",
        ]
    }

    struct Response: EXIType {
        var code: ResponseCode
        var schemaID: UInt8?

        init(code: ResponseCode, schemaID: UInt8? = nil) {
            self.code = code
            self.schemaID = schemaID
        }

        init(reading reader: inout EXIReader) throws(EXIError) {
            let group = try reader.group(
                5, mask: 0b11001, codes: 0, "1 SE(ResponseCode)|1 CH|2 ResponseCode|1 EE(ResponseCode)")
            code = try reader.enumeration(group, 1, 2, as: ResponseCode.self, "ResponseCode")
            if try reader.event(of: 2, "SE(SchemaID), EE") == 0 {
                let group = try reader.group(11, mask: 0b100_0000_0011, codes: 0, "1 CH|8 SchemaID|1 EE(SchemaID)|1 EE")
                schemaID = UInt8(truncatingIfNeeded: group >> 2)
            } else {
                schemaID = nil
            }
        }

        func write(to writer: inout EXIWriter) {
            writer.bits(UInt64(code.rawValue) << 1, 5)
            if let schemaID {
                writer.event(0, of: 2)
                writer.bits(UInt64(schemaID) << 2, 11)
            } else {
                writer.event(1, of: 2)
            }
        }
    }
}

/// The elements of the set, as the schema compiler would generate them; of the local elements, only one.
enum HandshakeElement: EXIElement {
    case request(Handshake.Request)
    case response(Handshake.Response)
    /// Not global, so in fragments only.
    case appProtocol(Handshake.Offer)

    static let context = EXIContext(namespaces: [], localNames: [])
    static let documentProductions = 2
    /// AppProtocol, Priority, ProtocolNamespace, ResponseCode, SchemaID, VersionNumberMajor, VersionNumberMinor,
    /// supportedAppProtocolReq, supportedAppProtocolRes.
    static let fragmentProductions = 9

    init(document code: Int, reading reader: inout EXIReader) throws(EXIError) {
        self = code == 0 ? .request(try .init(reading: &reader)) : .response(try .init(reading: &reader))
    }

    init(fragment code: Int, reading reader: inout EXIReader) throws(EXIError) {
        switch code {
        case 0: self = .appProtocol(try .init(reading: &reader))
        case 7: self = .request(try .init(reading: &reader))
        case 8: self = .response(try .init(reading: &reader))
        default: throw reader.error(.ambiguousElement, "a simple element", found: UInt64(code))
        }
    }

    var documentCode: Int? {
        switch self {
        case .request: 0
        case .response: 1
        case .appProtocol: nil
        }
    }

    var fragmentCode: Int? {
        switch self {
        case .appProtocol: 0
        case .request: 7
        case .response: 8
        }
    }

    func writeContent(to writer: inout EXIWriter) {
        switch self {
        case .request(let value): value.write(to: &writer)
        case .response(let value): value.write(to: &writer)
        case .appProtocol(let value): value.write(to: &writer)
        }
    }
}
