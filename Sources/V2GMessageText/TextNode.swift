import SchemaTypes

/// A value between a type and its text. Objects keep their order, numbers their digits.
indirect enum TextNode: Sendable, Hashable {
    case null
    case boolean(Bool)
    /// A number as it is written.
    case number(String)
    case string(String)
    case array([TextNode])
    case object([Member])

    /// A field of an object. Keys read from JSON have no namespace and role: JSON does not tell them.
    struct Member: Sendable, Hashable {
        let key: FieldKey
        let value: TextNode
    }

    /// What it is, for errors.
    var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
