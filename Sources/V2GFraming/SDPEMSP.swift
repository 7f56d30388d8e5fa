/// A list of mobility provider identifiers as a discovery message carries it: text.
///
/// The text is kept exactly, since what separates two identifiers is not certain (docs/open-questions.md).
public struct SDPEMSPList: Sendable, Hashable {
    /// Printable ASCII, and zero, tab, line feed and carriage return.
    public let bytes: [UInt8]

    /// No list.
    public static let empty = SDPEMSPList(verified: [])

    private init(verified bytes: [UInt8]) { self.bytes = bytes }

    /// Joins identifiers; `nil` when one is empty, is not printable ASCII, or holds the separator.
    public init?(_ ids: [String], separator: SDPLayout.EMSPSeparator = .comma) {
        var bytes: [UInt8] = []
        for id in ids {
            guard !id.isEmpty,
                id.utf8.allSatisfy({ SDPText.isPrintable($0) && $0 != separator.rawValue })
            else { return nil }
            if !bytes.isEmpty { bytes.append(separator.rawValue) }
            bytes.append(contentsOf: id.utf8)
        }
        self.bytes = bytes
    }

    init(_ payload: Span<UInt8>, from offset: Int) throws(FramingError) {
        guard payload.count <= SDP.payloadLimit else {
            throw FramingError(
                .badSize(what: "an SDP message", found: payload.count, expected: "at most \(SDP.payloadLimit)"),
                at: 0 as UInt64)
        }
        for index in offset..<payload.count {
            let byte = payload[index]
            guard SDPText.isPrintable(byte) || [0x00, 0x09, 0x0a, 0x0d].contains(byte) else {
                throw FramingError(.badText(field: "list of EMSP identifiers", found: byte), at: index)
            }
        }
        var bytes: [UInt8] = []
        bytes.append(copying: payload.extracting(offset..<payload.count))
        self.bytes = bytes
    }

    /// The identifiers, if `separator` is what stands between them; white space and zero bytes around them are dropped.
    public func ids(separator: SDPLayout.EMSPSeparator = .comma) -> [String] {
        bytes.split(separator: separator.rawValue).compactMap { part in
            let isBlank: (UInt8) -> Bool = { $0 <= 0x20 }
            guard let first = part.firstIndex(where: { !isBlank($0) }),
                let last = part.lastIndex(where: { !isBlank($0) })
            else { return nil }
            return String(decoding: part[first...last], as: Unicode.ASCII.self)
        }
    }
}

/// A car asks for a station and names the mobility providers that it has contracts with: payload type 0x9004. There are
/// no security and transport bytes: it is always TLS over TCP.
public struct SDPEMSPRequest: Sendable, Hashable {
    public var providers: SDPEMSPList

    public init(providers: SDPEMSPList = .empty) { self.providers = providers }

    /// Reads a payload; offsets of errors count from its start.
    public init(payload: Span<UInt8>) throws(FramingError) {
        providers = try SDPEMSPList(payload, from: 0)
    }

    /// Appends the payload.
    public func appendPayload(to buffer: inout [UInt8]) { buffer.append(contentsOf: providers.bytes) }
}

/// A station's answer to ``SDPEMSPRequest``: payload type 0x9005, at least 18 bytes.
public struct SDPEMSPResponse: Sendable, Hashable {
    /// Bytes in front of the list.
    public static let fixedSize = 18

    public var address: IPv6Address
    /// TCP port, never 0 when read from bytes.
    public var port: UInt16
    /// The providers that the station accepts.
    public var providers: SDPEMSPList

    public init(address: IPv6Address, port: UInt16, providers: SDPEMSPList = .empty) {
        self.address = address
        self.port = port
        self.providers = providers
    }

    /// Reads a payload; offsets of errors count from its start.
    public init(payload: Span<UInt8>) throws(FramingError) {
        guard payload.count >= Self.fixedSize else {
            throw FramingError(
                .badSize(
                    what: "an SDP response with providers", found: payload.count,
                    expected: "at least \(Self.fixedSize)"), at: 0 as UInt64)
        }
        address = IPv6Address(payload, from: 0)
        port = try SDPField.port(payload, at: 16)
        providers = try SDPEMSPList(payload, from: Self.fixedSize)
    }

    /// Appends the payload.
    public func appendPayload(to buffer: inout [UInt8]) {
        address.append(to: &buffer)
        SDPField.append(port, to: &buffer)
        buffer.append(contentsOf: providers.bytes)
    }
}
