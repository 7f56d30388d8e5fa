public import SchemaTypes

/// An element that no schema of the set declares: its name, and whatever it holds.
///
/// Immutable, since everything in it is checked when it is made.
public struct UnknownElement: Hashable, Sendable {
    /// An attribute; its value is text, since no schema gives it a type.
    public struct Attribute: Hashable, Sendable {
        public let name: EXIName
        public let value: String

        public init(_ name: EXIName, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What stands in an element.
    public enum Child: Hashable, Sendable {
        case text(String)
        case element(AnyElement)
    }

    /// Namespaces whose attributes mean something to XML itself or to EXI, so that they cannot be attributes here.
    static let reserved = ["http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2000/xmlns/"]

    public let name: EXIName
    /// In the order in which they are written.
    public let attributes: [Attribute]
    public let children: [Child]
    /// Levels of elements, this one included, as far as they are unknown.
    let depth: Int

    /// An element, or ``SchemaViolation`` for a name that is no name of XML, characters that XML forbids, an attribute
    /// given twice or of a reserved namespace, or more than ``AnyElement/deepest`` levels.
    public init(_ name: EXIName, attributes: [Attribute] = [], children: [Child] = []) throws(SchemaViolation) {
        try Self.check(name)
        var names: Set<EXIName> = []
        for attribute in attributes {
            try Self.check(attribute.name)
            try XMLCharacters.check(attribute.value)
            guard !Self.reserved.contains(attribute.name.namespace) else {
                throw SchemaViolation("attributes of xsi and xmlns are no content of an element; leave them out")
            }
            guard names.insert(attribute.name).inserted else {
                throw SchemaViolation("an element has two attributes of one name; leave one out")
            }
        }
        for case .text(let text) in children { try XMLCharacters.check(text) }
        self.init(unchecked: name, attributes, children)
        guard depth <= AnyElement.deepest else {
            throw SchemaViolation("unknown elements nest \(depth) deep; the limit is \(AnyElement.deepest)")
        }
    }

    /// An element from the decoder, which checked everything itself.
    init(unchecked name: EXIName, _ attributes: [Attribute], _ children: [Child]) {
        self.name = name
        self.attributes = attributes
        self.children = children
        depth = 1 + (children.lazy.map(\.depth).max() ?? 0)
    }

    private static func check(_ name: EXIName) throws(SchemaViolation) {
        guard XMLID(name: name.localName) != nil else {
            throw SchemaViolation("the name of an element or attribute in a wildcard is no name of XML without a colon")
        }
        try XMLCharacters.check(name.namespace)
    }
}

extension UnknownElement.Child {
    var depth: Int {
        switch self {
        case .text: 0
        case .element(let element): element.depth
        }
    }
}
