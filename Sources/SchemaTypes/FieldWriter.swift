/// Writes the fields of a complex type into any `Encoder`, in schema order.
public struct FieldWriter {
    private var container: KeyedEncodingContainer<FieldKey>

    /// An object in the place that `encoder` stands at.
    public init(_ encoder: any Encoder) {
        container = encoder.container(keyedBy: FieldKey.self)
    }

    /// Writes a field.
    public mutating func write(_ value: some Encodable, _ key: FieldKey) throws {
        try container.encode(value, forKey: key)
    }

    /// Writes a field unless it is absent.
    public mutating func write(optional value: (some Encodable)?, _ key: FieldKey) throws {
        try container.encodeIfPresent(value, forKey: key)
    }

    /// Writes a list as an array; an empty list is left out.
    public mutating func write<Value: Encodable, let lower: Int, let upper: Int>(
        list: BoundedList<Value, lower, upper>, _ key: FieldKey
    ) throws {
        if !list.isEmpty { try container.encode(list.elements, forKey: key) }
    }
}
