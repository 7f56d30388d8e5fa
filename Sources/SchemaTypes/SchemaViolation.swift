/// A value that the schema forbids: too long, too many, out of range, not one of the allowed names.
///
/// Thrown by the initializers of this module when a program or a text brings such a value. Bytes from the wire give an
/// `EXIError` instead, with their position.
public struct SchemaViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong, with the value's size and the bound, and what to do about it. No content of the value.
    public let message: String

    public var description: String { message }

    @usableFromInline
    package init(_ message: String) {
        self.message = message
    }

    /// The violation of a length or count outside `lower...upper`.
    @usableFromInline
    static func count(_ count: Int, of unit: String, outside lower: Int, _ upper: Int) -> SchemaViolation {
        let bound =
            upper == unbounded ? "at least \(lower)" : lower == upper ? "exactly \(lower)" : "\(lower) to \(upper)"
        return SchemaViolation("\(count) \(unit), but the schema allows \(bound)")
    }
}

/// What stands for "no bound" in the parameters of ``Text``, ``Base64Binary`` and ``BoundedList``.
///
/// 2^31 - 1: more than a message can hold whose sender still charges, and small enough for a compiler that cannot name
/// types with larger numbers.
public let unbounded = 2_147_483_647
