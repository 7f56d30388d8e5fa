/// An optional part of a structure that is large and seldom there, such as a header's signature: it lies in memory of its
/// own, so that messages without it stay small. Used as a property wrapper; a value like any other.
@propertyWrapper
@frozen
public struct Boxed<Value: Hashable & Sendable>: Hashable, Sendable {
    @usableFromInline
    enum Storage: Hashable, Sendable {
        case none
        indirect case some(Value)
    }

    @usableFromInline
    var storage: Storage

    /// The part, or nil.
    @inlinable
    public var wrappedValue: Value? {
        get {
            switch storage {
            case .none: nil
            case .some(let value): value
            }
        }
        set { storage = newValue.map { .some($0) } ?? .none }
    }

    @inlinable
    public init(wrappedValue: Value?) {
        storage = wrappedValue.map { .some($0) } ?? .none
    }
}
