public import V2GDER

/// One attribute of a name, such as `CN=DE*ABC*E0001`.
public struct NameAttribute: Sendable, Hashable {
    public let type: ObjectIdentifier
    /// The value as text, `nil` for encodings that are not text (or not valid in their own rules).
    public let text: String?
    /// The tag and bytes on the wire.
    public let tag: DERTag
    public let value: [UInt8]

    /// An attribute in the encoding that RFC 5280 4.1.2.4 asks for: `PrintableString` for a country or serial number,
    /// `IA5String` for a domain component and an e-mail address, else `UTF8String`.
    public init(_ type: ObjectIdentifier, _ text: String) {
        self.type = type
        self.text = text
        switch type {
        case .countryName, .serialNumberAttribute: tag = .printableString
        case .domainComponent, .emailAddress: tag = .ia5String
        default: tag = .utf8String
        }
        value = Array(text.utf8)
    }

    init(type: ObjectIdentifier, tag: DERTag, value: [UInt8]) {
        self.type = type
        self.tag = tag
        self.value = value
        switch tag {
        case .utf8String: text = String(validating: value, as: UTF8.self)
        case .printableString, .ia5String:
            text = value.allSatisfy { $0 < 0x80 } ? String(decoding: value, as: UTF8.self) : nil
        case .teletexString: text = String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) }))
        default: text = nil
        }
    }

    /// The short name of RFC 4514, or the object identifier.
    public var typeName: String {
        switch type {
        case .commonName: "CN"
        case .countryName: "C"
        case .organizationName: "O"
        case .organizationalUnitName: "OU"
        case .domainComponent: "DC"
        case .localityName: "L"
        case .stateOrProvinceName: "ST"
        case .serialNumberAttribute: "serialNumber"
        case .emailAddress: "emailAddress"
        default: type.description
        }
    }

    /// Whether both are the same under RFC 5280 7.1.
    func matches(_ other: NameAttribute) -> Bool {
        guard type == other.type else { return false }
        if tag == other.tag, value == other.value { return true }
        if text != nil, other.text != nil, let isSame = Self.isSameInASCII(value, other.value) { return isSame }
        return folded == other.folded
    }

    /// What comparing ``folded`` would say, without making it; `nil` when a byte is not visible ASCII or a space.
    private static func isSameInASCII(_ left: [UInt8], _ right: [UInt8]) -> Bool? {
        func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7f }
        guard left.allSatisfy(isPlain), right.allSatisfy(isPlain) else { return nil }
        var first = FoldedASCII(left)
        var second = FoldedASCII(right)
        while true {
            let (one, other) = (first.next(), second.next())
            guard one == other else { return false }
            if one == nil { return true }
        }
    }

    /// Lower case, one space for several, none at the ends.
    private struct FoldedASCII {
        private let bytes: [UInt8]
        private var index = 0
        private var hasBegun = false

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func next() -> UInt8? {
            let start = index
            while index < bytes.count, bytes[index] == 0x20 { index += 1 }
            guard index < bytes.count else { return nil }
            if index > start, hasBegun { return 0x20 }
            hasBegun = true
            let byte = bytes[index]
            index += 1
            return (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
        }
    }

    /// The value as RFC 5280 7.1 compares it: case and repeated spaces do not count. Values that are not text compare
    /// by their bytes.
    var folded: [UInt8] {
        guard let text else { return [tag.rawValue] + value }
        return Array(
            text.lowercased().split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ").utf8)
    }
}

/// A distinguished name (RFC 5280 4.1.2.4). `==` compares encodings; ``matches(_:)`` compares as a path builder does.
public struct DistinguishedName: Sendable, Hashable, CustomStringConvertible {
    /// Most RDNs a name may have here, and most attributes in one.
    static let bound = 32

    public let rdns: [[NameAttribute]]
    public let der: [UInt8]

    /// A name with one attribute in each RDN, in the given order.
    public init(_ attributes: [NameAttribute]) {
        rdns = attributes.map { [$0] }
        var writer = DERWriter(reserving: 128)
        writer.writeSequence { sequence in
            for attribute in attributes {
                sequence.write(.set) { set in
                    set.writeSequence { pair in
                        pair.write(attribute.type)
                        pair.write(attribute.tag, attribute.value)
                    }
                }
            }
        }
        der = writer.bytes
    }

    /// Reads a whole encoding.
    public init(der: [UInt8]) throws(DERError) {
        var reader = DERReader(der)
        try self.init(reading: &reader)
        try reader.finish()
    }

    package init(reading reader: inout DERReader) throws(DERError) {
        let element = try reader.read(.sequence)
        der = Array(reader.encoding(of: element))
        var sequence = reader.reader(inside: element)
        var rdns: [[NameAttribute]] = []
        while !sequence.isAtEnd {
            guard rdns.count < Self.bound else { throw DERError(.tooMany("name parts"), at: sequence.offset) }
            let set = try sequence.read(.set)
            var members = sequence.reader(inside: set)
            var attributes: [NameAttribute] = []
            while !members.isAtEnd {
                guard attributes.count < Self.bound else {
                    throw DERError(.tooMany("attributes in a name part"), at: members.offset)
                }
                var pair = try members.readSequence()
                let type = try pair.readObjectIdentifier()
                let value = try pair.read()
                try pair.finish()
                attributes.append(NameAttribute(type: type, tag: value.tag, value: Array(pair.content(of: value))))
            }
            guard !attributes.isEmpty else {
                throw DERError(.badValue("an empty name part"), at: set.range.lowerBound)
            }
            rdns.append(attributes)
        }
        self.rdns = rdns
    }

    public var isEmpty: Bool { rdns.isEmpty }

    /// All values of an attribute that are text, in order.
    public func values(of type: ObjectIdentifier) -> [String] {
        var found: [String] = []
        for rdn in rdns {
            for attribute in rdn where attribute.type == type {
                if let text = attribute.text { found.append(text) }
            }
        }
        return found
    }

    public var commonName: String? { values(of: .commonName).first }
    public var organization: String? { values(of: .organizationName).first }
    public var country: String? { values(of: .countryName).first }
    public var domainComponents: [String] { values(of: .domainComponent) }

    /// Whether a path builder takes both for the same name (RFC 5280 7.1).
    public func matches(_ other: DistinguishedName) -> Bool {
        if der == other.der { return true }
        guard rdns.count == other.rdns.count else { return false }
        return zip(rdns, other.rdns).allSatisfy { left, right in
            if left.count == 1, right.count == 1 { return left[0].matches(right[0]) }
            return left.count == right.count && Set(left.map(Folded.init)) == Set(right.map(Folded.init))
        }
    }

    private struct Folded: Hashable {
        let type: ObjectIdentifier
        let value: [UInt8]

        init(_ attribute: NameAttribute) {
            type = attribute.type
            value = attribute.folded
        }
    }

    /// For people, most significant part first: `C=DE, O=Example, CN=Example`.
    public var description: String {
        rdns.map { rdn in
            rdn.map { attribute in
                let value = attribute.text ?? "#" + attribute.value.map { String($0, radix: 16) }.joined()
                return "\(attribute.typeName)=\(value.escapingControls)"
            }.joined(separator: "+")
        }.joined(separator: ", ")
    }
}

extension String {
    /// Names come from the peer: what steers a terminal or a log line (controls, invisible formatting characters), and
    /// what would pass for a further part of the name, is escaped.
    var escapingControls: String {
        if utf8.allSatisfy({ 0x20..<0x7f ~= $0 && !Self.separators.contains($0) }) { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                if let byte = UInt8(exactly: scalar.value), Self.separators.contains(byte) { text += "\\" }
                text.unicodeScalars.append(scalar)
            }
        }
    }

    private static let separators: Set<UInt8> = Set(",+=\\".utf8)
}
