/// Emits the generated sources of all message targets from the plans of their schema sets.
package struct SourceEmitter {
    /// The version in the first line of each file; it grows when the output changes.
    package static let version = "1"

    /// A generated file.
    package struct File: Hashable, Sendable {
        package let module: MessageModule
        /// Below the target's folder `Generated`.
        package let name: String
        package let text: String
    }

    private var files: [MessageModule: [String: String]] = [:]

    package init() {}

    /// The files of all `plans`, by module and name.
    ///
    /// - Throws: ``EmitError`` for what the emitter has no Swift for, and where a type that sets share has different
    ///   grammars in them.
    package static func files(of plans: [SchemaSet: GrammarPlan]) throws(EmitError) -> [File] {
        var emitter = SourceEmitter()
        for module in MessageModule.allCases {
            guard let set = module.set, let plan = plans[set] else { continue }
            try emitter.add(plan, of: module)
        }
        var files: [File] = []
        for module in MessageModule.allCases {
            for (name, text) in (emitter.files[module] ?? [:]).sorted(by: { $0.key < $1.key }) {
                files.append(File(module: module, name: name, text: text))
            }
        }
        return files
    }

    private mutating func add(_ plan: GrammarPlan, of module: MessageModule) throws(EmitError) {
        let types = TypeTable(plan, module: module)
        try addNamespaces(plan, module)
        for type in plan.complexTypes where !type.isAbstract {
            let name = types.name(of: type)
            let home = MessageModule.owner(of: name.namespace, in: module)
            let swiftName = SwiftNames.type(name.localName)
            if let slots = SlotReader(types: types).slots(of: type) {
                let emitter = TypeEmitter(types: types, home: home, type: type, slots: slots)
                try add(try emitter.lines(), as: swiftName, in: home, from: [type.sourceSchema], plan)
                try addGroups(slots, types, home, type, plan)
            } else {
                let emitter = MixedTypeEmitter(types: types, home: home, type: type)
                try add(try emitter.lines(), as: swiftName, in: home, from: [type.sourceSchema], plan)
            }
            for simple in Self.simpleTypes(of: type) { try add(simple, types, module, type.sourceSchema) }
        }
        for element in plan.fragmentElements {
            if case .simple(let simple)? = element.type {
                try add(simple, types, module, plan.sources.first?.file ?? "")
            }
        }
        for file in try ElementEmitter(types: types, home: module).files() {
            try add(file.lines, as: file.name, in: module, from: plan.sources.map(\.file), plan)
        }
    }

    /// The enumerations of substitution groups.
    private mutating func addGroups(
        _ slots: [Slot], _ types: TypeTable, _ home: MessageModule, _ type: ComplexTypePlan, _ plan: GrammarPlan
    ) throws(EmitError) {
        for slot in slots {
            guard case .alternatives(let members, let name) = slot.kind, !slot.name.namespace.isEmpty else { continue }
            let emitter = AlternativesEmitter(types: types, home: home, name: name, members: members)
            var code = CodeLines()
            code.open("extension \(home.swiftNamespace) {")
            code.append(try emitter.lines(of: "An element that stands for the abstract `\(slot.name.localName)`."))
            code.close()
            try add(code.lines, as: name, in: home, from: [type.sourceSchema], plan)
        }
    }

    private mutating func addNamespaces(_ plan: GrammarPlan, _ module: MessageModule) throws(EmitError) {
        for owner in MessageModule.allCases {
            let namespaces = plan.sources.map(\.namespace).filter { MessageModule.owner(of: $0, in: module) == owner }
            guard !namespaces.isEmpty else { continue }
            var code = CodeLines()
            code.line("/// \(owner.summary)")
            code.open("public enum \(owner.swiftNamespace) {")
            code.line("/// The namespaces of the schemas.")
            code.open("public enum Namespace {")
            for namespace in Set(namespaces).sorted() {
                code.line("/// `\(namespace)`")
                code.line(
                    "@inlinable public static var \(TypeTable.constant(of: namespace)): String { \"\(namespace)\" }")
            }
            code.close()
            code.close()
            let sources = plan.sources.filter { namespaces.contains($0.namespace) }.map(\.file)
            try add(code.lines, as: owner.swiftNamespace, in: owner, from: sources, plan)
        }
    }

    private mutating func add(
        _ simple: SimpleTypePlan, _ types: TypeTable, _ module: MessageModule, _ schema: String
    ) throws(EmitError) {
        let namespace = simple.name?.namespace
        let home = namespace.map { MessageModule.owner(of: $0, in: module) } ?? module
        guard let name = types.alias(of: simple, in: home) else { return }
        let source =
            simple.name.map { "`\($0.localName)`" } ?? "An enumeration of `\(simple.owner.joined(separator: "/"))`"
        let emitter = SimpleTypeEmitter(home: home)
        let lines: [String]
        if case .enumeration(let values) = simple.shape {
            lines = try emitter.enumeration(name, values: values, source: source)
        } else {
            lines = emitter.alias(name, type: try SwiftType(simple.shape, enumeration: nil), source: source)
        }
        let file = types.plan.sources.first { $0.namespace == namespace }?.file ?? schema
        try add(lines, as: name, in: home, from: [file], types.plan)
    }

    /// Keeps a file, or checks that another set gave the same text.
    private mutating func add(
        _ lines: [String], as name: String, in module: MessageModule, from schemas: [String], _ plan: GrammarPlan
    ) throws(EmitError) {
        let sources = plan.sources.filter { schemas.contains($0.file) }
            .map { "\($0.file) sha256:\($0.sha256)" }
        var text =
            "// Generated by exi-schemac \(Self.version) from \(sources.joined(separator: ", ")). Do not edit.\n\n"
        for imported in ["EXICodec", "SchemaTypes"] { text += "import \(imported)\n" }
        for imported in module.imports { text += "import \(imported.target)\n" }
        text += "\n" + lines.joined(separator: "\n") + "\n"
        if let other = files[module]?[name] {
            guard other == text else {
                throw EmitError(
                    "\(name), which two schema sets give different grammars or which is declared twice", at: plan.set)
            }
            return
        }
        files[module, default: [:]][name] = text
    }

    /// The simple types that a complex type uses.
    private static func simpleTypes(of type: ComplexTypePlan) -> [SimpleTypePlan] {
        var found = type.attributes.map(\.type)
        switch type.content {
        case .empty: break
        case .simple(let simple): found.append(simple)
        case .elements(let particle, _): collect(particle, into: &found)
        }
        return found
    }

    private static func collect(_ particle: ParticlePlan, into found: inout [SimpleTypePlan]) {
        switch particle {
        case .element(let use, _):
            for member in use.members {
                if case .simple(let simple) = member.type { found.append(simple) }
            }
        case .sequence(let children, _), .choice(let children, _):
            for child in children { collect(child, into: &found) }
        case .wildcard: break
        }
    }
}
