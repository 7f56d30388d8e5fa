/// An integer of a restricted range, such as a percentage (`0...100`) or a unit multiplier (`-3...3`).
///
/// XML Schema part 2, 4.3.7 to 4.3.10 (`minInclusive`, `maxInclusive`).
@frozen
public struct Ranged<Base: FixedWidthInteger & Sendable & Codable, let lower: Int, let upper: Int>: Hashable, Sendable {
    /// The integer, within `lower...upper`.
    public let value: Base

    /// Takes `value`, or throws ``SchemaViolation`` when it lies outside `lower...upper`.
    @inlinable
    public init(_ value: Base) throws(SchemaViolation) {
        guard let ranged = Self(exactly: value) else {
            throw SchemaViolation("\(value) is outside \(lower)...\(upper), the range that the schema allows")
        }
        self = ranged
    }

    /// Takes `value`, or nothing when it lies outside `lower...upper`.
    @inlinable
    public init?(exactly value: some BinaryInteger) {
        guard value >= lower, value <= upper, let value = Base(exactly: value) else { return nil }
        self.value = value
    }

    /// A value from a codec that checked it itself.
    @inlinable
    package init(unchecked value: Base) {
        self.value = value
    }

    /// The value of the range that is nearest to `value`.
    @inlinable
    public init(clamping value: some BinaryInteger) {
        self.value = value < lower ? Base(lower) : value > upper ? Base(upper) : Base(value)
    }
}

extension Ranged: Comparable {
    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

extension Ranged: CustomStringConvertible {
    public var description: String { "\(value)" }
}

extension Ranged: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(Base.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
