/// An integer above zero, up to the largest of its base type, such as a numeric identifier of -20.
///
/// XML Schema part 2, 4.3.10 (`minInclusive` 1). ``Ranged`` serves smaller bounds; a compiler cannot name types with
/// numbers of 32 bits.
@frozen
public struct Positive<Base: FixedWidthInteger & UnsignedInteger & Sendable & Codable>: Hashable, Sendable {
    /// The integer, 1 or more.
    public let value: Base

    /// Takes `value`, or throws ``SchemaViolation`` when it is zero.
    @inlinable
    public init(_ value: Base) throws(SchemaViolation) {
        guard value > 0 else { throw SchemaViolation("0 is not allowed by the schema; use 1 or more") }
        self.value = value
    }

    /// A value from a codec that checked it itself.
    @inlinable
    package init(unchecked value: Base) {
        self.value = value
    }
}

extension Positive: Comparable {
    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

extension Positive: CustomStringConvertible {
    public var description: String { "\(value)" }
}

extension Positive: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(Base.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
