internal import V2GPrimitives

/// The details of an audit entry: an ordered list of named values with exactly one encoding.
///
/// Each field is a kind byte, the length of the name in one byte, the name, the length of the value in four bytes and
/// the value; numbers are big endian. Lengths come before content, so two different lists never share bytes.
package struct AuditFields: Sendable, Hashable {
    package enum Value: Sendable, Hashable, CustomStringConvertible {
        case text(String)
        case number(Int64)
        case bytes([UInt8])

        package var description: String {
            switch self {
            case .text(let text): text
            case .number(let number): String(number)
            case .bytes(let bytes): Hex.encode(bytes)
            }
        }
    }

    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: Value
    }

    package private(set) var encoded: [UInt8] = []

    package init() { encoded.reserveCapacity(256) }

    package mutating func add(_ name: StaticString, text: String) {
        let bytes = Array(text.utf8)
        open(0x74, name, count: bytes.count)
        encoded.append(contentsOf: bytes)
    }

    package mutating func add(_ name: StaticString, number: Int64) {
        open(0x69, name, count: 8)
        encoded.appendBigEndian(UInt64(bitPattern: number))
    }

    package mutating func add(_ name: StaticString, bytes: [UInt8]) {
        open(0x62, name, count: bytes.count)
        encoded.append(contentsOf: bytes)
    }

    private mutating func open(_ kind: UInt8, _ name: StaticString, count: Int) {
        let name = Array(name.description.utf8.prefix(255))
        encoded.append(kind)
        encoded.append(UInt8(name.count))
        encoded.append(contentsOf: name)
        encoded.appendBigEndian(UInt32(clamping: count))
    }

    /// Reads an encoding; `nil` when it is not one.
    package static func decode(_ bytes: [UInt8]) -> [Field]? {
        var fields: [Field] = []
        var rest = bytes[...]
        while let kind = rest.popFirst() {
            guard let nameCount = rest.popFirst(), rest.count >= Int(nameCount) + 4 else { return nil }
            let name = String(decoding: rest.prefix(Int(nameCount)), as: UTF8.self)
            rest.removeFirst(Int(nameCount))
            let count = Int(rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            rest.removeFirst(4)
            guard rest.count >= count else { return nil }
            let value = Array(rest.prefix(count))
            rest.removeFirst(count)
            switch kind {
            case 0x74:
                fields.append(Field(name: name, value: .text(String(decoding: value, as: UTF8.self))))
            case 0x69:
                guard count == 8 else { return nil }
                let number = value.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                fields.append(Field(name: name, value: .number(Int64(bitPattern: number))))
            case 0x62:
                fields.append(Field(name: name, value: .bytes(value)))
            default:
                return nil
            }
        }
        return fields
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        var shift = value.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
