/// An element of a schema document, with its namespaces resolved.
struct MarkupNode {
    var name: QName
    /// Attributes without a prefix. Those of foreign namespaces are annotations and are dropped.
    var attributes: [String: String]
    var children: [MarkupNode]
    /// The prefixes in scope; "" is the default namespace.
    var bindings: [String: String]
    /// Whether text other than white space stands directly inside.
    var hasText: Bool
    var place: SourcePlace
}

extension MarkupNode {
    static let schemaNamespace = "http://www.w3.org/2001/XMLSchema"

    /// How the construct is called in messages.
    var label: String {
        let prefix = name.namespace == Self.schemaNamespace ? "xs:" : "{\(name.namespace)}"
        guard let own = attributes["name"] ?? attributes["ref"] ?? attributes["value"] else {
            return prefix + name.localName
        }
        return "\(prefix)\(name.localName) \"\(own)\""
    }

    func error(_ reason: SchemaError.Reason, _ detail: String) -> SchemaError {
        SchemaError(reason: reason, place: place, construct: label, detail: detail)
    }

    /// Refuses attributes that are not in the list; `id` may stand anywhere.
    func allowOnly(attributes allowed: Set<String>) throws(SchemaError) {
        let extra = attributes.keys.filter { $0 != "id" && !allowed.contains($0) }.sorted()
        if let first = extra.first {
            throw error(
                .unsupported,
                "the attribute \(first)=\"\(attributes[first] ?? "")\" has a meaning that is not compiled; remove it or "
                    + "extend the schema reader")
        }
    }

    /// The children that count: annotations are dropped, what is not of XSD or stray text is refused.
    func schemaChildren() throws(SchemaError) -> [MarkupNode] {
        if hasText {
            throw error(.invalid, "text stands where only elements may stand; remove it")
        }
        var kept: [MarkupNode] = []
        for child in children {
            guard child.name.namespace == Self.schemaNamespace else {
                throw child.error(.unsupported, "only elements of XSD may stand here; move it into xs:appinfo")
            }
            if child.name.localName != "annotation" {
                kept.append(child)
            }
        }
        return kept
    }

    func required(_ attribute: String) throws(SchemaError) -> String {
        guard let value = attributes[attribute], !value.isEmpty else {
            throw error(.invalid, "the attribute \(attribute) is missing; every such construct needs one")
        }
        return value
    }

    /// Reads an attribute of type xs:boolean.
    func boolean(_ attribute: String, default fallback: Bool) throws(SchemaError) -> Bool {
        switch attributes[attribute] {
        case nil: return fallback
        case "true", "1": return true
        case "false", "0": return false
        case let other?: throw error(.invalid, "\(attribute)=\"\(other)\" is not a boolean; write true or false")
        }
    }

    /// Reads minOccurs and maxOccurs.
    func occurs() throws(SchemaError) -> Occurs {
        let minimum = try count("minOccurs") ?? 1
        if attributes["maxOccurs"] == "unbounded" {
            return Occurs(minimum, nil)
        }
        let maximum = try count("maxOccurs") ?? 1
        guard minimum <= maximum else {
            throw error(.invalid, "minOccurs \(minimum) is above maxOccurs \(maximum); swap or correct them")
        }
        return Occurs(minimum, maximum)
    }

    func count(_ attribute: String) throws(SchemaError) -> Int? {
        guard let text = attributes[attribute] else { return nil }
        guard let value = Int(text), value >= 0 else {
            throw error(.invalid, "\(attribute)=\"\(text)\" is not a number from 0 to \(Int.max); correct it")
        }
        return value
    }

    /// Resolves the prefix of a name in an attribute value by the bindings in scope.
    func qualifiedName(_ text: String) throws(SchemaError) -> QName {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        switch parts.count {
        case 1:
            return QName(text, in: bindings[""] ?? "")
        case 2:
            let prefix = String(parts[0])
            guard let namespace = bindings[prefix], !parts[1].isEmpty else {
                throw error(.unresolved, "the prefix of \"\(text)\" is bound to no namespace; declare xmlns:\(prefix)")
            }
            return QName(String(parts[1]), in: namespace)
        default:
            throw error(.invalid, "\"\(text)\" is not a name with at most one colon; correct it")
        }
    }
}
