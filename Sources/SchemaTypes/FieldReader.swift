/// Reads the fields of a complex type from any `Decoder`, and refuses fields that the type does not have.
public struct FieldReader {
    private let container: KeyedDecodingContainer<FieldKey>
    private var taken: Set<ExactString> = []

    /// The fields of the object that `decoder` stands at.
    public init(_ decoder: any Decoder) throws {
        container = try decoder.container(keyedBy: FieldKey.self)
    }

    /// The name of the only field there is, such as the message's name at the top of a document.
    public func single() throws -> String {
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: container.codingPath,
                    debugDescription: "exactly one key was expected, the name of the element; there are "
                        + "\(container.allKeys.count)"))
        }
        return key.stringValue
    }

    /// Whether the field is there.
    public func has(_ key: FieldKey) -> Bool {
        container.contains(key)
    }

    /// A field that must be there.
    public mutating func required<Value: Decodable>(_ key: FieldKey, as type: Value.Type = Value.self) throws -> Value {
        taken.insert(ExactString(key.stringValue))
        guard container.contains(key) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: container.codingPath, debugDescription: "\(key.stringValue) is missing"))
        }
        return try located(key) { try container.decode(type, forKey: key) }
    }

    /// A field that may be left out. `null` counts as left out.
    public mutating func optional<Value: Decodable>(_ key: FieldKey, as type: Value.Type = Value.self) throws -> Value?
    {
        taken.insert(ExactString(key.stringValue))
        guard container.contains(key) else { return nil }
        return try located(key) { try container.decodeIfPresent(type, forKey: key) }
    }

    /// A list with bounds; it may be left out where the schema allows none.
    public mutating func list<Value: Decodable, let lower: Int, let upper: Int>(
        _ key: FieldKey
    ) throws -> BoundedList<Value, lower, upper> {
        taken.insert(ExactString(key.stringValue))
        let elements = lower == 0 ? try optional(key) ?? [Value]() : try required(key, as: [Value].self)
        return try located(key) { try BoundedList(elements) }
    }

    /// Throws when the object holds a field that nothing asked for: a misspelled name must not vanish silently.
    public func finish() throws {
        for key in container.allKeys where !taken.contains(ExactString(key.stringValue)) {
            throw located(key, SchemaViolation("no field of this type has that name"))
        }
    }

    /// The error to throw when none of several alternatives is there.
    public func noneOf(_ names: String) -> any Error {
        DecodingError.dataCorrupted(
            .init(codingPath: container.codingPath, debugDescription: "one of \(names) is missing"))
    }

    private func located<Value>(_ key: FieldKey, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let violation as SchemaViolation {
            throw located(key, violation)
        }
    }

    private func located(_ key: FieldKey, _ violation: SchemaViolation) -> any Error {
        DecodingError.dataCorrupted(
            .init(codingPath: container.codingPath + [key], debugDescription: violation.message))
    }
}
