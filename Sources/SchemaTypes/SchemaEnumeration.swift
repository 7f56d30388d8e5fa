/// An enumeration of the schema, such as a response code. The raw value is the index in schema order, as on the wire.
public protocol SchemaEnumeration: RawRepresentable<UInt8>, Hashable, Sendable, Codable, CaseIterable {
    /// The names as the schema writes them, by raw value.
    static var schemaNames: [String] { get }
}

extension SchemaEnumeration {
    /// The name as the schema writes it.
    public var schemaName: String {
        let names = Self.schemaNames
        let index = Int(rawValue)
        return names.indices.contains(index) ? names[index] : "\(index)"
    }

    /// The value of that name, or nothing.
    public init?(schemaName: String) {
        guard let index = Self.schemaNames.firstIndex(where: { $0.utf8.elementsEqual(schemaName.utf8) }) else {
            return nil
        }
        self.init(rawValue: UInt8(truncatingIfNeeded: index))
    }

    public init(from decoder: any Decoder) throws {
        let name = try decoder.singleValueContainer().decode(String.self)
        guard let value = Self(schemaName: name) else {
            throw SchemaViolation("\"\(name.prefix(64))\" is none of \(Self.schemaNames.joined(separator: ", "))")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(schemaName)
    }
}
