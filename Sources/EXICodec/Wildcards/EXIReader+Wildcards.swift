import SchemaTypes

extension AnyElement {
    /// Reads an element that stands for a wildcard, after its SE(*): its name and its content.
    ///
    /// - Parameters:
    ///   - namespaces: those that the wildcard lets in.
    package init(
        reading reader: inout EXIReader, _ namespaces: WildcardNamespaces, _ expected: StaticString = "SE(*)"
    ) throws(EXIError) {
        self = try reader.anyElement(namespaces, expected)
    }
}

extension EXIReader {
    /// The form of the unknown elements that were read, if there were any.
    var wildcardForm: WildcardForm? { wildcards == nil ? nil : WildcardTables.form(of: wildcards) }

    fileprivate mutating func anyElement(
        _ namespaces: WildcardNamespaces, _ expected: StaticString
    ) throws(EXIError) -> AnyElement {
        let tables = wildcards ?? WildcardTables(context ?? .none)
        wildcards = tables
        let start = position
        let name = try qualifiedName(tables, expected)
        guard namespaces.allows(tables.name(name).namespace) else {
            throw EXIError(.excludedNamespace, bit: start, expected: expected)
        }
        return try element(name, tables, expected)
    }

    /// Reads the content of the element with that name: by its own type when it is global in the set, and else by the
    /// built-in grammar (8.5.4.1.6).
    private mutating func element(
        _ name: QualifiedName, _ tables: WildcardTables, _ expected: StaticString
    ) throws(EXIError) -> AnyElement {
        guard tables.depth < min(options.maximumDepth, AnyElement.deepest) else {
            throw error(.tooDeep, expected, found: UInt64(tables.depth))
        }
        tables.depth += 1
        defer { tables.depth -= 1 }
        let qualified = tables.name(name)
        if let code = tables.context.documentCode(of: qualified), let read = tables.context.element {
            return AnyElement(known: try read(code, &self), qualified)
        }
        return AnyElement(try unknownElement(name, qualified, tables))
    }

    /// Reads an element by its built-in grammar, or by that of `xsd:anyType` when it says so.
    ///
    /// The header does not tell which of the two forms an encoder uses; the first unknown element of a document does.
    /// One that starts with `xsi:type` is of the form of the EXI Profile, and then all must be.
    private mutating func unknownElement(
        _ name: QualifiedName, _ qualified: EXIName, _ tables: WildcardTables
    ) throws(EXIError) -> UnknownElement {
        var content = UnknownContent(name)
        var state = BuiltInGrammar.State.start
        while true {
            let start = position
            switch try builtInEvent(name, state, tables) {
            case .end:
                tables.form = tables.form ?? .learning
                return UnknownElement(unchecked: qualified, content.attributes, content.children)
            case .attribute(let attribute, isNew: let isNew):
                if tables.name(attribute) == WildcardTables.typeAttribute {
                    guard tables.form != .learning, content.isEmpty else {
                        throw EXIError(.deviation, bit: start, expected: "no xsi:type in an unknown element")
                    }
                    tables.form = .anyType
                    tables[name].learnOnce(state, .attribute(attribute))
                    try anyTypeName(tables)
                    try anyTypeContent(&content, tables)
                    return UnknownElement(unchecked: qualified, content.attributes, content.children)
                }
                try requireLearning(tables, start)
                if isNew { tables[name].learn(state, .attribute(attribute)) }
                try content.add(attribute, tables.name(attribute), from: &self, at: start)
            case .element(let child, isNew: let isNew):
                try requireLearning(tables, start)
                if isNew { tables[name].learn(state, .element(child)) }
                content.children.append(.element(try element(child, tables, "an unknown element")))
                state = .content
            case .characters:
                try requireLearning(tables, start)
                content.children.append(.text(try string(of: name, "CH of an unknown element")))
                state = .content
            }
        }
    }

    /// In the form of the EXI Profile, every unknown element starts with its type.
    private func requireLearning(_ tables: WildcardTables, _ start: Int) throws(EXIError) {
        guard tables.form != .anyType else {
            throw EXIError(.unexpectedEvent, bit: start, expected: "AT(xsi:type) of an unknown element")
        }
        tables.form = .learning
    }

    private enum BuiltInEvent {
        case end, characters
        case attribute(QualifiedName, isNew: Bool)
        case element(QualifiedName, isNew: Bool)
    }

    /// Reads an event by a built-in grammar, with the name of an attribute or element (8.4.3).
    private mutating func builtInEvent(
        _ name: QualifiedName, _ state: BuiltInGrammar.State, _ tables: WildcardTables
    ) throws(EXIError) -> BuiltInEvent {
        let expected: StaticString = "content of an unknown element"
        let start = position
        let count = tables[name].count(state)
        let code = try optionalBits(EventCode.width(of: count), expected)
        if let production = tables[name].production(state, code) {
            switch production {
            case .end: return .end
            case .characters: return .characters
            case .attribute(let attribute): return .attribute(attribute, isNew: false)
            case .element(let element): return .element(element, isNew: false)
            }
        }
        guard code == count else {
            throw EXIError(.unexpectedEvent, bit: start, expected: expected, found: UInt64(code))
        }
        let second = Int(truncatingIfNeeded: try bits(BuiltInGrammar.escapeWidth(state), expected))
        switch BuiltInGrammar.escapes(state)[second] {
        case .end:
            tables[name].learnOnce(state, .end)
            return .end
        case .characters:
            tables[name].learnOnce(state, .characters)
            return .characters
        case .anyAttribute: return .attribute(try qualifiedName(tables, "the name of an attribute"), isNew: true)
        case .anyElement: return .element(try qualifiedName(tables, "the name of an element"), isNew: true)
        }
    }

