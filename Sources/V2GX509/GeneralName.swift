public import V2GDER

/// A `GeneralName` (RFC 5280 4.2.1.6).
public enum GeneralName: Sendable, Hashable {
    case email(String)
    case dns(String)
    case directory(DistinguishedName)
    case uri(String)
    case ipAddress([UInt8])
    /// Any other form, as its tag and content.
    case other(tag: DERTag, content: [UInt8])

    static let emailTag = DERTag.contextPrimitive(1)
    static let dnsTag = DERTag.contextPrimitive(2)
    static let directoryTag = DERTag.contextConstructed(4)
    static let uriTag = DERTag.contextPrimitive(6)
    static let ipTag = DERTag.contextPrimitive(7)

    package init(reading reader: inout DERReader) throws(DERError) {
        let element = try reader.read()
        let content = reader.content(of: element)
        func text() throws(DERError) -> String {
            guard content.allSatisfy({ $0 < 0x80 }) else {
                throw DERError(.badValue("an IA5String with bytes over 7F"), at: element.range.lowerBound)
            }
            return String(decoding: content, as: UTF8.self)
        }
        switch element.tag {
        case Self.emailTag: self = .email(try text())
        case Self.dnsTag: self = .dns(try text())
        case Self.uriTag: self = .uri(try text())
        case Self.ipTag: self = .ipAddress(Array(content))
        case Self.directoryTag:
            var inner = reader.reader(inside: element)
            self = .directory(try DistinguishedName(reading: &inner))
            try inner.finish()
        default: self = .other(tag: element.tag, content: Array(content))
        }
    }

    package func write(to writer: inout DERWriter) {
        switch self {
        case .email(let text): writer.write(Self.emailTag, text.utf8)
        case .dns(let text): writer.write(Self.dnsTag, text.utf8)
        case .uri(let text): writer.write(Self.uriTag, text.utf8)
        case .ipAddress(let bytes): writer.write(Self.ipTag, bytes)
        case .directory(let name): writer.write(Self.directoryTag, name.der)
        case .other(let tag, let content): writer.write(tag, content)
        }
    }

    /// Reads names to the end of `reader`, 1 to 256 of them.
    static func list(_ reader: inout DERReader) throws(DERError) -> [GeneralName] {
        var names: [GeneralName] = []
        while !reader.isAtEnd {
            guard names.count < 256 else { throw DERError(.tooMany("general names"), at: reader.offset) }
            names.append(try GeneralName(reading: &reader))
        }
        guard !names.isEmpty else { throw DERError(.badValue("an empty list of names"), at: reader.offset) }
        return names
    }
}
