import SchemaTypes

/// The element as text, through ``FieldKey``, which an XML writer can follow.
///
/// A global element is an object with its name, as a document is: `{"KeyName": "k1"}`. The name of an unknown one
/// carries its namespace: `{"{urn:x}Hint": {"@level": "1", "content": ["see ", {"{urn:x}Link": {}}]}}`. Braces are there
/// without a namespace too (`{}Hint`), since they tell the two apart. Attributes come with an `@` before their names
/// (`@level`, `@{urn:x}level`), content is an array of texts and elements, and is left out when empty.
extension AnyElement: Codable {
    public func encode(to encoder: any Encoder) throws {
        switch content {
        case .known(let element): try element.encode(to: encoder)
        case .unknown(let element):
            var fields = FieldWriter(encoder)
            let key = FieldKey(wildcard: name.localName, in: name.namespace, role: .element)
            try fields.write(UnknownElementContent(element: element), key)
        }
    }
}

extension AnyElement {
    /// Reads an element of a wildcard from text. The decoder's `userInfo` has the schema set under
    /// ``Swift/CodingUserInfoKey/exiContext``; without it no element is known.
    public init(from decoder: any Decoder) throws {
        let context = CodingUserInfoKey.exiContext.flatMap { decoder.userInfo[$0] as? EXIContext }
        try self.init(from: decoder, in: context ?? .none)
    }

    /// Reads an element of a wildcard from text.
    ///
    /// - Parameter context: the schema set, which knows the global elements.
    /// - Throws: `DecodingError`, or ``SchemaViolation`` for what the schema or XML forbids.
    package init(from decoder: any Decoder, in context: EXIContext) throws {
        try self.init(from: decoder, in: context, level: 1)
    }

    fileprivate init(from decoder: any Decoder, in context: EXIContext, level: Int) throws {
        guard level <= Self.deepest else {
            throw SchemaViolation("elements nest deeper than \(Self.deepest) levels")
        }
        let container = try decoder.container(keyedBy: FieldKey.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw SchemaViolation("an element of a wildcard is an object with one field, its name")
        }
        if let name = EXIName(wildcard: key.stringValue[...]) {
            self.init(try UnknownElement(from: container.superDecoder(forKey: key), name, in: context, level: level))
            return
        }
        guard let read = context.textElement else {
            throw SchemaViolation(
                "\"\(key.stringValue.prefix(64))\" is no global element of the schema set; "
                    + "write the name of another element as {namespace}name")
        }
        let element = try read(decoder)
        guard let code = element.documentCode, context.globalElements.indices.contains(code) else {
            throw SchemaViolation("\"\(key.stringValue.prefix(64))\" is no global element of the schema set")
        }
        self.init(known: element, context.globalElements[code])
    }
}

extension UnknownElement {
    fileprivate init(from decoder: any Decoder, _ name: EXIName, in context: EXIContext, level: Int) throws {
        let container = try decoder.container(keyedBy: FieldKey.self)
        var attributes: [Attribute] = []
        var children: [Child] = []
        for key in container.allKeys {
            if key.stringValue == FieldKey.nodes.stringValue {
                var list = try container.nestedUnkeyedContainer(forKey: key)
                while !list.isAtEnd {
                    let item = try list.superDecoder()
                    if let text = try? item.singleValueContainer().decode(String.self) {  // else an element
                        children.append(.text(text))
                    } else {
                        children.append(.element(try AnyElement(from: item, in: context, level: level + 1)))
                    }
                }
            } else if key.stringValue.utf8.first == UInt8(ascii: "@") {
                // By scalars here and below: a name may start with a combining mark, which makes one character with
                // what stands in front of it.
                let text = Substring(key.stringValue.unicodeScalars.dropFirst())
                let attribute = EXIName(wildcard: text) ?? EXIName(String(text), in: "")
                attributes.append(.init(attribute, try container.decode(String.self, forKey: key)))
            } else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container,
                    debugDescription: "an unknown element has attributes, as @name, and content; nothing else")
            }
        }
        // Objects of most decoders keep no order; this one is EXI's for attributes that a schema declares.
        attributes.sort { $0.name < $1.name }
        try self.init(name, attributes: attributes, children: children)
    }
}

/// Attributes and children of an unknown element.
private struct UnknownElementContent: Encodable {
    let element: UnknownElement

    func encode(to encoder: any Encoder) throws {
        var fields = FieldWriter(encoder)
        for attribute in element.attributes {
            let name = attribute.name
            try fields.write(
                attribute.value, FieldKey(wildcard: name.localName, in: name.namespace, role: .attribute))
        }
        if !element.children.isEmpty { try fields.write(element.children.map(Item.init), .nodes) }
    }

    private struct Item: Encodable {
        let child: UnknownElement.Child

        func encode(to encoder: any Encoder) throws {
            switch child {
            case .text(let text):
                var container = encoder.singleValueContainer()
                try container.encode(text)
            case .element(let element): try element.encode(to: encoder)
            }
        }
    }
}

extension EXIName {
    /// The name in `{namespace}name`, or nothing without braces.
    fileprivate init?(wildcard text: Substring) {
        // A namespace may hold a brace, a local name cannot.
        let scalars = text.unicodeScalars
        guard scalars.first == "{", let brace = scalars.lastIndex(of: "}") else { return nil }
        self.init(
            String(scalars[scalars.index(after: brace)...]),
            in: String(scalars[scalars.index(after: scalars.startIndex)..<brace]))
    }
}
