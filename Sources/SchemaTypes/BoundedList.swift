/// A list whose length is bounded (`minOccurs`, `maxOccurs`), such as 1 to 3 schedule tuples.
///
/// `upper` is ``unbounded`` where the schema says `unbounded`.
@frozen
public struct BoundedList<Element: Sendable & Hashable, let lower: Int, let upper: Int>: Hashable, Sendable {
    /// The elements in their order.
    public let elements: [Element]

    /// Takes the elements, or throws ``SchemaViolation`` when there are too few or too many.
    public init(_ elements: [Element]) throws(SchemaViolation) {
        guard elements.count >= lower, elements.count <= upper else {
            throw .count(elements.count, of: "elements", outside: lower, upper)
        }
        self.elements = elements
    }

    /// Elements from a codec that counted them itself.
    @inlinable
    package init(unchecked elements: [Element]) {
        self.elements = elements
    }
}

extension BoundedList: RandomAccessCollection {
    @inlinable
    public var startIndex: Int { 0 }
    @inlinable
    public var endIndex: Int { elements.count }
    @inlinable
    public subscript(index: Int) -> Element { elements[index] }
}
