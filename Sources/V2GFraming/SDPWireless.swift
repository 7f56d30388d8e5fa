/// Text in a discovery field of fixed width: printable ASCII, padded with zero bytes on the wire.
public struct SDPText: Sendable, Hashable, LosslessStringConvertible {
    /// The text without padding.
    public let description: String

    /// No text: the field is all zero bytes.
    public static let empty = SDPText(verified: "")

    /// `nil` when there are characters other than printable ASCII, or more than the widest field has room for.
    public init?(_ text: String) {
        guard text.utf8.count <= SDPLayout.EVSEIDWidth.bytes37.rawValue, text.utf8.allSatisfy(Self.isPrintable) else {
            return nil
        }
        self.init(verified: text)
    }

    private init(verified text: String) { description = text }

    /// Reads `width` bytes from `offset` on; the caller has checked that they are there.
    init(_ payload: Span<UInt8>, at offset: Int, width: Int, field: String) throws(FramingError) {
        var end = offset + width
        while end > offset, payload[end - 1] == 0 { end -= 1 }
        var text = ""
        for index in offset..<end {
            guard Self.isPrintable(payload[index]) else {
                throw FramingError(.badText(field: field, found: payload[index]), at: index)
            }
            text.unicodeScalars.append(Unicode.Scalar(payload[index]))
        }
        self.init(verified: text)
    }

    /// Appends the text and its padding.
    func append(to buffer: inout [UInt8], width: Int, field: String) throws(FramingError) {
        guard description.utf8.count <= width else {
            throw FramingError(
                .badSize(what: field, found: description.utf8.count, expected: "at most \(width)"), at: buffer.count)
        }
        buffer.append(contentsOf: description.utf8)
        buffer.append(contentsOf: repeatElement(0, count: width - description.utf8.count))
    }

    static func isPrintable(_ byte: UInt8) -> Bool { byte &- 0x20 < 0x5f }
}

/// The ways of pairing and positioning that a car supports: 16 bits of ISO 15118-20 Table 24. No public source names the
/// single bits, so the number is carried as it is.
public struct SDPPairingMethods: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }
}

/// How car and station couple: a number of ISO 15118-20 Table 23. No public source lists the numbers, so any is carried.
public struct SDPCouplingType: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// A car asks for a station to charge wirelessly or through a connection device: payload type 0x9002 (ISO 15118-20).
/// It repeats the request until the response's ``SDPDiagStatus`` is no longer `ongoing`.
public struct SDPWirelessRequest: Sendable, Hashable {
    /// Bytes of the car's temporary identifier.
    public static let evIDWidth = 20
    /// The car's identifier while it has none.
    public static let unknownEVID = SDPText("ZZ00000") ?? .empty

    public var security: SDPSecurity
    public var transport: SDPTransport
    public var pairingMethods: SDPPairingMethods
    public var couplingType: SDPCouplingType
    public var evID: SDPText
    /// Empty while the car does not know it.
    public var evseID: SDPText

    public init(
        security: SDPSecurity, transport: SDPTransport = .tcp, pairingMethods: SDPPairingMethods,
        couplingType: SDPCouplingType, evID: SDPText = SDPWirelessRequest.unknownEVID, evseID: SDPText = .empty
    ) {
        self.security = security
        self.transport = transport
        self.pairingMethods = pairingMethods
        self.couplingType = couplingType
        self.evID = evID
        self.evseID = evseID
    }

    /// Bytes of the payload.
    public static func payloadSize(_ layout: SDPLayout) -> Int { 5 + evIDWidth + layout.evseIDWidth.rawValue }

    /// Reads a payload; offsets of errors count from its start.
    public init(payload: Span<UInt8>, layout: SDPLayout = SDPLayout()) throws(FramingError) {
        try SDPField.requireSize(payload, of: "a wireless SDP request", Self.payloadSize(layout))
        security = try SDPField.security(payload, at: 0)
        transport = try SDPField.transport(payload, at: 1)
        pairingMethods = SDPPairingMethods(rawValue: SDPField.number(payload, at: 2))
        couplingType = SDPCouplingType(rawValue: payload[4])
        evID = try SDPText(payload, at: 5, width: Self.evIDWidth, field: "EVID")
        evseID = try SDPText(
            payload, at: 5 + Self.evIDWidth, width: layout.evseIDWidth.rawValue, field: "EVSEID")
    }

    /// Appends the payload.
    public func appendPayload(to buffer: inout [UInt8], layout: SDPLayout = SDPLayout()) throws(FramingError) {
        buffer.append(security.rawValue)
        buffer.append(transport.rawValue)
        SDPField.append(pairingMethods.rawValue, to: &buffer)
        buffer.append(couplingType.rawValue)
        try evID.append(to: &buffer, width: Self.evIDWidth, field: "EVID")
        try evseID.append(to: &buffer, width: layout.evseIDWidth.rawValue, field: "EVSEID")
    }
}

/// A station's answer to ``SDPWirelessRequest``: payload type 0x9003 (ISO 15118-20).
public struct SDPWirelessResponse: Sendable, Hashable {
    /// Address, port, security and transport, as in a response of the cable.
    public var endpoint: SDPResponse
    public var diagStatus: SDPDiagStatus
    public var couplingType: SDPCouplingType
    /// Empty when the station does not name it.
    public var evseID: SDPText

    public init(
        endpoint: SDPResponse, diagStatus: SDPDiagStatus, couplingType: SDPCouplingType, evseID: SDPText = .empty
    ) {
        self.endpoint = endpoint
        self.diagStatus = diagStatus
        self.couplingType = couplingType
        self.evseID = evseID
    }

    /// Bytes of the payload.
    public static func payloadSize(_ layout: SDPLayout) -> Int {
        SDPResponse.payloadSize + 2 + layout.evseIDWidth.rawValue
    }

    /// Reads a payload; offsets of errors count from its start.
    public init(payload: Span<UInt8>, layout: SDPLayout = SDPLayout()) throws(FramingError) {
        try SDPField.requireSize(payload, of: "a wireless SDP response", Self.payloadSize(layout))
        endpoint = try SDPResponse(payload: payload.extracting(0..<SDPResponse.payloadSize))
        guard let status = SDPDiagStatus(rawValue: payload[20]) else {
            throw FramingError(
                .badValue(field: "DiagStatus", found: UInt16(payload[20]), allowed: "0x00, 0x01, 0x02 or 0x10"),
                at: 20 as UInt64)
        }
        diagStatus = status
        couplingType = SDPCouplingType(rawValue: payload[21])
        evseID = try SDPText(payload, at: 22, width: layout.evseIDWidth.rawValue, field: "EVSEID")
    }

    /// Appends the payload.
    public func appendPayload(to buffer: inout [UInt8], layout: SDPLayout = SDPLayout()) throws(FramingError) {
        endpoint.appendPayload(to: &buffer)
        buffer.append(diagStatus.rawValue)
        buffer.append(couplingType.rawValue)
        try evseID.append(to: &buffer, width: layout.evseIDWidth.rawValue, field: "EVSEID")
    }
}
