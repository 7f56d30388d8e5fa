/// The name of an attribute or an element inside a complex type, for `Codable`.
///
/// An XML writer learns from it what a JSON writer does not need: the namespace, and whether it is an attribute or the
/// content of the element itself.
@frozen
public struct FieldKey: CodingKey, Hashable, Sendable {
    /// What the field is in XML.
    @frozen
    public enum Role: Hashable, Sendable {
        /// An element, or a list of elements of this name.
        case element
        /// An attribute.
        case attribute
        /// The text of an element that has attributes and text.
        case content
        /// Text and elements in any order: an array whose items are strings, and objects with one key, the element.
        case nodes
    }

    /// The name in text: the local name as the schema writes it; `value` for simple content. Of two elements with one
    /// local name in different namespaces, at a place where both may stand, one has `{namespace}` before it.
    public let stringValue: String
    /// The local name.
    public let localName: String
    /// The namespace; empty for none.
    public let namespace: String
    public let role: Role

    public var intValue: Int? { nil }

    /// An element.
    @inlinable
    public init(_ name: String, in namespace: String) {
        self.init(name, in: namespace, role: .element)
    }

    /// A field of any role.
    @inlinable
    public init(_ name: String, in namespace: String, role: Role) {
        self.init(text: name, name, in: namespace, role: role)
    }

    /// A field whose name in text differs from its local name.
    @inlinable
    init(text: String, _ name: String, in namespace: String, role: Role) {
        stringValue = text
        localName = name
        self.namespace = namespace
        self.role = role
    }

    /// An element whose local name another element has too: its namespace is part of its name in text.
    @inlinable
    public init(_ name: String, namesakeIn namespace: String) {
        self.init(text: "{\(namespace)}\(name)", name, in: namespace, role: .element)
    }

    /// The content of an element that has attributes and text.
    public static let content = FieldKey("value", in: "", role: .content)

    /// The content of an element that may hold text and elements of any name (mixed content, wildcards).
    public static let nodes = FieldKey("content", in: "", role: .nodes)

    public init?(stringValue: String) {
        self.init(stringValue, in: "")
    }

    public init?(intValue: Int) {
        nil
    }
}
