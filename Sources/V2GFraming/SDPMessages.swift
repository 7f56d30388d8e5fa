/// A car asks for a station: payload type 0x9000, two bytes.
public struct SDPRequest: Sendable, Hashable {
    /// Bytes of the payload.
    public static let payloadSize = 2

    public var security: SDPSecurity
    public var transport: SDPTransport

    public init(security: SDPSecurity, transport: SDPTransport = .tcp) {
        self.security = security
        self.transport = transport
    }

    /// Reads a payload; offsets of errors count from its start.
    public init(payload: Span<UInt8>) throws(FramingError) {
        try SDPField.requireSize(payload, of: "an SDP request", Self.payloadSize)
        security = try SDPField.security(payload, at: 0)
        transport = try SDPField.transport(payload, at: 1)
    }

    /// Appends the payload.
    public func appendPayload(to buffer: inout [UInt8]) {
        buffer.append(security.rawValue)
        buffer.append(transport.rawValue)
    }
}

/// A station's answer: payload type 0x9001, twenty bytes.
///
/// The address is taken as it stands: a car should only connect when ``isPlausible`` holds, and with the scope of the
/// interface that the answer came in on.
public struct SDPResponse: Sendable, Hashable {
    /// Bytes of the payload.
    public static let payloadSize = 20

    public var address: IPv6Address
    /// TCP port, never 0 when read from bytes.
    public var port: UInt16
    public var security: SDPSecurity
    public var transport: SDPTransport

    public init(address: IPv6Address, port: UInt16, security: SDPSecurity, transport: SDPTransport = .tcp) {
        self.address = address
        self.port = port
        self.security = security
        self.transport = transport
    }

    /// Reads a payload; offsets of errors count from its start.
    public init(payload: Span<UInt8>) throws(FramingError) {
        try SDPField.requireSize(payload, of: "an SDP response", Self.payloadSize)
        address = IPv6Address(payload, from: 0)
        port = try SDPField.port(payload, at: 16)
        security = try SDPField.security(payload, at: 18)
        transport = try SDPField.transport(payload, at: 19)
    }

    /// Appends the payload.
    public func appendPayload(to buffer: inout [UInt8]) {
        address.append(to: &buffer)
        SDPField.append(port, to: &buffer)
        buffer.append(security.rawValue)
        buffer.append(transport.rawValue)
    }

    /// Whether a station on this cable may have written it: a link-local address, a port of the dynamic range, TCP.
    public var isPlausible: Bool {
        address.isLinkLocal && SDP.dynamicPorts.contains(port) && transport == .tcp
    }
}

/// A discovery message of any kind.
public enum SDPMessage: Sendable, Hashable {
    case request(SDPRequest)
    case response(SDPResponse)
    case wirelessRequest(SDPWirelessRequest)
    case wirelessResponse(SDPWirelessResponse)
    case emspRequest(SDPEMSPRequest)
    case emspResponse(SDPEMSPResponse)

    /// Reads a datagram, which holds exactly one message.
    ///
    /// - Throws: ``FramingError`` with the offset in the datagram. A station ignores such a datagram in silence and
    ///   keeps listening.
    public init(datagram: Span<UInt8>, layout: SDPLayout = SDPLayout()) throws(FramingError) {
        let (type, range) = try V2GTPFrame.layout(of: datagram, payloadLimit: SDP.payloadLimit)
        do {
            try self.init(payloadType: type, payload: datagram.extracting(range), layout: layout)
        } catch {
            if case .unexpectedPayloadType = error.kind { throw error }
            throw error.shifted(by: UInt64(V2GTPHeader.size))
        }
    }

    /// Reads a payload of the given type; offsets of errors count from the payload's start, for a wrong type from the
    /// header's.
    public init(
        payloadType: V2GTPPayloadType, payload: Span<UInt8>, layout: SDPLayout = SDPLayout()
    ) throws(FramingError) {
        switch payloadType {
        case .sdpRequest: self = .request(try SDPRequest(payload: payload))
        case .sdpResponse: self = .response(try SDPResponse(payload: payload))
        case .sdpWirelessRequest: self = .wirelessRequest(try SDPWirelessRequest(payload: payload, layout: layout))
        case .sdpWirelessResponse: self = .wirelessResponse(try SDPWirelessResponse(payload: payload, layout: layout))
        case .sdpEMSPRequest: self = .emspRequest(try SDPEMSPRequest(payload: payload))
        case .sdpEMSPResponse: self = .emspResponse(try SDPEMSPResponse(payload: payload))
        default:
            throw FramingError(
                .unexpectedPayloadType(found: payloadType, expected: "one of discovery, 0x9000...0x9005,"),
                at: 2 as UInt64)
        }
    }

    public var payloadType: V2GTPPayloadType {
        switch self {
        case .request: .sdpRequest
        case .response: .sdpResponse
        case .wirelessRequest: .sdpWirelessRequest
        case .wirelessResponse: .sdpWirelessResponse
        case .emspRequest: .sdpEMSPRequest
        case .emspResponse: .sdpEMSPResponse
        }
    }

    /// The message as a datagram.
    ///
    /// - Throws: ``FramingError`` when an identifier is longer than its field, or a list longer than a datagram.
    public func datagram(layout: SDPLayout = SDPLayout()) throws(FramingError) -> [UInt8] {
        var payload: [UInt8] = []
        switch self {
        case .request(let request): request.appendPayload(to: &payload)
        case .response(let response): response.appendPayload(to: &payload)
        case .wirelessRequest(let request): try request.appendPayload(to: &payload, layout: layout)
        case .wirelessResponse(let response): try response.appendPayload(to: &payload, layout: layout)
        case .emspRequest(let request): request.appendPayload(to: &payload)
        case .emspResponse(let response): response.appendPayload(to: &payload)
        }
        guard payload.count <= SDP.payloadLimit else {
            throw FramingError(
                .payloadTooLong(length: UInt64(payload.count), limit: UInt64(SDP.payloadLimit)), at: 4 as UInt64)
        }
        return try V2GTPFrame(payloadType: payloadType, payload: payload).encoded()
    }
}
