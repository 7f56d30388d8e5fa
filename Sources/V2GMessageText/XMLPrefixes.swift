import SchemaTypes

/// The prefixes of a document's namespaces.
///
/// A namespace has the same prefix in every document, made from the last part of its name. Only a namespace that is not
/// known here, or one whose prefix is taken, gets a number in the order of the document.
struct XMLPrefixes {
    /// Prefix and namespace, in the order in which the document uses them.
    private(set) var declarations: [(prefix: String, namespace: String)] = []
    private var prefixes: [ExactString: String] = [:]
    /// Known prefixes that a namespace has got.
    private var taken: Set<String> = []

    /// The names that appear in and below the element `root`.
    init(of root: TextNode.Member) {
        collect(root)
    }

    /// The prefix, or nothing for a name without a namespace.
    func prefix(of namespace: String) -> String? {
        namespace == Self.xml ? "xml" : prefixes[ExactString(namespace)]
    }

    /// Bound to `xml` without a declaration (Namespaces in XML 1.0, 3).
    private static let xml = "http://www.w3.org/XML/1998/namespace"

    private static let known = [
        "AppProtocol": "ap", "MsgDef": "msg", "MsgHeader": "head", "MsgBody": "body", "MsgDataTypes": "data",
        "CommonMessages": "cm", "CommonTypes": "ct", "AC": "ac", "DC": "dc", "ACDP": "acdp", "WPT": "wpt",
    ]

    private mutating func collect(_ member: TextNode.Member) {
        switch member.key.role {
        case .element, .attribute: declare(member.key.namespace)
        case .content, .nodes: break
        }
        collect(member.value)
    }

    private mutating func collect(_ node: TextNode) {
        switch node {
        case .object(let members): for member in members where member.value != .null { collect(member) }
        case .array(let items): for item in items { collect(item) }
        case .null, .boolean, .number, .string: break
        }
    }

    private mutating func declare(_ namespace: String) {
        guard !namespace.isEmpty, namespace != Self.xml,
            prefixes[ExactString(namespace)] == nil
        else { return }
        var prefix = "ns\(declarations.count + 1)"
        if namespace == "http://www.w3.org/2000/09/xmldsig#" {
            prefix = "ds"
        } else if namespace.hasPrefix("urn:"), let last = namespace.split(separator: ":").last,
            let known = Self.known[String(last)], taken.insert(known).inserted
        {
            prefix = known
        }
        prefixes[ExactString(namespace)] = prefix
        declarations.append((prefix, namespace))
    }
}
