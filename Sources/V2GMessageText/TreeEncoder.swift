import SchemaTypes

/// Turns any `Encodable` into a tree that keeps order, namespaces and roles.
struct TreeEncoder: Encoder {
    fileprivate let slot: TreeSlot
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The tree of `value`.
    static func tree(of value: some Encodable) throws(MessageTextError) -> TextNode {
        let slot = TreeSlot()
        do {
            try TreeEncoder(slot: slot, codingPath: []).encode(value)
        } catch {
            throw MessageTextError(encoding: error)
        }
        return slot.node
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        slot.becomeObject()
        return KeyedEncodingContainer(TreeObject(slot: slot, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.becomeArray()
        return TreeArray(slot: slot, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension TreeEncoder: SingleValueEncodingContainer {
    func encodeNil() { slot.content = .scalar(.null) }

    func encode(_ value: some Encodable) throws {
        if let scalar = Self.scalar(value) {
            slot.content = .scalar(scalar)
            return
        }
        try value.encode(to: self)
    }

    /// The node of a value that `Encodable` itself ends at; nothing for a type that says how it is encoded.
    private static func scalar(_ value: some Encodable) -> TextNode? {
        switch value {
        case let value as String: .string(value)
        case let value as Bool: .boolean(value)
        case let value as Double: floating(value)
        case let value as Float: floating(value)
        case let value as any FixedWidthInteger: .number("\(value)")
        default: nil
        }
    }

    /// Infinities and NaN have no JSON number; they are written as XML Schema does (part 2, 3.2.5).
    private static func floating(_ value: some BinaryFloatingPoint & LosslessStringConvertible) -> TextNode {
        if value.isNaN { return .string("NaN") }
        if value.isInfinite { return .string(value < 0 ? "-INF" : "INF") }
        return .number("\(value)")
    }
}

/// The place of one value while it is being encoded.
private final class TreeSlot {
    enum Content {
        case empty
        case scalar(TextNode)
        case object([(key: FieldKey, slot: TreeSlot)])
        case array([TreeSlot])
    }

    var content = Content.empty
    /// The names of the fields, once they are too many to look at each.
    private var names: Set<ExactString> = []

    /// A type may ask for its container again and again, as a choice does that writes into its parent's object.
    func becomeObject() {
        if case .object = content { return }
        content = .object([])
    }

    func becomeArray() {
        if case .array = content { return }
        content = .array([])
    }

    /// A new place for `key`, or nothing when the object has that key already.
    func field(_ key: FieldKey) -> TreeSlot? {
        guard case .object(var fields) = content else { return nil }
        let name = ExactString(key.stringValue)
        if fields.count < 16 {
            guard !fields.contains(where: { ExactString($0.key.stringValue) == name }) else { return nil }
        } else {
            if names.isEmpty { names = Set(fields.map { ExactString($0.key.stringValue) }) }
            guard names.insert(name).inserted else { return nil }
        }
        content = .empty  // one reference to the fields, so that they grow in place
        let slot = TreeSlot()
        fields.append((key, slot))
        content = .object(fields)
        return slot
    }

    /// A new place at the end of the array.
    func item() -> TreeSlot {
        let slot = TreeSlot()
        guard case .array(var items) = content else { return slot }
        content = .empty
        items.append(slot)
        content = .array(items)
        return slot
    }

    var count: Int {
        if case .array(let items) = content { items.count } else { 0 }
    }

    var node: TextNode {
        switch content {
        case .empty: .object([])
        case .scalar(let node): node
        case .object(let fields): .object(fields.map { TextNode.Member(key: $0.key, value: $0.slot.node) })
        case .array(let items): .array(items.map(\.node))
        }
    }
}

private struct TreeObject<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: TreeSlot
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) throws { try encoder(key).encodeNil() }

    func encode(_ value: some Encodable, forKey key: Key) throws { try encoder(key).encode(value) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        lenient(key).container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { lenient(key).unkeyedContainer() }

    func superEncoder() -> any Encoder { TreeEncoder(slot: slot, codingPath: codingPath) }

    func superEncoder(forKey key: Key) -> any Encoder { lenient(key) }

    private func encoder(_ key: Key) throws -> TreeEncoder {
        let path = codingPath + [key]
        guard let slot = slot.field(Self.fieldKey(key)) else {
            throw EncodingError.invalidValue(
                key.stringValue,
                .init(codingPath: path, debugDescription: "the object has that field already"))
        }
        return TreeEncoder(slot: slot, codingPath: path)
    }

    /// For the containers that cannot throw: a field that comes twice keeps its first value.
    private func lenient(_ key: Key) -> TreeEncoder {
        TreeEncoder(slot: slot.field(Self.fieldKey(key)) ?? TreeSlot(), codingPath: codingPath + [key])
    }

    private static func fieldKey(_ key: Key) -> FieldKey {
        key as? FieldKey ?? FieldKey(key.stringValue, in: "")
    }
}

private struct TreeArray: UnkeyedEncodingContainer {
    let slot: TreeSlot
    let codingPath: [any CodingKey]
    var count: Int { slot.count }

    func encodeNil() { encoder().encodeNil() }

    func encode(_ value: some Encodable) throws { try encoder().encode(value) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy keyType: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
        encoder().container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }

    func superEncoder() -> any Encoder { encoder() }

    private func encoder() -> TreeEncoder {
        let path = codingPath + [IndexKey(slot.count)]
        return TreeEncoder(slot: slot.item(), codingPath: path)
    }
}
