/// Prints a plan as text to read and to compare: one production a line, in event code order.
package struct PlanPrinter {
    let plan: GrammarPlan

    package init(_ plan: GrammarPlan) {
        self.plan = plan
    }

    package func lines() -> [String] {
        var lines = ["set \(plan.set)"]
        for source in plan.sources {
            lines.append("source \(source.file) sha256:\(source.sha256) \(source.namespace)")
        }
        for (index, namespace) in plan.namespaces.enumerated() {
            lines.append("uri \(index) \(namespace)")
            for (position, name) in plan.localNames[index].enumerated() {
                lines.append(" name \(position) \(name)")
            }
        }
        lines.append("document")
        for (code, element) in plan.globalElements.enumerated() {
            lines.append("  \(code) SE(\(element.name)) \(text(element.type))\(element.isAbstract ? " abstract" : "")")
        }
        lines.append("fragment")
        for (code, element) in plan.fragmentElements.enumerated() {
            lines.append("  \(code) SE(\(element.name)) \(element.type.map(text) ?? "relaxed")")
        }
        lines.append("fragment attributes")
        for (code, attribute) in plan.fragmentAttributes.enumerated() {
            lines.append("  \(code) AT(\(attribute.name)) \(attribute.type.map(text) ?? "untyped")")
        }
        for (index, type) in plan.complexTypes.enumerated() {
            lines += self.lines(of: type, index)
        }
        return lines
    }

    private func lines(of type: ComplexTypePlan, _ index: Int) -> [String] {
        var lines: [String] = []
        let name = type.name?.description ?? type.owner.joined(separator: "/")
        lines.append("complex \(index) \(name) of \(type.sourceSchema)\(type.isAbstract ? " abstract" : "")")
        if let base = type.base {
            lines.append(" base \(base)")
        }
        for attribute in type.attributes {
            let use = attribute.isRequired ? "required" : "optional"
            lines.append(" AT(\(attribute.name)) \(use) \(text(attribute.type))")
        }
        switch type.content {
        case .empty: lines.append(" content empty")
        case .simple(let simple): lines.append(" content \(text(simple))")
        case .elements(let particle, let isMixed):
            lines.append(" content\(isMixed ? " mixed" : "")")
            lines += self.lines(of: particle, indent: 2)
        }
        if !type.automaton.isExpanded {
            lines.append(" states not expanded")
        }
        for (number, productions) in type.automaton.states.enumerated() {
            lines.append(" state \(number)")
            for (code, production) in productions.enumerated() {
                let target = production.event == .end ? "" : " -> \(production.next)"
                lines.append("  \(code) \(text(production.event))\(target)")
            }
        }
        return lines
    }

    private func lines(of particle: ParticlePlan, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let occurs = particle.occurs == .once ? "" : " \(particle.occurs)"
        switch particle {
        case .element(let use, _):
            if use.members.count == 1, let member = use.members.first {
                return ["\(margin)\(member.name)\(occurs) \(text(member.type))"]
            }
            return ["\(margin)\(use.declared)\(occurs) substituted by"]
                + use.members.map { "\(margin) \($0.name) \(text($0.type))\($0.isAbstract ? " abstract" : "")" }
        case .wildcard(let wildcard, _):
            return ["\(margin)any \(wildcard)\(occurs)"]
        case .sequence(let inner, _):
            return ["\(margin)sequence\(occurs)"] + inner.flatMap { lines(of: $0, indent: indent + 1) }
        case .choice(let inner, _):
            return ["\(margin)choice\(occurs)"] + inner.flatMap { lines(of: $0, indent: indent + 1) }
        }
    }

    private func text(_ event: ContentAutomaton.Event) -> String {
        switch event {
        case .element(let member): "SE(\(member.name)) \(text(member.type))"
        case .wildcard(let namespace): "SE(\(namespace):*)"
        case .anyElement: "SE(*)"
        case .end: "EE"
        case .characters: "CH"
        }
    }

    private func text(_ type: TypePlanRef) -> String {
        switch type {
        case .simple(let simple): text(simple)
        case .complex(let index): "complex \(index)"
        }
    }

    private func text(_ type: SimpleTypePlan) -> String {
        let name = type.name?.localName ?? "(\(type.owner.joined(separator: "/")))"
        return "\(name) \(text(type.shape))"
    }

    private func text(_ shape: SimpleShape) -> String {
        switch shape {
        case .string(let minimum, let maximum): "string\(lengths(minimum, maximum))"
        case .anyURI(let maximum): "anyURI\(lengths(0, maximum))"
        case .id: "ID"
        case .idref: "IDREF"
        case .boolean: "boolean"
        case .base64Binary(let minimum, let maximum): "base64Binary\(lengths(minimum, maximum))"
        case .hexBinary(let minimum, let maximum): "hexBinary\(lengths(minimum, maximum))"
        case .enumeration(let values): "ENUM[\(values.joined(separator: ","))]"
        case .integer(let shape):
            switch shape.representation {
            case .bits(let width, let offset): "NBIT[\(width),\(offset)] \(shape.minimum)..\(shape.maximum)"
            case .unsigned: "unsigned \(shape.minimum)..\(shape.maximum)"
            case .signed: "signed \(shape.minimum)..\(shape.maximum)"
            }
        }
    }

    private func lengths(_ minimum: Int, _ maximum: Int?) -> String {
        minimum == 0 && maximum == nil ? "" : "(\(minimum)..\(maximum.map(String.init) ?? ""))"
    }
}
