/// Makes the grammar plan of a schema set: the second step of the compiler.
///
/// Follows EXI 1.0 (second edition) section 8.5.4 for schema-informed grammars without strict mode and without preserve
/// options. `docs/exi-grammar.md` gives the rule behind each part.
package struct GrammarPlanner {
    let set: String
    let model: SchemaModel
    let expansionLimit: Int
    let simpleTypes: SimpleTypeResolver
    /// Position in the plan of each complex type of the model.
    let planIndex: [Int]
    /// The reverse of `planIndex`.
    let modelIndex: [Int]
    /// Global elements that name the key as the head of their substitution group.
    let substitutes: [QName: [ElementDeclaration]]

    /// - Parameters:
    ///   - set: The name for the plan.
    ///   - expansionLimit: Bounded repetitions above it are left to the particle tree.
    package init(
        _ model: SchemaModel, set: String, expansionLimit: Int = ContentAutomaton.expansionLimit
    ) {
        self.set = set
        self.model = model
        self.expansionLimit = expansionLimit
        simpleTypes = SimpleTypeResolver(model: model)
        // Sorting is by namespace only; within one, the order of the files and of their declarations is kept.
        let types = model.complexTypes
        let order = types.indices.sorted { left, right in
            if types[left].namespace != types[right].namespace {
                return types[left].namespace.precedesByCodePoints(types[right].namespace)
            }
            return left < right
        }
        modelIndex = order
        var positions = [Int](repeating: 0, count: order.count)
        for (position, index) in order.enumerated() {
            positions[index] = position
        }
        planIndex = positions
        substitutes = Dictionary(
            grouping: model.elements.values.filter { $0.substitutionHead != nil },
            by: { $0.substitutionHead ?? $0.name })
    }

    package func plan() throws(SchemaError) -> GrammarPlan {
        try checkSubstitutionHeads()
        // Types that nothing uses are read all the same: what cannot be compiled is told, not passed over.
        for definition in model.simpleTypes {
            let reference = definition.name.map { TypeReference.named($0) } ?? definition.base
            _ = try simpleTypes.plan(reference, at: definition.place)
        }
        var complexTypes: [ComplexTypePlan] = []
        for index in modelIndex {
            complexTypes.append(try planComplexType(model.complexTypes[index]))
        }
        var globals: [GlobalElementPlan] = []
        for declaration in model.elements.values.sorted(by: { $0.name < $1.name }) {
            globals.append(
                GlobalElementPlan(
                    name: declaration.name, type: try type(of: declaration), isAbstract: declaration.isAbstract))
        }
        let partitions = try partitions()
        return GrammarPlan(
            set: set,
            sources: model.documents.map { ($0.file, $0.sha256, $0.namespace) },
            namespaces: partitions.map(\.namespace), localNames: partitions.map(\.localNames),
            complexTypes: complexTypes, globalElements: globals, fragmentElements: try fragmentElements(),
            fragmentAttributes: try fragmentAttributes())
    }

    // MARK: Complex types

    private func planComplexType(_ definition: ComplexTypeDefinition) throws(SchemaError) -> ComplexTypePlan {
        let content = try content(of: definition, depth: 0)
        let base: QName? =
            switch definition.derivation {
            case .original: nil
            case .extending(let base, _), .extendingSimple(let base): base
            }
        return ComplexTypePlan(
            name: definition.name, owner: definition.owner, sourceSchema: definition.place.file,
            isAbstract: definition.isAbstract, base: base, attributes: try attributes(of: definition),
            content: content, automaton: try automaton(of: content, definition))
    }

    private func automaton(
        of content: ComplexTypePlan.Content, _ definition: ComplexTypeDefinition
    ) throws(SchemaError) -> ContentAutomaton {
        let end = ContentAutomaton.Production(event: .end, next: 0)
        switch content {
        case .empty:
            return ContentAutomaton(states: [[end]], isExpanded: true)
        case .simple:
            let characters = ContentAutomaton.Production(event: .characters, next: 1)
            return ContentAutomaton(
                states: [[characters], [ContentAutomaton.Production(event: .end, next: 1)]], isExpanded: true)
        case .elements(let particle, let isMixed):
            return try AutomatonBuilder.build(
                particle, isMixed: isMixed, limit: expansionLimit, owner: label(definition), place: definition.place)
        }
    }

    /// Own and inherited attributes, in EXI's order.
    private func attributes(of definition: ComplexTypeDefinition) throws(SchemaError) -> [AttributePlan] {
        var uses: [QName: AttributePlan] = [:]
        for step in try derivationChain(of: definition) {
            try collect(step.attributes, into: &uses, depth: 0)
        }
        return uses.values.sorted { $0.name < $1.name }
    }

    private func collect(
        _ items: [AttributeItem], into uses: inout [QName: AttributePlan], depth: Int
    ) throws(SchemaError) {
        for item in items {
            let declaration: AttributeDeclaration
            let use: AttributeItem.Use
            switch item {
            case .local(let own, let ownUse):
                (declaration, use) = (own, ownUse)
            case .reference(let name, let ownUse, let place):
                guard let found = model.attributes[name] else {
                    throw unresolved("attribute \(name)", place)
                }
                (declaration, use) = (found, ownUse)
            case .group(let name, let place):
                guard let group = model.attributeGroups[name] else {
                    throw unresolved("attribute group \(name)", place)
                }
                guard depth <= model.attributeGroups.count else {
                    throw circular("attribute group \(name)", place)
                }
                try collect(group.items, into: &uses, depth: depth + 1)
                continue
            }
            // A prohibited use outside a restriction takes nothing away from the base (XSD 1.0 part 1, 3.2.2).
            if use == .prohibited { continue }
            let plan = AttributePlan(
                name: declaration.name, type: try simpleTypes.plan(declaration.type, at: declaration.place),
                isRequired: use == .required)
            guard uses.updateValue(plan, forKey: declaration.name) == nil else {
                throw SchemaError(
                    reason: .invalid, place: declaration.place, construct: "attribute \(declaration.name)",
                    detail: "the type has two attributes of this name; remove one")
            }
        }
    }

    /// A type and all that it extends, the root first.
    func derivationChain(of definition: ComplexTypeDefinition) throws(SchemaError) -> [ComplexTypeDefinition] {
        var chain = [definition]
        var here = definition
        while let base = try complexBase(of: here) {
            guard chain.count <= model.complexTypes.count else {
                throw circular(label(definition), definition.place)
            }
            chain.append(base)
            here = base
        }
        return chain.reversed()
    }

    /// Nil when there is none, or when it is a simple type.
    private func complexBase(of definition: ComplexTypeDefinition) throws(SchemaError) -> ComplexTypeDefinition? {
        switch definition.derivation {
        case .original:
            return nil
        case .extending(let base, _):
            guard case .complex(let index)? = model.namedTypes[base] else {
                throw unresolved("complex type \(base)", definition.place)
            }
            return model.complexTypes[index]
        case .extendingSimple(let base):
            if case .complex(let index)? = model.namedTypes[base] {
                return model.complexTypes[index]
            }
            return nil
        }
    }

    // MARK: Messages

    func label(_ definition: ComplexTypeDefinition) -> String {
        "xs:complexType \"\(definition.name?.localName ?? definition.owner.joined(separator: "/"))\""
    }

    func unresolved(_ construct: String, _ place: SourcePlace) -> SchemaError {
        SchemaError(
            reason: .unresolved, place: place, construct: construct,
            detail: "no file of the set declares it; import its file or correct the name")
    }

    func circular(_ construct: String, _ place: SourcePlace) -> SchemaError {
        SchemaError(
            reason: .invalid, place: place, construct: construct, detail: "it contains itself; break the circle")
    }
}
