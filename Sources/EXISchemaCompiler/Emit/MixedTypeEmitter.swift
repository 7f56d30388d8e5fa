/// Emits a complex type whose content is not a plain sequence: mixed text, wildcards, or groups in groups.
///
/// Attributes are properties. The content is a list of nodes, checked against the normalized grammar when a value is made,
/// so that writing cannot fail.
struct MixedTypeEmitter {
    let types: TypeTable
    let home: MessageModule
    let type: ComplexTypePlan

    private var members: [ElementUse.Member] {
        var members: [ElementUse.Member] = []
        for production in type.automaton.states.joined() {
            if case .element(let member) = production.event, !members.contains(member) { members.append(member) }
        }
        return members.sorted { $0.name < $1.name }
    }

    private var isMixed: Bool {
        if case .elements(_, let isMixed) = type.content { return isMixed }
        return false
    }

    private var hasWildcard: Bool {
        type.automaton.states.joined().contains { $0.event == .anyElement }
    }

    /// The namespaces that the wildcards of the type let in; they are alike in all schemas that we know.
    private var namespaces: String {
        guard case .elements(let particle, _) = type.content, let wildcard = Self.wildcard(in: particle) else {
            return ".any"
        }
        switch wildcard {
        case .any: return ".any"
        case .namespaces(let names): return ".listed(\(names))"
        case .other(let target): return ".other(than: \(types.namespace(target, in: home)))"
        }
    }

    private static func wildcard(in particle: ParticlePlan) -> WildcardPlan? {
        switch particle {
        case .element: nil
        case .wildcard(let wildcard, _): wildcard
        case .sequence(let children, _), .choice(let children, _): children.lazy.compactMap(wildcard(in:)).first
        }
    }

    private var attributes: [Slot] { SlotReader.attributes(of: type) }

    func lines() throws(EmitError) -> [String] {
        let name = types.name(of: type)
        guard type.automaton.isExpanded else { throw EmitError("a content model of many states", at: name.localName) }
        for production in type.automaton.states.joined() {
            if case .wildcard = production.event {
                throw EmitError("a wildcard of named namespaces", at: name.localName)
            }
        }
        let swiftName = SwiftNames.type(name.localName)
        var code = CodeLines()
        code.open("extension \(home.swiftNamespace) {")
        code.line("/// `\(name.localName)` of `\(name.namespace)`.")
        code.open("public struct \(swiftName): EXIType {")
        for slot in attributes {
            code.line("/// Attribute `\(slot.name.localName)`\(slot.isOptional ? "; may be absent" : "").")
            code.line("public let \(slot.property): \(try declaration(of: slot))")
        }
        code.line("/// The content in its order; the grammar of the schema holds.")
        code.line("public let content: [Node]")
        code.line()
        try grammar(&code)
        code.line()
        try memberwise(&code)
        code.line()
        try reading(&code, swiftName)
        code.line()
        try writing(&code)
        code.line()
        try fields(&code, swiftName)
        code.line()
        try nodes(&code, swiftName)
        code.close()
        code.close()
        return code.lines
    }

    private func declaration(of slot: Slot) throws(EmitError) -> String {
        guard case .attribute(let type) = slot.kind else {
            throw EmitError("a slot that is no attribute", at: slot.property)
        }
        return try types.simple(type, in: home).name + (slot.isOptional ? "?" : "")
    }

    /// The automaton as a table.
    private func grammar(_ code: inout CodeLines) throws(EmitError) {
        code.open("private static let grammar = ContentGrammar([")
        for state in type.automaton.states {
            var productions: [String] = []
            for production in state {
                switch production.event {
                case .element(let member):
                    productions.append(".init(\(members.firstIndex(of: member) ?? 0), then: \(production.next))")
                case .anyElement: productions.append(".init(ContentGrammar.anyElement, then: \(production.next))")
                case .characters: productions.append(".init(ContentGrammar.characters, then: \(production.next))")
                case .end: productions.append(".init(ContentGrammar.end, then: 0)")
                case .wildcard: throw EmitError("a wildcard of named namespaces", at: type.name?.localName ?? "")
                }
            }
            code.line("[\(productions.joined(separator: ", "))],")
        }
        code.close("])")
    }

