/// The name of an attribute or an element inside a complex type, for `Codable`.
///
/// An XML writer learns from it what a JSON writer does not need: the namespace, and whether it is an attribute or the
/// content of the element itself.
@frozen
public struct FieldKey: CodingKey, Hashable, Sendable {
    /// What the field is in XML.
    @frozen
    public enum Role: Hashable, Sendable { case element, attribute, content }

    /// The local name as the schema writes it; `value` for simple content.
    public let stringValue: String
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
        stringValue = name
        self.namespace = namespace
        self.role = role
    }

    /// The content of an element that has attributes and text.
    public static let content = FieldKey("value", in: "", role: .content)

    public init?(stringValue: String) {
        self.init(stringValue, in: "")
    }

    public init?(intValue: Int) {
        nil
    }
}
