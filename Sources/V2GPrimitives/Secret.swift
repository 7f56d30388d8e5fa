/// A value that must not appear in logs or reflections.
public struct Secret<Value: Sendable>: Sendable, CustomStringConvertible, CustomReflectable {
    private let value: Value

    public init(_ value: Value) { self.value = value }

    public var description: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The only way in; easy to find in review.
    public func withExposed<R, E: Error>(_ body: (Value) throws(E) -> R) throws(E) -> R { try body(value) }
}