    private func memberwise(_ code: inout CodeLines) throws(EmitError) {
        code.line("/// Takes the values, or throws `SchemaViolation` when the content breaks the grammar.")
        code.open("public init(")
        for slot in attributes {
            code.line("\(slot.property): \(try declaration(of: slot))\(slot.isOptional ? " = nil" : ""),")
        }
        code.line("content: [Node] = []")
        code.reopen(") throws(SchemaViolation) {")
        code.line("try Self.grammar.validate(content.lazy.map(\\.symbol))")
        for slot in attributes { code.line("self.\(slot.property) = \(slot.property)") }
        code.line("self.content = content")
        code.close()
    }

    /// Attributes are read as in any type; the first state of the content is the end of the last segment.
    private func reading(_ code: inout CodeLines, _ name: String) throws(EmitError) {
        let count = type.automaton.states.first?.count ?? 1
        var emitter = ReadEmitter(types: types, home: home)
        try emitter.attributes(attributes, before: count, of: name)
        code.open("public init(reading reader: inout EXIReader) throws(EXIError) {")
        code.append(emitter.code.lines)
        code.line("var nodes: [Node] = []")
        code.line("var state = 0")
        code.open("while true {")
        code.line("let production = Self.grammar.production(state, code)")
        code.line("if production.symbol == ContentGrammar.end { break }")
        code.line("nodes.append(try Node(symbol: production.symbol, reading: &reader))")
        code.line("state = Int(production.next)")
        code.line("code = try reader.event(of: Self.grammar.count(state), \"content of \(name)\")")
        code.close()
        code.line("content = nodes")
        code.close()
    }

    private func writing(_ code: inout CodeLines) throws(EmitError) {
        let slots = attributes
        let count = type.automaton.states.first?.count ?? 1
        var emitter = WriteEmitter(types: types, home: home)
        try emitter.attributes(slots, before: count, code: "next.code")
        code.open("public func write(to writer: inout EXIWriter) {")
        code.line("var state = 0")
        code.line("var next = Self.grammar.next(state, content.first?.symbol ?? ContentGrammar.end)")
        code.append(emitter.code.lines)
        code.open("for (index, node) in content.enumerated() {")
        code.line("node.write(to: &writer)")
        code.line("state = next.state")
        code.line("let following = index + 1 < content.count ? content[index + 1].symbol : ContentGrammar.end")
        code.line("next = Self.grammar.next(state, following)")
        code.line("writer.event(next.code, of: Self.grammar.count(state))")
        code.close()
        code.close()
    }

    private func key(_ slot: Slot) -> String {
        "FieldKey(\"\(slot.name.localName)\", in: \(types.namespace(slot.name.namespace, in: home)), role: .attribute)"
    }

    private func fields(_ code: inout CodeLines, _ name: String) throws(EmitError) {
        code.open("public init(from decoder: any Decoder) throws {")
        code.line("var fields = try FieldReader(decoder)")
        code.open("try self.init(")
        for slot in attributes {
            code.line("\(slot.property): fields.\(slot.isOptional ? "optional" : "required")(\(key(slot))),")
        }
        code.line("content: fields.optional(.nodes) ?? [])")
        code.close("try fields.finish()")
        code.close()
        code.line()
        code.open("public func encode(to encoder: any Encoder) throws {")
        code.line("var fields = FieldWriter(encoder)")
        for slot in attributes {
            code.line("try fields.write(\(slot.isOptional ? "optional: " : "")\(slot.property), \(key(slot)))")
        }
        code.line("if !content.isEmpty { try fields.write(content, .nodes) }")
        code.close()
    }

