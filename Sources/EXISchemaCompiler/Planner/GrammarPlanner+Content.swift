extension GrammarPlanner {
    /// The complete content of a type (EXI 1.0 8.5.4.1.3.2, XSD 1.0 part 1, 3.4.2).
    func content(of definition: ComplexTypeDefinition, depth: Int) throws(SchemaError) -> ComplexTypePlan.Content {
        guard depth <= model.complexTypes.count else {
            throw circular(label(definition), definition.place)
        }
        switch definition.derivation {
        case .original(let particle):
            return try elements(try particle.flatMapTyped(resolve), isMixed: definition.isMixed)

        case .extendingSimple(let base):
            guard case .complex(let index)? = model.namedTypes[base] else {
                return .simple(try simpleTypes.plan(.named(base), at: definition.place))
            }
            let inherited = try content(of: model.complexTypes[index], depth: depth + 1)
            guard case .simple = inherited else {
                throw error(.invalid, "its base \(base) has no simple content; use xs:complexContent", definition)
            }
            return inherited

        case .extending(let base, let own):
            guard case .complex(let index)? = model.namedTypes[base] else {
                throw unresolved("complex type \(base)", definition.place)
            }
            let inherited = try content(of: model.complexTypes[index], depth: depth + 1)
            let added = try own.flatMapTyped(resolve)
            switch inherited {
            case .simple:
                guard added == nil else {
                    throw error(.invalid, "it adds elements to the simple content of \(base); change one", definition)
                }
                return inherited
            case .empty:
                return try elements(added, isMixed: definition.isMixed)
            case .elements(let particle, let isMixed):
                guard let added else { return inherited }
                guard isMixed == definition.isMixed else {
                    throw error(
                        .invalid, "it and its base \(base) must both be mixed or neither; change one", definition)
                }
                return .elements(joined(particle, added), isMixed: isMixed)
            }
        }
    }

    private func elements(_ particle: ParticlePlan?, isMixed: Bool) throws(SchemaError) -> ComplexTypePlan.Content {
        if let particle {
            return .elements(particle, isMixed: isMixed)
        }
        return isMixed ? .elements(.sequence([], .once), isMixed: true) : .empty
    }

    /// Extension puts the content of the base before the added one. Sequences that occur once are joined into one, which
    /// is the same grammar and easier to read.
    private func joined(_ first: ParticlePlan, _ second: ParticlePlan) -> ParticlePlan {
        func parts(_ particle: ParticlePlan) -> [ParticlePlan] {
            if case .sequence(let inner, .once) = particle { return inner }
            return [particle]
        }
        return .sequence(parts(first) + parts(second), .once)
    }

    // MARK: Particles

    /// Resolves references and spreads substitution groups. Nil when nothing can stand there.
    func resolve(_ particle: Particle) throws(SchemaError) -> ParticlePlan? {
        try resolve(particle, depth: 0)
    }

    private func resolve(_ particle: Particle, depth: Int) throws(SchemaError) -> ParticlePlan? {
        switch particle {
        case .element(let declaration, let occurs):
            if occurs.maximum == 0 { return nil }
            let member = ElementUse.Member(
                name: declaration.name, type: try type(of: declaration), isAbstract: false)
            return .element(ElementUse(declared: declaration.name, members: [member]), occurs)

        case .elementReference(let name, let occurs, let place):
            guard let head = model.elements[name] else {
                throw unresolved("element \(name)", place)
            }
            if occurs.maximum == 0 { return nil }
            return .element(ElementUse(declared: name, members: try members(substituting: head)), occurs)

        case .wildcard(let wildcard, let occurs):
            return occurs.maximum == 0 ? nil : .wildcard(wildcard, occurs)

        case .sequence(let particles, let occurs):
            let inner = try resolve(particles, depth: depth)
            return occurs.maximum == 0 || inner.isEmpty ? nil : .sequence(inner, occurs)

        case .choice(let particles, let occurs, let place):
            let inner = try resolve(particles, depth: depth)
            if occurs.maximum == 0 { return nil }
            // A branch that can hold nothing makes the choice optional; one without any branch cannot be satisfied.
            guard inner.count == particles.count, !inner.isEmpty else {
                throw SchemaError(
                    reason: .unsupported, place: place, construct: "xs:choice",
                    detail: "an empty choice or branch is not compiled; write the choice with minOccurs=\"0\"")
            }
            return .choice(inner, occurs)

        case .groupReference(let name, let occurs, let place):
            guard let group = model.groups[name] else {
                throw unresolved("group \(name)", place)
            }
            guard depth <= model.groups.count else {
                throw circular("group \(name)", place)
            }
            guard occurs.maximum != 0, let inner = try resolve(group.particle, depth: depth + 1) else { return nil }
            return occurs == .once ? inner : .sequence([inner], occurs)
        }
    }

    private func resolve(_ particles: [Particle], depth: Int) throws(SchemaError) -> [ParticlePlan] {
        var resolved: [ParticlePlan] = []
        for particle in particles {
            if let inner = try resolve(particle, depth: depth) {
                resolved.append(inner)
            }
        }
        return resolved
    }

    // MARK: Elements

    /// The head and all that may stand for it, directly or not, sorted by name (EXI 1.0 8.5.4.1.6).
    private func members(substituting head: ElementDeclaration) throws(SchemaError) -> [ElementUse.Member] {
        var found: [QName: ElementDeclaration] = [:]
        var queue = [head]
        while let declaration = queue.popLast() {
            if found.updateValue(declaration, forKey: declaration.name) == nil {
                queue += substitutes[declaration.name] ?? []
            }
        }
        var members: [ElementUse.Member] = []
        for declaration in found.values.sorted(by: { $0.name < $1.name }) {
            members.append(
                ElementUse.Member(
                    name: declaration.name, type: try type(of: declaration), isAbstract: declaration.isAbstract))
        }
        return members
    }

    func checkSubstitutionHeads() throws(SchemaError) {
        for declaration in model.elements.values.sorted(by: { $0.name < $1.name }) {
            if let head = declaration.substitutionHead, model.elements[head] == nil {
                throw unresolved("element \(head)", declaration.place)
            }
        }
    }

    /// The type of an element; that of its substitution head when it names none (XSD 1.0 part 1, 3.3.2).
    func type(of declaration: ElementDeclaration) throws(SchemaError) -> TypePlanRef {
        var here = declaration
        var steps = 0
        while here.type == nil, let head = here.substitutionHead, let next = model.elements[head] {
            here = next
            steps += 1
            guard steps <= model.elements.count else {
                throw circular("element \(declaration.name)", declaration.place)
            }
        }
        guard let reference = here.type else {
            throw SchemaError(
                reason: .unsupported, place: declaration.place,
                construct: "xs:element \"\(declaration.name.localName)\"",
                detail: "an element without a type (xs:anyType) is not compiled; give it one")
        }
        switch reference {
        case .anonymous(.complex(let index)):
            return .complex(planIndex[index])
        case .named(let name):
            if case .complex(let index)? = model.namedTypes[name] {
                return .complex(planIndex[index])
            }
            return .simple(try simpleTypes.plan(reference, at: here.place))
        case .anonymous(.simple):
            return .simple(try simpleTypes.plan(reference, at: here.place))
        }
    }

    private func error(
        _ reason: SchemaError.Reason, _ detail: String, _ definition: ComplexTypeDefinition
    ) -> SchemaError {
        SchemaError(reason: reason, place: definition.place, construct: label(definition), detail: detail)
    }
}

extension Optional {
    /// `flatMap` that keeps the type of what is thrown.
    fileprivate func flatMapTyped<Result, Failure: Error>(
        _ transform: (Wrapped) throws(Failure) -> Result?
    ) throws(Failure) -> Result? {
        guard let self else { return nil }
        return try transform(self)
    }
}
