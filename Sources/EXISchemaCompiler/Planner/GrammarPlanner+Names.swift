extension GrammarPlanner {
    /// Every element declaration of the set: global ones, and those inside complex types and groups.
    private func allElements() -> [ElementDeclaration] {
        var found = Array(model.elements.values)
        for particle in allParticles() {
            particle.collectElements(into: &found)
        }
        return found
    }

    /// The content models as written: each once, though a group may be referred to often.
    private func allParticles() -> [Particle] {
        var particles = model.groups.values.map(\.particle)
        for type in model.complexTypes {
            switch type.derivation {
            case .original(let particle), .extending(_, let particle):
                if let particle { particles.append(particle) }
            case .extendingSimple:
                break
            }
        }
        return particles
    }

    /// The entries of the fragment grammar (EXI 1.0 8.5.2): one for each name, with the type when all declarations of the
    /// name agree on it (8.5.3).
    func fragmentElements() throws(SchemaError) -> [FragmentElementPlan] {
        var types: [QName: Set<TypePlanRef>] = [:]
        for declaration in allElements() {
            types[declaration.name, default: []].insert(try type(of: declaration))
        }
        return types.sorted { $0.key < $1.key }.map { name, found in
            FragmentElementPlan(name: name, type: found.count == 1 ? found.first : nil)
        }
    }

    /// The attributes of the relaxed element fragment grammar (EXI 1.0 8.5.3), typed when all declarations of the name
    /// agree.
    func fragmentAttributes() throws(SchemaError) -> [FragmentAttributePlan] {
        var types: [QName: Set<SimpleTypePlan>] = [:]
        for declaration in allAttributes() {
            let type = try simpleTypes.plan(declaration.type, at: declaration.place)
            types[declaration.name, default: []].insert(type)
        }
        return types.sorted { $0.key < $1.key }.map { name, found in
            FragmentAttributePlan(name: name, type: found.count == 1 ? found.first : nil)
        }
    }

    /// Every attribute declaration of the set: global ones, and those inside complex types and attribute groups.
    private func allAttributes() -> [AttributeDeclaration] {
        var found = Array(model.attributes.values)
        let items = model.complexTypes.flatMap(\.attributes) + model.attributeGroups.values.flatMap(\.items)
        for case .local(let declaration, let use) in items where use != .prohibited {
            found.append(declaration)
        }
        return found
    }

    /// The uri partition with its local-name partitions (EXI 1.0 appendix D.1 and D.3).
    func partitions() throws(SchemaError) -> [(namespace: String, localNames: [String])] {
        var names: [String: Set<String>] = [:]
        for document in model.documents {
            names[document.namespace, default: []].formUnion([])
        }
        func add(_ name: QName) {
            names[name.namespace, default: []].insert(name.localName)
        }
        allElements().forEach { add($0.name) }
        allAttributes().forEach { add($0.name) }
        model.namedTypes.keys.forEach(add)
        for particle in allParticles() {
            particle.collectWildcardNamespaces { names[$0, default: []].formUnion([]) }
        }

        let fixed: [(String, [String])] = [
            ("", []),
            ("http://www.w3.org/XML/1998/namespace", ["base", "id", "lang", "space"]),
            ("http://www.w3.org/2001/XMLSchema-instance", ["nil", "type"]),
            (BuiltInTypes.namespace, BuiltInTypes.localNames),
        ]
        func sorted(_ names: Set<String>) -> [String] {
            names.sorted { $0.precedesByCodePoints($1) }
        }
        var partitions: [(namespace: String, localNames: [String])] = []
        for (namespace, known) in fixed {
            // What the schema adds follows what EXI knows from the start.
            let added = names.removeValue(forKey: namespace)?.subtracting(known) ?? []
            partitions.append((namespace, known + sorted(added)))
        }
        for namespace in sorted(Set(names.keys)) {
            partitions.append((namespace, sorted(names[namespace] ?? [])))
        }
        return partitions
    }
}

extension Particle {
    fileprivate func collectElements(into found: inout [ElementDeclaration]) {
        switch self {
        case .element(let declaration, _):
            found.append(declaration)
        case .sequence(let inner, _), .choice(let inner, _, _):
            for particle in inner {
                particle.collectElements(into: &found)
            }
        case .elementReference, .wildcard, .groupReference:
            break
        }
    }

    fileprivate func collectWildcardNamespaces(_ visit: (String) -> Void) {
        switch self {
        case .wildcard(.namespaces(let list), _):
            list.forEach(visit)
        case .sequence(let inner, _), .choice(let inner, _, _):
            for particle in inner {
                particle.collectWildcardNamespaces(visit)
            }
        case .element, .elementReference, .wildcard, .groupReference:
            break
        }
    }
}
