extension AnyElement {
    /// Writes an element that stands for a wildcard, after its SE(*): its name and its content.
    ///
    /// One that cannot stand there in this schema set makes the document fail.
    package func write(to writer: inout EXIWriter, _ namespaces: WildcardNamespaces) {
        let context = writer.context ?? .none
        do {
            try validate(in: context, namespaces)
            writer.anyElement(self, in: context)
        } catch {
            writer.violation = writer.violation ?? error
        }
    }
}

extension EXIWriter {
    fileprivate mutating func anyElement(_ element: AnyElement, in context: EXIContext) {
        let tables = wildcards ?? WildcardTables(context, form: form.wildcards)
        wildcards = tables
        content(element, qualifiedName(element.name, tables), tables)
    }

    private mutating func content(_ element: AnyElement, _ name: QualifiedName, _ tables: WildcardTables) {
        switch element.content {
        case .known(let element): element.writeContent(to: &self)
        case .unknown(let element):
            if tables.form == .learning {
                learningContent(element, name, tables)
            } else {
                anyTypeContent(element, name, tables)
            }
        }
    }

    /// Writes attributes, content and end by the built-in grammar (8.4.3).
    private mutating func learningContent(
        _ element: UnknownElement, _ name: QualifiedName, _ tables: WildcardTables
    ) {
        var state = BuiltInGrammar.State.start
        for attribute in element.attributes {
            let known = tables.find(attribute.name)
            if let known, learned(.attribute(known), name, state, tables) {
                string(attribute.value)
                continue
            }
            escape(.anyAttribute, name, state, tables)
            let attributeName = qualifiedName(attribute.name, tables)
            tables[name].learn(state, .attribute(attributeName))
            string(attribute.value)
        }
        for child in element.children {
            switch child {
            case .text(let text):
                if !learned(.characters, name, state, tables) {
                    escape(.characters, name, state, tables)
                    tables[name].learnOnce(state, .characters)
                }
                string(text)
            case .element(let child):
                if let known = tables.find(child.name), learned(.element(known), name, state, tables) {
                    content(child, known, tables)
                } else {
                    escape(.anyElement, name, state, tables)
                    let childName = qualifiedName(child.name, tables)
                    tables[name].learn(state, .element(childName))
                    content(child, childName, tables)
                }
            }
            state = .content
        }
        if !learned(.end, name, state, tables) {
            escape(.end, name, state, tables)
            tables[name].learnOnce(state, .end)
        }
    }

    /// Writes the code of a production of one part, if there is one.
    private mutating func learned(
        _ production: BuiltInGrammar.Production, _ name: QualifiedName, _ state: BuiltInGrammar.State,
        _ tables: WildcardTables
    ) -> Bool {
        let grammar = tables[name]
        guard let code = grammar.code(state, production) else { return false }
        event(code, of: grammar.count(state))
        return true
    }

    /// Writes the code of a production of the second level.
    private mutating func escape(
        _ escape: BuiltInGrammar.Escape, _ name: QualifiedName, _ state: BuiltInGrammar.State, _ tables: WildcardTables
    ) {
        let count = tables[name].count(state)
        event(count, of: count)
        let second = BuiltInGrammar.escapes(state).firstIndex(of: escape) ?? 0
        bits(UInt64(truncatingIfNeeded: second), BuiltInGrammar.escapeWidth(state))
    }

    /// Writes `xsi:type` with `xsd:anyType` by the built-in grammar, and the rest by the grammar of that type
    /// (8.5.4.1.3.3).
    ///
    /// The built-in grammar learns AT(xsi:type) all the same (8.4.3). EXIficient nevertheless writes the attribute with
    /// AT(*) each time, and so does this.
    private mutating func anyTypeContent(_ element: UnknownElement, _ name: QualifiedName, _ tables: WildcardTables) {
        escape(.anyAttribute, name, .start, tables)
        tables[name].learnOnce(.start, .attribute(qualifiedName(WildcardTables.typeAttribute, tables)))
        _ = qualifiedName(WildcardTables.anyType, tables)
        for attribute in element.attributes {
            event(0, of: 4)
            _ = qualifiedName(attribute.name, tables)
            string(attribute.value)
        }
        var first = 0
        for child in element.children {
            switch child {
            case .text(let text):
                event(3 - first, of: 4 - first)
                string(text)
            case .element(let child):
                event(1 - first, of: 4 - first)
                content(child, qualifiedName(child.name, tables), tables)
            }
            first = 1
        }
        event(2 - first, of: 4 - first)
    }

    /// Writes a qualified name (7.1.7), and remembers what of it is new (7.3.1, 7.3.2).
    private mutating func qualifiedName(_ name: EXIName, _ tables: WildcardTables) -> QualifiedName {
        let width = EventCode.width(of: tables.namespaceCount)
        let namespace: Int
        if let known = tables.index(ofNamespace: name.namespace) {
            namespace = known
            bits(UInt64(truncatingIfNeeded: known + 1), width)
        } else {
            bits(0, width)
            literal(name.namespace, plus: 0)
            namespace = tables.add(namespace: name.namespace)
        }
        if let known = tables.index(of: name.localName, in: namespace) {
            bits(0, 8)
            let width = EventCode.width(of: tables.localNameCount(namespace) - 1)
            if width > 0 { bits(UInt64(truncatingIfNeeded: known), width) }
            return QualifiedName(namespace: namespace, localName: known)
        }
        literal(name.localName, plus: 1)
        return QualifiedName(namespace: namespace, localName: tables.add(name.localName, to: namespace))
    }

    /// Writes a string whose length is written with something added.
    private mutating func literal(_ string: String, plus addend: Int) {
        unsigned(string.unicodeScalars.count + addend)
        for scalar in string.unicodeScalars { unsigned(scalar.value) }
    }
}

extension WildcardTables {
    /// The place of a name, when both its parts are in the tables.
    fileprivate func find(_ name: EXIName) -> QualifiedName? {
        guard let namespace = index(ofNamespace: name.namespace), let local = index(of: name.localName, in: namespace)
        else { return nil }
        return QualifiedName(namespace: namespace, localName: local)
    }
}