    private func nodes(_ code: inout CodeLines, _ name: String) throws(EmitError) {
        code.line("/// A part of the content.")
        code.open("public enum Node: Hashable, Sendable, Codable {")
        for member in members {
            code.line("/// `\(member.name.localName)`")
            code.line("case \(property(member))(\(try types.name(of: member.type, in: home)))")
        }
        if isMixed {
            code.line("/// Text between elements.")
            code.line("case text(XMLString)")
        }
        if hasWildcard {
            code.line("/// An element that the schema leaves open.")
            code.line("case any(AnyElement)")
        }
        code.line()
        code.line("/// The symbol of the grammar.")
        code.open("var symbol: UInt8 {")
        code.open("switch self {")
        for (index, member) in members.enumerated() { code.line("case .\(property(member)): \(index)") }
        if isMixed { code.line("case .text: ContentGrammar.characters") }
        if hasWildcard { code.line("case .any: ContentGrammar.anyElement") }
        code.close()
        code.close()
        code.line()
        try nodeReading(&code, name)
        code.line()
        try nodeWriting(&code)
        code.line()
        nodeText(&code)
        code.close()
    }

    private func nodeReading(_ code: inout CodeLines, _ name: String) throws(EmitError) {
        code.open("init(symbol: UInt8, reading reader: inout EXIReader) throws(EXIError) {")
        code.open("switch symbol {")
        for (index, member) in members.enumerated() {
            var emitter = ReadEmitter(types: types, home: home)
            try emitter.element(member.type, member.name.localName) { "self = .\(self.property(member))(\($0))" }
            code.line("case \(index):")
            code.append(emitter.code.lines.map { "    " + $0 })
        }
        if isMixed {
            code.line("case ContentGrammar.characters:")
            code.line("    self = .text(try reader.text(as: XMLString.self, \"\(name)\"))")
        }
        if hasWildcard {
            code.line("case ContentGrammar.anyElement: self = .any(try AnyElement(reading: &reader, \(namespaces)))")
        }
        code.line("default: throw reader.error(.unexpectedEvent, \"content of \(name)\")")
        code.close()
        code.close()
    }

    private func nodeWriting(_ code: inout CodeLines) throws(EmitError) {
        code.open("func write(to writer: inout EXIWriter) {")
        code.open("switch self {")
        for member in members {
            var emitter = WriteEmitter(types: types, home: home)
            try emitter.element(member.type, "value")
            code.line("case .\(property(member))(let value):")
            code.append(emitter.code.lines.map { "    " + $0 })
        }
        if isMixed { code.line("case .text(let text): writer.text(text)") }
        if hasWildcard { code.line("case .any(let element): element.write(to: &writer, \(namespaces))") }
        code.close()
        code.close()
    }

    private func nodeText(_ code: inout CodeLines) {
        code.open("public init(from decoder: any Decoder) throws {")
        if isMixed {
            code.line("// A node of text is a string; anything else is an object, with its own errors.")
            code.open("if let text = try? decoder.singleValueContainer().decode(String.self) {")
            code.line("self = .text(try XMLString(text))")
            code.line("return")
            code.close()
        }
        if members.isEmpty {
            if hasWildcard { code.line("self = .any(try AnyElement(from: decoder))") }
        } else {
            code.line("var fields = try FieldReader(decoder)")
            code.open("switch try fields.single() {")
            for member in members {
                code.line(
                    "case \"\(member.name.localName)\": self = .\(property(member))(try fields.required(\(key(member))))"
                )
            }
            if hasWildcard {
                code.line("default: self = .any(try AnyElement(from: decoder))")
            } else {
                let names = members.map(\.name.localName).joined(separator: ", ")
                code.line("default: throw fields.noneOf(\"\(names)\")")
            }
            code.close()
        }
        code.close()
        code.line()
        code.open("public func encode(to encoder: any Encoder) throws {")
        code.open("switch self {")
        for member in members {
            code.open("case .\(property(member))(let value):")
            code.line("var fields = FieldWriter(encoder)")
            code.line("try fields.write(value, \(key(member)))")
            code.close("")
        }
        if isMixed {
            code.open("case .text(let text):")
            code.line("var container = encoder.singleValueContainer()")
            code.line("try container.encode(text)")
            code.close("")
        }
        if hasWildcard { code.line("case .any(let element): try element.encode(to: encoder)") }
        code.close()
        code.close()
    }

    private func key(_ member: ElementUse.Member) -> String { types.key(of: member.name, in: home) }

    private func property(_ member: ElementUse.Member) -> String { SwiftNames.property(member.name.localName) }
}
