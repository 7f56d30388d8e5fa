/// The SECC discovery protocol: how a car on the charging cable finds the address and port of its station
/// (ISO 15118-2 7.10, ISO 15118-20 7.10). One V2GTP message in each UDP datagram over link-local IPv6.
public enum SDP {
    /// The station's UDP port.
    public static let serverPort: UInt16 = 15118
    /// Where requests go: all nodes on the link, sent on the interface of the cable only.
    public static let multicastGroup = IPv6Address(high: 0xff02_0000_0000_0000, low: 1)
    /// How long a car waits for an answer before it asks again.
    public static let responseTimeout: Duration = .milliseconds(250)
    /// How often a car asks before discovery has failed.
    public static let maximumRequests = 50
    /// The ports that a station may announce.
    public static let dynamicPorts: ClosedRange<UInt16> = 49152...65535
    /// The longest datagram, header included: what one Ethernet frame carries over IPv6. A longer one is neither read
    /// nor written; only a list of providers could be so long.
    public static let maximumDatagramLength = 1452
    static let payloadLimit = maximumDatagramLength - V2GTPHeader.size
}

/// Whether the connection is to be secured.
public enum SDPSecurity: UInt8, Sendable, Hashable, CaseIterable {
    case tls = 0x00
    case none = 0x10
}

/// What the connection runs over.
public enum SDPTransport: UInt8, Sendable, Hashable, CaseIterable {
    case tcp = 0x00
    /// Reserved: assigned and never used for messages. A station does not answer such a request.
    case udp = 0x10
}

/// How wireless pairing stands, in a wireless response.
public enum SDPDiagStatus: UInt8, Sendable, Hashable, CaseIterable {
    /// Ask again.
    case ongoing = 0x00
    /// Paired, and the response names the EVSE.
    case finishedWithEVSEID = 0x01
    /// Paired, and the response does not name the EVSE.
    case finishedWithoutEVSEID = 0x02
    case error = 0x10
}

/// The details of discovery messages on which sources disagree (docs/open-questions.md).
public struct SDPLayout: Sendable, Hashable {
    /// Bytes of the EVSEID field in wireless messages.
    public enum EVSEIDWidth: Int, Sendable, Hashable, CaseIterable {
        /// Payloads of 62 and 59 bytes.
        case bytes37 = 37
        /// Payloads of 61 and 58 bytes.
        case bytes36 = 36
    }

    /// What stands between two identifiers of a provider list.
    public enum EMSPSeparator: UInt8, Sendable, Hashable, CaseIterable {
        case comma = 0x2c
        case semicolon = 0x3b
        case space = 0x20
        case lineFeed = 0x0a
        case zero = 0x00
    }

    public var evseIDWidth: EVSEIDWidth
    public var emspSeparator: EMSPSeparator

    public init(evseIDWidth: EVSEIDWidth = .bytes37, emspSeparator: EMSPSeparator = .comma) {
        self.evseIDWidth = evseIDWidth
        self.emspSeparator = emspSeparator
    }
}

/// Reads and writes the fields of discovery payloads.
enum SDPField {
    static func security(_ payload: Span<UInt8>, at offset: Int) throws(FramingError) -> SDPSecurity {
        guard let security = SDPSecurity(rawValue: payload[offset]) else {
            throw FramingError(
                .badValue(field: "SDP security", found: UInt16(payload[offset]), allowed: "0x00 (TLS) or 0x10 (none)"),
                at: offset)
        }
        return security
    }

    static func transport(_ payload: Span<UInt8>, at offset: Int) throws(FramingError) -> SDPTransport {
        guard let transport = SDPTransport(rawValue: payload[offset]) else {
            throw FramingError(
                .badValue(
                    field: "SDP transport protocol", found: UInt16(payload[offset]),
                    allowed: "0x00 (TCP); 0x10 (UDP) is reserved"), at: offset)
        }
        return transport
    }

    static func number(_ payload: Span<UInt8>, at offset: Int) -> UInt16 {
        UInt16(payload[offset]) << 8 | UInt16(payload[offset + 1])
    }

    /// A port to connect to: anything but 0. Whether it is in the dynamic range is for the car's policy.
    static func port(_ payload: Span<UInt8>, at offset: Int) throws(FramingError) -> UInt16 {
        let port = number(payload, at: offset)
        guard port != 0 else {
            throw FramingError(
                .badValue(field: "SECC port", found: 0, allowed: "1...65535, by the standard 49152...65535"), at: offset
            )
        }
        return port
    }

    static func append(_ number: UInt16, to buffer: inout [UInt8]) {
        buffer.append(UInt8(truncatingIfNeeded: number >> 8))
        buffer.append(UInt8(truncatingIfNeeded: number))
    }

    static func requireSize(
        _ payload: Span<UInt8>, of what: String, _ expected: Int
    ) throws(FramingError) {
        guard payload.count == expected else {
            throw FramingError(.badSize(what: what, found: payload.count, expected: "\(expected)"), at: 0 as UInt64)
        }
    }
}
