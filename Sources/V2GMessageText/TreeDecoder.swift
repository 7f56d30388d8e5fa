import SchemaTypes

/// Reads any `Decodable` from a tree. Every error carries the path of the value.
struct TreeDecoder: Decoder {
    let node: TextNode
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any]

    init(_ node: TextNode, at codingPath: [any CodingKey], userInfo: [CodingUserInfoKey: Any]) {
        self.node = node
        self.codingPath = codingPath
        self.userInfo = userInfo
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = node else { throw mismatch(type, "an object") }
        return KeyedDecodingContainer(TreeFields(members: members, codingPath: codingPath, userInfo: userInfo))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let items) = node else { throw mismatch([Any].self, "an array") }
        return TreeItems(items: items, codingPath: codingPath, userInfo: userInfo)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    fileprivate func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        .typeMismatch(
            type,
            .init(codingPath: codingPath, debugDescription: "\(expected) was expected, but here is \(node.kind)"))
    }

    fileprivate func corrupted(_ reason: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: reason))
    }
}

extension TreeDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { node == .null }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let scalar = try scalar(type) { return scalar }
        do {
            return try Value(from: self)
        } catch let violation as SchemaViolation {
            throw corrupted(violation.message)
        }
    }

    /// A value of a type that `Decodable` itself ends at; nothing for a type that says how it is decoded.
    private func scalar<Value>(_ type: Value.Type) throws -> Value? {
        if type == String.self { return try string() as? Value }
        if type == Bool.self {
            guard case .boolean(let value) = node else { throw mismatch(type, "true or false") }
            return value as? Value
        }
        if let type = type as? any FixedWidthInteger.Type { return try integer(type) as? Value }
        if type == Double.self { return try floating(Double.self) as? Value }
        if type == Float.self { return try floating(Float.self) as? Value }
        return nil
    }

    private func string() throws -> String {
        guard case .string(let value) = node else { throw mismatch(String.self, "a string") }
        do {
            try XMLCharacters.check(value)
        } catch {
            throw corrupted(error.message)
        }
        return value
    }

    private func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
        guard case .number(let digits) = node else { throw mismatch(type, "a number") }
        guard digits.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
            throw corrupted("a whole number was expected, without fraction and exponent")
        }
        guard let value = Integer(digits) else {
            throw corrupted("the number is outside \(Integer.min)...\(Integer.max)")
        }
        return value
    }

    /// A number, or one of the names that XML Schema has for what is none (part 2, 3.2.5).
    private func floating<Number: BinaryFloatingPoint & LosslessStringConvertible>(
        _ type: Number.Type
    ) throws -> Number {
        switch node {
        case .number(let digits):
            guard let value = Number(digits), value.isFinite else { throw corrupted("the number is too large") }
            return value
        case .string("NaN"): return .nan
        case .string("INF"): return .infinity
        case .string("-INF"): return -.infinity
        default: throw mismatch(type, "a number, \"INF\", \"-INF\" or \"NaN\"")
        }
    }
}

private struct TreeFields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: [TextNode.Member]
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any]
    /// The places of members, where they are too many to look at each.
    private let places: [ExactString: Int]

    init(members: [TextNode.Member], codingPath: [any CodingKey], userInfo: [CodingUserInfoKey: Any]) {
        self.members = members
        self.codingPath = codingPath
        self.userInfo = userInfo
        var places: [ExactString: Int] = [:]
        if members.count > 16 {
            for (place, member) in members.enumerated() { places[ExactString(member.key.stringValue)] = place }
        }
        self.places = places
    }

    var allKeys: [Key] { members.compactMap { Key(stringValue: $0.key.stringValue) } }

    func contains(_ key: Key) -> Bool { node(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try decoder(key).decodeNil() }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try decoder(key).decode(type)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { TreeDecoder(.object(members), at: codingPath, userInfo: userInfo) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

    private func node(_ key: Key) -> TextNode? {
        let name = ExactString(key.stringValue)
        if !places.isEmpty { return places[name].map { members[$0].value } }
        return members.first { ExactString($0.key.stringValue) == name }?.value
    }

    private func decoder(_ key: Key) throws -> TreeDecoder {
        guard let node = node(key) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "\(key.stringValue) is missing"))
        }
        return TreeDecoder(node, at: codingPath + [key], userInfo: userInfo)
    }
}

private struct TreeItems: UnkeyedDecodingContainer {
    let items: [TextNode]
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any]
    private(set) var currentIndex = 0

    init(items: [TextNode], codingPath: [any CodingKey], userInfo: [CodingUserInfoKey: Any]) {
        self.items = items
        self.userInfo = userInfo
        self.codingPath = codingPath
    }

    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    mutating func decodeNil() throws -> Bool {
        guard try next(Never.self).decodeNil() else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try next(type).decode(type)
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let container = try next(type).container(keyedBy: type)
        currentIndex += 1
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try next([Any].self).unkeyedContainer()
        currentIndex += 1
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try next(Never.self)
        currentIndex += 1
        return decoder
    }

    private func next(_ type: Any.Type) throws -> TreeDecoder {
        let path = codingPath + [IndexKey(currentIndex)]
        guard items.indices.contains(currentIndex) else {
            throw DecodingError.valueNotFound(
                type, .init(codingPath: path, debugDescription: "the array has only \(items.count) items"))
        }
        return TreeDecoder(items[currentIndex], at: path, userInfo: userInfo)
    }
}