    /// Reads the value of `xsi:type`, which must be `xsd:anyType` (7.1.7).
    private mutating func anyTypeName(_ tables: WildcardTables) throws(EXIError) {
        let start = position
        guard tables.name(try qualifiedName(tables, "xsd:anyType")) == WildcardTables.anyType else {
            throw EXIError(.deviation, bit: start, expected: "xsd:anyType")
        }
    }

    /// Reads attributes and content by the grammar of `xsd:anyType` (8.5.4.1.3.3), up to the end of the element.
    private mutating func anyTypeContent(
        _ content: inout UnknownContent, _ tables: WildcardTables
    ) throws(EXIError) {
        var isStart = true
        while true {
            let start = position
            let code =
                isStart
                ? try event(of: 4, "AT(*), SE(*), EE, CH of an unknown element")
                : try event(of: 3, "SE(*), EE, CH of an unknown element") + 1
            switch code {
            case 0:
                let name = try qualifiedName(tables, "the name of an attribute")
                try content.add(name, tables.name(name), from: &self, at: start)
            case 1:
                let name = try qualifiedName(tables, "the name of an element")
                content.children.append(.element(try element(name, tables, "an unknown element")))
                isStart = false
            case 2: return
            default:
                content.children.append(.text(try string(of: content.name, "CH of an unknown element")))
                isStart = false
            }
        }
    }

    /// Reads a qualified name (7.1.7), and remembers what of it is new (7.3.1, 7.3.2).
    ///
    /// A name that is written out although the tables hold it is refused, so that places in the tables are as good as
    /// names.
    private mutating func qualifiedName(
        _ tables: WildcardTables, _ expected: StaticString
    ) throws(EXIError) -> QualifiedName {
        let start = position
        let code = try optionalBits(EventCode.width(of: tables.namespaceCount), expected)
        let namespace: Int
        if code == 0 {
            let name = try literal(unsigned(expected), expected)
            guard tables.index(ofNamespace: name) == nil else {
                throw EXIError(.repeatedName, bit: start, expected: expected)
            }
            namespace = tables.add(namespace: name)
        } else {
            namespace = code - 1
            guard tables.hasNamespace(namespace) else {
                throw EXIError(.unknownName, bit: start, expected: expected, found: UInt64(code))
            }
        }
        let local = position
        let length = try unsigned(expected)
        if length > 0 {
            let name = try literal(length - 1, expected)
            guard XMLID(name: name) != nil else { throw EXIError(.invalidName, bit: local, expected: expected) }
            guard tables.index(of: name, in: namespace) == nil else {
                throw EXIError(.repeatedName, bit: local, expected: expected)
            }
            return QualifiedName(namespace: namespace, localName: tables.add(name, to: namespace))
        }
        let count = tables.localNameCount(namespace)
        guard count > 0 else { throw EXIError(.unknownName, bit: local, expected: expected) }
        let index = try optionalBits(EventCode.width(of: count - 1), expected)
        guard index < count else {
            throw EXIError(.unknownName, bit: local, expected: expected, found: UInt64(index))
        }
        return QualifiedName(namespace: namespace, localName: index)
    }

    /// Reads a string of `count` characters.
    private mutating func literal(_ count: UInt64, _ expected: StaticString) throws(EXIError) -> String {
        guard count <= UInt64(truncatingIfNeeded: remainingBits >> 3) else { throw error(.truncated, expected) }
        return try characters(Int(truncatingIfNeeded: count), expected)
    }

    /// Reads an n-bit unsigned integer of 0 bits or more.
    private mutating func optionalBits(_ count: Int, _ expected: StaticString) throws(EXIError) -> Int {
        count == 0 ? 0 : Int(truncatingIfNeeded: try bits(count, expected))
    }
}

/// What was read of an unknown element.
private struct UnknownContent {
    let name: QualifiedName
    var attributes: [UnknownElement.Attribute] = []
    var children: [UnknownElement.Child] = []
    private var names: Set<QualifiedName> = []

    init(_ name: QualifiedName) { self.name = name }

    var isEmpty: Bool { attributes.isEmpty && children.isEmpty }

    /// Reads the value of an attribute whose event started at `start`.
    mutating func add(
        _ name: QualifiedName, _ qualified: EXIName, from reader: inout EXIReader, at start: Int
    ) throws(EXIError) {
        guard !UnknownElement.reserved.contains(qualified.namespace) else {
            throw EXIError(.deviation, bit: start, expected: "an attribute of an unknown element")
        }
        guard names.insert(name).inserted else {
            throw EXIError(.unexpectedEvent, bit: start, expected: "each attribute of an unknown element once")
        }
        attributes.append(.init(qualified, try reader.string(of: name, "an attribute of an unknown element")))
    }
}
