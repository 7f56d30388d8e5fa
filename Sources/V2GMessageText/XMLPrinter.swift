import SchemaTypes

/// Prints a tree as XML 1.0 with namespaces, on one line.
struct XMLPrinter {
    private let prefixes: XMLPrefixes
    private var text = ""
    private var path: [any CodingKey] = []

    /// The document whose root element is the only member of `node`.
    static func print(_ node: TextNode) throws(MessageTextError) -> String {
        guard case .object(let members) = node, members.count == 1, let root = members.first,
            root.key.role == .element
        else {
            throw MessageTextError(
                .notEncodable, at: "",
                "an XML document has one root element, but the value is no object of one element",
                remedy: "give a message with its name, such as an Element of a message set")
        }
        if case .array = root.value {
            throw MessageTextError(
                .notEncodable, at: root.key.stringValue, "the root element is a list", remedy: "give one element")
        }
        var printer = XMLPrinter(prefixes: XMLPrefixes(of: root))
        try printer.element(root.key, root.value, isRoot: true)
        return printer.text
    }

    private init(prefixes: XMLPrefixes) { self.prefixes = prefixes }

    private mutating func element(
        _ key: FieldKey, _ value: TextNode, isRoot: Bool = false
    ) throws(MessageTextError) {
        path.append(key)
        defer { path.removeLast() }
        switch value {
        case .null: break
        case .array(let items):
            for item in items {
                if case .array = item { throw failure("a list of lists has no XML form") }
                try single(key, item, isRoot: false)
            }
        default: try single(key, value, isRoot: isRoot)
        }
    }

    private mutating func single(_ key: FieldKey, _ value: TextNode, isRoot: Bool) throws(MessageTextError) {
        let name = try qualified(key)
        text += "<" + name
        if isRoot {
            for (prefix, namespace) in prefixes.declarations {
                text += " xmlns:\(prefix)=\"\(Self.escaped(namespace))\""
            }
        }
        guard case .object(let members) = value else {
            try close(name, with: scalar(value))
            return
        }
        for member in members where member.key.role == .attribute && member.value != .null {
            let attribute = try qualified(member.key)
            text += " \(attribute)=\"\(Self.escaped(try scalar(member.value)))\""
        }
        let children = members.filter { $0.key.role != .attribute }
        guard !children.isEmpty else {
            text += "/>"
            return
        }
        text += ">"
        for member in children {
            switch member.key.role {
            case .content: text += Self.escaped(try scalar(member.value))
            case .nodes: try nodes(member.value)
            case .element, .attribute: try element(member.key, member.value)
            }
        }
        text += "</\(name)>"
    }

    private mutating func close(_ name: String, with content: String) throws(MessageTextError) {
        text += content.isEmpty ? "/>" : ">\(Self.escaped(content))</\(name)>"
    }

    /// Mixed content: text and elements in their order.
    private mutating func nodes(_ value: TextNode) throws(MessageTextError) {
        guard case .array(let items) = value else { throw failure("mixed content is no array") }
        for item in items {
            if case .object(let members) = item {
                guard members.count == 1, let member = members.first else {
                    throw failure("an item of mixed content is neither text nor one element")
                }
                try element(member.key, member.value)
            } else {
                text += Self.escaped(try scalar(item))
            }
        }
    }

    private func scalar(_ value: TextNode) throws(MessageTextError) -> String {
        switch value {
        case .null: return ""
        case .boolean(let value): return value ? "true" : "false"
        case .number(let digits): return digits
        case .string(let string):
            do throws(SchemaViolation) {
                try XMLCharacters.check(string)
            } catch {
                throw failure(error.message)
            }
            return string
        case .array, .object: throw failure("\(value.kind) stands where XML has text only")
        }
    }

    /// The name with its prefix. Names in wildcards come from elsewhere, so that they are checked, and not believed.
    private func qualified(_ key: FieldKey) throws(MessageTextError) -> String {
        guard XMLID(name: key.localName) != nil, key.namespace != "http://www.w3.org/2000/xmlns/" else {
            throw failure("a name that XML forbids")
        }
        return prefixes.prefix(of: key.namespace).map { "\($0):\(key.localName)" } ?? key.localName
    }

    /// Text for content and attributes alike: with line breaks and tabs as references, neither is changed by a reader
    /// (XML 1.0, 2.11 and 3.3.3), and the document stays on one line. No `]]>` can appear, since `>` is escaped.
    private static func escaped(_ string: String) -> String {
        guard string.unicodeScalars.contains(where: isSpecial) else { return string }
        var text = ""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case _ where isSpecial(scalar): text += "&#\(scalar.value);"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func isSpecial(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "&", "<", ">", "\"", "\t", "\n", "\r", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    private func failure(_ reason: String) -> MessageTextError {
        MessageTextError(
            .notEncodable, at: Path.text(path), reason, remedy: "print it as JSON, or change the value")
    }
}
